//! How far something long has come: a bar on a terminal, plain lines elsewhere.

use super::options::Global;
use super::output;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// One stage with its bar.
pub(super) struct Stage {
    name: &'static str,
    unit: &'static str,
    bar: ProgressBar,
    plain: bool,
    told: Mutex<Instant>,
    start: Instant,
}

const BETWEEN_LINES: Duration = Duration::from_secs(10);

impl Stage {
    #[expect(clippy::disallowed_methods, reason = "the command line asks the clock")]
    pub fn new(name: &'static str, unit: &'static str, global: &Global) -> Self {
        let terminal = std::io::stderr().is_terminal();
        // Each call has a line of its own; a bar would be torn by them.
        let bar = if terminal && !global.quiet && !global.verbose {
            ProgressBar::with_draw_target(Some(1), ProgressDrawTarget::stderr_with_hz(5))
        } else {
            ProgressBar::hidden()
        };
        let style =
            ProgressStyle::with_template("{prefix} {wide_bar} {pos}/{len} {msg} {eta} left");
        bar.set_style(style.expect("a template of our own"));
        bar.set_prefix(name);
        let now = Instant::now();
        Stage {
            name,
            unit,
            bar,
            plain: !terminal && !global.quiet,
            told: Mutex::new(now),
            start: now,
        }
    }

    /// So much of all is done; with what has come of it beside.
    pub fn tell(&self, done: u64, all: u64, beside: &str) {
        self.bar.set_length(all);
        self.bar.set_position(done);
        self.bar.set_message(beside.to_owned());
        let mut told = self.told.lock().expect("nobody panics with it");
        if self.plain && told.elapsed() >= BETWEEN_LINES {
            *told = self.now();
            let (name, unit, seconds) = (self.name, self.unit, self.start.elapsed().as_secs());
            output::say(&format!("{name}: {done} of {all} {unit} after {seconds} s {beside}"));
        }
    }

    #[expect(clippy::disallowed_methods, reason = "the command line asks the clock")]
    #[expect(clippy::unused_self, reason = "one place for the exception")]
    fn now(&self) -> Instant {
        Instant::now()
    }

    pub fn end(&self) {
        self.bar.finish_and_clear();
    }

    pub fn seconds(&self) -> f64 {
        self.start.elapsed().as_secs_f64()
    }
}
