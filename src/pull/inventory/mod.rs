//! What runs: one file an API, joined here into workloads.

mod alarms;
mod balancers;
mod clusters;
mod definitions;
mod functions;
mod history;
mod instances;
mod scaling;
mod services;
mod tasks;

use super::client::Client;
use super::failure::Failure;
use super::plan::{Place, Wanted};
use super::series::{Identity, Insights, metrics};
use crate::model::{Code, Finding, Instance, Kind, Workload};
use definitions::Definitions;
use glob::Pattern;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Which part of an estate is wanted, and how to read it.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Shell patterns; without any, everything.
    pub clusters: Vec<Pattern>,
    pub services: Vec<Pattern>,
    /// Tags that a workload must carry: a key, or a key with its value.
    pub tags: Vec<(String, Option<String>)>,
    /// Tags that name the environment, the first that is there counts.
    pub environment_tags: Vec<String>,
    /// Words of names that are environments, where no tag says it.
    pub environments: Vec<String>,
    pub functions: bool,
    /// Tasks that run are measured one by one, where Container Insights does.
    pub per_task: bool,
    /// Ids of this place are short; those of others carry account and region.
    pub home: Option<Place>,
    /// The window that readings are wanted of, for the history of sizes.
    pub from: i64,
}

impl Scope {
    fn takes_cluster(&self, name: &str) -> bool {
        self.clusters.is_empty() || self.clusters.iter().any(|one| one.matches(name))
    }

    fn takes_name(&self, name: &str) -> bool {
        self.services.is_empty() || self.services.iter().any(|one| one.matches(name))
    }

    fn takes_tags(&self, tags: &BTreeMap<String, String>) -> bool {
        self.tags.iter().all(|(key, value)| {
            tags.get(key).is_some_and(|found| value.as_ref().is_none_or(|value| value == found))
        })
    }

    /// By tag, else by a word in one of the names.
    fn environment(&self, tags: &BTreeMap<String, String>, names: [&str; 2]) -> Option<String> {
        if let Some(value) = self.environment_tags.iter().find_map(|tag| tags.get(tag)) {
            return Some(value.clone());
        }
        let words = || names.into_iter().flat_map(|name| name.split(['-', '_', '/', '.']));
        let among_them = |one: &&String| words().any(|word| word.eq_ignore_ascii_case(one));
        self.environments.iter().find(among_them).cloned()
    }

    fn id(&self, place: &Place, parts: &[&str]) -> String {
        let short = parts.join("/");
        if self.home.as_ref() == Some(place) { short } else { format!("{place}/{short}") }
    }
}

/// A workload, and by which names CloudWatch knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    pub workload: Workload,
    pub identity: Identity,
    /// Tasks running when it was asked; nothing for a function.
    pub running: Option<u32>,
    /// When it was made, seconds since 1970.
    pub created: Option<i64>,
    /// It is not listed any more, but was pulled before: its last readings are yet to come.
    #[serde(default)]
    pub remembered: bool,
}

/// Everything that one account has in one region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inventory {
    pub place: Place,
    /// Clusters in scope, and what Container Insights tells of them.
    pub clusters: Vec<(String, Insights)>,
    pub found: Vec<Found>,
    pub instances: Vec<Instance>,
    /// Parts that could not be asked for, by their names here.
    #[serde(default)]
    pub missing: BTreeSet<String>,
    /// Clusters whose services could not.
    #[serde(default)]
    pub failed_clusters: BTreeSet<String>,
    /// Code, subject and detail.
    pub findings: Vec<(String, Option<String>, String)>,
}

impl Inventory {
    fn note(&mut self, finding: &Finding) {
        let code = finding.code.name().to_owned();
        self.findings.push((code, finding.subject.clone(), finding.detail.clone()));
    }

