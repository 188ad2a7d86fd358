//! Clusters and their capacity.

use super::place::{DAY, Place, time};
use super::service::{Launch, Service};
use serde_json::{Value, json};

pub(super) fn cluster(place: &Place, name: &str, services: &[Service]) -> Value {
    let own: Vec<_> = services.iter().filter(|service| service.cluster == name).collect();
    let instances = own.iter().any(|service| service.launch() == Launch::Ec2);
    json!({
        "clusterArn": place.arn(&format!("cluster/{name}")), "clusterName": name,
        "status": "ACTIVE",
        "registeredContainerInstancesCount": usize::from(instances),
        "runningTasksCount": own.iter().map(|service| service.running()).sum::<i64>(),
        "pendingTasksCount": 0, "activeServicesCount": own.len(),
        "statistics": [], "tags": [{"key": "stage", "value": name}],
        "settings": [{"name": "containerInsights", "value": "disabled"}],
        "capacityProviders": ["FARGATE", "FARGATE_SPOT"], "defaultCapacityProviderStrategy": [],
    })
}

pub(super) fn capacity_provider(place: &Place, name: &str) -> Value {
    json!({
        "capacityProviderArn": place.arn(&format!("capacity-provider/{name}")),
        "name": name, "status": "ACTIVE", "tags": [],
    })
}

pub(super) fn instance(place: &Place, cluster: &str) -> Value {
    let resources = json!([
        {"name": "CPU", "type": "INTEGER", "doubleValue": 0.0, "longValue": 0,
         "integerValue": 2048},
        {"name": "MEMORY", "type": "INTEGER", "doubleValue": 0.0, "longValue": 0,
         "integerValue": 7764},
    ]);
    json!({
        "containerInstanceArn": place.instance_arn(cluster), "ec2InstanceId": "i-0123456789abcdef0",
        "version": 5, "versionInfo": {"agentVersion": "1.90.0"}, "status": "ACTIVE",
        "registeredResources": resources, "remainingResources": resources,
        "agentConnected": true, "runningTasksCount": 1, "pendingTasksCount": 0,
        "attributes": [{"name": "ecs.instance-type", "value": "m5.large"}],
        "registeredAt": time(place.now - 30 * DAY), "attachments": [], "tags": [],
    })
}
