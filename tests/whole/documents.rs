//! What the documents show is what the program does.
//!
//! In a fence of `console`, a line `$ loadline ...` is run; the lines below it are what
//! it prints, up to a line `...` that stands for more.

use super::{fresh, root, run_in};
use std::fs;
use std::path::PathBuf;

struct Shown {
    at: String,
    command: String,
    output: Vec<String>,
}

fn documents() -> Vec<PathBuf> {
    let mut all = vec![
        root().join("README.md"),
        root().join("ARCHITECTURE.md"),
        root().join("data/README.md"),
    ];
    for entry in fs::read_dir(root().join("docs")).unwrap() {
        all.push(entry.unwrap().path());
    }
    all.sort();
    all
}

fn shown() -> Vec<Shown> {
    let mut all: Vec<Shown> = Vec::new();
    for path in documents() {
        let text = fs::read_to_string(&path).unwrap();
        let mut inside = false;
        for (number, line) in text.lines().enumerate() {
            if line.starts_with("```") {
                inside = line == "```console";
            } else if let Some(command) = line.strip_prefix("$ ").filter(|_| inside) {
                let at = format!("{}, line {}", path.display(), number + 1);
                all.push(Shown { at, command: command.to_owned(), output: Vec::new() });
            } else if inside {
                all.last_mut().expect("output follows a command").output.push(line.to_owned());
            }
        }
    }
    all
}

#[test]
fn every_command_in_the_documents_runs_and_prints_what_is_shown() {
    let here = fresh("documents");
    fs::write(
        here.join("readings.csv"),
        fs::read_to_string(root().join("tests/readings.csv")).unwrap(),
    )
    .unwrap();
    fs::copy(root().join("tests/task-definition.json"), here.join("task-definition.json")).unwrap();
    let shown = shown();
    assert!(shown.len() >= 8, "the documents show {} commands", shown.len());
    for Shown { at, command, output } in shown {
        let words = words(&command);
        assert_eq!(words[0], "loadline", "{at}: only loadline is run here");
        let arguments: Vec<&str> = words[1..].iter().map(String::as_str).collect();
        let ran = run_in(&here, &arguments);
        assert_eq!(ran.code, 0, "{at}: {}", ran.err);
        let printed = format!("{}{}", ran.out, ran.err);
        let printed: Vec<&str> = printed.lines().map(str::trim_end).collect();
        let whole = output.last().is_none_or(|last| last != "...");
        let expected: Vec<&str> =
            output.iter().map(String::as_str).filter(|line| *line != "...").collect();
        if !expected.is_empty() {
            let compared = if whole { printed.len() } else { expected.len().min(printed.len()) };
            assert_eq!(printed[..compared].join("\n"), expected.join("\n"), "{at}");
        }
    }
}

/// Words of a command, with double quotes.
fn words(command: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut quoted = false;
    for c in command.chars() {
        match c {
            '"' => quoted = !quoted,
            ' ' if !quoted => all.push(String::new()),
            c => all.last_mut().expect("one at least").push(c),
        }
    }
    all.retain(|word| !word.is_empty());
    all
}

#[test]
fn every_code_has_its_paragraph() {
    let text = fs::read_to_string(root().join("docs/codes.md")).unwrap();
    for code in loadline::model::Code::ALL {
        let paragraph = format!("**`{}`**", code.name());
        assert!(text.contains(&paragraph), "{code} is not in docs/codes.md");
    }
}
