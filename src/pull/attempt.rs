//! One call made to succeed: rates kept, attempts timed, passing failures tried again.

use super::failure::{Failure, FailureKind, Miss};
use super::limit::Bucket;
use std::future::Future;
use std::time::Duration;

/// What is called, for messages and for the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// As the service names it: `ListServices`.
    pub name: &'static str,
    /// As a policy names it: `ecs:ListServices`.
    pub action: &'static str,
}

/// How patient to be.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    pub attempts: u32,
    /// Of one attempt.
    pub timeout: Duration,
    /// Before the second attempt; it doubles, up to [`LONGEST_WAIT`].
    pub first_wait: Duration,
}

const LONGEST_WAIT: Duration = Duration::from_secs(20);

impl Default for Patience {
    fn default() -> Self {
        Patience {
            attempts: 8,
            timeout: Duration::from_secs(30),
            first_wait: Duration::from_millis(500),
        }
    }
}

/// Calls until it succeeds or there is no point in going on. The clients' own retries are
/// off: they share one quota over all accounts, and give up on a cut answer.
pub(super) async fn attempt<T, F>(
    operation: Operation,
    place: &str,
    buckets: &[(&Bucket, f64)],
    patience: Patience,
    mut call: impl FnMut() -> F,
) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Miss>>,
{
    let mut number = 1;
    loop {
        // Waiting for one's turn is no part of the attempt, nor of its timeout.
        for (bucket, tokens) in buckets {
            bucket.take(*tokens).await;
        }
        let miss = match tokio::time::timeout(patience.timeout, call()).await {
            Ok(Ok(value)) => {
                for (bucket, _) in buckets {
                    bucket.went_well();
                }
                return Ok(value);
            }
            Ok(Err(miss)) => miss,
            Err(_) => {
                let seconds = patience.timeout.as_secs_f32();
                Miss::new(FailureKind::Transient, format!("no answer in {seconds} s"))
            }
        };
        if miss.kind == FailureKind::Throttled {
            for (bucket, _) in buckets {
                bucket.throttled();
            }
        }
        if !miss.kind.is_passing() || number >= patience.attempts {
            return Err(failure(miss, operation, place, number));
        }
        tokio::time::sleep(wait(patience.first_wait, number)).await;
        number += 1;
    }
}

/// Doubling, each cut by chance so that those who failed together do not come together.
fn wait(first: Duration, attempt: u32) -> Duration {
    let longest = first.saturating_mul(1 << (attempt - 1).min(10)).min(LONGEST_WAIT);
    longest.mul_f64(fastrand::f64())
}

pub(super) fn failure(miss: Miss, operation: Operation, place: &str, attempts: u32) -> Failure {
    let again = if attempts > 1 { format!(" ({attempts} attempts)") } else { String::new() };
    Failure {
        kind: miss.kind,
        code: miss.code,
        message: miss.message + &again,
        operation: operation.name,
        action: operation.action,
        place: place.to_owned(),
        request_id: miss.request_id,
        attempts,
    }
}
