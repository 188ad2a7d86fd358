//! Bills that AWS exported: CSV, as it is or compressed with gzip, and Parquet.

use super::StoreError;
use super::parquet::ParquetFile;
use crate::bill::statement::Statement;
use crate::model::Billed;
use ::csv::{ErrorKind, ReaderBuilder, StringRecord};
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

/// Reads files, and of a directory all that it holds.
///
/// # Errors
/// Where one of them is no bill, or a line of it cannot be read: a bill with a hole in it explains
/// nothing.
pub fn read_bill(paths: &[PathBuf]) -> Result<Billed, StoreError> {
    let mut bill = Billed::default();
    for path in paths {
        for file in files(path)? {
            one(&file, &mut bill)?;
        }
    }
    Ok(bill)
}

/// AWS delivers a month in several files, below directories that name it.
fn files(path: &Path) -> Result<Vec<PathBuf>, StoreError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let wrong = |error: std::io::Error| StoreError::file(path, error);
    let (mut all, mut left) = (Vec::new(), vec![path.to_owned()]);
    while let Some(directory) = left.pop() {
        for entry in directory.read_dir().map_err(wrong)? {
            let entry = entry.map_err(wrong)?.path();
            let name = entry.to_string_lossy().to_lowercase();
            if entry.is_dir() {
                left.push(entry);
            } else if [".csv", ".csv.gz", ".parquet"].iter().any(|end| name.ends_with(end)) {
                all.push(entry);
            }
        }
    }
    all.sort();
    if all.is_empty() {
        return Err(StoreError::file(path, "holds no .csv, .csv.gz or .parquet"));
    }
    Ok(all)
}

fn one(path: &Path, bill: &mut Billed) -> Result<(), StoreError> {
    let mut file = File::open(path).map_err(|error| StoreError::file(path, error))?;
    let mut start = Vec::new();
    file.by_ref().take(4).read_to_end(&mut start).map_err(|error| StoreError::file(path, error))?;
    let file = || File::open(path).map_err(|error| StoreError::file(path, error));
    match start.as_slice() {
        [] => Err(StoreError::file(path, "is empty; a bill as AWS exports it is expected")),
        b"PAR1" => parquet(path, bill),
        [0x1f, 0x8b, ..] => csv(path, MultiGzDecoder::new(BufReader::new(file()?)), bill),
        _ => csv(path, file()?, bill),
    }
}

fn csv(path: &Path, from: impl Read, bill: &mut Billed) -> Result<(), StoreError> {
    let wrong = |error: ::csv::Error| match error.kind() {
        ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = pos.as_ref().map_or(0, ::csv::Position::line);
            StoreError::file(path, format!("line {line} has {len} fields, not {expected_len}"))
        }
        ErrorKind::Utf8 { pos, .. } => {
            let line = pos.as_ref().map_or(0, ::csv::Position::line);
            StoreError::file(path, format!("line {line} is not text"))
        }
        _ => StoreError::file(path, error),
    };
    let mut reader = ReaderBuilder::new().buffer_capacity(1 << 18).from_reader(from);
    let header = reader.headers().map_err(wrong)?;
    let header: Vec<String> =
        header.iter().map(|name| name.trim_start_matches('\u{feff}').to_owned()).collect();
    let statement = Statement::of(&header).map_err(|problem| StoreError::file(path, problem))?;
    let mut row = StringRecord::new();
    while reader.read_record(&mut row).map_err(wrong)? {
        let line = row.position().map_or(0, ::csv::Position::line);
        let read = statement
            .line(&row)
            .map_err(|problem| StoreError::file(path, format!("line {line}: {problem}")))?;
        if let Some((line, pico)) = read {
            bill.add(line, pico);
        }
    }
    Ok(())
}

fn parquet(path: &Path, bill: &mut Billed) -> Result<(), StoreError> {
    let mut file = ParquetFile::open(path)?;
    let places: Vec<usize> =
        (0..file.columns.len()).filter(|place| Statement::reads(&file.columns[*place])).collect();
    let header: Vec<String> = places.iter().map(|place| file.columns[*place].clone()).collect();
    let statement = Statement::of(&header).map_err(|problem| StoreError::file(path, problem))?;
    file.each_text(&places, |number, row| {
        let read = statement.line(row).map_err(|problem| format!("row {number}: {problem}"))?;
        if let Some((line, pico)) = read {
            bill.add(line, pico);
        }
        Ok(())
    })
}
