//! Services of a cluster, with the task definition that each runs.

use super::definitions::{Definition, Definitions, member_of};
use super::{Cluster, Found, Scope, count, last_part, tags};
use crate::model::{
    Capacity, Deployment, Host, Kind, Launch, OperatingSystem, PlacementConstraint, SizeSince,
    Workload,
};
use crate::pull::attempt::{Operation, failure};
use crate::pull::client::{Client, Group};
use crate::pull::failure::{Failure, FailureKind, Miss};
use crate::pull::paging::{Pages, send};
use crate::pull::series::{Identity, TargetGroup};
use aws_sdk_ecs::types::{
    CapacityProviderStrategyItem, LaunchType, PlacementConstraintType, SchedulingStrategy, Service,
    ServiceField,
};
use std::collections::BTreeMap;

const LIST: Operation = Operation { name: "ListServices", action: "ecs:ListServices" };
const DESCRIBE: Operation = Operation { name: "DescribeServices", action: "ecs:DescribeServices" };
const PROVIDERS: Operation =
    Operation { name: "DescribeCapacityProviders", action: "ecs:DescribeCapacityProviders" };
const A_PAGE: i32 = 100;
const A_CALL: usize = 10;

pub(super) async fn services(
    client: &Client,
    scope: &Scope,
    cluster: &Cluster,
    definitions: &mut Definitions,
) -> Result<Vec<Found>, Failure> {
    let arns = list(client, scope, cluster).await?;
    let mut services = Vec::new();
    for part in arns.chunks(A_CALL) {
        let answer = client
            .call(DESCRIBE, Group::Services, || async {
                send!(
                    client
                        .ecs
                        .describe_services()
                        .cluster(&cluster.arn)
                        .set_services(Some(part.to_vec()))
                        .include(ServiceField::Tags)
                )
            })
            .await?;
        told(answer.failures(), DESCRIBE, client)?;
        let running = answer.services().iter().filter(|one| one.status() != Some("INACTIVE"));
        services.extend(running.cloned());
    }
    let providers = providers(client, &services).await?;
    let mut found = Vec::new();
    for service in &services {
        if let Some(one) = join(client, scope, cluster, service, &providers, definitions).await? {
            found.push(one);
        }
    }
    Ok(found)
}

/// What was listed a moment ago may be gone; any other reason is a failure.
pub(super) fn told(
    failures: &[aws_sdk_ecs::types::Failure],
    operation: Operation,
    client: &Client,
) -> Result<(), Failure> {
    let odd = failures.iter().find(|one| one.reason() != Some("MISSING"));
    odd.map_or(Ok(()), |one| {
        let (arn, reason) = (one.arn().unwrap_or("?"), one.reason().unwrap_or("no reason"));
        let miss = Miss::new(FailureKind::Refused, format!("{arn}: {reason}"));
        Err(failure(miss, operation, &client.place.to_string(), 1))
    })
}

async fn list(client: &Client, scope: &Scope, cluster: &Cluster) -> Result<Vec<String>, Failure> {
    let mut pages = Pages::new(LIST, client);
    let mut arns: Vec<String> = Vec::new();
    while let Some(token) = pages.next()? {
        let answer = client
            .call(LIST, Group::Services, || async {
                let request = client.ecs.list_services().cluster(&cluster.arn).max_results(A_PAGE);
                send!(request.set_next_token(token.clone()))
            })
            .await?;
        let wanted = answer.service_arns().iter().filter(|arn| scope.takes_name(last_part(arn)));
        arns.extend(wanted.cloned());
        pages.came(answer.next_token());
    }
    arns.sort();
    Ok(arns)
}

/// What stands behind the capacity providers that are not AWS's own.
async fn providers(
    client: &Client,
    services: &[Service],
) -> Result<BTreeMap<String, Capacity>, Failure> {
    let mut names: Vec<String> = services
        .iter()
        .flat_map(Service::capacity_provider_strategy)
        .map(|item| item.capacity_provider().to_owned())
        .filter(|name| !matches!(name.as_str(), "FARGATE" | "FARGATE_SPOT"))
        .collect();
    names.sort();
    names.dedup();
    let mut all = BTreeMap::new();
    for part in names.chunks(A_CALL) {
        let answer = client
            .call(PROVIDERS, Group::Others, || async {
                let request = client.ecs.describe_capacity_providers();
                send!(request.set_capacity_providers(Some(part.to_vec())))
            })
            .await?;
        for one in answer.capacity_providers() {
            let managed = one.managed_instances_provider().is_some();
            let capacity = if managed { Capacity::ManagedInstances } else { Capacity::Ec2 };
            all.extend(one.name().map(|name| (name.to_owned(), capacity)));
        }
    }
    Ok(all)
}

