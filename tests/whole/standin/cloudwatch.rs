//! `GetMetricData`: what is refused, what is found, and how it is cut into pages.

use super::caller::Caller;
use super::cbor::{self, Writer};
use super::estate::World;
use super::failure::{Failure, cbor_bytes};
use super::faults::FaultKind;
use super::http::Answer;
use super::metric::Metric;
use super::pages::{self, WrongToken};
use super::request::{list, text};
use super::series::{Periods, Statistic, round_start};
use super::{Call, Paging};
use serde_json::Value;
use std::collections::HashSet;

/// The most queries of a call.
const MOST_QUERIES: usize = 500;
/// The most points of a page, and the number without `MaxDatapoints`.
const MOST_POINTS: u64 = 100_800;

/// The body of a request.
pub(super) fn body(bytes: &[u8]) -> Result<Value, Failure> {
    cbor::read(bytes)
        .filter(Value::is_object)
        .ok_or_else(|| Failure::new("SerializationException", "The body is no CBOR map."))
}

fn invalid(message: impl Into<String>) -> Failure {
    Failure::new("ValidationError", message)
}

/// Notes how much was asked for, whether or not it will be given.
pub(super) fn measure(body: &Value, call: &mut Call) {
    let queries = list(body, "MetricDataQueries");
    let span = seconds(body, "EndTime").unwrap_or(0) - seconds(body, "StartTime").unwrap_or(0);
    call.queries = queries.len();
    call.points_asked = queries
        .iter()
        .filter_map(|query| query["MetricStat"]["Period"].as_i64().filter(|period| *period > 0))
        .map(|period| u64::try_from(span).unwrap_or(0).div_ceil(period.unsigned_abs()))
        .sum();
    let metrics: HashSet<String> = queries.iter().filter_map(full_name).collect();
    call.metrics_requested = metrics.len();
}

fn full_name(query: &Value) -> Option<String> {
    let metric = query.get("MetricStat")?.get("Metric")?;
    Some(format!("{} {} {:?}", metric["Namespace"], metric["MetricName"], dimensions(metric)))
}

/// A time of the request in whole seconds.
#[expect(clippy::cast_possible_truncation, reason = "seconds of any year fit")]
fn seconds(body: &Value, name: &str) -> Option<i64> {
    body.get(name)?.as_f64().map(|time| time.floor() as i64)
}

fn dimensions(metric: &Value) -> Vec<(String, String)> {
    let part = |one: &Value, name: &str| text(one, name).unwrap_or_default().to_owned();
    let mut dimensions: Vec<_> = list(metric, "Dimensions")
        .iter()
        .map(|one| (part(one, "Name"), part(one, "Value")))
        .collect();
    dimensions.sort();
    dimensions
}

/// One query of a call.
struct Query<'a> {
    id: String,
    label: String,
    period: i64,
    statistic: Statistic,
    /// The series, if there is one with such points.
    metric: Option<&'a Metric>,
}

/// A call that is not refused.
struct Ask<'a> {
    queries: Vec<Query<'a>>,
    window: (i64, i64),
    now: i64,
    descending: bool,
    most: u64,
    scope: u64,
}

/// Answers, or refuses.
pub(super) fn get_metric_data(
    world: &World,
    caller: &Caller,
    body: &Value,
    fault: Option<&FaultKind>,
    call: &mut Call,
) -> Result<Answer, Failure> {
    let ask = Ask::read(world, caller, body)?;
    let token = text(body, "NextToken");
    let from =
        token.map(|text| pages::read_token(ask.scope, text)).transpose().map_err(|WrongToken| {
            Failure::new("InvalidNextToken", "The next token is invalid.")
                .query_code("InvalidNextToken")
        })?;
    let mut page = match (world.estate.paging, ask.span()) {
        (Paging::ByTime, Some(span)) => ask.page_by_time(span, from),
        _ => ask.page_by_series(from),
    };
    if fault == Some(&FaultKind::RepeatedToken) && token.is_some() {
        page.next = token.map(str::to_owned);
    }
    call.points_given = page.series.iter().map(|series| series.points.len() as u64).sum();
    Ok(cbor_bytes(200, page.write(fault)))
}

