//! What exists: accounts, regions, and what runs in them.

use super::Metric;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// Everything the stand-in answers from.
pub struct Estate {
    /// The time it is, in seconds since 1970. Retention, rounding and the age of stopped tasks
    /// go by this and never by the clock.
    pub now: i64,
    /// The account that a plain access key belongs to.
    pub account: String,
    /// What exists, by account and region. A region that is not listed is empty; an account
    /// without any region does not exist.
    pub regions: BTreeMap<(String, String), Region>,
    /// For an account listed here `AssumeRole` demands this external id.
    pub external_ids: BTreeMap<String, String>,
    /// Product documents of the Price List API: `product`, `serviceCode`, `terms`, `version`,
    /// `publicationDate`.
    pub products: Vec<Value>,
    /// `SavingsPlanOfferingRate` documents.
    pub savings_plan_rates: Vec<Value>,
    /// `SavingsPlan` documents, by account.
    pub savings_plans: BTreeMap<String, Vec<Value>>,
    /// How `GetMetricData` cuts an answer of several pages.
    pub paging: Paging,
    /// Whether `CloudWatch`'s common errors also bear the names of its older query protocol in
    /// `x-amzn-query-error` (`Throttling`, `AccessDenied`, `ExpiredToken`), which a client
    /// then reports in place of the newer ones.
    pub query_error_codes: bool,
}

/// How an answer of more points than fit a page is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Paging {
    /// One series after another: a page ends inside one of them, later ones are not in it.
    #[default]
    BySeries,
    /// All series at once, a span of time a page.
    ByTime,
}

/// What one account has in one region: documents in the shape of the API that returns them.
#[derive(Default)]
pub struct Region {
    /// `Cluster` documents, with `settings`, `statistics` and `tags` if they have any.
    pub clusters: Vec<Value>,
    /// `Service` documents; `clusterArn` says where.
    pub services: Vec<Value>,
    /// `Task` documents, running and stopped.
    pub tasks: Vec<Value>,
    /// `TaskDefinition` documents, and their `tags` in the same document.
    pub task_definitions: Vec<Value>,
    /// `ContainerInstance` documents; the ARN names the cluster.
    pub container_instances: Vec<Value>,
    /// `CapacityProvider` documents.
    pub capacity_providers: Vec<Value>,
    /// `ServiceDeployment` documents; the brief form is made from them.
    pub service_deployments: Vec<Value>,
    /// `ServiceRevision` documents.
    pub service_revisions: Vec<Value>,
    /// `ScalableTarget` documents.
    pub scalable_targets: Vec<Value>,
    /// `ScalingPolicy` documents.
    pub scaling_policies: Vec<Value>,
    /// Items of `reservedInstancesSet`, in XML.
    pub reserved_instances: Vec<String>,
    /// `MetricAlarm` documents.
    pub alarms: Vec<Value>,
    /// `ScheduledAction` documents.
    pub scheduled_actions: Vec<Value>,
    /// Lambda's `FunctionConfiguration` documents.
    pub functions: Vec<Value>,
    /// All series of `CloudWatch`.
    pub metrics: Vec<Metric>,
}

impl Estate {
    /// An estate with nothing in it but one account.
    #[must_use]
    pub fn new(now: i64, account: &str) -> Self {
        Self {
            now,
            account: account.to_owned(),
            regions: BTreeMap::new(),
            external_ids: BTreeMap::new(),
            products: Vec::new(),
            savings_plan_rates: Vec::new(),
            savings_plans: BTreeMap::new(),
            paging: Paging::default(),
            query_error_codes: false,
        }
    }

    /// The region of an account, made empty if it is not there.
    pub fn region(&mut self, account: &str, region: &str) -> &mut Region {
        self.regions.entry((account.to_owned(), region.to_owned())).or_default()
    }

    pub(super) fn has_account(&self, account: &str) -> bool {
        self.account == account || self.regions.keys().any(|(known, _)| known == account)
    }
}

/// The full name of a series: namespace, name, and the dimensions in order.
type Name = (String, String, Vec<(String, String)>);

/// The estate with what makes it quick to ask.
pub(super) struct World {
    pub(super) estate: Estate,
    nothing: Region,
    by_name: HashMap<(String, String), HashMap<Name, Vec<usize>>>,
}

impl World {
    pub(super) fn new(estate: Estate) -> Self {
        let mut world = Self { estate, nothing: Region::default(), by_name: HashMap::new() };
        world.index();
        world
    }

    /// To be called after every change of the estate.
    pub(super) fn index(&mut self) {
        self.by_name = self
            .estate
            .regions
            .iter()
            .map(|(place, region)| (place.clone(), names_of(&region.metrics)))
            .collect();
    }

    pub(super) fn region(&self, account: &str, region: &str) -> &Region {
        let place = (account.to_owned(), region.to_owned());
        self.estate.regions.get(&place).unwrap_or(&self.nothing)
    }

    /// The series of exactly this name and these dimensions.
    pub(super) fn metric(&self, account: &str, region: &str, name: &Name) -> Option<&Metric> {
        let place = (account.to_owned(), region.to_owned());
        let at = self.by_name.get(&place)?.get(name)?.first()?;
        self.estate.regions.get(&place)?.metrics.get(*at)
    }
}

fn names_of(metrics: &[Metric]) -> HashMap<Name, Vec<usize>> {
    let mut names: HashMap<Name, Vec<usize>> = HashMap::new();
    for (index, metric) in metrics.iter().enumerate() {
        let mut dimensions = metric.dimensions.clone();
        dimensions.sort();
        let name = (metric.namespace.clone(), metric.name.clone(), dimensions);
        names.entry(name).or_default().push(index);
    }
    names
}