async fn join(
    client: &Client,
    scope: &Scope,
    cluster: &Cluster,
    service: &Service,
    providers: &BTreeMap<String, Capacity>,
    definitions: &mut Definitions,
) -> Result<Option<Found>, Failure> {
    let Some(name) = service.service_name() else { return Ok(None) };
    let mut tags = tags(service.tags());
    let definition = match service.task_definition() {
        Some(arn) => Some(definitions.get(client, arn).await?),
        None => None,
    };
    for (key, value) in definition.iter().flat_map(|one| &one.tags).chain(&cluster.tags) {
        tags.entry(key.clone()).or_insert_with(|| value.clone());
    }
    if !scope.takes_tags(&tags) {
        return Ok(None);
    }
    let launch = launch(service, providers);
    let on_fargate = launch.iter().any(|one| one.capacity.is_fargate());
    let place = &client.place;
    let mut workload = Workload {
        account: Some(place.account.clone()),
        region: Some(place.region.clone()),
        cluster: Some(cluster.name.clone()),
        kind: Kind::Service,
        environment: scope.environment(&tags, [&cluster.name, name]),
        tasks: Some(count(service.desired_count())),
        deployment: deployment(service),
        tags,
        launch,
        ..Workload::named(&scope.id(place, &[&cluster.name, name]))
    };
    if let Some(definition) = &definition {
        apply(&mut workload, definition, on_fargate);
        workload.sizes = first_sizes(service, definition, on_fargate);
    }
    let mut host = workload.host.take().unwrap_or_default();
    host.daemon = service.scheduling_strategy() == Some(&SchedulingStrategy::Daemon);
    host.placement_constraints
        .extend(service.placement_constraints().iter().filter_map(constraint));
    workload.host = Some(host).filter(|host| *host != Host::default());
    if service
        .platform_family()
        .is_some_and(|family| family.to_ascii_lowercase().starts_with("windows"))
    {
        workload.operating_system = OperatingSystem::Windows;
    }
    let groups = service.load_balancers().iter().filter_map(|one| one.target_group_arn());
    let groups = groups.filter(|arn| arn.contains("targetgroup/"));
    let mut target_groups: Vec<TargetGroup> =
        groups.map(|arn| TargetGroup { arn: arn.to_owned(), balancer: None }).collect();
    target_groups.sort();
    target_groups.dedup();
    let created = service.created_at().map(aws_smithy_types::DateTime::secs);
    let identity = Identity {
        cluster: cluster.name.clone(),
        name: name.to_owned(),
        insights: cluster.insights,
        tasks: Vec::new(),
        target_groups,
    };
    Ok(Some(Found {
        workload,
        identity,
        running: Some(count(service.running_count())),
        created,
        remembered: false,
    }))
}

fn constraint(one: &aws_sdk_ecs::types::PlacementConstraint) -> Option<PlacementConstraint> {
    match one.r#type()? {
        PlacementConstraintType::DistinctInstance => Some(PlacementConstraint::DistinctInstance),
        _ => one.expression().map(member_of),
    }
}

/// Takes over what a task definition says.
pub(super) fn apply(workload: &mut Workload, definition: &Definition, on_fargate: bool) {
    workload.size = definition.size(on_fargate);
    workload.architecture = definition.architecture;
    workload.operating_system = definition.operating_system;
    workload.containers.clone_from(&definition.containers);
    workload.gpus =
        definition.containers.iter().fold(0_u32, |sum, one| sum.saturating_add(one.gpus));
    workload.ephemeral_gib = definition.ephemeral_gib;
    workload.host = Some(definition.host.clone()).filter(|host| *host != Host::default());
}

/// What is known without asking for the history: the definition of today, and since when.
fn first_sizes(service: &Service, definition: &Definition, on_fargate: bool) -> Vec<SizeSince> {
    let primary = service.deployments().iter().find(|one| one.status() == Some("PRIMARY"));
    // What CodeDeploy or others deploy is in task sets.
    let set = service.task_sets().iter().find(|one| one.status() == Some("PRIMARY"));
    let since = primary.and_then(|one| one.created_at()).or(set.and_then(|one| one.created_at()));
    let since = since.or(service.created_at());
    // Without any date the size of today is all there is to go by.
    let since = since.map_or(0, aws_smithy_types::DateTime::secs);
    let settled = primary.is_none_or(|one| {
        one.rollout_state()
            .is_none_or(|state| *state == aws_sdk_ecs::types::DeploymentRolloutState::Completed)
    });
    let updated = primary.and_then(|one| one.updated_at()).map(aws_smithy_types::DateTime::secs);
    // The date moves with every change of the service; a rollout is taken for an hour's.
    let updated = updated.map_or(since, |updated| updated.clamp(since, since + 3_600));
    let settled = settled.then_some(updated);
    vec![SizeSince { settled, ..definition.since(since, on_fargate) }]
}

fn launch(service: &Service, providers: &BTreeMap<String, Capacity>) -> Vec<Launch> {
    let item = |item: &CapacityProviderStrategyItem| {
        let name = item.capacity_provider();
        let (capacity, provider) = match name {
            "FARGATE" => (Capacity::Fargate, None),
            "FARGATE_SPOT" => (Capacity::FargateSpot, None),
            name => {
                let capacity = providers.get(name).copied().unwrap_or(Capacity::Ec2);
                (capacity, Some(name.to_owned()))
            }
        };
        Launch { capacity, provider, weight: count(item.weight()), base: count(item.base()) }
    };
    let strategy: Vec<Launch> = service.capacity_provider_strategy().iter().map(item).collect();
    if !strategy.is_empty() {
        return strategy;
    }
    service.launch_type().and_then(of_type).into_iter().collect()
}

/// Of a launch type alone.
pub(super) fn of_type(launch: &LaunchType) -> Option<Launch> {
    let capacity = match launch {
        LaunchType::Fargate => Capacity::Fargate,
        LaunchType::Ec2 => Capacity::Ec2,
        LaunchType::External => Capacity::External,
        LaunchType::ManagedInstances => Capacity::ManagedInstances,
        _ => return None,
    };
    Some(Launch { capacity, provider: None, weight: 1, base: 0 })
}

fn deployment(service: &Service) -> Option<Deployment> {
    let settings = service.deployment_configuration()?;
    Some(Deployment {
        minimum_healthy_percent: settings.minimum_healthy_percent().map(count),
        maximum_percent: settings.maximum_percent().map(count),
        controller: service.deployment_controller().map(|one| one.r#type().as_str().to_owned()),
    })
}
