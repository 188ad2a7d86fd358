//! Which metrics CloudWatch has of a workload, built from names alone: ListMetrics forgets
//! a metric two weeks after its last point, and costs a call.

use crate::model::{Kind, Part, Workload};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Statistic {
    Average,
    Maximum,
    Minimum,
    Sum,
    SampleCount,
    P99,
}

impl Statistic {
    /// As CloudWatch writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Statistic::Average => "Average",
            Statistic::Maximum => "Maximum",
            Statistic::Minimum => "Minimum",
            Statistic::Sum => "Sum",
            Statistic::SampleCount => "SampleCount",
            Statistic::P99 => "p99",
        }
    }
}

/// What a metric says of a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Measure {
    /// Percent of what the task definition asks for; samples count running tasks.
    CpuPercent,
    MemoryPercent,
    /// CPU units and MiB of one task; samples count tasks.
    CpuUnits,
    MemoryMib,
    /// Running tasks.
    Tasks,
    /// Requests of one target (task).
    RequestsPerTarget,
    /// Seconds.
    ResponseSeconds,
    Invocations,
    /// Milliseconds.
    Duration,
    Concurrency,
    Errors,
}

/// One metric with the statistics asked of it; up to five are billed as one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metric {
    pub measure: Measure,
    /// Nothing where it is of the whole workload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
    pub namespace: String,
    pub name: String,
    pub dimensions: Vec<(String, String)>,
    pub statistics: Vec<Statistic>,
}

/// How much Container Insights tells of a cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Insights {
    #[default]
    Off,
    Classic,
    Enhanced,
}

/// How a workload is known to CloudWatch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub cluster: String,
    /// Of the service, the task family or the function.
    pub name: String,
    pub insights: Insights,
    /// Ids of tasks that are to be measured one by one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<String>,
    pub target_groups: Vec<TargetGroup>,
}

/// Where a load balancer sends its requests.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TargetGroup {
    pub arn: String,
    /// `app/web/0123456789abcdef`, where it is known.
    pub balancer: Option<String>,
}

impl TargetGroup {
    /// As a dimension: `targetgroup/web/0123456789abcdef`.
    fn name(&self) -> &str {
        self.arn.find("targetgroup/").map_or(self.arn.as_str(), |at| &self.arn[at..])
    }

    /// Of a network load balancer, which knows no requests.
    fn is_network(&self) -> bool {
        self.balancer.as_ref().is_some_and(|name| !name.starts_with("app/"))
    }
}

const ECS: &str = "AWS/ECS";
const INSIGHTS: &str = "ECS/ContainerInsights";
const BALANCER: &str = "AWS/ApplicationELB";
const LAMBDA: &str = "AWS/Lambda";

/// The metrics of a workload; none for a task family without Container Insights.
#[must_use]
pub fn metrics(workload: &Workload, identity: &Identity) -> Vec<Metric> {
    match workload.kind {
        Kind::Service => {
            let mut all = service(workload, identity);
            all.extend(parts(workload, identity, "ServiceName"));
            all
        }
        Kind::Task => {
            let mut all = family(identity);
            all.extend(parts(workload, identity, "TaskDefinitionFamily"));
            all
        }
        Kind::Function => function(identity),
    }
}

fn metric(
    measure: Measure,
    (namespace, name): (&str, &str),
    dimensions: &[(&str, &str)],
    statistics: &[Statistic],
) -> Metric {
    Metric {
        measure,
        part: None,
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        dimensions: dimensions.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        statistics: statistics.to_vec(),
    }
}