    /// Takes up what was pulled before and is not listed any more, as far as its cluster is:
    /// stand-alone tasks show only while they run and for about an hour after.
    pub fn remember(&mut self, before: &[Workload]) {
        let listed: BTreeSet<&str> =
            self.found.iter().map(|one| one.workload.id.as_str()).collect();
        let families = self.families_of_services();
        let mut remembered = Vec::new();
        for workload in before {
            let here = workload.account.as_ref() == Some(&self.place.account)
                && workload.region.as_ref() == Some(&self.place.region);
            let known = listed.contains(workload.id.as_str()) || workload.gone_since.is_some();
            let name = workload.id.rsplit('/').next().unwrap_or_default().to_owned();
            if !here || known {
                continue;
            }
            let function = workload.kind == Kind::Function;
            let cluster = workload.cluster.clone().unwrap_or_default();
            let seen = self.clusters.iter().find(|(name, _)| *name == cluster);
            let insights = match seen {
                Some((_, insights)) => insights,
                None if function && !self.missing.contains(FUNCTIONS) => &Insights::Off,
                None => continue,
            };
            let shared = families.contains(&(cluster.clone(), name.clone()));
            if workload.kind == Kind::Task && (shared || *insights == Insights::Off) {
                continue;
            }
            let identity = Identity { cluster, name, insights: *insights, ..Identity::default() };
            remembered.push(Found {
                workload: workload.clone(),
                identity,
                running: Some(0),
                created: None,
                remembered: true,
            });
        }
        self.found.extend(remembered);
        self.found.sort_by(|a, b| a.workload.id.cmp(&b.workload.id));
    }

    /// What has to be said of it.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let finding = |(code, subject, detail): &(String, Option<String>, String)| {
            let code = Code::from_name(code)?;
            Some(Finding { code, subject: subject.clone(), detail: detail.clone() })
        };
        self.findings.iter().filter_map(finding).collect()
    }

    /// What is to be asked of CloudWatch, from `from` on or where the store ends.
    pub fn wanted(&self, from: impl Fn(&str) -> i64) -> Vec<Wanted> {
        let one = |found: &Found| Wanted {
            workload: found.workload.id.clone(),
            place: self.place.clone(),
            metrics: metrics(&found.workload, &found.identity),
            from: from(&found.workload.id),
        };
        self.found.iter().map(one).collect()
    }
}

/// Parts of an inventory that others ask about.
pub const FUNCTIONS: &str = "Lambda functions";
pub const INSTANCES: &str = "container instances";

/// One cluster on its way through the rooms below.
struct Cluster {
    name: String,
    arn: String,
    insights: Insights,
    instances: u32,
    tags: BTreeMap<String, String>,
}

/// Asks for everything in scope. What is denied or fails beside the clusters and services
/// themselves is a finding.
///
/// # Errors
/// Where clusters, services or their task definitions cannot be read, or the session's
/// credentials do not hold.
pub(super) async fn inventory(
    client: &Client,
    scope: &Scope,
    tell: &(dyn Fn(u64, u64) + Send + Sync),
) -> Result<Inventory, Failure> {
    let place = client.place.clone();
    let mut all = Inventory {
        place,
        clusters: Vec::new(),
        found: Vec::new(),
        instances: Vec::new(),
        missing: BTreeSet::new(),
        failed_clusters: BTreeSet::new(),
        findings: Vec::new(),
    };
    let mut definitions = Definitions::default();
    let clusters = clusters::clusters(client, scope).await?;
    all.clusters = clusters.iter().map(|one| (one.name.clone(), one.insights)).collect();
    let mut first_failure = None;
    for (number, cluster) in (0..).zip(&clusters) {
        tell(number, clusters.len() as u64);
        let services = services::services(client, scope, cluster, &mut definitions).await;
        match services {
            Ok(services) => all.found.extend(services),
            Err(failure) if failure.kind.is_of_the_session() => return Err(failure),
            Err(failure) => {
                all.failed(cluster, &failure);
                first_failure.get_or_insert(failure);
                continue;
            }
        }
        let mut notes = Vec::new();
        let (found, notes_of) = (&mut all.found, &mut notes);
        let tasks = tasks::tasks(client, scope, cluster, &mut definitions, found, notes_of).await;
        for note in &notes {
            all.note(note);
        }
        let tasks = all.part(tasks, "tasks without a service, and why tasks stopped")?;
        all.found.extend(tasks.unwrap_or_default());
        if cluster.instances > 0 {
            let instances = instances::instances(client, cluster).await;
            let instances = all.part(instances, INSTANCES)?;
            all.instances.extend(instances.unwrap_or_default());
        }
    }
    // Where not one cluster answers there is nothing to go on with.
    if let Some(failure) = first_failure.filter(|_| all.clusters.is_empty()) {
        return Err(failure);
    }
    history::histories(client, scope, &mut all, &mut definitions).await?;
    let scaling = scaling::scaling(client).await;
    let scaling = all.part(scaling, "scaling")?.unwrap_or_default();
    let alarms = alarms::alarms(client, &scaling.alarms()).await;
    let alarms = all.part(alarms, "alarms of step scaling")?.unwrap_or_default();
    scaling::join(&mut all.found, &scaling, &alarms);
    let balancers = balancers::balancers(client, &all.found).await;
    if let Some(known) = all.part(balancers, "load balancers of target groups")? {
        balancers::join(&mut all.found, &known);
    }
    if scope.functions {
        // A cluster may have the name that functions stand under.
        let taken = all.clusters.iter().any(|(name, _)| name == functions::UNDER);
        let functions = functions::functions(client, scope, taken).await;
        let functions = all.part(functions, FUNCTIONS)?;
        all.found.extend(functions.unwrap_or_default());
    }
    all.shared_families();
    all.unique();
    Ok(all)
}

