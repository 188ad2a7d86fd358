//! Policies of step scaling with the alarms that start them.

use super::super::fresh;
use super::super::standin::{ACCOUNT, Estate, Fault, FaultKind, REGION, Server, When, estate_of};
use super::{now, pull};
use loadline::model::{Alarm, ScalingPolicy, StepAdjustment};
use loadline::store::Snapshot;
use serde_json::{Value, json};
use std::path::Path;

fn alarm(name: &str, metric: &str, service: &str, comparison: &str, threshold: f64) -> Value {
    json!({
        "AlarmName": name, "Namespace": "AWS/ECS", "MetricName": metric,
        "Statistic": "Average", "Period": 120, "EvaluationPeriods": 3, "DatapointsToAlarm": 2,
        "Threshold": threshold, "ComparisonOperator": comparison,
        "Dimensions": [
            {"Name": "ClusterName", "Value": "prod"}, {"Name": "ServiceName", "Value": service},
        ],
    })
}

/// `queue` of `prod` is scaled out by steps, more than a page of policies beside it.
fn stepped(now: i64) -> Estate {
    let mut estate = estate_of(4, now);
    add_steps(&mut estate);
    estate
}

pub(super) fn add_steps(estate: &mut Estate) {
    let region = estate.region(ACCOUNT, REGION);
    let dimension = "ecs:service:DesiredCount";
    region.scalable_targets.push(json!({
        "ServiceNamespace": "ecs", "ResourceId": "service/prod/queue",
        "ScalableDimension": dimension, "MinCapacity": 1, "MaxCapacity": 9,
    }));
    let policy = |name: String, resource: &str, alarms: &[&str]| {
        let alarms: Vec<Value> =
            alarms.iter().map(|name| json!({"AlarmName": name, "AlarmARN": "arn"})).collect();
        json!({
            "PolicyName": name, "ServiceNamespace": "ecs", "ResourceId": resource,
            "ScalableDimension": dimension, "PolicyType": "StepScaling", "Alarms": alarms,
            "StepScalingPolicyConfiguration": {
                "AdjustmentType": "PercentChangeInCapacity", "MinAdjustmentMagnitude": 2,
                "Cooldown": 90, "MetricAggregationType": "Average",
                "StepAdjustments": [
                    {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 12.5,
                     "ScalingAdjustment": 10},
                    {"MetricIntervalLowerBound": 12.5, "ScalingAdjustment": 30},
                ],
            },
        })
    };
    region.scaling_policies.push(policy(
        "out".to_owned(),
        "service/prod/queue",
        &["high", "other", "gone"],
    ));
    for number in 0..120 {
        let (name, resource) = (format!("p{number}"), format!("service/other/{number}"));
        let alarm = format!("spare-{number}");
        region.alarms.push(alarm_of_spare(&alarm));
        region.scaling_policies.push(policy(name, &resource, &[&alarm]));
    }
    let over = "GreaterThanOrEqualToThreshold";
    region.alarms.push(alarm("high", "CPUUtilization", "queue", over, 62.5));
    region.alarms.push(alarm("other", "CPUUtilization", "web", over, 70.0));
}

fn alarm_of_spare(name: &str) -> Value {
    alarm(name, "MemoryUtilization", "spare", "LessThanThreshold", 20.0)
}

fn policy_of_queue(store: &Path) -> ScalingPolicy {
    let snapshot = Snapshot::open(store).unwrap();
    let queue = snapshot.workloads.into_iter().find(|one| one.id == "prod/queue").unwrap();
    queue.scaling.unwrap().policies.remove(0)
}

const WINDOW: [&str; 4] = ["--days", "1", "--period", "3600"];

#[test]
fn steps_and_their_alarms_are_pulled() {
    let now = now();
    let server = Server::start(stepped(now));
    let here = fresh("pull-steps");
    pull(&server, &here, now - 3_600, &WINDOW).ok();
    let found = policy_of_queue(&here.join("store"));
    assert_eq!((found.kind.as_str(), found.scale_out_cooldown_seconds), ("StepScaling", Some(90)));
    let steps = found.steps.unwrap();
    assert_eq!(steps.adjustment, "PercentChangeInCapacity");
    assert_eq!((steps.aggregation.as_deref(), steps.unread_alarms), (Some("Average"), 1));
    assert_eq!(steps.minimum_adjustment, Some(2));
    let step = |lower: &str, upper: Option<&str>, change| StepAdjustment {
        lower_bound: Some(lower.to_owned()),
        upper_bound: upper.map(str::to_owned),
        change,
    };
    assert_eq!(steps.adjustments, [step("0", Some("12.5"), 10), step("12.5", None, 30)]);
    let high = Alarm {
        metric: Some("AWS/ECS CPUUtilization".to_owned()),
        of_the_service: true,
        statistic: Some("Average".to_owned()),
        comparison: "GreaterThanOrEqualToThreshold".to_owned(),
        threshold: Some("62.5".to_owned()),
        period_seconds: Some(120),
        evaluation_periods: 3,
        datapoints: Some(2),
        actions_disabled: false,
    };
    let other = Alarm { of_the_service: false, threshold: Some("70".to_owned()), ..high.clone() };
    assert_eq!(steps.alarms, [high, other]);
    let asked = server.calls().into_iter().filter(|one| one.operation == "DescribeAlarms").count();
    assert!(asked >= 2, "a hundred at a time, {asked}");
}

#[test]
fn without_their_alarms_steps_stay_and_it_is_said() {
    let now = now();
    let server = Server::start(stepped(now));
    server.faults(vec![
        Fault::new(FaultKind::AccessDenied, When::Always).of_operation("DescribeAlarms"),
    ]);
    let here = fresh("pull-steps-denied");
    let ran = pull(&server, &here, now - 3_600, &WINDOW);
    let flat = ran.err.replace("\n  ", " ");
    assert_eq!(ran.code, 0, "{flat}");
    assert!(
        flat.contains("PULL_PART_MISSING") && flat.contains("cloudwatch:DescribeAlarms"),
        "{flat}"
    );
    let steps = policy_of_queue(&here.join("store")).steps.unwrap();
    assert_eq!((steps.adjustments.len(), steps.alarms.len()), (2, 0));
    assert_eq!(steps.unread_alarms, 3);
}
