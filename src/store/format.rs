//! What a file is, by its first bytes.

use super::StoreError;
use std::fs::File;
use std::io::Read;
use std::path::Path;

pub(super) enum Format {
    Parquet,
    /// With its length in bytes.
    Csv(u64),
}

/// By the first bytes, not by the name.
pub(super) fn format_of(path: &Path) -> Result<Format, StoreError> {
    let mut file = File::open(path).map_err(|error| StoreError::file(path, error))?;
    let meta = file.metadata().map_err(|error| StoreError::file(path, error))?;
    if meta.is_dir() {
        return Err(StoreError::file(path, "is a directory; a CSV or Parquet file is expected"));
    }
    if !meta.is_file() {
        return Err(StoreError::file(path, "is no plain file; write its content to one first"));
    }
    if meta.len() == 0 {
        return Err(StoreError::file(path, "is empty; a header and rows are expected"));
    }
    let mut start = Vec::new();
    file.by_ref().take(4).read_to_end(&mut start).map_err(|error| StoreError::file(path, error))?;
    let parquet_name = path.extension().is_some_and(|name| name.eq_ignore_ascii_case("parquet"));
    match (start.as_slice(), parquet_name) {
        (b"PAR1", _) => Ok(Format::Parquet),
        (_, true) => Err(StoreError::file(path, "is not a Parquet file, whatever its name says")),
        ([0x1f, 0x8b, ..], _) => {
            Err(StoreError::file(path, "is compressed with gzip; unpack it first"))
        }
        _ => Ok(Format::Csv(meta.len())),
    }
}
