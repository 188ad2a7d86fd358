//! The sizes a service had: percentages are of the size at the time.

use super::definitions::Definitions;
use super::{Inventory, Scope};
use crate::model::{Code, Deployment, Finding, Kind, Launch, SizeSince};
use crate::pull::attempt::Operation;
use crate::pull::client::{Client, Group};
use crate::pull::failure::{Failure, FailureKind};
use crate::pull::paging::{Pages, send};
use aws_sdk_ecs::types::{CreatedAt, ServiceDeploymentBrief, ServiceDeploymentStatus};
use aws_smithy_types::DateTime;
use std::collections::BTreeMap;

const LIST: Operation =
    Operation { name: "ListServiceDeployments", action: "ecs:ListServiceDeployments" };
const REVISIONS: Operation =
    Operation { name: "DescribeServiceRevisions", action: "ecs:DescribeServiceRevisions" };
const A_PAGE: i32 = 100;
const A_CALL: usize = 20;

/// Asks for the history of every service that was deployed within the window. What cannot
/// be found out is said, once a place.
pub(super) async fn histories(
    client: &Client,
    scope: &Scope,
    all: &mut Inventory,
    definitions: &mut Definitions,
) -> Result<(), Failure> {
    let mut denied: Option<Failure> = None;
    for number in 0..all.found.len() {
        let found = &all.found[number];
        let known = found.workload.sizes.first().is_some_and(|first| is_settled(first, scope.from));
        let told = found.workload.deployment.as_ref().is_none_or(has_history);
        if known || !told || found.workload.kind != Kind::Service || denied.is_some() {
            continue;
        }
        match history(client, scope, number, all, definitions).await {
            Ok(sizes) if !sizes.is_empty() => {
                let known = std::mem::take(&mut all.found[number].workload.sizes);
                all.found[number].workload.sizes = up_to_today(sizes, known);
            }
            Ok(_) => {}
            Err(failure) if failure.kind.is_of_the_session() => return Err(failure),
            // What one service refuses another may well answer.
            Err(failure) if failure.kind == FailureKind::Refused => {
                let detail = format!("history of sizes: {failure}");
                let about = all.found[number].workload.id.clone();
                all.note(&Finding::new(Code::PullPartMissing, detail).about(about));
            }
            Err(failure) => denied = Some(failure),
        }
    }
    if let Some(failure) = denied {
        let detail = format!("history of sizes: {failure}");
        all.note(&Finding::new(Code::PullPartMissing, detail).about(all.place.to_string()));
    }
    for found in &mut all.found {
        let sizes = &mut found.workload.sizes;
        if let Some(first) = sizes.first_mut() {
            let since = since_its_beginning(first.since, found.created);
            if since != first.since {
                // Before it there was nothing that it could be mixed with.
                (first.since, first.settled) = (since, Some(since));
            }
        }
        found.workload.size_changes = changes(sizes);
    }
    Ok(())
}

/// Did only this one run from a moment on? A rollout takes less than a day.
fn is_settled(first: &SizeSince, from: i64) -> bool {
    const DAY: i64 = 86_400;
    let settled = first.settled.is_some_and(|settled| settled <= from);
    first.since <= from && (settled || first.since + DAY <= from)
}

/// Of services that `CodeDeploy` or others deploy ECS has no deployments to tell.
fn has_history(deployment: &Deployment) -> bool {
    deployment.controller.as_deref().is_none_or(|controller| controller == "ECS")
}

/// The first deployment of a service begins with the service: before it there was nothing
/// of another size. The whole hour counts, so that no period is cut in two.
fn since_its_beginning(since: i64, created: Option<i64>) -> i64 {
    const SOON: i64 = 900;
    match created {
        Some(created) if (created..created + SOON).contains(&since) => {
            created - created.rem_euclid(3_600)
        }
        _ => since,
    }
}

/// How often one size followed another.
fn changes(sizes: &[SizeSince]) -> u32 {
    let pairs = sizes.iter().zip(sizes.iter().skip(1));
    let changed = pairs.filter(|(a, b)| (a.cpu_units, a.memory_mib) != (b.cpu_units, b.memory_mib));
    u32::try_from(changed.count()).unwrap_or(u32::MAX)
}

