//! A virtual environment of Python in the target directory, made once and kept.

use super::limited;
use crate::{fresh, root};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

const SHORT: Duration = Duration::from_mins(1);
/// Of the installation, which takes some seconds where the index is near.
const LONG: Duration = Duration::from_mins(5);

/// Python with all that the peers need. Where it cannot be had that is said in one line,
/// once for all tests.
pub fn interpreter() -> Option<&'static Path> {
    static INTERPRETER: OnceLock<Option<PathBuf>> = OnceLock::new();
    let found = INTERPRETER.get_or_init(|| match installed() {
        Ok(path) => Some(path),
        Err(why) => {
            // Not by the macro: what it prints is shown of failing tests only.
            let line = format!("SKIPPED: the tests against ministack and moto: {why}\n");
            std::io::stderr().write_all(line.as_bytes()).expect("standard error is open");
            None
        }
    });
    found.as_deref()
}

/// Beside the directory for tests' files, which may be emptied.
fn home() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("peers-venv")
}

fn python_of(home: &Path) -> PathBuf {
    home.join("bin/python")
}

fn installed() -> Result<PathBuf, String> {
    let aside = fresh(&format!("peers-python-{}", std::process::id()));
    let found = installed_with(&aside);
    fs::remove_dir_all(&aside).expect("our own directory");
    found
}

fn installed_with(aside: &Path) -> Result<PathBuf, String> {
    let requirements = root().join("tests/peers/requirements.txt");
    let version = run("python3".as_ref(), &["--version"], aside, SHORT)?;
    let stamp = version + &fs::read_to_string(&requirements).expect("it is part of the tests");
    let home = home();
    if !is_stamped(&home, &stamp) {
        let new = aside.join("venv");
        install(&new, &requirements, aside)?;
        fs::write(new.join("stamp"), &stamp).expect("our own directory");
        keep(&new, &home, &stamp);
    }
    Ok(python_of(&home))
}

fn is_stamped(home: &Path, stamp: &str) -> bool {
    fs::read_to_string(home.join("stamp")).is_ok_and(|found| found == stamp)
        && python_of(home).exists()
}

fn install(new: &Path, requirements: &Path, aside: &Path) -> Result<(), String> {
    let (new, requirements) = (new.to_str().unwrap(), requirements.to_str().unwrap());
    run("python3".as_ref(), &["-m", "venv", new], aside, SHORT)?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"];
    // Nothing is compiled, and nothing is left outside of the target directory.
    let with = ["--no-cache-dir", "--only-binary", ":all:", "--timeout", "15", "--retries", "1"];
    let what = ["--requirement", requirements];
    let python = python_of(Path::new(new));
    run(&python, &[&pip[..], &with, &what].concat(), aside, LONG)?;
    Ok(())
}

/// Puts it in its place whole; another process may have been faster.
fn keep(new: &Path, home: &Path, stamp: &str) {
    if home.exists() && !is_stamped(home, stamp) {
        fs::remove_dir_all(home).expect("our own directory");
    }
    if let Err(error) = fs::rename(new, home) {
        assert!(is_stamped(home, stamp), "cannot keep {}: {error}", home.display());
    }
}

/// What it prints; or why it failed, in one line.
fn run(
    program: &Path,
    arguments: &[&str],
    aside: &Path,
    limit: Duration,
) -> Result<String, String> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(aside).env("TMPDIR", aside);
    command.env_remove("PYTHONHOME").env_remove("PYTHONPATH").env("PIP_USER", "0");
    let ran = limited::run(command, aside, limit)?;
    let last = ran.err.lines().chain(ran.out.lines()).rfind(|line| !line.trim().is_empty());
    let why = || format!("{} {}: {}", program.display(), arguments[0], last.unwrap_or_default());
    if ran.code == 0 { Ok(ran.out) } else { Err(why()) }
}
