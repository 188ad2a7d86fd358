//! Files of readings, other people's and our own.
//!
//! Comes in: CSV and Parquet files with a mapping of their columns, or a store directory.
//! Goes out: a store directory, or readings handed to a callback. polars is named in
//! `parquet.rs` alone; none of its types leaves.

mod addition;
mod batch;
mod csv;
mod days;
mod format;
mod import;
mod journal;
mod mapping;
mod oddities;
mod parquet;
mod series;
mod sizes;
mod snapshot;
mod texts;
mod times;

pub use addition::{Addition, Base, Rows};
pub use import::{Import, ImportOptions, Imported, Progress};
pub use journal::{Journal, Series as JournalSeries};
pub use mapping::{Mapping, Preset, Target, Unit};
pub use series::{Series, one_file, write_synthetic};
pub use snapshot::{
    Answers, PartProfiles, Pulled, Snapshot, StoreInfo, StoredFinding, Stretch, digest,
    scan_embedded,
};
pub use texts::{Texts, read_texts};

use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{}: {problem}", path.display())]
    File { path: PathBuf, problem: String },
    #[error("{}: {column} {problem}", path.display())]
    Column { path: PathBuf, column: String, problem: String },
    #[error("--map {spec:?}: {problem}")]
    Map { spec: String, problem: String },
    #[error("{} already exists; choose another directory or remove it first", path.display())]
    Exists { path: PathBuf },
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error("{} is not a store: {problem}", path.display())]
    NotAStore { path: PathBuf, problem: String },
}

impl StoreError {
    fn file(path: &Path, problem: impl std::fmt::Display) -> Self {
        StoreError::File { path: path.to_owned(), problem: problem.to_string() }
    }
}

/// Is a file being decoded just now? What panics meanwhile comes back as an error.
#[must_use]
pub fn is_decoding() -> bool {
    parquet::DECODING.load(std::sync::atomic::Ordering::SeqCst) > 0
}

#[cfg(test)]
mod tests;
