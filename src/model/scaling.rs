//! How the number of a service's tasks is kept: Application Auto Scaling.

use serde::{Deserialize, Serialize};

/// Application Auto Scaling of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scaling {
    pub minimum_tasks: u32,
    pub maximum_tasks: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<ScalingPolicy>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schedules: Vec<Schedule>,
    /// `DynamicScalingInSuspended` and the like, where it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suspended: Vec<String>,
}

/// Of target tracking or by steps. Figures are as AWS writes them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScalingPolicy {
    pub name: String,
    /// `TargetTrackingScaling`, `StepScaling` or `PredictiveScaling`.
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
    /// In the metric's unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale_in_cooldown_seconds: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale_out_cooldown_seconds: Option<u32>,
    /// It only adds tasks.
    #[serde(default, skip_serializing_if = "is_false")]
    pub scale_in_disabled: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<StepScaling>,
}

/// What a policy of step scaling does when one of its alarms rings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepScaling {
    /// `ChangeInCapacity`, `PercentChangeInCapacity` or `ExactCapacity`.
    pub adjustment: String,
    /// At least so many tasks at a time, of a change in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_adjustment: Option<u32>,
    /// `Average`, `Minimum` or `Maximum`: how the metric's values become one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aggregation: Option<String>,
    pub adjustments: Vec<StepAdjustment>,
    /// Those that could be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alarms: Vec<Alarm>,
    /// How many could not: they are gone, or worked out from others.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unread_alarms: u32,
}

/// Counts where the metric is so far from the alarm's threshold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepAdjustment {
    /// Without it from minus infinity on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lower_bound: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upper_bound: Option<String>,
    pub change: i32,
}

/// An alarm of CloudWatch that starts a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alarm {
    /// `AWS/ECS CPUUtilization`: namespace and name; nothing of one that is worked out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
    /// Its dimensions are the service that it scales, or what stands before that.
    pub of_the_service: bool,
    /// `Average`, `p99`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statistic: Option<String>,
    /// `GreaterThanOrEqualToThreshold`, ...
    pub comparison: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period_seconds: Option<u32>,
    pub evaluation_periods: u32,
    /// It rings, and starts nothing.
    #[serde(default, skip_serializing_if = "is_false")]
    pub actions_disabled: bool,
    /// So many of the periods; without it all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datapoints: Option<u32>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    pub name: String,
    /// `cron(...)`, `rate(...)` or `at(...)`.
    pub expression: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_tasks: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum_tasks: Option<u32>,
    /// Not before and not after, seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<i64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(value: &u32) -> bool {
    *value == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(value: &bool) -> bool {
    !value
}