impl Inventory {
    /// A cluster that is not seen: nothing of it is asked for, and nothing of it is gone.
    fn failed(&mut self, cluster: &Cluster, failure: &Failure) {
        let detail = format!("services of {}: {failure}", cluster.name);
        self.note(&Finding::new(Code::PullPartMissing, detail).about(self.place.to_string()));
        self.clusters.retain(|(name, _)| *name != cluster.name);
        self.failed_clusters.insert(cluster.name.clone());
    }

    /// A part that may be missing: its failure is a finding, unless nothing else would go
    /// well either.
    fn part<T>(&mut self, part: Result<T, Failure>, what: &str) -> Result<Option<T>, Failure> {
        match part {
            Ok(part) => Ok(Some(part)),
            Err(failure) if failure.kind.is_of_the_session() => Err(failure),
            Err(failure) => {
                let detail = format!("{what}: {failure}");
                self.missing.insert(what.to_owned());
                self.note(
                    &Finding::new(Code::PullPartMissing, detail).about(self.place.to_string()),
                );
                Ok(None)
            }
        }
    }

    /// Cluster and family of what services run.
    fn families_of_services(&self) -> BTreeSet<(String, String)> {
        let family = |found: &Found| {
            let revision = &found.workload.sizes.last()?.revision;
            let family = revision.rsplit_once(':').map_or(revision.as_str(), |(family, _)| family);
            Some((found.identity.cluster.clone(), family.to_owned()))
        };
        let services = self.found.iter().filter(|one| one.workload.kind == Kind::Service);
        services.filter_map(family).collect()
    }

    /// The metrics of a task family are also of the services that run it: where there are
    /// such, they say nothing of the stand-alone tasks.
    fn shared_families(&mut self) {
        let services = self.families_of_services();
        let mut shared = Vec::new();
        for found in self.found.iter_mut().filter(|one| one.workload.kind == Kind::Task) {
            let key = (found.identity.cluster.clone(), found.identity.name.clone());
            if found.identity.insights != Insights::Off && services.contains(&key) {
                found.identity.insights = Insights::Off;
                shared.push(found.workload.id.clone());
            }
        }
        for id in shared {
            self.note(&Finding::new(Code::FamilyShared, String::new()).about(id));
        }
    }

    /// In the order of their ids, each once.
    fn unique(&mut self) {
        self.found.sort_by(|a, b| a.workload.id.cmp(&b.workload.id));
        let mut seen = BTreeSet::new();
        self.found.retain(|one| seen.insert(one.workload.id.clone()));
        self.findings.sort();
    }
}

/// `web` of `arn:aws:ecs:eu-west-1:123456789012:cluster/web`.
fn last_part(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

fn tags(all: &[aws_sdk_ecs::types::Tag]) -> BTreeMap<String, String> {
    let pair = |tag: &aws_sdk_ecs::types::Tag| {
        Some((tag.key()?.to_owned(), tag.value().unwrap_or_default().to_owned()))
    };
    all.iter().filter_map(pair).collect()
}

/// Counts come as i32 and are never negative.
fn count(value: i32) -> u32 {
    u32::try_from(value).unwrap_or(0)
}