impl<'a> Ask<'a> {
    fn read(world: &'a World, caller: &Caller, body: &Value) -> Result<Self, Failure> {
        let now = world.estate.now;
        let queries = read_queries(world, caller, list(body, "MetricDataQueries"))?;
        let start = seconds(body, "StartTime").ok_or_else(|| missing("StartTime"))?;
        let end = seconds(body, "EndTime").ok_or_else(|| missing("EndTime"))?;
        if start >= end {
            let message = "The parameter StartTime must be less than the parameter EndTime.";
            return Err(invalid(message));
        }
        let mut same = body.clone();
        same.as_object_mut().and_then(|fields| fields.remove("NextToken"));
        Ok(Self {
            queries,
            window: (round_start(start, now), end),
            now,
            descending: descending(body)?,
            most: most_points(body)?,
            scope: pages::hash_of(&(&caller.account, &caller.region, same.to_string())),
        })
    }

    fn periods(&self, query: &Query<'_>, window: (i64, i64)) -> Periods {
        Periods::new(window, query.period, self.now, self.descending)
    }

    /// A page that goes on from a step of a series.
    fn page_by_series(&self, from: Option<(u64, u64)>) -> Page {
        let (first, mut step) = from.map_or((0, 0), |(query, step)| (query, signed(step)));
        let mut left = self.most;
        let mut page = Page::default();
        for (index, query) in self.queries.iter().enumerate().skip(index(first)) {
            let periods = self.periods(query, self.window);
            let (points, stopped) = query.scan(&periods, step, left);
            left -= points.len() as u64;
            let cut = stopped.is_some();
            if let Some(step) = stopped {
                page.next = Some(pages::token(self.scope, index as u64, step.unsigned_abs()));
            }
            if !(cut && points.is_empty()) {
                page.series.push(query.series(points, !cut));
            }
            if cut {
                break;
            }
            step = 0;
        }
        page
    }

    /// How many seconds of all series fit a page; `None` if not one minute does.
    fn span(&self) -> Option<i64> {
        let series = self.queries.len() as u64;
        let sixty_hours: u64 =
            self.queries.iter().map(|query| 216_000 / query.period.unsigned_abs()).sum();
        let minutes = self.most.checked_sub(series)? * 3_600 / sixty_hours.max(1);
        (minutes > 0).then(|| signed(minutes) * 60)
    }

    /// A page of all series, of the so-manieth span of time in the order of the scan.
    fn page_by_time(&self, span: i64, from: Option<(u64, u64)>) -> Page {
        let number = from.map_or(0, |(_, number)| signed(number));
        let (start, end) = self.window;
        let (from, to) = if self.descending {
            (start.max(end - (number + 1) * span), end - number * span)
        } else {
            (start + number * span, end.min(start + (number + 1) * span))
        };
        let last = if self.descending { from <= start } else { to >= end };
        let series = |query: &Query<'_>| {
            let points = query.scan(&self.periods(query, (from, to)), 0, u64::MAX).0;
            query.series(points, last)
        };
        Page {
            series: self.queries.iter().map(series).collect(),
            next: (!last).then(|| pages::token(self.scope, 0, number.unsigned_abs() + 1)),
        }
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn index(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn descending(body: &Value) -> Result<bool, Failure> {
    match text(body, "ScanBy") {
        None | Some("TimestampDescending") => Ok(true),
        Some("TimestampAscending") => Ok(false),
        Some(other) => {
            Err(invalid(format!("The value {other} for parameter ScanBy is not valid.")))
        }
    }
}

fn most_points(body: &Value) -> Result<u64, Failure> {
    match body.get("MaxDatapoints").filter(|most| !most.is_null()) {
        None => Ok(MOST_POINTS),
        Some(most) => {
            most.as_u64().filter(|most| (1..=MOST_POINTS).contains(most)).ok_or_else(|| {
                invalid(format!("The value {most} for parameter MaxDatapoints is not valid."))
            })
        }
    }
}

fn missing(name: &str) -> Failure {
    let message = format!("The parameter {name} is required.");
    Failure::new("MissingRequiredParameterException", message).query_code("MissingParameter")
}

fn read_queries<'a>(
    world: &'a World,
    caller: &Caller,
    queries: &[Value],
) -> Result<Vec<Query<'a>>, Failure> {
    if queries.is_empty() {
        return Err(missing("MetricDataQueries"));
    }
    if queries.len() > MOST_QUERIES {
        let message = "The collection MetricDataQueries must not have a size greater than 500.";
        return Err(invalid(message));
    }
    let mut ids = HashSet::new();
    let mut read = Vec::with_capacity(queries.len());
    for (number, query) in queries.iter().enumerate() {
        let id = text(query, "Id").unwrap_or_default();
        let name = format!("MetricDataQueries.member.{}", number + 1);
        if !is_id(id) {
            return Err(invalid(format!("The value {id} for parameter {name}.Id is not valid.")));
        }
        if !ids.insert(id) {
            return Err(invalid(format!("The id '{id}' is not unique in MetricDataQueries.")));
        }
        let returned = query.get("ReturnData").and_then(Value::as_bool).unwrap_or(true);
        let one = read_query(world, caller, id, query, &name)?;
        if returned {
            read.push(one);
        }
    }
    Ok(read)
}

