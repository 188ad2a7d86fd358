//! AWS's bill from the files that it was exported to.

use crate::bill::statement::Statement;
use crate::model::Billed;
use crate::store::{StoreError, Texts, read_texts};
use csv::StringRecord;
use std::path::PathBuf;

/// Reads all of it: a bill with a hole in it explains nothing.
pub(super) fn read(paths: &[PathBuf]) -> Result<Billed, StoreError> {
    let mut bill = Bill(Billed::default());
    read_texts(paths, &mut bill)?;
    Ok(bill.0)
}

struct Bill(Billed);

impl Texts for Bill {
    type Header = Statement;

    fn reads(name: &str) -> bool {
        Statement::reads(name)
    }

    fn header(&mut self, names: &[String]) -> Result<Statement, String> {
        Statement::of(names)
    }

    fn row(&mut self, statement: &Statement, row: &StringRecord) -> Result<(), String> {
        if let Some((line, pico)) = statement.line(row)? {
            self.0.add(line, pico);
        }
        Ok(())
    }
}
