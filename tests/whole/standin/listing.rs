//! `ListMetrics`: which series there are, or rather were heard of of late.

use super::caller::Caller;
use super::estate::World;
use super::failure::{Failure, cbor_answer};
use super::http::Answer;
use super::metric::Metric;
use super::pages::{self, WrongToken};
use super::request::{list, text};
use serde_json::{Map, Value, json};

const PAGE: usize = 500;
const TWO_WEEKS: i64 = 14 * 86_400;
const THREE_HOURS: i64 = 3 * 3_600;

/// Lists the series that match all filters and have data recent enough.
pub(super) fn list_metrics(
    world: &World,
    caller: &Caller,
    body: &Value,
) -> Result<Answer, Failure> {
    let span = match text(body, "RecentlyActive") {
        None => TWO_WEEKS,
        Some("PT3H") => THREE_HOURS,
        Some(other) => return Err(refused("RecentlyActive", other)),
    };
    let region = world.region(&caller.account, &caller.region);
    let found: Vec<&Metric> =
        region.metrics.iter().filter(|metric| matches(metric, body)).collect();
    let scope = pages::scope("ListMetrics", &caller.account, &caller.region, body);
    let alive = found.into_iter().filter(|metric| is_alive(metric, world.estate.now, span));
    let (page, next) = pages::page(alive.collect(), PAGE, scope, text(body, "NextToken"))
        .map_err(|WrongToken| refused("NextToken", "given"))?;
    let mut answer = Map::new();
    answer.insert("Metrics".to_owned(), page.into_iter().map(describe).collect());
    if let Some(next) = next {
        answer.insert("NextToken".to_owned(), next.into());
    }
    Ok(cbor_answer(200, &answer.into()))
}

fn refused(name: &str, value: &str) -> Failure {
    let message = format!("The value {value} for parameter {name} is not valid.");
    Failure::new("InvalidParameterValueException", message).query_code("InvalidParameterValue")
}

fn matches(metric: &Metric, body: &Value) -> bool {
    let same = |name: &str, is: &str| text(body, name).is_none_or(|wanted| wanted == is);
    same("Namespace", &metric.namespace)
        && same("MetricName", &metric.name)
        && list(body, "Dimensions").iter().all(|filter| has_dimension(metric, filter))
}

fn has_dimension(metric: &Metric, filter: &Value) -> bool {
    metric.dimensions.iter().any(|(name, value)| {
        text(filter, "Name") == Some(name)
            && text(filter, "Value").is_none_or(|wanted| wanted == value)
    })
}

/// Whether there was a point in the span before now. The newest minutes come first, so that
/// this is quick for a living series.
fn is_alive(metric: &Metric, now: i64, span: i64) -> bool {
    let newest = now.div_euclid(60) - 1;
    (0..span / 60).any(|back| (metric.at)((newest - back) * 60).is_some())
}

fn describe(metric: &Metric) -> Value {
    let dimensions: Vec<Value> = metric
        .dimensions
        .iter()
        .map(|(name, value)| json!({"Name": name, "Value": value}))
        .collect();
    json!({
        "Namespace": metric.namespace,
        "MetricName": metric.name,
        "Dimensions": dimensions,
    })
}
