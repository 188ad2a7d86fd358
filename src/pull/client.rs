//! One account in one region: its clients, its rates, and who watches.

use super::attempt::{Operation, Patience, attempt};
use super::failure::{Failure, Miss};
use super::limit::{Bucket, Rate};
use super::plan::Place;
use super::session::SessionOptions;
use super::signed::Signed;
use aws_config::retry::RetryConfig;
use aws_config::{Region, SdkConfig};
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A call that was made, for whoever wants to see it.
#[derive(Clone, Debug)]
pub struct Call {
    pub operation: &'static str,
    pub place: String,
    /// As AWS gives it for questions to its support.
    pub request_id: Option<String>,
    pub took: Duration,
    /// Nothing where it went well.
    pub problem: Option<String>,
}

/// Is told of every attempt.
pub type Watch = Arc<dyn Fn(&Call) + Send + Sync>;

/// Which bucket a call draws from: AWS counts these groups together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    Clusters,
    Services,
    Tasks,
    Definitions,
    Deployments,
    Others,
}

/// Published rates by account and region (ECS developer guide, request throttling; the
/// others are not published and taken low).
struct Buckets {
    clusters: Bucket,
    services: Bucket,
    tasks: Bucket,
    definitions: Bucket,
    deployments: Bucket,
    others: Bucket,
    metric_calls: Bucket,
    metric_points: Bucket,
}

/// Everything that is asked of one account in one region.
pub struct Client {
    pub place: Place,
    pub(super) ecs: aws_sdk_ecs::Client,
    pub(super) cloudwatch: aws_sdk_cloudwatch::Client,
    pub(super) signed: Signed,
    pub(super) patience: Patience,
    buckets: Buckets,
    watch: Watch,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("place", &self.place).finish_non_exhaustive()
    }
}

impl Client {
    pub(super) fn new(
        config: &SdkConfig,
        place: Place,
        options: &SessionOptions,
        watch: &Watch,
    ) -> Self {
        let config = config.to_builder().region(Region::new(place.region.clone())).build();
        let never = RetryConfig::disabled;
        let ecs = aws_sdk_ecs::config::Builder::from(&config).retry_config(never());
        let cloudwatch = aws_sdk_cloudwatch::config::Builder::from(&config).retry_config(never());
        Client {
            ecs: aws_sdk_ecs::Client::from_conf(ecs.build()),
            cloudwatch: aws_sdk_cloudwatch::Client::from_conf(cloudwatch.build()),
            signed: Signed::new(&config, &place.region),
            patience: options.patience,
            buckets: Buckets::new(options),
            watch: Arc::clone(watch),
            place,
        }
    }

    fn bucket(&self, group: Group) -> &Bucket {
        match group {
            Group::Clusters => &self.buckets.clusters,
            Group::Services => &self.buckets.services,
            Group::Tasks => &self.buckets.tasks,
            Group::Definitions => &self.buckets.definitions,
            Group::Deployments => &self.buckets.deployments,
            Group::Others => &self.buckets.others,
        }
    }

    /// Makes a call succeed, within the rate of its group. The call gives its answer and
    /// the id of the request.
    pub(super) async fn call<T, F>(
        &self,
        operation: Operation,
        group: Group,
        call: impl FnMut() -> F,
    ) -> Result<T, Failure>
    where
        F: Future<Output = Result<(T, Option<String>), Miss>>,
    {
        self.attempt(operation, &[(self.bucket(group), 1.0)], call).await
    }

    /// The same for GetMetricData, which is counted by calls and by points.
    pub(super) async fn metric_call<T, F>(
        &self,
        operation: Operation,
        points: u64,
        call: impl FnMut() -> F,
    ) -> Result<T, Failure>
    where
        F: Future<Output = Result<(T, Option<String>), Miss>>,
    {
        #[expect(clippy::cast_precision_loss, reason = "a hundred thousand at most")]
        let points = points as f64;
        let buckets = [(&self.buckets.metric_calls, 1.0), (&self.buckets.metric_points, points)];
        self.attempt(operation, &buckets, call).await
    }

    async fn attempt<T, F>(
        &self,
        operation: Operation,
        buckets: &[(&Bucket, f64)],
        mut call: impl FnMut() -> F,
    ) -> Result<T, Failure>
    where
        F: Future<Output = Result<(T, Option<String>), Miss>>,
    {
        let place = self.place.to_string();
        attempt(operation, &place, buckets, self.patience, || {
            watched(&self.watch, operation, &place, call())
        })
        .await
    }
}

/// One attempt at a call, told to whoever watches. The call gives its answer and the id of
/// the request.
pub(super) async fn watched<T>(
    watch: &Watch,
    operation: Operation,
    place: &str,
    call: impl Future<Output = Result<(T, Option<String>), Miss>>,
) -> Result<T, Miss> {
    let start = clock();
    let answer = call.await;
    let (request_id, problem) = match &answer {
        Ok((_, id)) => (id.clone(), None),
        Err(miss) => (miss.request_id.clone(), Some(miss.message.clone())),
    };
    watch(&Call {
        operation: operation.name,
        place: place.to_owned(),
        request_id,
        took: start.elapsed(),
        problem,
    });
    answer.map(|(value, _)| value)
}

impl Buckets {
    fn new(options: &SessionOptions) -> Self {
        let quota = options.quota;
        let share = f64::from(quota.share_percent) / 100.0;
        let bucket = |burst, per_second| Bucket::new(Rate { burst, per_second }, share);
        #[expect(clippy::cast_precision_loss, reason = "rates of a few thousand")]
        let (calls, points) = (quota.calls_a_second as f64, quota.points_a_second as f64);
        Buckets {
            clusters: bucket(50.0, 20.0),
            services: bucket(100.0, 20.0),
            tasks: bucket(100.0, 20.0),
            definitions: bucket(50.0, 20.0),
            deployments: bucket(50.0, 20.0),
            others: bucket(10.0, 10.0),
            metric_calls: bucket(calls, calls),
            metric_points: bucket(points, points),
        }
    }
}

/// How long calls take is measured here, for whoever watches; nothing depends on it.
#[expect(clippy::disallowed_methods, reason = "the network is timed where it is")]
fn clock() -> Instant {
    Instant::now()
}
