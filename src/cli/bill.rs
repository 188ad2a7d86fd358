//! AWS's bill from the files that it was exported to.

use crate::advise::replay::billed::Estate;
use crate::bill::statement::Statement;
use crate::model::{Billed, Charge};
use crate::store::{StoreError, Texts, read_texts};
use csv::StringRecord;
use std::collections::BTreeMap;
use std::mem::discriminant;
use std::path::{Path, PathBuf};

/// Reads all of it, as far as it matters to an estate: a bill with a hole in it explains nothing.
/// With it comes what looks as if it were read twice.
pub(super) fn read(
    paths: &[PathBuf],
    estate: &Estate,
) -> Result<(Billed, Option<String>), StoreError> {
    let mut bill = Bill {
        estate,
        lines: Billed::default(),
        form: None,
        directories: BTreeMap::new(),
        now: None,
    };
    read_texts(paths, &mut bill)?;
    let twice = bill.twice();
    Ok((bill.lines, twice))
}

struct Bill<'e> {
    estate: &'e Estate,
    lines: Billed,
    form: Option<std::mem::Discriminant<Statement>>,
    /// By directory the first and the last second in which something ran.
    directories: BTreeMap<PathBuf, (i64, i64)>,
    now: Option<(PathBuf, (i64, i64))>,
}

impl Bill<'_> {
    fn end(&mut self) {
        if let Some((directory, (from, to))) = self.now.take()
            && from < to
        {
            let all = self.directories.entry(directory).or_insert((from, to));
            *all = (all.0.min(from), all.1.max(to));
        }
    }

    /// AWS keeps each version of a month in a directory of its own.
    fn twice(&mut self) -> Option<String> {
        self.end();
        let mut all: Vec<(&PathBuf, &(i64, i64))> = self.directories.iter().collect();
        all.sort_by_key(|(_, times)| **times);
        let pair = all.windows(2).find(|pair| pair[1].1.0 < pair[0].1.1)?;
        Some(format!(
            "--bill: {} and {} hold lines of the same days; if they are two versions of one bill, it \
             is counted twice",
            pair[0].0.display(),
            pair[1].0.display()
        ))
    }
}

impl Texts for Bill<'_> {
    type Header = Statement;

    fn file(&mut self, path: &Path) {
        self.end();
        let directory = path.parent().unwrap_or(Path::new("")).to_owned();
        self.now = Some((directory, (i64::MAX, i64::MIN)));
    }

    fn reads(name: &str) -> bool {
        Statement::reads(name)
    }

    fn header(&mut self, names: &[String]) -> Result<Statement, String> {
        let statement = Statement::of(names)?;
        let form = discriminant(&statement);
        if *self.form.get_or_insert(form) != form {
            return Err("is of another form than the file before it: FOCUS and a Cost and Usage \
                        Report together count twice; give one of them"
                .to_owned());
        }
        Ok(statement)
    }

    fn row(&mut self, statement: &Statement, row: &StringRecord) -> Result<(), String> {
        let Some((line, pico)) = statement.line(row)? else { return Ok(()) };
        if let (Some((_, times)), Charge::Of(_) | Charge::Other) = (&mut self.now, line.charge)
            && line.to - line.from <= 86_400
        {
            *times = (times.0.min(line.from), times.1.max(line.to));
        }
        self.lines.add(self.estate.sorted(&line), pico);
        Ok(())
    }
}