/// `^[a-z][a-zA-Z0-9_]*$`, at most 255 letters.
fn is_id(id: &str) -> bool {
    id.len() <= 255
        && id.starts_with(|letter: char| letter.is_ascii_lowercase())
        && id.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

fn read_query<'a>(
    world: &'a World,
    caller: &Caller,
    id: &str,
    query: &Value,
    name: &str,
) -> Result<Query<'a>, Failure> {
    let stat = query.get("MetricStat").filter(|stat| stat.is_object()).ok_or_else(|| {
        invalid(format!("The stand-in knows no expressions: {name} has no MetricStat."))
    })?;
    let refused = |member: &str| {
        let value = &stat[member];
        let path = format!("{name}.MetricStat.{member}");
        invalid(format!("The value {value} for parameter {path} is not valid."))
    };
    let period = stat["Period"]
        .as_i64()
        .filter(|period| *period >= 60 && period % 60 == 0)
        .ok_or_else(|| refused("Period"))?;
    let statistic = text(stat, "Stat").and_then(Statistic::parse).ok_or_else(|| refused("Stat"))?;
    let asked = &stat["Metric"];
    let namespace = text(asked, "Namespace").ok_or_else(|| refused("Metric"))?;
    let metric_name = text(asked, "MetricName").ok_or_else(|| refused("Metric"))?;
    let dimensions = dimensions(asked);
    if dimensions.len() > 30 {
        return Err(refused("Metric"));
    }
    let full = (namespace.to_owned(), metric_name.to_owned(), dimensions);
    let unit = text(stat, "Unit");
    let metric = world
        .metric(&caller.account, &caller.region, &full)
        .filter(|metric| unit.is_none_or(|unit| unit == metric.unit))
        .filter(|_| statistic.exists_in(namespace));
    let label = text(query, "Label").unwrap_or(metric_name).to_owned();
    Ok(Query { id: id.to_owned(), label, period, statistic, metric })
}

impl Query<'_> {
    /// The points from a step on, at most so many, and the step of the first that is too many.
    fn scan(&self, periods: &Periods, from: i64, most: u64) -> (Vec<(i64, f64)>, Option<i64>) {
        let mut points = Vec::new();
        let Some(metric) = self.metric else { return (points, None) };
        for step in from..periods.count() {
            let (start, point) = periods.at(metric, step);
            let Some(point) = point else { continue };
            if points.len() as u64 == most {
                return (points, Some(step));
            }
            points.push((start, self.statistic.of(point)));
        }
        (points, None)
    }

    fn series(&self, points: Vec<(i64, f64)>, complete: bool) -> Series {
        Series { id: self.id.clone(), label: self.label.clone(), points, complete }
    }
}

/// What a page holds of one query.
struct Series {
    id: String,
    label: String,
    points: Vec<(i64, f64)>,
    complete: bool,
}

/// A page.
#[derive(Default)]
struct Page {
    series: Vec<Series>,
    next: Option<String>,
}

impl Page {
    fn write(&self, fault: Option<&FaultKind>) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.map(2 + usize::from(self.next.is_some()));
        writer.text("MetricDataResults").list(self.series.len());
        for series in &self.series {
            series.write(&mut writer, fault);
        }
        if let Some(next) = &self.next {
            writer.text("NextToken").text(next);
        }
        writer.text("Messages").list(0);
        writer.finish()
    }
}

impl Series {
    fn write(&self, writer: &mut Writer, fault: Option<&FaultKind>) {
        let whole = if self.complete { "Complete" } else { "PartialData" };
        let (status, points) = match fault {
            Some(FaultKind::SeriesStatus(status)) => (*status, &self.points[..0]),
            _ => (whole, &self.points[..]),
        };
        let fewer = usize::from(fault == Some(&FaultKind::UnequalLengths));
        let times = &points[..points.len().saturating_sub(fewer)];
        writer.map(5).text("Id").text(&self.id).text("Label").text(&self.label);
        writer.text("Timestamps").list(times.len());
        for (time, _) in times {
            writer.time(*time);
        }
        writer.text("Values").list(points.len());
        for (_, value) in points {
            writer.number(*value);
        }
        writer.text("StatusCode").text(status);
    }
}
