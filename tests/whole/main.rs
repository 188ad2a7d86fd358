//! The program as a user meets it.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::too_many_lines,
    reason = "a test fails by panicking, says what it skips, and lists its cases"
)]

mod analyze;
mod backtest;
mod bad_input;
mod compare;
mod documents;
mod estimate;
mod explain;
mod fleet;
mod import;
mod live_prices;
mod peers;
mod pull;
mod replay;
mod shared;
mod standin;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a run printed, and how it ended.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    #[track_caller]
    fn ok(self) -> String {
        assert_eq!(self.code, 0, "{}", self.err);
        self.out
    }

    #[track_caller]
    fn json(self) -> serde_json::Value {
        serde_json::from_str(&self.ok()).expect("stdout is JSON and nothing else")
    }
}

/// Runs the program in a directory, with an empty environment of its own options.
fn run_in(directory: &Path, arguments: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loadline"));
    command.args(arguments).current_dir(directory);
    for name in ["FORMAT", "REGION", "MONTH_HOURS", "CONFIG"] {
        command.env_remove(format!("LOADLINE_{name}"));
    }
    let output = command.output().expect("the program starts");
    Ran {
        code: output.status.code().expect("it ends by itself"),
        out: String::from_utf8(output.stdout).expect("text"),
        err: String::from_utf8(output.stderr).expect("text"),
    }
}

fn loadline(arguments: &[&str]) -> Ran {
    run_in(Path::new(env!("CARGO_TARGET_TMPDIR")), arguments)
}

/// An empty directory of a test's own.
fn fresh(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if path.exists() {
        fs::remove_dir_all(&path).expect("our own directory");
    }
    fs::create_dir_all(&path).expect("our own directory");
    path
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Data that lies beside a developer's checkout and is no part of the product.
/// Without it a test says that it was skipped.
fn shared(what: &str) -> Option<PathBuf> {
    let path = root().join("../shared").join(what);
    if path.exists() {
        return Some(path);
    }
    eprintln!("SKIPPED: ../shared/{what} is not here");
    None
}
