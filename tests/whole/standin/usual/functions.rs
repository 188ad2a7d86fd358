//! Lambda functions.

use super::super::faults::mix;
use super::super::{Metric, Point, Region};
use super::place::{DAY, Place, wave};
use serde_json::json;

/// Two functions, each with its invocations and durations.
pub(super) fn add_functions(region: &mut Region, place: &Place) {
    for (number, name) in ["resize-image", "send-mail"].into_iter().enumerate() {
        let architecture = if number == 0 { "x86_64" } else { "arm64" };
        region.functions.push(json!({
            "FunctionName": name,
            "FunctionArn": place.arn_of("lambda", &format!("function:{name}")),
            "Runtime": "python3.13", "Role": place.iam("role/function"),
            "Handler": "main.handler", "CodeSize": 1_024, "Description": "", "Timeout": 30,
            "MemorySize": 512 << number, "LastModified": "2026-08-01T10:00:00.000+0000",
            "Version": "$LATEST", "PackageType": "Zip", "Architectures": [architecture],
            "EphemeralStorage": {"Size": 512}, "TracingConfig": {"Mode": "PassThrough"},
        }));
        region.metrics.extend(function_metrics(name, place.now));
    }
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn function_metrics(name: &str, now: i64) -> [Metric; 2] {
    let dimensions = [("FunctionName", name)];
    let since = now - 90 * DAY;
    let count = move |minute: i64| {
        if minute < since { 0 } else { i64::from(mix(minute.unsigned_abs()).to_le_bytes()[2] % 5) }
    };
    let invocations = move |minute: i64| {
        let count = count(minute);
        let point = Point { sum: count as f64, minimum: 1.0, maximum: 1.0, count: count as f64 };
        (count > 0).then_some(point)
    };
    let duration = move |minute: i64| {
        let count = count(minute);
        let mean = 80.0 + (wave(minute) / 8) as f64;
        let count_of = count as f64;
        let point = Point {
            sum: mean * count_of,
            minimum: mean - 8.0,
            maximum: mean + 40.0,
            count: count_of,
        };
        (count > 0).then_some(point)
    };
    [
        Metric::new("AWS/Lambda", "Invocations", &dimensions, "Count", invocations),
        Metric::new("AWS/Lambda", "Duration", &dimensions, "Milliseconds", duration),
    ]
}
