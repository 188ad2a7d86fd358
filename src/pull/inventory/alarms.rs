//! The alarms that start policies of step scaling.

use crate::model::Alarm;
use crate::pull::attempt::Operation;
use crate::pull::client::{Client, Group};
use crate::pull::failure::Failure;
use crate::pull::paging::{Pages, send};
use crate::pull::series::Identity;
use aws_sdk_cloudwatch::types::{AlarmType, MetricAlarm};
use std::collections::{BTreeMap, BTreeSet};

const DESCRIBE: Operation =
    Operation { name: "DescribeAlarms", action: "cloudwatch:DescribeAlarms" };
/// The most that one call takes.
const A_CALL: usize = 100;

/// By name.
pub(super) type ByName = BTreeMap<String, MetricAlarm>;

/// Asks for alarms by name.
pub(super) async fn alarms(client: &Client, names: &BTreeSet<&str>) -> Result<ByName, Failure> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut all = ByName::new();
    for part in names.chunks(A_CALL) {
        let mut pages = Pages::new(DESCRIBE, client);
        while let Some(token) = pages.next()? {
            let call = client.call(DESCRIBE, Group::Others, || async {
                send!(
                    client
                        .cloudwatch
                        .describe_alarms()
                        .set_alarm_names(Some(part.to_vec()))
                        .alarm_types(AlarmType::MetricAlarm)
                        .set_next_token(token.clone())
                )
            });
            let answer = Box::pin(call).await?;
            let pair = |one: &MetricAlarm| Some((one.alarm_name()?.to_owned(), one.clone()));
            all.extend(answer.metric_alarms().iter().filter_map(pair));
            pages.came(answer.next_token());
        }
    }
    Ok(all)
}

/// An alarm as the service sees it that it scales.
pub(super) fn seen_by(alarm: &MetricAlarm, identity: &Identity) -> Alarm {
    let named = alarm.namespace().zip(alarm.metric_name());
    let statistic = alarm.statistic().map(|one| one.as_str().to_owned());
    Alarm {
        metric: named.map(|(namespace, name)| format!("{namespace} {name}")),
        of_the_service: is_of(alarm, identity),
        statistic: statistic.or_else(|| alarm.extended_statistic().map(str::to_owned)),
        comparison: alarm
            .comparison_operator()
            .map(|one| one.as_str().to_owned())
            .unwrap_or_default(),
        threshold: alarm.threshold().map(|number| number.to_string()),
        period_seconds: alarm.period().and_then(|period| u32::try_from(period).ok()),
        evaluation_periods: alarm.evaluation_periods().map_or(1, super::count),
        datapoints: alarm.datapoints_to_alarm().map(super::count),
        actions_disabled: alarm.actions_enabled() == Some(false),
    }
}

/// Do its dimensions name the service, or one of its target groups?
fn is_of(alarm: &MetricAlarm, identity: &Identity) -> bool {
    let dimension = |name: &str| {
        let found = alarm.dimensions().iter().find(|one| one.name() == Some(name));
        found.and_then(|one| one.value())
    };
    match dimension("TargetGroup") {
        Some(group) => identity.target_groups.iter().any(|one| one.arn.ends_with(group)),
        None => {
            alarm.dimensions().len() == 2
                && dimension("ClusterName") == Some(&identity.cluster)
                && dimension("ServiceName") == Some(&identity.name)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pull::series::TargetGroup;
    use aws_sdk_cloudwatch::types::Dimension;

    #[test]
    fn dimensions_say_whose_an_alarm_is() {
        let group = TargetGroup { arn: "arn:aws:x:targetgroup/web/01".to_owned(), balancer: None };
        let identity = Identity {
            cluster: "prod".to_owned(),
            name: "web".to_owned(),
            target_groups: vec![group],
            ..Identity::default()
        };
        let of = |dimensions: &[(&str, &str)]| {
            let dimension = |&(name, value): &(&str, &str)| {
                Dimension::builder().name(name).value(value).build()
            };
            let alarm = MetricAlarm::builder()
                .set_dimensions(Some(dimensions.iter().map(dimension).collect()))
                .build();
            is_of(&alarm, &identity)
        };
        assert!(of(&[("ServiceName", "web"), ("ClusterName", "prod")]));
        assert!(!of(&[("ServiceName", "web"), ("ClusterName", "stage")]));
        assert!(!of(&[("ServiceName", "web")]), "of all clusters' services of that name");
        assert!(!of(&[("ServiceName", "web"), ("ClusterName", "prod"), ("TaskId", "1")]));
        assert!(of(&[("TargetGroup", "targetgroup/web/01"), ("LoadBalancer", "app/web/02")]));
        assert!(!of(&[("TargetGroup", "targetgroup/web/02")]));
        assert!(!of(&[]));
    }
}
