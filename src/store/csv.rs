//! CSV into batches, with the line of every row.

use super::StoreError;
use super::batch::{Batch, NO_TIME, NO_WORKLOAD, Reading, Wanted};
use super::times::{self, TimeUnit};
use crate::model::Code;
use ::csv::{ByteRecord, ReaderBuilder};
use std::fs::File;
use std::path::{Path, PathBuf};

const ROWS_A_BATCH: usize = 8_192;

pub(super) struct CsvFile {
    path: PathBuf,
    reader: ::csv::Reader<File>,
    pub columns: Vec<String>,
}

impl CsvFile {
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let file = File::open(path).map_err(|error| StoreError::file(path, error))?;
        let mut reader =
            ReaderBuilder::new().flexible(true).buffer_capacity(1 << 18).from_reader(file);
        let header = reader.byte_headers().map_err(|error| StoreError::file(path, error))?;
        let columns: Option<Vec<String>> = header
            .iter()
            .map(|name| std::str::from_utf8(name).ok().filter(|name| is_text(name)))
            .map(|name| name.map(|name| name.trim_start_matches('\u{feff}').trim().to_owned()))
            .collect();
        let columns = columns.ok_or_else(|| {
            StoreError::file(
                path,
                "line 1 is not text; a CSV file with a header or a Parquet file is expected",
            )
        })?;
        if columns.is_empty() {
            return Err(StoreError::file(path, "is empty; a header and rows are expected"));
        }
        Ok(CsvFile { path: path.to_owned(), reader, columns })
    }

    /// Hands over batch after batch, with the bytes read so far.
    pub fn each(
        &mut self,
        wanted: &Wanted,
        unit: TimeUnit,
        reading: &mut Reading<'_>,
        mut take: impl FnMut(&Batch, &mut Reading<'_>, u64),
    ) -> Result<(), StoreError> {
        let mut batch = Batch::new(wanted.numbers.len());
        let mut record = ByteRecord::new();
        let fields = self.columns.len();
        loop {
            let more = self.reader.read_byte_record(&mut record);
            let more = more.map_err(|error| StoreError::file(&self.path, error))?;
            if more {
                let line = record.position().map_or(0, ::csv::Position::line);
                if record.len() == fields {
                    row(&record, line, wanted, unit, reading, &mut batch);
                } else {
                    reading.oddities.count(Code::RowTorn, "", line);
                }
            }
            if !more || batch.lines.len() == ROWS_A_BATCH {
                take(&batch, reading, self.reader.position().byte());
                batch.clear();
            }
            if !more {
                return Ok(());
            }
        }
    }
}

fn is_text(name: &str) -> bool {
    !name.chars().any(|c| c.is_control() && !c.is_whitespace())
}

#[inline]
fn row(
    record: &ByteRecord,
    line: u64,
    wanted: &Wanted,
    unit: TimeUnit,
    reading: &mut Reading<'_>,
    batch: &mut Batch,
) {
    let text = |place: usize| std::str::from_utf8(record.get(place).unwrap_or_default()).ok();
    batch.lines.push(line);
    let name = text(wanted.workload).map(str::trim).filter(|name| !name.is_empty());
    batch.workloads.push(name.map_or(NO_WORKLOAD, |name| reading.names.number(name)));
    batch.at.push(match wanted.at {
        Some(place) => text(place).and_then(|text| times::from_text(text, unit)).unwrap_or(NO_TIME),
        None => {
            reading.rows_so_far += 1;
            reading.rows_so_far - 1
        }
    });
    for ((place, column), values) in wanted.numbers.iter().zip(&mut batch.numbers) {
        let value = match text(*place).map(str::trim) {
            None => reading.invalid(column, line),
            Some("") => reading.absent(column, line),
            Some(text) if is_null(text) => reading.absent(column, line),
            Some(text) => match text.parse::<f64>() {
                Ok(value) => reading.number(value, column, line),
                Err(_) => reading.invalid(column, line),
            },
        };
        values.push(value);
    }
}

/// How tools write that there is nothing.
#[inline]
fn is_null(text: &str) -> bool {
    matches!(text, "null" | "NULL" | "None" | "NA" | "-" | "\\N")
}
