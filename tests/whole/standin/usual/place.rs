//! Where a part of the usual estate stands.

use serde_json::{Value, json};

pub(super) const DAY: i64 = 86_400;

/// An account and a region, and a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) account: String,
    pub(super) region: String,
    pub(super) now: i64,
}

impl Place {
    pub(super) fn new(account: &str, region: &str, now: i64) -> Self {
        Self { account: account.to_owned(), region: region.to_owned(), now }
    }

    /// The ARN of something of ECS.
    pub(super) fn arn(&self, rest: &str) -> String {
        self.arn_of("ecs", rest)
    }

    pub(super) fn arn_of(&self, service: &str, rest: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{rest}", self.region, self.account)
    }

    /// The ARN of something of IAM.
    pub(super) fn iam(&self, rest: &str) -> String {
        format!("arn:aws:iam::{}:{rest}", self.account)
    }

    pub(super) fn instance_arn(&self, cluster: &str) -> String {
        self.arn(&format!("container-instance/{cluster}/0123456789abcdef0123456789abcdef"))
    }
}

/// A time before now, with a fraction, as the API has it.
#[expect(clippy::cast_precision_loss, reason = "seconds of any year fit a double")]
pub(super) fn time(epoch: i64) -> f64 {
    epoch as f64 + 0.125
}

/// From 0 at midnight UTC to 720 at noon and back.
pub(super) fn wave(minute: i64) -> i64 {
    720 - (minute.rem_euclid(DAY) / 60 - 720).abs()
}

pub(super) fn container(task: &str, name: &str, status: &str) -> Value {
    json!({
        "containerArn": task.replace(":task/", ":container/"), "taskArn": task, "name": name,
        "image": "registry.example/app:7", "lastStatus": status, "networkBindings": [],
        "networkInterfaces": [], "healthStatus": "UNKNOWN", "cpu": "0", "memoryReservation": "256",
    })
}
