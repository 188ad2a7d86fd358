//! Amazon ECS: tasks, which are forgotten an hour after they stopped.

use super::ecs::{Ask, invalid, means, short, without_tags};
use super::failure::Failure;
use super::request::{text, texts};
use serde_json::{Value, json};

/// How long a stopped task is still known, in seconds.
const REMEMBERED: f64 = 3_600.0;

/// The tasks of a cluster that match all filters.
pub(super) fn list_tasks(ask: Ask<'_>) -> Result<Value, Failure> {
    let cluster = ask.cluster()?;
    refuse_mixtures(ask.body)?;
    let service = text(ask.body, "serviceName");
    if let Some(service) = service {
        ask.service(cluster, service)
            .ok_or_else(|| Failure::new("ServiceNotFoundException", "Service not found."))?;
    }
    let status = text(ask.body, "desiredStatus").unwrap_or("RUNNING");
    if !matches!(status, "RUNNING" | "PENDING" | "STOPPED") {
        return Err(invalid("Invalid desiredStatus."));
    }
    let arns = known(ask, cluster)
        .filter(|task| text(task, "desiredStatus") == Some(status))
        .filter(|task| service.is_none_or(|service| belongs_to(task, short(service))))
        .filter(|task| text(ask.body, "family").is_none_or(|family| is_of(task, family)))
        .filter(|task| has(task, ask.body, "launchType", "launchType"))
        .filter(|task| has(task, ask.body, "startedBy", "startedBy"))
        .filter(|task| runs_on(task, text(ask.body, "containerInstance")))
        .map(|task| task["taskArn"].clone());
    ask.page("taskArns", arns.collect(), (100, 100))
}

/// Describes tasks by id or ARN.
pub(super) fn describe_tasks(ask: Ask<'_>) -> Result<Value, Failure> {
    let cluster = ask.cluster()?;
    let asked = ask.names("tasks", 100)?;
    let include = texts(ask.body, "include");
    let kind = format!("task/{}", short(cluster));
    let (tasks, failures) = ask.look_up(&asked, &kind, |name| {
        known(ask, cluster)
            .find(|task| means(name, text(task, "taskArn").unwrap_or_default()))
            .map(|task| without_tags(task.clone(), &include))
    });
    Ok(json!({"tasks": tasks, "failures": failures}))
}

/// `startedBy` must be the only filter.
fn refuse_mixtures(body: &Value) -> Result<(), Failure> {
    let others = ["family", "serviceName", "containerInstance"];
    if text(body, "startedBy").is_some() && others.iter().any(|name| text(body, name).is_some()) {
        return Err(invalid("You cannot specify startedBy with another filter."));
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "seconds of any year fit a double")]
fn known<'a>(ask: Ask<'a>, cluster: &str) -> impl Iterator<Item = &'a Value> {
    let oldest = ask.now as f64 - REMEMBERED;
    ask.region
        .tasks
        .iter()
        .filter(move |task| text(task, "clusterArn") == Some(cluster))
        .filter(move |task| task["stoppedAt"].as_f64().is_none_or(|stopped| stopped >= oldest))
}

fn belongs_to(task: &Value, service: &str) -> bool {
    text(task, "group").and_then(|group| group.strip_prefix("service:")) == Some(service)
}

fn is_of(task: &Value, family: &str) -> bool {
    let definition = text(task, "taskDefinitionArn").map(short).unwrap_or_default();
    definition.split(':').next() == Some(family)
}

fn has(task: &Value, body: &Value, asked: &str, member: &str) -> bool {
    text(body, asked).is_none_or(|wanted| text(task, member) == Some(wanted))
}

fn runs_on(task: &Value, instance: Option<&str>) -> bool {
    instance
        .is_none_or(|asked| text(task, "containerInstanceArn").is_some_and(|arn| means(asked, arn)))
}
