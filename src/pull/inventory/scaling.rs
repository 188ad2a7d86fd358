//! Application Auto Scaling of ECS services.

use super::alarms::{self, ByName};
use super::{Found, last_part};
use crate::model::{Scaling, ScalingPolicy, Schedule, StepAdjustment, StepScaling};
use crate::pull::attempt::Operation;
use crate::pull::client::{Client, Group};
use crate::pull::failure::Failure;
use crate::pull::paging::Pages;
use crate::pull::signed::{Ask, Service};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const SERVICE: Service = Service {
    id: "Application Auto Scaling",
    host: "application-autoscaling",
    signing_name: "application-autoscaling",
    global: false,
};
const TARGETS: Operation = Operation {
    name: "DescribeScalableTargets",
    action: "application-autoscaling:DescribeScalableTargets",
};
const POLICIES: Operation = Operation {
    name: "DescribeScalingPolicies",
    action: "application-autoscaling:DescribeScalingPolicies",
};
const SCHEDULES: Operation = Operation {
    name: "DescribeScheduledActions",
    action: "application-autoscaling:DescribeScheduledActions",
};

/// What there is of it in an account and region.
#[derive(Default)]
pub(super) struct Known {
    /// By resource: `service/CLUSTER/SERVICE`.
    by_resource: BTreeMap<String, Of>,
}

#[derive(Default)]
struct Of {
    scaling: Scaling,
    /// Names of alarms, by the policy of steps that they start.
    alarms: BTreeMap<String, Vec<String>>,
}

impl Known {
    /// Names of all alarms that start a policy of steps.
    pub fn alarms(&self) -> BTreeSet<&str> {
        let each = self.by_resource.values().flat_map(|one| one.alarms.values().flatten());
        each.map(String::as_str).collect()
    }
}

pub(super) async fn scaling(client: &Client) -> Result<Known, Failure> {
    let mut all = BTreeMap::<String, Of>::new();
    for target in listed(client, TARGETS, "ScalableTargets").await? {
        let Some(resource) = target["ResourceId"].as_str() else { continue };
        let scaling = &mut all.entry(resource.to_owned()).or_default().scaling;
        scaling.minimum_tasks = number(&target["MinCapacity"]).unwrap_or(0);
        scaling.maximum_tasks = number(&target["MaxCapacity"]).unwrap_or(0);
        let suspended = target["SuspendedState"].as_object().into_iter().flatten();
        let is = suspended.filter(|(_, is)| is.as_bool() == Some(true));
        scaling.suspended = is.map(|(what, _)| what.clone()).collect();
    }
    for found in listed(client, POLICIES, "ScalingPolicies").await? {
        let Some(resource) = found["ResourceId"].as_str() else { continue };
        let of = all.entry(resource.to_owned()).or_default();
        let policy = policy(&found);
        if policy.steps.is_some() {
            let names = found["Alarms"].as_array().into_iter().flatten();
            let names = names.filter_map(|one| text(&one["AlarmName"])).collect();
            of.alarms.insert(policy.name.clone(), names);
        }
        of.scaling.policies.push(policy);
    }
    for found in listed(client, SCHEDULES, "ScheduledActions").await? {
        let Some(resource) = found["ResourceId"].as_str() else { continue };
        all.entry(resource.to_owned()).or_default().scaling.schedules.push(schedule(&found));
    }
    for of in all.values_mut() {
        of.scaling.policies.sort_by(|a, b| a.name.cmp(&b.name));
        of.scaling.schedules.sort_by(|a, b| a.name.cmp(&b.name));
    }
    Ok(Known { by_resource: all })
}

/// Hands each service its own.
pub(super) fn join(all: &mut [Found], known: &Known, described: &ByName) {
    for found in all {
        let resource = format!("service/{}/{}", found.identity.cluster, found.identity.name);
        let Some(of) = known.by_resource.get(&resource) else {
            found.workload.scaling = None;
            continue;
        };
        let mut scaling = of.scaling.clone();
        for policy in &mut scaling.policies {
            let Some(steps) = &mut policy.steps else { continue };
            let names = of.alarms.get(&policy.name).into_iter().flatten();
            for name in names {
                match described.get(name) {
                    Some(alarm) => steps.alarms.push(alarms::seen_by(alarm, &found.identity)),
                    None => steps.unread_alarms += 1,
                }
            }
        }
        found.workload.scaling = Some(scaling);
    }
}

