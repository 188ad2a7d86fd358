//! A service of the usual estate: how it is named, launched, scaled, and used.

use super::super::faults::mix;
use super::super::{Metric, Point, Region};
use super::place::{DAY, Place, wave};
use serde_json::{Value, json};

const SIZES: [(i64, i64); 5] =
    [(256, 512), (256, 1_024), (512, 1_024), (512, 2_048), (1_024, 2_048)];

/// How a service is launched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Launch {
    Fargate,
    Spot,
    Ec2,
}

/// A service, from which all documents and series about it are made.
#[derive(Debug, Clone)]
pub(super) struct Service {
    pub(super) number: usize,
    pub(super) name: String,
    pub(super) cluster: &'static str,
    pub(super) place: Place,
    pub(super) seed: u64,
}

impl Service {
    pub(super) fn new(number: usize, place: &Place) -> Self {
        let name = match number {
            0 => "web".to_owned(),
            1 => "queue".to_owned(),
            3 => "worker".to_owned(),
            _ => format!("svc-{number:04}"),
        };
        let cluster = if number % 3 == 2 { "stage" } else { "prod" };
        Self { number, name, cluster, place: place.clone(), seed: mix(number as u64) }
    }

    pub(super) fn is_web(&self) -> bool {
        self.number == 0
    }

    pub(super) fn launch(&self) -> Launch {
        if self.number % 11 == 10 {
            Launch::Ec2
        } else if self.number % 5 == 4 {
            Launch::Spot
        } else {
            Launch::Fargate
        }
    }

    pub(super) fn size(&self) -> (i64, i64) {
        SIZES[self.number % SIZES.len()]
    }

    pub(super) fn created(&self) -> i64 {
        self.place.now - if self.number % 10 == 7 { 3 * DAY } else { 90 * DAY }
    }

    pub(super) fn resized(&self) -> i64 {
        self.place.now - 5 * DAY
    }

    /// How many tasks run in a minute.
    pub(super) fn tasks(&self, minute: i64) -> i64 {
        let day = minute.div_euclid(DAY);
        let hour = minute.rem_euclid(DAY) / 3_600;
        let gap = self.number % 8 == 5 && hour == 2;
        let lost_day = self.number % 16 == 9 && day == self.place.now.div_euclid(DAY) - 5;
        if gap || lost_day || minute < self.created() {
            0
        } else if self.is_web() {
            2 + wave(minute) / 240
        } else {
            1 + i64::from(self.seed.to_le_bytes()[0] % 3)
        }
    }

    pub(super) fn running(&self) -> i64 {
        self.tasks(self.place.now.div_euclid(60) * 60 - 60)
    }

    /// The series of a name, as the server gives it.
    pub(super) fn metric(&self, name: &str) -> Metric {
        let dimensions = [("ClusterName", self.cluster), ("ServiceName", &*self.name)];
        let memory = name == "MemoryUtilization";
        let service = self.clone();
        Metric::new("AWS/ECS", name, &dimensions, "Percent", move |minute| {
            service.point(minute, memory)
        })
    }

    /// What its tasks used in a minute, in percent.
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    pub(super) fn point(&self, minute: i64, memory: bool) -> Option<Point> {
        let tasks = self.tasks(minute);
        if tasks == 0 {
            return None;
        }
        let seed = i64::from(self.seed.to_le_bytes()[1]);
        let noise = mix(self.seed ^ minute.unsigned_abs()).to_le_bytes();
        let noise = i64::from(noise[usize::from(memory)] % 9);
        let eighths = if memory {
            200 + seed + noise + wave(minute) / 60
        } else {
            24 + seed / 2 + noise + wave(minute) * (40 + seed) / 720
        };
        let spread = if tasks == 1 { 0 } else { 4 + noise };
        let value = |eighths: i64| eighths as f64 / 8.0;
        Some(Point {
            sum: value(eighths * tasks),
            minimum: value(eighths - spread),
            maximum: value(eighths + spread),
            count: tasks as f64,
        })
    }

    pub(super) fn add_to(&self, region: &mut Region) {
        region.services.push(self.document());
        region.task_definitions.extend(self.task_definitions());
        region.tasks.extend((0..self.running()).map(|task| self.task(task)));
        region.metrics.push(self.metric("CPUUtilization"));
        region.metrics.push(self.metric("MemoryUtilization"));
        let deployed = if self.is_web() { self.resized() } else { self.created() };
        region.service_deployments.push(self.service_deployment(deployed, 7));
        region.service_revisions.push(self.service_revision(deployed, 7));
        if self.is_web() {
            region.service_deployments.push(self.service_deployment(self.created(), 6));
            region.service_revisions.push(self.service_revision(self.created(), 6));
            self.add_scaling(region);
            region.metrics.push(self.requests());
            region.metrics.push(self.response_time());
        }
    }

    pub(super) fn cluster_arn(&self) -> String {
        self.place.arn(&format!("cluster/{}", self.cluster))
    }

    pub(super) fn arn(&self) -> String {
        self.place.arn(&format!("service/{}/{}", self.cluster, self.name))
    }

    pub(super) fn definition_arn(&self, revision: i64) -> String {
        self.place.arn(&format!("task-definition/{}:{revision}", self.name))
    }

    pub(super) fn revision_arn(&self, revision: i64) -> String {
        let number = 5_000_000_000_000_000_000 + revision;
        self.place.arn(&format!("service-revision/{}/{}/{number}", self.cluster, self.name))
    }

    /// `launchType`, or the strategy in place of it.
    pub(super) fn put_launch(&self, document: &mut Value) {
        match self.launch() {
            Launch::Fargate => document["launchType"] = "FARGATE".into(),
            Launch::Ec2 => document["launchType"] = "EC2".into(),
            Launch::Spot => {
                document["capacityProviderStrategy"] =
                    json!([{"capacityProvider": "FARGATE_SPOT", "weight": 1, "base": 0}]);
            }
        }
    }
}
