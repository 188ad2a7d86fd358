//! A series of `CloudWatch` as a function of time, so that a year of minutes needs no memory.

use std::collections::BTreeMap;

/// What `CloudWatch` keeps of one minute: a statistic set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The sum of the samples.
    pub sum: f64,
    /// The least of them.
    pub minimum: f64,
    /// The greatest of them.
    pub maximum: f64,
    /// How many there were.
    pub count: f64,
}

impl Point {
    /// One sample.
    #[must_use]
    pub const fn one(value: f64) -> Self {
        Self { sum: value, minimum: value, maximum: value, count: 1.0 }
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self {
            sum: self.sum + other.sum,
            minimum: self.minimum.min(other.minimum),
            maximum: self.maximum.max(other.maximum),
            count: self.count + other.count,
        }
    }
}

/// One series: a name, its dimensions, and what it was in any minute.
pub struct Metric {
    /// `AWS/ECS` and the like.
    pub namespace: String,
    /// `CPUUtilization` and the like.
    pub name: String,
    /// The full set; the order does not matter.
    pub dimensions: Vec<(String, String)>,
    /// `Percent` and the like. A query with another unit finds nothing.
    pub unit: String,
    /// The point of the minute that starts at this time (seconds since 1970), if there is one.
    pub at: Box<dyn Fn(i64) -> Option<Point> + Send + Sync>,
}

impl Metric {
    /// A series from a function of the minute.
    pub fn new(
        namespace: &str,
        name: &str,
        dimensions: &[(&str, &str)],
        unit: &str,
        at: impl Fn(i64) -> Option<Point> + Send + Sync + 'static,
    ) -> Self {
        Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            dimensions: dimensions
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            unit: unit.to_owned(),
            at: Box::new(at),
        }
    }

    /// A series from a list of minutes, each with its point.
    #[must_use]
    pub fn from_points(
        namespace: &str,
        name: &str,
        dimensions: &[(&str, &str)],
        unit: &str,
        points: Vec<(i64, Point)>,
    ) -> Self {
        let points: BTreeMap<i64, Point> =
            points.into_iter().map(|(minute, point)| (minute.div_euclid(60), point)).collect();
        Self::new(namespace, name, dimensions, unit, move |minute| {
            points.get(&minute.div_euclid(60)).copied()
        })
    }
}
