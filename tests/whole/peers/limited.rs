//! Programs that are given so much time and no more.

use crate::Ran;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Waits until something is there, or for not longer than the limit.
pub fn wait<T>(limit: Duration, mut there: impl FnMut() -> Option<T>) -> Option<T> {
    let start = Instant::now();
    loop {
        let found = there();
        if found.is_some() || start.elapsed() > limit {
            return found;
        }
        sleep(LOOK_EVERY);
    }
}

/// Runs to the end, with its output kept in the directory. Why it did not: in words.
pub fn run(mut command: Command, here: &Path, limit: Duration) -> Result<Ran, String> {
    let program = command.get_program().display().to_string();
    let (out, err) = (here.join("stdout"), here.join("stderr"));
    let file = |path: &Path| File::create(path).expect("our own directory");
    command.stdin(Stdio::null()).stdout(file(&out)).stderr(file(&err));
    let mut child = command.spawn().map_err(|error| format!("{program}: {error}"))?;
    let status = ended(&mut child, limit);
    let status = status.ok_or_else(|| format!("{program} took longer than {limit:?}"))?;
    let text = |path| fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Ok(Ran {
        code: status.code().unwrap_or(-1),
        out: text(&out).expect("just written"),
        err: text(&err).expect("just written"),
    })
}

/// How it ended by itself; what takes too long is killed.
fn ended(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let status = wait(limit, || child.try_wait().expect("our own child"));
    if status.is_none() {
        // It may have ended just now.
        let _ = child.kill();
        let _ = child.wait();
    }
    status
}
