//! GetMetricData: one batch, its pages merged by id, its answer held against what was asked.

use super::attempt::Operation;
use super::client::Client;
use super::failure::{Failure, Miss};
use super::paging::{Pages, send};
use super::plan::{Batch, Wanted};
use super::series::{Metric, Statistic};
use super::window::Segment;
use aws_sdk_cloudwatch::types::{
    Dimension, MetricDataQuery, MetricDataResult, MetricStat, ScanBy, StatusCode,
};
use aws_smithy_types::DateTime;
use std::collections::BTreeMap;

const GET: Operation = Operation { name: "GetMetricData", action: "cloudwatch:GetMetricData" };
/// Beyond this a value is not one that any metric here can have.
const LARGEST: f64 = 1e15;

/// The points of one statistic of one metric, in order of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Points {
    pub at: Vec<i64>,
    pub values: Vec<f64>,
}

/// Asks for a batch: points for each of [`Batch::queried`], in that order.
pub(super) async fn fetch(
    client: &Client,
    batch: &Batch,
    wanted: &[Wanted],
) -> Result<Vec<Points>, Failure> {
    let queries: Vec<MetricDataQuery> = (0..)
        .zip(batch.queried(wanted))
        .map(|(number, (metric, statistic))| query(number, metric, statistic, batch.segment))
        .collect();
    let points = batch.points(wanted);
    let mut merged: Vec<BTreeMap<i64, f64>> = vec![BTreeMap::new(); queries.len()];
    let mut pages = Pages::new(GET, client);
    let mut first = true;
    while let Some(token) = pages.next()? {
        let points = if std::mem::take(&mut first) { points } else { 0 };
        let (results, next) = client
            .metric_call(GET, points, || async {
                let request = client
                    .cloudwatch
                    .get_metric_data()
                    .set_metric_data_queries(Some(queries.clone()))
                    .start_time(DateTime::from_secs(batch.segment.start))
                    .end_time(DateTime::from_secs(batch.segment.end))
                    .scan_by(ScanBy::TimestampAscending)
                    .set_next_token(token.clone());
                let sent: Result<_, Miss> = send!(request);
                let (answer, id) = sent?;
                let results = results(answer.metric_data_results(), &batch.segment, queries.len())
                    .map_err(|miss| Miss { request_id: id.clone(), ..miss })?;
                Ok(((results, answer.next_token().map(str::to_owned)), id))
            })
            .await?;
        for (number, at, value) in results {
            merged[number].insert(at, value);
        }
        pages.came(next.as_deref());
    }
    let in_order = |points: BTreeMap<i64, f64>| {
        let (at, values) = points.into_iter().unzip();
        Points { at, values }
    };
    Ok(merged.into_iter().map(in_order).collect())
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

/// Number of the query, time and value of every point; or why the answer cannot be right.
fn results(
    all: &[MetricDataResult],
    segment: &Segment,
    queries: usize,
) -> Result<Vec<(usize, i64, f64)>, Miss> {
    let mut points = Vec::new();
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
                let message = "CloudWatch forbids a series";
                return Err(Miss::new(super::failure::FailureKind::Denied, message));
            }
            _ => {}
        }
        if one.timestamps().len() != one.values().len() {
            return Err(Miss::damaged("the answer has times and values of unequal number"));
        }
        for (at, value) in one.timestamps().iter().zip(one.values()) {
            let at = at.secs();
            let on_grid = at.rem_euclid(i64::from(segment.period)) == 0;
            let inside = (segment.start..segment.end).contains(&at);
            if !on_grid || !inside || !(0.0..LARGEST).contains(value) {
                return Err(Miss::damaged(format!("the answer holds {value} at {at}")));
            }
            points.push((number, at, *value));
        }
    }
    Ok(points)
}
