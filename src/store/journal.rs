//! What a pull has fetched so far: a directory beside the store, so that a pull can be
//! stopped at any moment and go on later.
//!
//! Every file is complete or absent: written aside, flushed, renamed; and carries its
//! digest.

use super::StoreError;
use super::snapshot::write_flushed;
use sha2::{Digest, Sha256};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// The points of one series, in order of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Seconds since 1970.
    pub at: Vec<i64>,
    pub values: Vec<f64>,
}

/// The directory, held by one process at a time.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    _lock: File,
}

const DIGEST: usize = 32;

impl Journal {
    /// The journal of the store at `out`: a directory beside it.
    #[must_use]
    pub fn path_for(out: &Path) -> PathBuf {
        let mut name = out.file_name().unwrap_or_default().to_owned();
        name.push(".pulling");
        out.with_file_name(name)
    }

    /// Opens or makes the journal.
    ///
    /// # Errors
    /// Where it cannot be written, or another process has it.
    pub fn open(out: &Path) -> Result<Self, StoreError> {
        let path = Self::path_for(out);
        fs::create_dir_all(&path).map_err(|error| StoreError::file(&path, error))?;
        let lock = path.join("lock");
        let file = File::create(&lock).map_err(|error| StoreError::file(&lock, error))?;
        match file.try_lock() {
            Ok(()) => Ok(Journal { path, _lock: file }),
            Err(TryLockError::WouldBlock) => {
                Err(StoreError::file(&path, "is in use by another pull; let it end first"))
            }
            Err(TryLockError::Error(error)) => Err(StoreError::file(&lock, error)),
        }
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A text that was kept.
    ///
    /// # Errors
    /// Where it is there and cannot be read.
    pub fn text(&self, name: &str) -> Result<Option<String>, StoreError> {
        let path = self.path.join(name);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::file(&path, error)),
        }
    }

    /// Keeps a text.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn keep_text(&self, name: &str, text: &str) -> Result<(), StoreError> {
        self.keep(name, text.as_bytes())
    }

    fn keep(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.path.join(name);
        let mut part = path.clone().into_os_string();
        part.push(".part");
        write_flushed(Path::new(&part), bytes)?;
        fs::rename(&part, &path).map_err(|error| StoreError::file(&path, error))
    }

    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.path.join(name).exists()
    }

    /// Keeps the series of one batch.
    ///
    /// # Errors
    /// Where they cannot be written.
    pub fn keep_series(&self, name: &str, all: &[Series]) -> Result<(), StoreError> {
        let mut bytes = Vec::new();
        for series in all {
            bytes.extend_from_slice(&(series.at.len() as u64).to_le_bytes());
            series.at.iter().for_each(|at| bytes.extend_from_slice(&at.to_le_bytes()));
            series.values.iter().for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
        }
        let digest = Sha256::digest(&bytes);
        bytes.extend_from_slice(&digest);
        self.keep(name, &bytes)
    }

    /// The series of a batch, as they were kept.
    ///
    /// # Errors
    /// Where they are missing or damaged.
    pub fn series(&self, name: &str) -> Result<Vec<Series>, StoreError> {
        let path = self.path.join(name);
        let bytes = fs::read(&path).map_err(|error| StoreError::file(&path, error))?;
        let damaged = || StoreError::file(&path, "is damaged; remove it and pull again");
        let (body, digest) =
            bytes.split_at_checked(bytes.len().wrapping_sub(DIGEST)).ok_or_else(damaged)?;
        if Sha256::digest(body).as_slice() != digest {
            return Err(damaged());
        }
        taken_apart(body).ok_or_else(damaged)
    }

    /// Everything is in the store: the journal goes.
    ///
    /// # Errors
    /// Where it cannot be removed.
    pub fn remove(self) -> Result<(), StoreError> {
        // In one step it is no journal any more; what is left then is rubbish.
        let mut done = self.path.clone().into_os_string();
        done.push("-done");
        let done = PathBuf::from(done);
        let wrong = |error| StoreError::file(&self.path, error);
        if done.exists() {
            fs::remove_dir_all(&done).map_err(wrong)?;
        }
        fs::rename(&self.path, &done).map_err(wrong)?;
        fs::remove_dir_all(&done).map_err(wrong)
    }
}

fn taken_apart(mut body: &[u8]) -> Option<Vec<Series>> {
    let mut all = Vec::new();
    while !body.is_empty() {
        let (count, rest) = body.split_first_chunk()?;
        let count = usize::try_from(u64::from_le_bytes(*count)).ok()?;
        let (at, rest) = rest.split_at_checked(count.checked_mul(8)?)?;
        let (values, rest) = rest.split_at_checked(count * 8)?;
        let eights = |bytes: &[u8]| bytes.as_chunks::<8>().0.to_vec();
        all.push(Series {
            at: eights(at).into_iter().map(i64::from_le_bytes).collect(),
            values: eights(values).into_iter().map(f64::from_le_bytes).collect(),
        });
        body = rest;
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fresh(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("loadline-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        path
    }

    #[test]
    fn what_is_kept_comes_back_and_damage_is_seen() {
        let here = fresh("journal");
        let journal = Journal::open(&here.join("store")).unwrap();
        let all = vec![
            Series { at: vec![60, 120], values: vec![1.5, 0.0] },
            Series::default(),
            Series { at: vec![-60], values: vec![f64::MAX] },
        ];
        journal.keep_series("one", &all).unwrap();
        assert_eq!(journal.series("one").unwrap(), all);
        let path = journal.path().join("one");
        let mut bytes = fs::read(&path).unwrap();
        for at in [0, 9, bytes.len() - 1] {
            bytes[at] ^= 1;
            fs::write(&path, &bytes).unwrap();
            assert!(journal.series("one").is_err(), "byte {at}");
            bytes[at] ^= 1;
        }
        fs::write(&path, &bytes[..20]).unwrap();
        assert!(journal.series("one").is_err());
        let second = Journal::open(&here.join("store")).unwrap_err().to_string();
        assert!(second.contains("another pull"), "{second}");
        journal.remove().unwrap();
        assert!(!here.join("store.pulling").exists());
        fs::remove_dir_all(here).unwrap();
    }
}
