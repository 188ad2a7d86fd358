//! Tables of others row by row as text: CSV, as it is or compressed with gzip, and Parquet.

use super::StoreError;
use super::parquet::ParquetFile;
use ::csv::{ErrorKind, ReaderBuilder, StringRecord};
use flate2::read::MultiGzDecoder;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// What is made of a table's header and rows; what is wrong with them comes back in words.
pub trait Texts {
    type Header;

    /// A file is begun.
    fn file(&mut self, path: &Path);

    /// Is a column of that name looked at? Others need not be there for [`Texts::row`].
    fn reads(name: &str) -> bool;

    /// # Errors
    /// Where columns are missing.
    fn header(&mut self, names: &[String]) -> Result<Self::Header, String>;

    /// # Errors
    /// Where something in it cannot be read.
    fn row(&mut self, header: &Self::Header, row: &StringRecord) -> Result<(), String>;
}

/// Reads files, and of a directory all tables that it holds.
///
/// # Errors
/// Where one of them is no such table, or a row of it cannot be read: with its file and line.
pub fn read_texts<T: Texts>(paths: &[PathBuf], into: &mut T) -> Result<(), StoreError> {
    let mut all = Vec::new();
    for path in paths {
        all.extend(files(path)?);
    }
    twice(&all)?;
    for file in all {
        into.file(&file);
        one(&file, into)?;
    }
    Ok(())
}

/// The same file by two names, or packed and unpacked, would count twice.
fn twice(all: &[PathBuf]) -> Result<(), StoreError> {
    let mut seen = BTreeSet::new();
    for path in all {
        let real = path.canonicalize().map_err(|error| StoreError::file(path, error))?;
        let packed = real.extension().is_some_and(|end| end.eq_ignore_ascii_case("gz"));
        let plain = if packed { real.with_extension("") } else { real };
        if !seen.insert(plain) {
            return Err(StoreError::file(path, "is given twice; it would count twice"));
        }
    }
    Ok(())
}

/// AWS delivers a month in several files, below directories that name it.
fn files(path: &Path) -> Result<Vec<PathBuf>, StoreError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let wrong = |error: std::io::Error| StoreError::file(path, error);
    let (mut all, mut left) = (Vec::new(), vec![path.to_owned()]);
    let mut entered = BTreeSet::new();
    while let Some(directory) = left.pop() {
        // A link may lead back.
        if !entered.insert(directory.canonicalize().map_err(wrong)?) {
            continue;
        }
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

fn one(path: &Path, into: &mut impl Texts) -> Result<(), StoreError> {
    let mut file = File::open(path).map_err(|error| StoreError::file(path, error))?;
    let mut start = Vec::new();
    file.by_ref().take(4).read_to_end(&mut start).map_err(|error| StoreError::file(path, error))?;
    let file = || File::open(path).map_err(|error| StoreError::file(path, error));
    match start.as_slice() {
        [] => Err(StoreError::file(path, "is empty; a header and rows are expected")),
        b"PAR1" => parquet(path, into),
        b"PK\x03\x04" => Err(StoreError::file(path, "is a zip archive; unpack it first")),
        [0x1f, 0x8b, ..] => csv(path, MultiGzDecoder::new(BufReader::new(file()?)), into),
        _ => csv(path, file()?, into),
    }
}

fn csv<T: Texts>(path: &Path, from: impl Read, into: &mut T) -> Result<(), StoreError> {
    let mut from = BufReader::with_capacity(1 << 18, from);
    let start = from.fill_buf().map_err(|error| StoreError::file(path, error))?;
    // The reader counts a line feed after a carriage return with the next row.
    let end = memchr::memchr(b'\n', start);
    let late = u64::from(end.is_some_and(|at| at > 0 && start[at - 1] == b'\r'));
    let wrong = |error: ::csv::Error| match error.kind() {
        ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = pos.as_ref().map_or(0, ::csv::Position::line) + late;
            StoreError::file(path, format!("line {line} has {len} fields, not {expected_len}"))
        }
        ErrorKind::Utf8 { pos, .. } => {
            let line = pos.as_ref().map_or(0, ::csv::Position::line) + late;
            StoreError::file(path, format!("line {line} is not text"))
        }
        _ => StoreError::file(path, error),
    };
    let mut reader = ReaderBuilder::new().from_reader(from);
    let header = reader.headers().map_err(wrong)?;
    let header: Vec<String> =
        header.iter().map(|name| name.trim_start_matches('\u{feff}').to_owned()).collect();
    let header = into.header(&header).map_err(|problem| StoreError::file(path, problem))?;
    let mut row = StringRecord::new();
    while reader.read_record(&mut row).map_err(wrong)? {
        let line = row.position().map_or(0, ::csv::Position::line) + late;
        into.row(&header, &row)
            .map_err(|problem| StoreError::file(path, format!("line {line}: {problem}")))?;
    }
    Ok(())
}

fn parquet<T: Texts>(path: &Path, into: &mut T) -> Result<(), StoreError> {
    let mut file = ParquetFile::open(path)?;
    let places: Vec<usize> =
        (0..file.columns.len()).filter(|place| T::reads(&file.columns[*place])).collect();
    let names: Vec<String> = places.iter().map(|place| file.columns[*place].clone()).collect();
    let header = into.header(&names).map_err(|problem| StoreError::file(path, problem))?;
    file.each_text(&places, |number, row| {
        into.row(&header, row).map_err(|problem| format!("row {number}: {problem}"))
    })
}