async fn listed(client: &Client, operation: Operation, list: &str) -> Result<Vec<Value>, Failure> {
    let target = format!("AnyScaleFrontendService.{}", operation.name);
    let mut pages = Pages::new(operation, client);
    let mut all = Vec::new();
    while let Some(token) = pages.next()? {
        let mut body = json!({ "ServiceNamespace": "ecs" });
        if let Some(token) = token {
            body["NextToken"] = token.into();
        }
        let ask = Ask::Json { target: &target, body };
        let answer =
            client.call(operation, Group::Others, || client.signed.send(SERVICE, &ask)).await?;
        all.extend(answer[list].as_array().into_iter().flatten().cloned());
        pages.came(answer["NextToken"].as_str());
    }
    Ok(all)
}

fn number(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|value| u32::try_from(value).ok())
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn policy(found: &Value) -> ScalingPolicy {
    let tracking = &found["TargetTrackingScalingPolicyConfiguration"];
    let predefined = text(&tracking["PredefinedMetricSpecification"]["PredefinedMetricType"]);
    let customized = customized(found, &tracking["CustomizedMetricSpecification"]);
    let steps = &found["StepScalingPolicyConfiguration"];
    let cooldown = number(&steps["Cooldown"]);
    ScalingPolicy {
        name: text(&found["PolicyName"]).unwrap_or_default(),
        kind: text(&found["PolicyType"]).unwrap_or_default(),
        metric: predefined.or(customized),
        target: decimal(&tracking["TargetValue"]),
        scale_in_cooldown_seconds: number(&tracking["ScaleInCooldown"]).or(cooldown),
        scale_out_cooldown_seconds: number(&tracking["ScaleOutCooldown"]).or(cooldown),
        scale_in_disabled: tracking["DisableScaleIn"].as_bool().unwrap_or(false),
        steps: steps.is_object().then(|| step_scaling(steps)),
    }
}

/// A metric that is no predefined one: its namespace and name, or that one if it is the same.
fn customized(found: &Value, metric: &Value) -> Option<String> {
    let name = text(&metric["MetricName"])?;
    let namespace = text(&metric["Namespace"]).unwrap_or_default();
    let dimension = |name: &str| {
        let all = metric["Dimensions"].as_array().into_iter().flatten();
        all.filter(|one| one["Name"] == name).find_map(|one| one["Value"].as_str())
    };
    let resource = dimension("ClusterName").zip(dimension("ServiceName"));
    let resource = resource.map(|(cluster, service)| format!("service/{cluster}/{service}"));
    let own = resource.is_some_and(|resource| found["ResourceId"] == resource.as_str())
        && metric["Dimensions"].as_array().is_some_and(|all| all.len() == 2)
        && metric["Statistic"] == "Average"
        && namespace == "AWS/ECS";
    Some(match name.as_str() {
        "CPUUtilization" if own => "ECSServiceAverageCPUUtilization".to_owned(),
        "MemoryUtilization" if own => "ECSServiceAverageMemoryUtilization".to_owned(),
        _ => format!("{namespace} {name}"),
    })
}

fn step_scaling(steps: &Value) -> StepScaling {
    let adjustment = |one: &Value| {
        Some(StepAdjustment {
            lower_bound: decimal(&one["MetricIntervalLowerBound"]),
            upper_bound: decimal(&one["MetricIntervalUpperBound"]),
            change: i32::try_from(one["ScalingAdjustment"].as_i64()?).ok()?,
        })
    };
    StepScaling {
        adjustment: text(&steps["AdjustmentType"]).unwrap_or_default(),
        minimum_adjustment: number(&steps["MinAdjustmentMagnitude"]),
        adjustments: steps["StepAdjustments"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(adjustment)
            .collect(),
        aggregation: text(&steps["MetricAggregationType"]),
        alarms: Vec::new(),
        unread_alarms: 0,
    }
}

/// Times are seconds since 1970, with a part.
#[expect(clippy::cast_possible_truncation, reason = "seconds of any year; `as` saturates")]
fn second(value: &Value) -> Option<i64> {
    value.as_f64().map(|seconds| seconds.floor() as i64)
}

fn decimal(value: &Value) -> Option<String> {
    value.as_number().map(ToString::to_string)
}

fn schedule(found: &Value) -> Schedule {
    let action = &found["ScalableTargetAction"];
    Schedule {
        name: last_part(found["ScheduledActionName"].as_str().unwrap_or_default()).to_owned(),
        expression: text(&found["Schedule"]).unwrap_or_default(),
        timezone: text(&found["Timezone"]),
        minimum_tasks: number(&action["MinCapacity"]),
        maximum_tasks: number(&action["MaxCapacity"]),
        start: second(&found["StartTime"]),
        end: second(&found["EndTime"]),
    }
}
