//! The key of pseudonyms, and whose they are: files beside the store, which is given away
//! without them.

use crate::model::Workload;
use anyhow::Context;
use std::path::{Path, PathBuf};

/// The file beside a store with this ending.
fn beside(out: &Path, ending: &str) -> PathBuf {
    let mut name = out.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    out.with_file_name(name)
}

/// What runs or ran under its own names, so that it can be asked for when it is not listed
/// any more.
pub(super) fn names(out: &Path) -> anyhow::Result<Vec<Workload>> {
    let path = beside(out, NAMES);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = std::fs::read_to_string(&path);
    let text = text.with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is damaged; remove it", path.display()))
}

pub(super) fn keep_names(out: &Path, all: &[Workload]) -> anyhow::Result<()> {
    let (path, next) = (beside(out, NAMES), beside(out, ".redaction-names.next"));
    let what = || format!("cannot write {}", path.display());
    if next.exists() {
        std::fs::remove_file(&next).with_context(what)?;
    }
    write_private(&next, &serde_json::to_string(all)?).with_context(what)?;
    std::fs::rename(&next, &path).with_context(what)
}

const NAMES: &str = ".redaction-names";

/// The key of a store's pseudonyms: a file beside it, made when it is first needed. It is
/// not part of the store, which can be given away.
pub(super) fn key(out: &Path) -> anyhow::Result<String> {
    let path = beside(out, ".redaction-key");
    if let Ok(text) = std::fs::read_to_string(&path) {
        let key = text.trim().to_owned();
        anyhow::ensure!(key.len() >= 32, "{} is too short to be a key; remove it", path.display());
        return Ok(key);
    }
    anyhow::ensure!(
        !out.exists(),
        "{} is missing; without it the names in {} cannot be continued",
        path.display(),
        out.display()
    );
    let mut random = [0_u8; 32];
    let source = std::fs::File::open("/dev/urandom");
    let read = source.and_then(|mut file| std::io::Read::read_exact(&mut file, &mut random));
    read.context("cannot make a key: no random numbers")?;
    let key = crate::store::digest(&random);
    write_private(&path, &key).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(key)
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    std::io::Write::write_all(&mut options.open(path)?, format!("{text}\n").as_bytes())
}
