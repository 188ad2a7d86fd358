//! GetMetricData: one batch, its pages merged by id, its answer held against what was asked.

use super::attempt::{Operation, failure};
use super::client::Client;
use super::failure::{Failure, FailureKind, Miss};
use super::paging::{Pages, send};
use super::plan::{Batch, Wanted};
use super::series::{Metric, Statistic};
use super::window::Segment;
use aws_sdk_cloudwatch::types::{
    Dimension, MetricDataQuery, MetricDataResult, MetricStat, ScanBy, StatusCode,
};
use aws_smithy_types::DateTime;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

const GET: Operation = Operation { name: "GetMetricData", action: "cloudwatch:GetMetricData" };
/// Beyond this a value is not one that any metric here can have.
const LARGEST: f64 = 1e15;

/// The points of one statistic of one metric, in order of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Points {
    pub at: Vec<i64>,
    pub values: Vec<f64>,
}

/// Answers that are incomplete are asked for again so often.
const WHOLE_ATTEMPTS: u32 = 3;

/// Asks for a batch: points for each of [`Batch::queried`], in that order.
pub(super) async fn fetch(
    client: &Client,
    batch: &Batch,
    wanted: &[Wanted],
    budget: &Budget,
) -> Result<Vec<Points>, Failure> {
    let queries: Vec<MetricDataQuery> = (0..)
        .zip(batch.queried(wanted))
        .map(|(number, (metric, statistic))| query(number, metric, statistic, batch.segment))
        .collect();
    let mut number = 1;
    loop {
        let merged = Box::pin(pages(client, batch, wanted, &queries, budget)).await?;
        match merged.in_order() {
            Ok(points) => return Ok(points),
            Err(_) if number < WHOLE_ATTEMPTS => number += 1,
            Err(message) => {
                let miss = Miss::damaged(message);
                return Err(failure(miss, GET, &client.place.to_string(), number));
            }
        }
    }
}

/// The series of a call while its pages come.
struct Merged {
    points: Vec<BTreeMap<i64, f64>>,
    /// As the last page that held the series said.
    complete: Vec<bool>,
}

impl Merged {
    /// Every series, if each was answered to its end.
    fn in_order(self) -> Result<Vec<Points>, &'static str> {
        if !self.complete.iter().all(|complete| *complete) {
            return Err("a series is missing or was cut, and no page follows");
        }
        let in_order = |points: BTreeMap<i64, f64>| {
            let (at, values) = points.into_iter().unzip();
            Points { at, values }
        };
        Ok(self.points.into_iter().map(in_order).collect())
    }
}

async fn pages(
    client: &Client,
    batch: &Batch,
    wanted: &[Wanted],
    queries: &[MetricDataQuery],
    budget: &Budget,
) -> Result<Merged, Failure> {
    let points = batch.points(wanted);
    let metrics = batch.metrics.len() as u64;
    let mut merged = Merged {
        points: vec![BTreeMap::new(); queries.len()],
        complete: vec![false; queries.len()],
    };
    let mut pages = Pages::new(GET, client);
    while let Some(token) = pages.next()? {
        let call = client.metric_call(GET, points, || async {
            budget.take(metrics)?;
            let request = client
                .cloudwatch
                .get_metric_data()
                .set_metric_data_queries(Some(queries.to_vec()))
                .start_time(DateTime::from_secs(batch.segment.start))
                .end_time(DateTime::from_secs(batch.segment.end))
                .scan_by(ScanBy::TimestampAscending)
                .set_next_token(token.clone());
            let sent: Result<_, Miss> = send!(request);
            let (answer, id) = sent?;
            let results = results(answer.metric_data_results(), &batch.segment, queries.len())
                .map_err(|miss| Miss { request_id: id.clone(), ..miss })?;
            Ok(((results, answer.next_token().map(str::to_owned)), id))
        });
        let (results, next) = Box::pin(call).await?;
        for series in results {
            merged.complete[series.number] = series.complete;
            merged.points[series.number].extend(series.points);
        }
        pages.came(next.as_deref());
    }
    Ok(merged)
}

/// How many metrics may still be asked for: every attempt and every page counts, since it
/// is not known which of them are billed.
#[derive(Debug)]
pub struct Budget {
    left: Option<AtomicU64>,
}

impl Budget {
    /// So many metrics, or without an end.
    #[must_use]
    pub fn new(metrics: Option<u64>) -> Self {
        Budget { left: metrics.map(AtomicU64::new) }
    }

    fn take(&self, metrics: u64) -> Result<(), Miss> {
        let Some(left) = &self.left else { return Ok(()) };
        let taken =
            left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(metrics));
        taken.map(|_| ()).map_err(|_| Miss::new(FailureKind::OverBudget, "the budget is spent"))
    }
}

fn query(
    number: usize,
    metric: &Metric,
    statistic: Statistic,
    segment: Segment,
) -> MetricDataQuery {
    let dimension =
        |(name, value): &(String, String)| Dimension::builder().name(name).value(value).build();
    // Without a unit: one that does not match gives nothing.
    let stat = MetricStat::builder()
        .metric(
            aws_sdk_cloudwatch::types::Metric::builder()
                .namespace(&metric.namespace)
                .metric_name(&metric.name)
                .set_dimensions(Some(metric.dimensions.iter().map(dimension).collect()))
                .build(),
        )
        .period(i32::try_from(segment.period).unwrap_or(i32::MAX))
        .stat(statistic.name())
        .build();
    MetricDataQuery::builder().id(format!("q{number}")).metric_stat(stat).build()
}

/// One series of a page.
struct SeriesPage {
    number: usize,
    complete: bool,
    points: Vec<(i64, f64)>,
}

/// Every series of an answer; or why the answer cannot be right.
fn results(
    all: &[MetricDataResult],
    segment: &Segment,
    queries: usize,
) -> Result<Vec<SeriesPage>, Miss> {
    let mut pages = Vec::new();
    for one in all {
        let number = one.id().and_then(|id| id.strip_prefix('q')).and_then(|id| id.parse().ok());
        let number: usize = number
            .filter(|number| *number < queries)
            .ok_or_else(|| Miss::damaged("the answer holds a series that was not asked for"))?;
        match one.status_code() {
            Some(StatusCode::InternalError) => {
                return Err(Miss::damaged("CloudWatch reports an internal error for a series"));
            }
            Some(StatusCode::Forbidden) => {
                return Err(Miss::new(FailureKind::Denied, "CloudWatch forbids a series"));
            }
            _ => {}
        }
        if one.timestamps().len() != one.values().len() {
            return Err(Miss::damaged("the answer has times and values of unequal number"));
        }
        let mut points = Vec::with_capacity(one.values().len());
        for (at, value) in one.timestamps().iter().zip(one.values()) {
            let at = at.secs();
            let on_grid = at.rem_euclid(i64::from(segment.period)) == 0;
            let inside = (segment.start..segment.end).contains(&at);
            if !on_grid || !inside || !(0.0..LARGEST).contains(value) {
                return Err(Miss::damaged(format!("the answer holds {value} at {at}")));
            }
            points.push((at, *value));
        }
        let complete = one.status_code() != Some(&StatusCode::PartialData);
        pages.push(SeriesPage { number, complete, points });
    }
    Ok(pages)
}
