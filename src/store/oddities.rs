//! Counts what is odd in a file, with the first lines of each kind.

use crate::model::{Code, Finding};
use std::collections::BTreeMap;

const LINES_NAMED: usize = 5;

#[derive(Debug, Default)]
pub(super) struct Oddities {
    /// By code, file and column (or empty).
    seen: BTreeMap<(Code, String, String), (u64, Vec<u64>)>,
    files: Vec<String>,
}

impl Oddities {
    /// From here on lines are of this file.
    pub fn enter(&mut self, file: &str) {
        self.files.push(file.to_owned());
    }

    /// The number of the file that is being read.
    pub fn file_number(&self) -> usize {
        self.files.len().saturating_sub(1)
    }

    #[cold]
    pub fn count(&mut self, code: Code, column: &str, line: u64) {
        self.count_in(self.file_number() as u64, code, column, line);
    }

    #[cold]
    pub fn count_in(&mut self, file: u64, code: Code, column: &str, line: u64) {
        let file = usize::try_from(file).ok().and_then(|file| self.files.get(file));
        let key = (code, file.cloned().unwrap_or_default(), column.to_owned());
        let (count, lines) = self.seen.entry(key).or_default();
        *count += 1;
        if lines.len() < LINES_NAMED {
            lines.push(line);
        }
    }

    pub fn has(&self, code: Code) -> bool {
        self.seen.keys().any(|(seen, _, _)| *seen == code)
    }

    /// The first line with one of the codes, for an error message.
    pub fn first_of(&self, codes: &[Code]) -> Option<String> {
        let found = self.seen.iter().find(|((code, _, _), _)| codes.contains(code));
        found.map(|((code, file, column), (_, lines))| {
            let column =
                if column.is_empty() { String::new() } else { format!(", column {column}") };
            format!("{file}, line {}{column}: {}", lines[0], code.means())
        })
    }

    pub fn findings(&self) -> Vec<Finding> {
        let finding = |((code, file, column), (count, lines)): (
            &(Code, String, String),
            &(u64, Vec<u64>),
        )| {
            let named: Vec<String> = lines.iter().map(u64::to_string).collect();
            let more = if *count > lines.len() as u64 { ", ..." } else { "" };
            let what = if column.is_empty() { String::new() } else { format!("{column}: ") };
            let plural = if *count == 1 { "" } else { "s" };
            Finding::new(
                *code,
                format!("{what}{count} time{plural}, line{plural} {}{more}", named.join(", ")),
            )
            .about(file.clone())
        };
        self.seen.iter().map(finding).collect()
    }
}
