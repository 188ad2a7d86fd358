//! Tasks without a service, by family; and why tasks stopped lately (AWS keeps that for
//! about an hour).

use super::definitions::Definitions;
use super::history::on_fargate;
use super::services::{apply, of_type};
use super::{Cluster, Found, Scope, tags};
use crate::manifest;
use crate::model::{Capacity, Code, Finding, Kind, Launch, Size, Stop, Workload};
use crate::pull::attempt::Operation;
use crate::pull::client::{Client, Group};
use crate::pull::failure::Failure;
use crate::pull::paging::{Pages, send};
use crate::pull::series::Identity;
use aws_sdk_ecs::types::{Container, DesiredStatus, Task, TaskField, TaskStopCode};
use aws_smithy_types::DateTime;
use std::collections::BTreeMap;

const LIST: Operation = Operation { name: "ListTasks", action: "ecs:ListTasks" };
const DESCRIBE: Operation = Operation { name: "DescribeTasks", action: "ecs:DescribeTasks" };
const A_CALL: usize = 100;

/// Families of stand-alone tasks; services get their tasks' ends.
pub(super) async fn tasks(
    client: &Client,
    scope: &Scope,
    cluster: &Cluster,
    definitions: &mut Definitions,
    services: &mut [Found],
    notes: &mut Vec<Finding>,
) -> Result<Vec<Found>, Failure> {
    let mut families: BTreeMap<String, Vec<Task>> = BTreeMap::new();
    let mut stops: BTreeMap<String, BTreeMap<String, u32>> = BTreeMap::new();
    let mut ids: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for task in all(client, cluster).await? {
        if let Some(service) = task.group().and_then(|group| group.strip_prefix("service:")) {
            if let Some(reason) = stop_reason(&task) {
                *stops.entry(service.to_owned()).or_default().entry(reason).or_default() += 1;
            }
            if scope.per_task {
                ids.entry(service.to_owned()).or_default().extend(id(&task));
            }
        } else {
            let family = task.task_definition_arn().map(family);
            families.entry(family.unwrap_or_default()).or_default().push(task);
        }
    }
    for found in services.iter_mut().filter(|found| found.identity.cluster == cluster.name) {
        if let Some(reasons) = stops.remove(&found.identity.name) {
            found.workload.stops = as_stops(reasons);
        }
        found.identity.tasks = ids.remove(&found.identity.name).unwrap_or_default();
    }
    let mut all = Vec::new();
    for (family, tasks) in families.iter().filter(|(family, _)| scope.takes_name(family)) {
        all.extend(join(client, scope, cluster, (family, tasks), definitions, notes).await?);
    }
    Ok(all)
}

async fn all(client: &Client, cluster: &Cluster) -> Result<Vec<Task>, Failure> {
    let mut arns = Vec::new();
    for status in [DesiredStatus::Running, DesiredStatus::Stopped] {
        let mut pages = Pages::new(LIST, client);
        while let Some(token) = pages.next()? {
            let answer = client
                .call(LIST, Group::Tasks, || async {
                    let request = client.ecs.list_tasks().cluster(&cluster.arn);
                    let request = request.desired_status(status.clone());
                    send!(request.set_next_token(token.clone()))
                })
                .await?;
            arns.extend(answer.task_arns().iter().cloned());
            pages.came(answer.next_token());
        }
    }
    arns.sort();
    arns.dedup();
    let mut all = Vec::new();
    for part in arns.chunks(A_CALL) {
        let answer = client
            .call(DESCRIBE, Group::Tasks, || async {
                let request = client.ecs.describe_tasks().cluster(&cluster.arn);
                send!(request.set_tasks(Some(part.to_vec())).include(TaskField::Tags))
            })
            .await?;
        all.extend(answer.tasks().iter().cloned());
    }
    Ok(all)
}

/// The last part of its ARN.
fn id(task: &Task) -> Option<String> {
    task.task_arn().map(|arn| super::last_part(arn).to_owned())
}

/// `web` of `arn:...:task-definition/web:7`.
fn family(arn: &str) -> String {
    let name = super::last_part(arn);
    name.rsplit_once(':').map_or(name, |(family, _)| family).to_owned()
}

/// Why a task stopped, without what is particular to that one task.
fn stop_reason(task: &Task) -> Option<String> {
    if task.last_status() != Some("STOPPED") {
        return None;
    }
    let reasons = || task.containers().iter().filter_map(|one| one.reason());
    if reasons().any(|reason| reason.contains("OutOfMemory")) {
        return Some("OutOfMemory".to_owned());
    }
    let codes = task.containers().iter().filter_map(Container::exit_code);
    if let Some(code) = codes.clone().find(|code| *code == 137) {
        // Who was told to stop and did not in time is killed as well.
        let told = task.stop_code().filter(|code| was_told(code));
        let by = told.map_or_else(String::new, |code| format!(", {}", code.as_str()));
        return Some(format!("exit {code}{by}"));
    }
    if let Some(code) = codes.into_iter().find(|code| *code != 0) {
        return Some(format!("exit {code}"));
    }
    Some(task.stop_code().map_or_else(|| "unknown".to_owned(), |code| code.as_str().to_owned()))
}

