//! What a pull will ask, worked out before anything is asked: calls, points, dollars.
//!
//! Pure: the same inventory and window always give the same plan, and the pull makes the
//! plan's calls and no others.

use super::series::{Metric, Statistic};
use super::window::{Segment, segments};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;

/// Queries of one GetMetricData call, at most.
const QUERIES_A_CALL: usize = 500;
/// Points that one answer carries, at most; more would come in several pages.
const POINTS_A_CALL: u64 = 100_800;

/// Where calls go.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    pub account: String,
    pub region: String,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.account, self.region)
    }
}

/// A workload's metrics and from when on they are wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    pub workload: String,
    pub place: Place,
    pub metrics: Vec<Metric>,
    /// Seconds since 1970; what came before is in the store already.
    pub from: i64,
}

/// One GetMetricData call: whole metrics of one place over one stretch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    pub place: Place,
    pub segment: Segment,
    /// Workload and metric, by their numbers in [`Plan::wanted`].
    pub metrics: Vec<(usize, usize)>,
}

impl Batch {
    /// Points that may come back.
    #[must_use]
    pub fn points(&self, wanted: &[Wanted]) -> u64 {
        self.segment.points() * self.queries(wanted) as u64
    }

    #[must_use]
    pub fn queries(&self, wanted: &[Wanted]) -> usize {
        self.queried(wanted).count()
    }

    /// Metrics with a statistic each, in the order of the call.
    pub fn queried<'w>(
        &'w self,
        wanted: &'w [Wanted],
    ) -> impl Iterator<Item = (&'w Metric, Statistic)> + 'w {
        self.metrics.iter().flat_map(move |(workload, metric)| {
            let metric = &wanted[*workload].metrics[*metric];
            metric.statistics.iter().map(move |statistic| (metric, *statistic))
        })
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub wanted: Vec<Wanted>,
    pub batches: Vec<Batch>,
}

/// What a plan comes to in one place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Volume {
    pub workloads: u64,
    pub calls: u64,
    /// As they are billed: a metric is one in each call, whatever its statistics.
    pub metrics: u64,
    pub points: u64,
}

impl Plan {
    /// Batches for everything that is wanted up to `end`, as seen from `now`.
    #[must_use]
    pub fn new(wanted: Vec<Wanted>, end: i64, now: i64, period: Option<u32>) -> Self {
        let mut groups: BTreeMap<(&Place, i64), Vec<usize>> = BTreeMap::new();
        for (number, one) in wanted.iter().enumerate().filter(|(_, one)| !one.metrics.is_empty()) {
            groups.entry((&one.place, one.from)).or_default().push(number);
        }
        let mut batches = Vec::new();
        for ((place, from), members) in groups {
            for segment in segments(from, end, now, period) {
                fill(&mut batches, &wanted, &members, place, segment);
            }
        }
        Plan { wanted, batches }
    }

    /// By place.
    #[must_use]
    pub fn volumes(&self) -> BTreeMap<&Place, Volume> {
        let mut all: BTreeMap<&Place, Volume> = BTreeMap::new();
        for one in &self.wanted {
            all.entry(&one.place).or_default().workloads += 1;
        }
        for batch in &self.batches {
            let volume = all.entry(&batch.place).or_default();
            volume.calls += 1;
            volume.metrics += batch.metrics.len() as u64;
            volume.points += batch.points(&self.wanted);
        }
        all
    }

    /// Batches that hold metrics of a workload; they stand together.
    #[must_use]
    pub fn batches_of(&self) -> Vec<Vec<usize>> {
        let mut all = vec![Vec::new(); self.wanted.len()];
        for (number, batch) in self.batches.iter().enumerate() {
            for (workload, _) in &batch.metrics {
                let batches: &mut Vec<usize> = &mut all[*workload];
                if batches.last() != Some(&number) {
                    batches.push(number);
                }
            }
        }
        all
    }
}

impl Volume {
    /// Seconds that AWS's quotas ask for at the least: calls and points a second.
    #[must_use]
    pub fn seconds_at_quota(&self, calls_a_second: u64, points_a_second: u64) -> u64 {
        let calls = self.calls.div_ceil(calls_a_second.max(1));
        calls.max(self.points.div_ceil(points_a_second.max(1)))
    }
}

