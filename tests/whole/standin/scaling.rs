//! Application Auto Scaling.

use super::caller::Caller;
use super::estate::World;
use super::failure::Failure;
use super::pages;
use super::request::{Style, text, texts};
use super::serving::unknown;
use serde_json::Value;

const STYLE: Style = Style {
    token: "NextToken",
    size: "MaxResults",
    wrong_size: "ValidationException",
    wrong_token: "InvalidNextTokenException",
};

/// Answers an operation.
pub(super) fn answer(
    world: &World,
    caller: &Caller,
    operation: &str,
    body: &Value,
) -> Result<Value, Failure> {
    let region = world.region(&caller.account, &caller.region);
    let (name, all, names, most) = match operation {
        "DescribeScalableTargets" => ("ScalableTargets", &region.scalable_targets, "", 50),
        "DescribeScalingPolicies" => {
            ("ScalingPolicies", &region.scaling_policies, "PolicyName", 10)
        }
        "DescribeScheduledActions" => {
            ("ScheduledActions", &region.scheduled_actions, "ScheduledActionName", 50)
        }
        other => return Err(unknown(other)),
    };
    check(body)?;
    let found = all.iter().filter(|one| matches(one, body, names)).cloned().collect();
    let scope = pages::scope(operation, &caller.account, &caller.region, body);
    STYLE.answer(body, scope, (name, found), (most, most))
}

fn check(body: &Value) -> Result<(), Failure> {
    let invalid = |message: &str| Failure::new("ValidationException", message);
    if text(body, "ServiceNamespace").is_none() {
        return Err(invalid("1 validation error detected: ServiceNamespace must not be null"));
    }
    if texts(body, "ResourceIds").len() > 50 {
        return Err(invalid("1 validation error detected: ResourceIds must not exceed 50"));
    }
    Ok(())
}

fn matches(document: &Value, body: &Value, names: &str) -> bool {
    let same =
        |name: &str| text(body, name).is_none_or(|asked| text(document, name) == Some(asked));
    let among = |asked: &str, name: &str| {
        let asked = texts(body, asked);
        asked.is_empty() || text(document, name).is_some_and(|is| asked.contains(&is))
    };
    same("ServiceNamespace")
        && same("ResourceId")
        && same("ScalableDimension")
        && among("ResourceIds", "ResourceId")
        && (names.is_empty() || among(&format!("{names}s"), names))
}
