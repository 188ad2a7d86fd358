//! What was asked, for tests that count.

use std::time::{Duration, Instant};

/// One request that reached the stand-in.
#[derive(Debug, Clone)]
pub struct Call {
    /// `ecs`, `cloudwatch`, `pricing`, `application-autoscaling`, `lambda`, `savingsplans`,
    /// `sts`, `offers` (price files), or nothing for a request that no service has.
    pub service: String,
    /// The operation; for `offers` the path.
    pub operation: String,
    /// Whose credentials it came with; nothing if it was not signed.
    pub account: String,
    /// The region it was signed for; nothing if it was not signed.
    pub region: String,
    /// How many queries a `GetMetricData` had.
    pub queries: usize,
    /// How many points its queries could have had: the estimate that quotas go by.
    pub points_asked: u64,
    /// How many different series (namespace, name, dimensions) it named: what is billed.
    pub metrics_requested: usize,
    /// How many points the answer held.
    pub points_given: u64,
    /// The status of the answer; 0 if the connection was reset instead.
    pub status: u16,
    /// Whether a fault was played.
    pub faulted: bool,
    /// How many requests were being answered when this came, itself among them.
    pub in_flight: usize,
    /// When it had come.
    pub request_at: Instant,
    /// How long the answer took to make.
    pub took: Duration,
}

impl Call {
    /// The action that a policy must allow for it: `ecs:ListServices`.
    #[must_use]
    pub fn action(&self) -> String {
        format!("{}:{}", self.service, self.operation)
    }

    pub(super) fn new(request_at: Instant, in_flight: usize) -> Self {
        Self {
            service: String::new(),
            operation: String::new(),
            account: String::new(),
            region: String::new(),
            queries: 0,
            points_asked: 0,
            metrics_requested: 0,
            points_given: 0,
            status: 0,
            faulted: false,
            in_flight,
            request_at,
            took: Duration::ZERO,
        }
    }
}
