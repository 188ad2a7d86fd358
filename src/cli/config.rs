//! `loadline.toml`: defaults for options, below the environment and the command line.
//!
//! A key is an option's name with underscores: `region = "eu-west-1"`.

use super::usage;
use anyhow::Context;
use clap::Command;
use std::ffi::OsString;
use std::path::PathBuf;

const FILE: &str = "loadline.toml";
/// Options of one call, not of a project.
const NOT_FOR_FILES: [&str; 4] = ["config", "help", "version", "out"];

/// The command with the file's values as its defaults.
pub(super) fn with_defaults(command: Command, arguments: &[OsString]) -> anyhow::Result<Command> {
    // Help shows the file's values, but no mistake in a file stands in its way.
    let asks = |name: &str| arguments.iter().skip(1).any(|argument| argument == name);
    if ["--help", "-h", "--version", "-V"].into_iter().any(asks) {
        return Ok(with_file(command.clone(), arguments).unwrap_or(command));
    }
    with_file(command, arguments)
}

fn with_file(command: Command, arguments: &[OsString]) -> anyhow::Result<Command> {
    let Some(path) = named(arguments)? else { return Ok(command) };
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read the configuration {}", path.display()))?;
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let line = error.span().map_or(0, |span| text[..span.start].lines().count().max(1));
        usage(format!("{}, line {line}: {}", path.display(), error.message()))
    })?;
    let mut command = command;
    for (key, value) in table {
        let value = match value {
            toml::Value::String(text) => text,
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Float(number) => number.to_string(),
            _ => return Err(usage(format!("{}: {key} must be text or a number", path.display()))),
        };
        let (changed, found) = with_default(command, &key, &value);
        command = changed;
        if !found {
            return Err(usage(format!("{}: there is no option {key}", path.display())));
        }
    }
    Ok(command)
}

/// The file that was named, or the one that lies here.
#[expect(clippy::disallowed_methods, reason = "the command line reads the environment")]
fn named(arguments: &[OsString]) -> anyhow::Result<Option<PathBuf>> {
    let mut all = arguments.iter().skip(1);
    while let Some(argument) = all.next() {
        let text = argument.to_string_lossy();
        if text == "--" {
            break;
        }
        if text == "--config" {
            return match all.next() {
                Some(path) => Ok(Some(path.into())),
                None => Err(usage("--config: a file is expected")),
            };
        }
        if let Some(path) = text.strip_prefix("--config=") {
            return Ok(Some(path.into()));
        }
    }
    if let Ok(path) = std::env::var("LOADLINE_CONFIG") {
        return Ok(Some(path.into()));
    }
    let here = PathBuf::from(FILE);
    Ok(here.exists().then_some(here))
}

/// Sets the default of an option wherever it is.
fn with_default(command: Command, key: &str, value: &str) -> (Command, bool) {
    let has = command.get_arguments().any(|argument| {
        argument.get_id() == key && argument.get_long().is_some() && !NOT_FOR_FILES.contains(&key)
    });
    let mut found = has;
    let mut command = if has {
        // The program parses once; what is leaked is a few words.
        let value: &'static str = Box::leak(value.to_owned().into_boxed_str());
        command.mut_arg(key, |argument| argument.default_value(value))
    } else {
        command
    };
    let names: Vec<String> =
        command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    for name in names {
        command = command.mut_subcommand(name, |sub| {
            let (sub, in_sub) = with_default(sub, key, value);
            found |= in_sub;
            sub
        });
    }
    (command, found)
}
