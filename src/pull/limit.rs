//! Token buckets: how fast an API of an account and region may be asked.

use std::sync::Mutex;
use std::time::Duration;
use tokio::time::Instant;

/// Rates as AWS publishes them; `LIVE` figures stand where buckets are made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rate {
    pub burst: f64,
    pub per_second: f64,
}

/// A bucket that everybody who asks one API shares. Throttling halves its rate, once a second
/// at most; calls that go well bring it back.
#[derive(Debug)]
pub(super) struct Bucket {
    rate: Rate,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    tokens: f64,
    filled: Instant,
    /// Share of the rate that is used at present.
    pace: f64,
    /// When it was last halved.
    halved: Option<Instant>,
}

const SLOWEST: f64 = 1.0 / 16.0;
const RECOVERY: f64 = 1.2;
/// Calls that are refused together are one refusal.
const TOGETHER: Duration = Duration::from_secs(1);

impl Bucket {
    /// `share` is the part of the published rate that is ours to use.
    pub fn new(rate: Rate, share: f64) -> Self {
        let rate =
            Rate { burst: (rate.burst * share).max(1.0), per_second: rate.per_second * share };
        let state = State { tokens: rate.burst, filled: Instant::now(), pace: 1.0, halved: None };
        Bucket { rate, state: Mutex::new(state) }
    }

    /// Waits until `tokens` may be used. More than a burst is lent and paid back by those
    /// who come after.
    pub async fn take(&self, tokens: f64) {
        let wait = self.state.lock().expect("nothing panics here").take(self.rate, tokens);
        if wait > Duration::ZERO {
            tokio::time::sleep(wait).await;
        }
    }

    pub fn throttled(&self) {
        let mut state = self.state.lock().expect("nothing panics here");
        let now = Instant::now();
        if state.halved.is_none_or(|at| now.duration_since(at) >= TOGETHER) {
            state.pace = (state.pace / 2.0).max(SLOWEST);
            state.halved = Some(now);
        }
        state.tokens = state.tokens.min(0.0);
    }

    pub fn went_well(&self) {
        let mut state = self.state.lock().expect("nothing panics here");
        state.pace = (state.pace * RECOVERY).min(1.0);
    }
}

impl State {
    fn take(&mut self, rate: Rate, tokens: f64) -> Duration {
        let now = Instant::now();
        let per_second = rate.per_second * self.pace;
        let filled = now.duration_since(self.filled).as_secs_f64() * per_second;
        self.tokens = (self.tokens + filled).min(rate.burst) - tokens;
        self.filled = now;
        Duration::from_secs_f64((-self.tokens / per_second).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_free_and_then_the_rate_holds() {
        let rate = Rate { burst: 10.0, per_second: 2.0 };
        let mut state = State { tokens: 10.0, filled: Instant::now(), pace: 1.0, halved: None };
        for _ in 0..10 {
            assert_eq!(state.take(rate, 1.0), Duration::ZERO);
        }
        let wait = state.take(rate, 1.0).as_secs_f64();
        assert!((0.4..=0.5).contains(&wait), "{wait}");
        state.pace = 0.5;
        let wait = state.take(rate, 1.0).as_secs_f64();
        assert!((1.9..=2.0).contains(&wait), "half the pace: {wait}");
    }

    #[test]
    fn throttling_halves_and_success_brings_back() {
        let bucket = Bucket::new(Rate { burst: 100.0, per_second: 20.0 }, 0.5);
        assert!((bucket.rate.per_second - 10.0).abs() < 1e-9);
        let pace = || bucket.state.lock().unwrap().pace;
        for _ in 0..10 {
            bucket.throttled();
        }
        assert!((pace() - 0.5).abs() < 1e-9, "once for all of them");
        for _ in 0..10 {
            bucket.state.lock().unwrap().halved = None;
            bucket.throttled();
        }
        assert!((pace() - SLOWEST).abs() < 1e-9);
        for _ in 0..50 {
            bucket.went_well();
        }
        assert!((pace() - 1.0).abs() < 1e-9);
    }
}