async fn history(
    client: &Client,
    scope: &Scope,
    number: usize,
    all: &Inventory,
    definitions: &mut Definitions,
) -> Result<Vec<SizeSince>, Failure> {
    let found = &all.found[number];
    let deployments = deployments(client, &found.identity.cluster, &found.identity.name).await?;
    let deployments = relevant(deployments, scope.from);
    let revisions = revisions(client, &deployments).await?;
    let on_fargate = on_fargate(&found.workload.launch);
    let mut sizes = Vec::new();
    for one in &deployments {
        let definition = one.target_service_revision_arn().and_then(|arn| revisions.get(arn));
        let Some(since) = started(one) else { continue };
        // One that was stopped never was alone: another took its place in the middle.
        let stopped = matches!(
            one.status(),
            Some(ServiceDeploymentStatus::Stopped | ServiceDeploymentStatus::StopRequested)
        );
        let finished = one.finished_at().map(DateTime::secs).filter(|at| *at >= since && !stopped);
        let Some(definition) = definition else {
            let revision = "unknown".to_owned();
            let (cpu_units, memory_mib) = (None, None);
            let unknown = true;
            sizes.push(SizeSince {
                since,
                settled: finished,
                unknown,
                revision,
                cpu_units,
                memory_mib,
            });
            continue;
        };
        let definition = definitions.get(client, definition).await?;
        let before: Option<SizeSince> = sizes.last().cloned();
        sizes.push(SizeSince { settled: finished, ..definition.since(since, on_fargate) });
        // Rolled back: from then on it was again what it had been.
        let rolled_back = one.status() == Some(&ServiceDeploymentStatus::RollbackSuccessful);
        if let Some((before, at)) = before.filter(|_| rolled_back).zip(finished) {
            sizes.push(SizeSince { since: at, settled: Some(at), ..before });
        }
    }
    Ok(sizes)
}

/// The history may be behind: what runs today comes last.
fn up_to_today(mut sizes: Vec<SizeSince>, today: Vec<SizeSince>) -> Vec<SizeSince> {
    for one in today {
        let last = sizes.last();
        if last.is_some_and(|last| last.revision != one.revision) {
            let since = last.map_or(one.since, |last| one.since.max(last.since));
            sizes.push(SizeSince { since, ..one });
        }
    }
    sizes
}

pub(super) fn on_fargate(launch: &[Launch]) -> bool {
    launch.iter().any(|one| one.capacity.is_fargate())
}

async fn deployments(
    client: &Client,
    cluster: &str,
    service: &str,
) -> Result<Vec<ServiceDeploymentBrief>, Failure> {
    let mut pages = Pages::new(LIST, client);
    let mut all = Vec::new();
    while let Some(token) = pages.next()? {
        let answer = client
            .call(LIST, Group::Deployments, || async {
                let request = client.ecs.list_service_deployments().cluster(cluster);
                let request = request.service(service).max_results(A_PAGE);
                // AWS keeps ninety days; the filter is asked for from the beginning.
                let since = CreatedAt::builder().after(DateTime::from_secs(0)).build();
                send!(request.created_at(since).set_next_token(token.clone()))
            })
            .await?;
        all.extend(answer.service_deployments().iter().cloned());
        pages.came(answer.next_token());
    }
    Ok(all)
}

fn started(one: &ServiceDeploymentBrief) -> Option<i64> {
    one.started_at().or(one.created_at()).map(DateTime::secs)
}

/// In order of time: those in the window and the last two before it, of which the later may
/// still have been on its way. What was stopped or
/// rolled back did run for a while, too.
fn relevant(mut all: Vec<ServiceDeploymentBrief>, from: i64) -> Vec<ServiceDeploymentBrief> {
    all.retain(|one| {
        started(one).is_some() && one.status() != Some(&ServiceDeploymentStatus::Pending)
    });
    all.sort_by_key(|one| (started(one), one.service_deployment_arn().map(str::to_owned)));
    let before = all.iter().filter(|one| started(one) <= Some(from)).count();
    all.split_off(before.saturating_sub(2))
}

/// Task definitions by service revision.
async fn revisions(
    client: &Client,
    deployments: &[ServiceDeploymentBrief],
) -> Result<BTreeMap<String, String>, Failure> {
    let arns = deployments.iter().filter_map(|one| one.target_service_revision_arn());
    let mut arns: Vec<String> = arns.map(str::to_owned).collect();
    arns.sort();
    arns.dedup();
    let mut all = BTreeMap::new();
    for part in arns.chunks(A_CALL) {
        let answer = client
            .call(REVISIONS, Group::Deployments, || async {
                let request = client.ecs.describe_service_revisions();
                send!(request.set_service_revision_arns(Some(part.to_vec())))
            })
            .await?;
        for one in answer.service_revisions() {
            let pair = one.service_revision_arn().zip(one.task_definition());
            all.extend(
                pair.map(|(revision, definition)| (revision.to_owned(), definition.to_owned())),
            );
        }
    }
    Ok(all)
}