fn service(workload: &Workload, identity: &Identity) -> Vec<Metric> {
    use Statistic::{Average, Maximum, Minimum, P99, SampleCount, Sum};
    let dimensions = [("ClusterName", &*identity.cluster), ("ServiceName", &*identity.name)];
    let of =
        |measure, name, statistics: &[Statistic]| metric(measure, name, &dimensions, statistics);
    let mut all = vec![
        of(Measure::CpuPercent, (ECS, "CPUUtilization"), &[Average, Maximum, Minimum, SampleCount]),
        of(Measure::MemoryPercent, (ECS, "MemoryUtilization"), &[Average, Maximum, Minimum]),
    ];
    if identity.insights != Insights::Off {
        all.push(of(Measure::Tasks, (INSIGHTS, "RunningTaskCount"), &[Average]));
        // Percentages of nothing say nothing; units do.
        let base = workload.sizes.last();
        if base.is_none_or(|base| base.cpu_units.is_none()) {
            let statistics = [Average, Maximum, Minimum];
            all.push(of(Measure::CpuUnits, (INSIGHTS, "CpuUtilized"), &statistics));
        }
        if base.is_none_or(|base| base.memory_mib.is_none()) {
            let statistics = [Average, Maximum, Minimum];
            all.push(of(Measure::MemoryMib, (INSIGHTS, "MemoryUtilized"), &statistics));
        }
    }
    for group in identity.target_groups.iter().filter(|group| !group.is_network()) {
        let mut dimensions = vec![("TargetGroup", group.name())];
        let requests = (BALANCER, "RequestCountPerTarget");
        all.push(metric(Measure::RequestsPerTarget, requests, &dimensions, &[Sum]));
        // Response times are published with the load balancer only.
        dimensions.extend(group.balancer.as_deref().map(|name| ("LoadBalancer", name)));
        let times = (BALANCER, "TargetResponseTime");
        let statistics = [Average, P99, Maximum, SampleCount];
        all.push(metric(Measure::ResponseSeconds, times, &dimensions, &statistics));
    }
    all
}

/// Stand-alone tasks have no metric of their own outside Container Insights.
fn family(identity: &Identity) -> Vec<Metric> {
    use Statistic::{Average, Maximum, Minimum, SampleCount};
    if identity.insights == Insights::Off {
        return Vec::new();
    }
    let dimensions =
        [("ClusterName", &*identity.cluster), ("TaskDefinitionFamily", &*identity.name)];
    let of = |measure, name, statistics: &[Statistic]| {
        metric(measure, (INSIGHTS, name), &dimensions, statistics)
    };
    vec![
        of(Measure::CpuUnits, "CpuUtilized", &[Average, Maximum, Minimum, SampleCount]),
        of(Measure::MemoryMib, "MemoryUtilized", &[Average, Maximum, Minimum]),
    ]
}

/// Containers over all tasks, and single tasks; only enhanced Container Insights has them.
fn parts(workload: &Workload, identity: &Identity, of: &str) -> Vec<Metric> {
    use Statistic::{Average, Maximum, Minimum, SampleCount};
    if identity.insights != Insights::Enhanced {
        return Vec::new();
    }
    let whole = [("ClusterName", &*identity.cluster), (of, &*identity.name)];
    let metric = |measure, part: &Part, name, statistics: &[Statistic]| {
        let dimension = match part {
            Part::Container(name) => ("ContainerName", name.as_str()),
            Part::Task(id) => ("TaskId", id.as_str()),
        };
        let dimensions = [whole[0], whole[1], dimension];
        Metric {
            part: Some(part.clone()),
            ..metric(measure, (INSIGHTS, name), &dimensions, statistics)
        }
    };
    let mut all = Vec::new();
    for container in &workload.containers {
        let part = Part::Container(container.name.clone());
        let statistics = [Average, Maximum, Minimum, SampleCount];
        all.push(metric(Measure::CpuUnits, &part, "ContainerCpuUtilized", &statistics));
        all.push(metric(Measure::MemoryMib, &part, "ContainerMemoryUtilized", &statistics[..3]));
    }
    for id in &identity.tasks {
        let part = Part::Task(id.clone());
        let statistics = [Average, Maximum];
        all.push(metric(Measure::CpuUnits, &part, "CpuUtilized", &statistics));
        all.push(metric(Measure::MemoryMib, &part, "MemoryUtilized", &statistics));
    }
    all
}

fn function(identity: &Identity) -> Vec<Metric> {
    use Statistic::{Average, Maximum, P99, Sum};
    let dimensions = [("FunctionName", &*identity.name)];
    let of = |measure, name, statistics: &[Statistic]| {
        metric(measure, (LAMBDA, name), &dimensions, statistics)
    };
    vec![
        of(Measure::Invocations, "Invocations", &[Sum]),
        of(Measure::Duration, "Duration", &[Average, P99, Maximum]),
        of(Measure::Concurrency, "ConcurrentExecutions", &[Maximum]),
        of(Measure::Errors, "Errors", &[Sum]),
    ]
}