/// Did somebody stop the task, rather than the task itself?
fn was_told(code: &TaskStopCode) -> bool {
    matches!(
        code,
        TaskStopCode::ServiceSchedulerInitiated
            | TaskStopCode::SpotInterruption
            | TaskStopCode::TerminationNotice
            | TaskStopCode::UserInitiated
    )
}

/// The size that a task was started with in place of its definition's: what is billed.
fn overridden(task: &Task) -> Option<Size> {
    let overrides = task.overrides()?;
    overrides.cpu().or(overrides.memory())?;
    Some(Size {
        cpu: manifest::cpu_size(task.cpu()?).ok()?,
        memory: manifest::memory_size(task.memory()?).ok()?,
    })
}

fn as_stops(reasons: BTreeMap<String, u32>) -> Vec<Stop> {
    reasons.into_iter().map(|(reason, tasks)| Stop { reason, tasks }).collect()
}

async fn join(
    client: &Client,
    scope: &Scope,
    cluster: &Cluster,
    (family, tasks): (&str, &[Task]),
    definitions: &mut Definitions,
    notes: &mut Vec<Finding>,
) -> Result<Option<Found>, Failure> {
    // The newest task says what is run today.
    let newest = tasks.iter().max_by_key(|task| {
        (task.created_at().map(DateTime::secs), task.task_arn().map(str::to_owned))
    });
    let Some(newest) = newest else { return Ok(None) };
    let definition = match newest.task_definition_arn() {
        Some(arn) => match definitions.get(client, arn).await {
            Ok(definition) => Some(definition),
            Err(failure) if failure.kind.is_of_the_session() => return Err(failure),
            // The family is listed without its size.
            Err(failure) => {
                let about = scope.id(&client.place, &[&cluster.name, "task", family]);
                let detail = format!("its task definition: {failure}");
                notes.push(Finding::new(Code::PullPartMissing, detail).about(about));
                None
            }
        },
        None => None,
    };
    let mut tags = tags(newest.tags());
    for (key, value) in definition.iter().flat_map(|one| &one.tags).chain(&cluster.tags) {
        tags.entry(key.clone()).or_insert_with(|| value.clone());
    }
    if !scope.takes_tags(&tags) {
        return Ok(None);
    }
    let launch: Vec<Launch> = launch(newest).into_iter().collect();
    let place = &client.place;
    let mut workload = Workload {
        account: Some(place.account.clone()),
        region: Some(place.region.clone()),
        cluster: Some(cluster.name.clone()),
        kind: Kind::Task,
        environment: scope.environment(&tags, [&cluster.name, family]),
        tags,
        longest_run_seconds: longest(tasks),
        launch,
        ..Workload::named(&scope.id(place, &[&cluster.name, "task", family]))
    };
    if let Some(definition) = definition {
        let fargate = on_fargate(&workload.launch);
        apply(&mut workload, &definition, fargate);
    }
    workload.size = overridden(newest).or(workload.size);
    let mut reasons = BTreeMap::new();
    for reason in tasks.iter().filter_map(stop_reason) {
        *reasons.entry(reason).or_default() += 1;
    }
    workload.stops = as_stops(reasons);
    let running = tasks.iter().filter(|task| task.last_status() == Some("RUNNING")).count();
    let identity = Identity {
        cluster: cluster.name.clone(),
        name: family.to_owned(),
        insights: cluster.insights,
        tasks: tasks.iter().filter(|_| scope.per_task).filter_map(id).collect(),
        target_groups: Vec::new(),
    };
    Ok(Some(Found {
        workload,
        identity,
        running: u32::try_from(running).ok(),
        created: None,
        remembered: false,
    }))
}

fn launch(task: &Task) -> Option<Launch> {
    if task.capacity_provider_name() == Some("FARGATE_SPOT") {
        return Some(Launch {
            capacity: Capacity::FargateSpot,
            provider: None,
            weight: 1,
            base: 0,
        });
    }
    task.launch_type().and_then(of_type)
}

/// The longest run among those that have ended.
fn longest(tasks: &[Task]) -> Option<u32> {
    let run = |task: &Task| {
        let (start, end) = (task.started_at()?.secs(), task.stopped_at()?.secs());
        u32::try_from(end - start).ok()
    };
    tasks.iter().filter_map(run).max()
}
