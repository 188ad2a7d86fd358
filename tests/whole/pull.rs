//! Live AWS, as far as it can be had without: a stand-in server on this machine, the real
//! clients, the real wire.

use super::standin::{
    ACCOUNT, Estate, Fault, FaultKind, Metric, Point, REGION, Server, When, estate_of, usual_metric,
};
use super::{Ran, fresh};
use loadline::model::{Profile, Reading, Signal};
use loadline::store::Snapshot;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The present, on a whole minute.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    i64::try_from(since).unwrap() / 60 * 60
}

/// The program with no other AWS than the server.
fn command(server: &Server, here: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loadline"));
    for (name, _) in std::env::vars() {
        let lower = name.to_ascii_lowercase();
        if name.starts_with("AWS_") || name.starts_with("LOADLINE_") || lower.ends_with("_proxy") {
            command.env_remove(name);
        }
    }
    command.args(arguments).current_dir(here).envs(server.environment());
    command
}

fn run(server: &Server, here: &Path, arguments: &[&str]) -> Ran {
    let output = command(server, here, arguments).output().expect("the program starts");
    Ran {
        code: output.status.code().expect("it ends by itself"),
        out: String::from_utf8(output.stdout).expect("text"),
        err: String::from_utf8(output.stderr).expect("text"),
    }
}

/// Quotas that do not slow a test down.
const FAST: [&str; 4] = ["--quota-points", "1000000000", "--quota-calls", "10000"];

#[test]
fn what_was_put_in_comes_out() {
    let now = now();
    let server = Server::start(estate_of(30, now));
    let here = fresh("pull-exact");
    let ran =
        run(&server, &here, &[&["pull", "--out", "store", "--days", "3"][..], &FAST].concat());
    eprintln!("{}\n{}", ran.out, ran.err);
    assert_eq!(ran.code, 0);
    let ran = run(&server, &here, &["analyze", "store"]);
    eprintln!("{}\n{}", ran.out, ran.err);
    panic!("look");
}