/// Fills batches with the metrics of a group, in the order of the workloads. A metric's
/// statistics stay together: apart they would be billed twice.
fn fill(
    batches: &mut Vec<Batch>,
    wanted: &[Wanted],
    members: &[usize],
    place: &Place,
    segment: Segment,
) {
    let fitting = usize::try_from(POINTS_A_CALL / segment.points().max(1)).unwrap_or(usize::MAX);
    let room = QUERIES_A_CALL.min(fitting.max(1));
    let metrics: Vec<(usize, usize)> = members
        .iter()
        .flat_map(|workload| (0..wanted[*workload].metrics.len()).map(|metric| (*workload, metric)))
        .collect();
    let queries =
        |(workload, metric): (usize, usize)| wanted[workload].metrics[metric].statistics.len();
    let mut start = 0;
    while start < metrics.len() {
        let range = taken(&metrics, start, room, queries);
        start = range.end;
        let metrics = metrics[range].to_vec();
        batches.push(Batch { place: place.clone(), segment, metrics });
    }
}

/// As many as there is room for, one at least.
fn taken(
    metrics: &[(usize, usize)],
    start: usize,
    room: usize,
    queries: impl Fn((usize, usize)) -> usize,
) -> Range<usize> {
    let mut used = queries(metrics[start]);
    let mut end = start + 1;
    while end < metrics.len() && used + queries(metrics[end]) <= room {
        used += queries(metrics[end]);
        end += 1;
    }
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pull::series::Measure;

    fn wanted(workloads: usize, statistics: &[usize], from: i64) -> Vec<Wanted> {
        let place = Place { account: "1".to_owned(), region: "eu-west-1".to_owned() };
        let metric = |count: usize| Metric {
            measure: Measure::CpuPercent,
            part: None,
            namespace: "AWS/ECS".to_owned(),
            name: "CPUUtilization".to_owned(),
            dimensions: Vec::new(),
            statistics: [Statistic::Average; 5][..count].to_vec(),
        };
        let metrics: Vec<Metric> = statistics.iter().map(|count| metric(*count)).collect();
        let one = |number: usize| Wanted {
            workload: format!("w{number}"),
            place: place.clone(),
            metrics: metrics.clone(),
            from,
        };
        (0..workloads).map(one).collect()
    }

    const END: i64 = 1_800_000_000;
    const DAYS: i64 = 14 * 86_400;

    #[test]
    fn calls_are_one_page_and_metrics_are_whole() {
        for (workloads, statistics, period) in [
            (1, vec![4, 3], 60),
            (100, vec![4, 3], 300),
            (1_000, vec![3, 3], 300),
            (7, vec![5, 5, 1], 60),
        ] {
            let plan =
                Plan::new(wanted(workloads, &statistics, END - DAYS), END, END + 600, Some(period));
            let mut seen = vec![vec![0; statistics.len()]; workloads];
            for batch in &plan.batches {
                let queries = batch.queries(&plan.wanted);
                assert!(queries <= QUERIES_A_CALL);
                assert!(batch.points(&plan.wanted) <= POINTS_A_CALL || batch.metrics.len() == 1);
                for (workload, metric) in &batch.metrics {
                    seen[*workload][*metric] += 1;
                }
            }
            assert!(seen.iter().flatten().all(|times| *times == 1), "each metric once");
        }
    }

    #[test]
    fn volumes_are_those_of_the_rules() {
        // 4,032 points a series: 25 in a call, so four workloads of six statistics.
        let plan = Plan::new(wanted(1_000, &[3, 3], END - DAYS), END, END + 600, Some(300));
        let volume = *plan.volumes().values().next().unwrap();
        assert_eq!(volume.points, 1_000 * 6 * 4_032);
        assert_eq!((volume.calls, volume.metrics, volume.workloads), (250, 2_000, 1_000));
        assert_eq!(volume.seconds_at_quota(25, 198_000), 123);
        let of = plan.batches_of();
        assert_eq!((of[0].clone(), of[999].clone()), (vec![0], vec![249]));
    }

    #[test]
    fn what_is_in_the_store_is_not_asked_again() {
        let mut all = wanted(2, &[4, 3], END - DAYS);
        all[1].from = END;
        let plan = Plan::new(all, END, END + 600, Some(300));
        assert!(plan.batches.iter().all(|batch| batch.metrics.iter().all(|(one, _)| *one == 0)));
    }
}
