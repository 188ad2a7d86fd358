//! A peer on a port of this machine, for as long as its guard lives.

use super::limited::wait;
use crate::root;
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Of a start and all the filling, which take seconds on an idle machine.
const LIMIT: Duration = Duration::from_mins(2);
/// A port that was free may be taken before the peer has it.
const ATTEMPTS: u32 = 3;

pub struct Peer {
    child: Child,
    port: u16,
}

impl Peer {
    /// Starts a peer and fills it with readings of the day before `end`.
    pub fn start(python: &Path, name: &str, end: i64, here: &Path) -> Peer {
        let mut why = String::new();
        for attempt in 1..=ATTEMPTS {
            let log = here.join(format!("{name}-{attempt}"));
            fs::create_dir_all(&log).unwrap();
            let mut peer = Peer::spawn(python, name, end, &log);
            if peer.is_ready(&log.join("stdout")) {
                return peer;
            }
            why = fs::read_to_string(log.join("stderr")).unwrap();
        }
        panic!("{name} does not start: {why}");
    }

    fn spawn(python: &Path, name: &str, end: i64, log: &Path) -> Peer {
        let port = free_port();
        let mut command = Command::new(python);
        command.arg("-I").arg(root().join("tests/peers/populate.py"));
        command.args([name, &port.to_string(), &end.to_string()]).current_dir(log);
        // It listens to many variables, and looks for files of the user's.
        command.env_clear().env("HOME", log).env("TMPDIR", log);
        for kept in ["PATH", "LD_LIBRARY_PATH"] {
            command.envs(std::env::var_os(kept).map(|value| (kept, value)));
        }
        let file = |name| File::create(log.join(name)).unwrap();
        // It ends with its standard input, so it goes even where this process is killed.
        command.stdin(Stdio::piped()).stdout(file("stdout")).stderr(file("stderr"));
        Peer { child: command.spawn().unwrap(), port }
    }

    /// Whether it says so in time, rather than to end.
    fn is_ready(&mut self, said: &Path) -> bool {
        let ready = wait(LIMIT, || {
            let ready = fs::read_to_string(said).unwrap().contains("ready");
            let ended = self.child.try_wait().unwrap().is_some();
            (ready || ended).then_some(ready)
        });
        ready.expect("a peer starts within its time")
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("some port is free");
    listener.local_addr().expect("it listens").port()
}
