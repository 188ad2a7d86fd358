//! Stdout carries the result, stderr everything else.

use super::options::{Format, Global};
use crate::model::Finding;
use crate::report::text::{self, Screen};
use crate::report::{Table, csv, grouped_findings, json, markdown};
use std::io::{self, IsTerminal, Write};

const WIDTH_WITHOUT_TERMINAL: u16 = 160;

/// What stdout can show.
pub(super) fn screen(global: &Global) -> Screen {
    let terminal = io::stdout().is_terminal();
    // comfy-table asks the terminal that stdout is.
    let found = terminal.then(|| comfy_table::Table::new().width()).flatten();
    let width = global.width.or(found).unwrap_or(WIDTH_WITHOUT_TERMINAL);
    Screen { width, color: terminal && !no_color() }
}

#[expect(clippy::disallowed_methods, reason = "the command line reads the environment")]
fn no_color() -> bool {
    std::env::var("NO_COLOR").is_ok_and(|value| !value.is_empty())
}

/// Prints a result.
pub(super) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Prints a table as it was asked for.
pub(super) fn print_table(table: &Table, global: &Global) -> anyhow::Result<()> {
    Ok(print(&match global.format {
        Format::Table => text::draw(table, screen(global)),
        Format::Json => json::table(table),
        Format::Csv => csv::draw(table)?,
        Format::Markdown => markdown::draw(table),
    })?)
}

/// A whole answer: what it is about, tables, and sentences below them.
pub(super) struct Answer<'a> {
    pub heading: &'a [String],
    pub tables: &'a [Table],
    pub lines: &'a [String],
    /// The table that programs want.
    pub csv: &'a Table,
    pub json: &'a dyn Fn() -> String,
}

impl Answer<'_> {
    /// As it was asked for.
    pub fn print(&self, global: &Global) -> anyhow::Result<()> {
        let out = match global.format {
            Format::Json => (self.json)(),
            Format::Csv => {
                note(&self.heading.join("\n"), global);
                csv::draw(self.csv)?
            }
            Format::Markdown => {
                let mut out = self.heading.join("\n\n");
                for table in self.tables {
                    out.push_str("\n\n");
                    out.push_str(&markdown::draw(table));
                }
                out.push('\n');
                out.push_str(&self.lines.join("\n\n"));
                out.push('\n');
                out
            }
            Format::Table => {
                let screen = screen(global);
                let mut out = String::new();
                for line in self.heading {
                    out.push_str(&text::wrapped(line, screen.width, ""));
                }
                for table in self.tables {
                    out.push('\n');
                    out.push_str(&text::draw(table, screen));
                }
                out.push('\n');
                for line in self.lines {
                    out.push_str(&text::wrapped(line, screen.width, ""));
                }
                out
            }
        };
        Ok(print(&out)?)
    }
}

/// Prints rows as CSV while they come.
pub(super) fn print_rows<const N: usize>(
    names: &[&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> anyhow::Result<()> {
    let mut out = ::csv::Writer::from_writer(io::stdout().lock());
    let written = out.write_record(names).and_then(|()| {
        rows.into_iter().try_for_each(|row| out.write_record(row.map(|cell| csv::defused(&cell))))
    });
    match written.map(|()| out.flush()) {
        Ok(flushed) => Ok(flushed?),
        Err(error) => match error.into_kind() {
            ::csv::ErrorKind::Io(error) => Err(error.into()),
            kind => anyhow::bail!("cannot write CSV: {kind:?}"),
        },
    }
}

/// Says something beside the result.
pub(super) fn note(message: &str, global: &Global) {
    if !global.quiet {
        say(message);
    }
}

/// Where stderr is closed nobody can be told anything.
pub(super) fn say(message: &str) {
    let _ = writeln!(io::stderr(), "{message}");
}

/// One clear line about what went wrong.
pub(super) fn complain(error: &anyhow::Error) {
    let chain: Vec<String> = error.chain().map(ToString::to_string).collect();
    let line: String = chain.join(": ").split('\n').collect::<Vec<_>>().join(" ");
    say(&format!("error: {line}"));
}

/// Findings by code, as paragraphs.
pub(super) fn findings_text<'a>(findings: impl Iterator<Item = &'a Finding>, width: u16) -> String {
    let mut out = String::new();
    for group in grouped_findings(findings) {
        let [named, meaning] = group.lines();
        out.push_str(&text::wrapped(&named, width, ""));
        out.push_str(&text::wrapped(&meaning, width, "  "));
    }
    out
}

/// Whoever read stdout has seen enough: no error.
pub(super) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let closed = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(closed))
}
