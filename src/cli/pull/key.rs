//! The key of pseudonyms: a file beside the store.

use anyhow::Context;
use std::path::Path;

/// The key of a store's pseudonyms: a file beside it, made when it is first needed. It is
/// not part of the store, which can be given away.
pub(super) fn key(out: &Path) -> anyhow::Result<String> {
    let mut name = out.file_name().unwrap_or_default().to_owned();
    name.push(".redaction-key");
    let path = out.with_file_name(name);
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
