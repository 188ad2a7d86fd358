//! CSV into batches, with the line of every row.

use super::StoreError;
use super::batch::{Batch, NO_TIME, Reading, Wanted};
use super::times::{Clock, TimeUnit};
use crate::model::Code;
use ::csv::{ErrorKind, ReaderBuilder, StringRecord};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

const ROWS_A_BATCH: usize = 8_192;

pub(super) struct CsvFile {
    path: PathBuf,
    reader: ::csv::Reader<File>,
    pub columns: Vec<String>,
    ends: Ends,
}

/// How lines end.
#[derive(Clone, Copy, Debug)]
struct Ends {
    /// Rows end with a carriage return; its line feed is counted with the next row.
    carriage_return: bool,
    /// Where the file ends, if not with a line feed.
    unfinished: Option<u64>,
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
        let ends = ends(path).map_err(|error| StoreError::file(path, error))?;
        Ok(CsvFile { path: path.to_owned(), reader, columns, ends })
    }

    /// The line of the row that was read just now, counted from its end: the reader
    /// counts neither empty lines before a row nor a line feed after a carriage return.
    fn line_after(&self, position: &::csv::Position) -> u64 {
        let unfinished = self.ends.unfinished == Some(position.byte());
        let counted = !self.ends.carriage_return && !unfinished;
        position.line() - u64::from(counted)
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
        let mut record = StringRecord::new();
        let mut clock = Clock::default();
        let fields = self.columns.len();
        loop {
            let more = match self.reader.read_record(&mut record) {
                Ok(more) => more,
                Err(error) => match error.kind() {
                    ErrorKind::Utf8 { pos, .. } => {
                        let line = pos.as_ref().map_or(0, ::csv::Position::line);
                        reading.oddities.count(Code::RowTorn, "", line);
                        batch.torn += 1;
                        continue;
                    }
                    _ => return Err(StoreError::file(&self.path, error)),
                },
            };
            if more {
                let bytes = record.as_byte_record().as_slice();
                let inside = memchr::memchr_iter(b'\n', bytes).count() as u64;
                // A quote that is never closed also takes the file's last line end.
                let unclosed = u64::from(bytes.ends_with(b"\n"));
                let line = self.line_after(self.reader.position()) + unclosed - inside;
                if record.len() == fields && inside == 0 {
                    let mut row = Row { record: &record, line, clock: &mut clock, unit };
                    row.read(wanted, reading, &mut batch);
                } else {
                    reading.oddities.count(Code::RowTorn, "", line);
                    batch.torn += 1 + inside - unclosed;
                }
            }
            if !more || batch.lines.len() >= ROWS_A_BATCH || batch.torn >= ROWS_A_BATCH as u64 {
                take(&batch, reading, self.reader.position().byte());
                batch.clear();
            }
            if !more {
                return Ok(());
            }
        }
    }
}

/// Looks at the first line's end and at the last byte.
fn ends(path: &Path) -> std::io::Result<Ends> {
    let mut file = File::open(path)?;
    let mut start = Vec::new();
    file.by_ref().take(1 << 18).read_to_end(&mut start)?;
    let carriage_return =
        memchr::memchr(b'\n', &start).is_some_and(|at| at > 0 && start[at - 1] == b'\r');
    let length = file.seek(SeekFrom::End(0))?;
    let mut last = [b'\n'];
    if length > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    Ok(Ends { carriage_return, unfinished: (last != *b"\n").then_some(length) })
}

fn is_text(name: &str) -> bool {
    !name.chars().any(|c| c.is_control() && !c.is_whitespace())
}

/// A row with what it takes to read it.
struct Row<'r> {
    record: &'r StringRecord,
    line: u64,
    clock: &'r mut Clock,
    unit: TimeUnit,
}

impl Row<'_> {
    #[inline]
    fn read(&mut self, wanted: &Wanted, reading: &mut Reading<'_>, batch: &mut Batch) {
        let record = self.record;
        batch.lines.push(self.line);
        let name = trimmed(&record[wanted.workload]);
        batch.workloads.push(reading.workload(name));
        batch.at.push(if let Some(place) = wanted.at {
            self.clock.read(&record[place], self.unit).unwrap_or(NO_TIME)
        } else {
            reading.rows_so_far += 1;
            reading.rows_so_far - 1
        });
        for ((place, column), values) in wanted.numbers.iter().zip(&mut batch.numbers) {
            let text = trimmed(&record[*place]);
            let value = match text.parse::<f64>() {
                Ok(value) => reading.number(value, column, self.line),
                Err(_) if text.is_empty() || is_null(text) => reading.absent(column, self.line),
                Err(_) => reading.invalid(column, self.line),
            };
            values.push(value);
        }
    }
}

/// Without the spaces around it; most fields have none.
#[inline]
fn trimmed(text: &str) -> &str {
    let bytes = text.as_bytes();
    match (bytes.first(), bytes.last()) {
        (Some(first), Some(last)) if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

/// How tools write that there is nothing.
#[inline]
pub(super) fn is_null(text: &str) -> bool {
    matches!(text, "null" | "NULL" | "None" | "NA" | "-" | "\\N")
}
