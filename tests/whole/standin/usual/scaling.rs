//! What scales `web`.

use super::super::{Metric, Point, Region};
use super::place::{time, wave};
use super::service::Service;
use serde_json::json;

impl Service {
    pub(super) fn add_scaling(&self, region: &mut Region) {
        let resource = format!("service/{}/{}", self.cluster, self.name);
        let dimension = "ecs:service:DesiredCount";
        let prefix = self.place.arn_of("autoscaling", "");
        let created = time(self.created());
        region.scalable_targets.push(json!({
            "ServiceNamespace": "ecs", "ResourceId": resource, "ScalableDimension": dimension,
            "MinCapacity": 2, "MaxCapacity": 10,
            "RoleARN": self.place.iam("role/autoscaling"),
            "CreationTime": created,
            "SuspendedState": {
                "DynamicScalingInSuspended": false, "DynamicScalingOutSuspended": false,
                "ScheduledScalingSuspended": false,
            },
        }));
        region.scaling_policies.push(json!({
            "PolicyARN": format!("{prefix}scalingPolicy:1:resource/ecs/{resource}:policyName/cpu"),
            "PolicyName": "cpu",
            "ServiceNamespace": "ecs", "ResourceId": resource, "ScalableDimension": dimension,
            "PolicyType": "TargetTrackingScaling",
            "TargetTrackingScalingPolicyConfiguration": {
                "TargetValue": 60.0,
                "PredefinedMetricSpecification":
                    {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
                "ScaleOutCooldown": 60, "ScaleInCooldown": 300,
            },
            "Alarms": [], "CreationTime": created,
        }));
        region.scheduled_actions.push(json!({
            "ScheduledActionName": "evening",
            "ScheduledActionARN": format!("{prefix}scheduledAction:1:resource/ecs/{resource}"),
            "ServiceNamespace": "ecs", "ResourceId": resource, "ScalableDimension": dimension,
            "Schedule": "cron(0 18 * * ? *)",
            "ScalableTargetAction": {"MinCapacity": 4, "MaxCapacity": 10},
            "CreationTime": created,
        }));
    }

    /// How long answers took, in seconds; published with the load balancer only.
    pub(super) fn response_time(&self) -> Metric {
        let dimensions = [
            ("TargetGroup", "targetgroup/web/0123456789abcdef"),
            ("LoadBalancer", "app/web/50dc6c495c0c9188"),
        ];
        let web = self.clone();
        Metric::new(
            "AWS/ApplicationELB",
            "TargetResponseTime",
            &dimensions,
            "Seconds",
            move |minute| {
                let point = Point { sum: 12.0, minimum: 0.0625, maximum: 0.5, count: 96.0 };
                (web.tasks(minute) > 0).then_some(point)
            },
        )
    }

    /// Requests that the load balancer gave to each task.
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    pub(super) fn requests(&self) -> Metric {
        let dimensions = [("TargetGroup", "targetgroup/web/0123456789abcdef")];
        let web = self.clone();
        Metric::new(
            "AWS/ApplicationELB",
            "RequestCountPerTarget",
            &dimensions,
            "None",
            move |minute| (web.tasks(minute) > 0).then(|| Point::one((120 + wave(minute)) as f64)),
        )
    }
}
