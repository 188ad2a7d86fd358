//! Application Auto Scaling of ECS services.

use super::{Found, last_part};
use crate::model::{Scaling, ScalingPolicy, Schedule};
use crate::pull::attempt::Operation;
use crate::pull::client::{Client, Group};
use crate::pull::failure::Failure;
use crate::pull::paging::Pages;
use crate::pull::signed::{Ask, Service};
use serde_json::{Value, json};
use std::collections::BTreeMap;

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

/// By resource: `service/CLUSTER/SERVICE`.
pub(super) type ByResource = BTreeMap<String, Scaling>;

pub(super) async fn scaling(client: &Client) -> Result<ByResource, Failure> {
    let mut all = ByResource::new();
    for target in listed(client, TARGETS, "ScalableTargets").await? {
        let Some(resource) = target["ResourceId"].as_str() else { continue };
        let scaling = all.entry(resource.to_owned()).or_default();
        scaling.minimum_tasks = number(&target["MinCapacity"]).unwrap_or(0);
        scaling.maximum_tasks = number(&target["MaxCapacity"]).unwrap_or(0);
    }
    for found in listed(client, POLICIES, "ScalingPolicies").await? {
        let Some(resource) = found["ResourceId"].as_str() else { continue };
        all.entry(resource.to_owned()).or_default().policies.push(policy(&found));
    }
    for found in listed(client, SCHEDULES, "ScheduledActions").await? {
        let Some(resource) = found["ResourceId"].as_str() else { continue };
        all.entry(resource.to_owned()).or_default().schedules.push(schedule(&found));
    }
    for scaling in all.values_mut() {
        scaling.policies.sort_by(|a, b| a.name.cmp(&b.name));
        scaling.schedules.sort_by(|a, b| a.name.cmp(&b.name));
    }
    Ok(all)
}

/// Hands each service its own.
pub(super) fn join(all: &mut [Found], scaling: &ByResource) {
    for found in all {
        let resource = format!("service/{}/{}", found.identity.cluster, found.identity.name);
        found.workload.scaling = scaling.get(&resource).cloned();
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
    let customized = text(&tracking["CustomizedMetricSpecification"]["MetricName"]);
    let cooldown = number(&found["StepScalingPolicyConfiguration"]["Cooldown"]);
    ScalingPolicy {
        name: text(&found["PolicyName"]).unwrap_or_default(),
        kind: text(&found["PolicyType"]).unwrap_or_default(),
        metric: predefined.or(customized),
        target: tracking["TargetValue"].as_number().map(ToString::to_string),
        scale_in_cooldown_seconds: number(&tracking["ScaleInCooldown"]).or(cooldown),
        scale_out_cooldown_seconds: number(&tracking["ScaleOutCooldown"]).or(cooldown),
    }
}

fn schedule(found: &Value) -> Schedule {
    let action = &found["ScalableTargetAction"];
    Schedule {
        name: last_part(found["ScheduledActionName"].as_str().unwrap_or_default()).to_owned(),
        expression: text(&found["Schedule"]).unwrap_or_default(),
        timezone: text(&found["Timezone"]),
        minimum_tasks: number(&action["MinCapacity"]),
        maximum_tasks: number(&action["MaxCapacity"]),
    }
}
