//! What the documents show is what the program does.
//!
//! In a fence of `console`, a line `$ loadline ...` is run; the lines below it are what
//! it prints, up to a line `...` that stands for more.

use super::{fresh, root, run_in};
use loadline::model::{Code, Severity};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// One command of a document: its line, itself, and the lines below it.
struct Shown {
    line: usize,
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

fn shown(text: &str) -> Vec<Shown> {
    let mut all: Vec<Shown> = Vec::new();
    let mut inside = false;
    for (line, content) in text.lines().enumerate() {
        if content.starts_with("```") {
            inside = content == "```console";
        } else if let Some(command) = content.strip_prefix("$ ").filter(|_| inside) {
            all.push(Shown { line, command: command.to_owned(), output: Vec::new() });
        } else if inside {
            all.last_mut().expect("output follows a command").output.push(content.to_owned());
        }
    }
    all
}

/// Runs a command of a document; what it prints, stderr last.
fn printed(shown: &Shown, here: &Path, at: &str) -> Vec<String> {
    let words = words(&shown.command);
    assert_eq!(words[0], "loadline", "{at}: only loadline is run here");
    let arguments: Vec<&str> = words[1..].iter().map(String::as_str).collect();
    let ran = run_in(here, &arguments);
    assert_eq!(ran.code, 0, "{at}: {}", ran.err);
    format!("{}{}", ran.out, ran.err).lines().map(|line| line.trim_end().to_owned()).collect()
}

/// With `LOADLINE_BLESS` set the documents are renewed instead of compared.
#[test]
fn every_command_in_the_documents_runs_and_prints_what_is_shown() {
    let here = fresh("documents");
    for name in ["readings.csv", "task-definition.json"] {
        fs::copy(root().join("tests").join(name), here.join(name)).unwrap();
    }
    let bless = std::env::var_os("LOADLINE_BLESS").is_some();
    let mut commands = 0;
    for path in documents() {
        let text = fs::read_to_string(&path).unwrap();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        // From the last on, so that the places of the others stay.
        let mut renewed = Vec::new();
        for shown in shown(&text) {
            commands += 1;
            let at = format!("{}, line {}", path.display(), shown.line + 1);
            let mut now = printed(&shown, &here, &at);
            if shown.output.last().is_some_and(|last| last == "...") {
                now.truncate(shown.output.len() - 1);
                now.push("...".to_owned());
            }
            if shown.output.is_empty() {
                continue;
            }
            if bless {
                renewed.push((shown.line + 1..shown.line + 1 + shown.output.len(), now));
            } else {
                assert_eq!(shown.output.join("\n"), now.join("\n"), "{at}");
            }
        }
        for (range, now) in renewed.into_iter().rev() {
            lines.splice(range, now);
        }
        if bless {
            fs::write(&path, lines.join("\n") + "\n").unwrap();
        }
    }
    assert!(commands >= 8, "the documents show {commands} commands");
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

/// `docs/codes.md` says what the program says; `LOADLINE_BLESS` renews it.
#[test]
fn every_code_has_its_paragraph() {
    let headings = [
        (Severity::Warning, "Warnings"),
        (Severity::Note, "Notes"),
        (Severity::Reason, "Reasons against a place, or for a missing price"),
    ];
    let mut expected = "# Finding codes\n\nA code never changes its meaning. \
        `loadline codes CODE` prints the same.\n"
        .to_owned();
    for (severity, heading) in headings {
        write!(expected, "\n## {heading}\n\n").unwrap();
        for code in Code::ALL.iter().filter(|code| code.severity() == severity) {
            let (means, next) = (code.means(), code.next_step());
            writeln!(expected, "- **`{code}`** {means} *Next:* {next}").unwrap();
        }
    }
    let path = root().join("docs/codes.md");
    if std::env::var_os("LOADLINE_BLESS").is_some() {
        fs::write(&path, &expected).unwrap();
    }
    assert!(fs::read_to_string(path).unwrap() == expected, "docs/codes.md is not up to date");
}
