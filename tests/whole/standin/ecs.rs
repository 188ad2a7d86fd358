//! Amazon ECS: clusters, services, task definitions, instances, deployments.

use super::caller::Caller;
use super::estate::{Region, World};
use super::failure::Failure;
use super::request::{Style, list, text, texts};
use super::serving::unknown;
use super::{pages, tasks};
use serde_json::{Map, Value, json};

/// How ECS pages.
const STYLE: Style = Style {
    token: "nextToken",
    size: "maxResults",
    wrong_size: "InvalidParameterException",
    wrong_token: "InvalidParameterException",
};

/// A request to ECS.
#[derive(Clone, Copy)]
pub(super) struct Ask<'a> {
    pub(super) region: &'a Region,
    pub(super) caller: &'a Caller,
    pub(super) body: &'a Value,
    pub(super) now: i64,
    operation: &'a str,
}

/// Answers an operation.
pub(super) fn answer(
    world: &World,
    caller: &Caller,
    operation: &str,
    body: &Value,
) -> Result<Value, Failure> {
    let region = world.region(&caller.account, &caller.region);
    let ask = Ask { region, caller, body, now: world.estate.now, operation };
    match operation {
        "ListClusters" => ask.list_clusters(),
        "DescribeClusters" => ask.describe_clusters(),
        "ListServices" => ask.list_services(),
        "DescribeServices" => ask.describe_services(),
        "ListTasks" => tasks::list_tasks(ask),
        "DescribeTasks" => tasks::describe_tasks(ask),
        "DescribeTaskDefinition" => ask.describe_task_definition(),
        "ListContainerInstances" => ask.list_container_instances(),
        "DescribeContainerInstances" => ask.describe_container_instances(),
        "DescribeCapacityProviders" => ask.describe_capacity_providers(),
        "ListServiceDeployments" => ask.list_service_deployments(),
        "DescribeServiceDeployments" => {
            let all = &region.service_deployments;
            ask.describe_arns("serviceDeployment", "serviceDeploymentArns", all)
        }
        "DescribeServiceRevisions" => {
            let all = &region.service_revisions;
            ask.describe_arns("serviceRevision", "serviceRevisionArns", all)
        }
        other => Err(unknown(other)),
    }
}

/// The error for a request that asks for too much, or for nonsense.
pub(super) fn invalid(message: impl Into<String>) -> Failure {
    Failure::new("InvalidParameterException", message)
}

/// The last part of an ARN, or a name as it is.
pub(super) fn short(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// Whether a name or an ARN means a document with this ARN.
pub(super) fn means(asked: &str, arn: &str) -> bool {
    if asked.starts_with("arn:") { asked == arn } else { asked == short(arn) }
}

/// The part of an ARN that names the cluster: `…:service/cluster/name`.
pub(super) fn cluster_in(arn: &str) -> &str {
    arn.split('/').nth(1).unwrap_or_default()
}

/// Takes away a member that was not asked for.
pub(super) fn without_tags(mut document: Value, include: &[&str]) -> Value {
    if !include.contains(&"TAGS")
        && let Some(fields) = document.as_object_mut()
    {
        fields.remove("tags");
    }
    document
}

impl<'a> Ask<'a> {
    /// A page of ARNs or documents.
    pub(super) fn page(
        &self,
        name: &str,
        found: Vec<Value>,
        sizes: (usize, usize),
    ) -> Result<Value, Failure> {
        let Caller { account, region, .. } = self.caller;
        let scope = pages::scope(self.operation, account, region, self.body);
        STYLE.answer(self.body, scope, (name, found), sizes)
    }

    /// The ARN of something of this account and region.
    pub(super) fn arn(&self, rest: &str) -> String {
        let Caller { account, region, .. } = self.caller;
        format!("arn:aws:ecs:{region}:{account}:{rest}")
    }

    /// The ARN of the cluster that is asked about; without one, of `default`.
    pub(super) fn cluster(&self) -> Result<&'a str, Failure> {
        let asked = text(self.body, "cluster").unwrap_or("default");
        self.region
            .clusters
            .iter()
            .filter_map(|cluster| text(cluster, "clusterArn"))
            .find(|arn| means(asked, arn))
            .ok_or_else(|| Failure::new("ClusterNotFoundException", "Cluster not found."))
    }

    /// Looks documents up by name or ARN; those that are missing are failures.
    pub(super) fn look_up(
        &self,
        asked: &[&str],
        kind: &str,
        find: impl Fn(&str) -> Option<Value>,
    ) -> (Vec<Value>, Vec<Value>) {
        let mut found = Vec::new();
        let mut failures = Vec::new();
        for name in asked {
            match find(name) {
                Some(document) => found.push(document),
                None if name.starts_with("arn:") => {
                    failures.push(json!({"arn": name, "reason": "MISSING"}));
                }
                None => {
                    let arn = self.arn(&format!("{kind}/{name}"));
                    failures.push(json!({"arn": arn, "reason": "MISSING"}));
                }
            }
        }
        (found, failures)
    }

    /// The names in a member, between one and so many.
    pub(super) fn names(&self, member: &str, most: usize) -> Result<Vec<&'a str>, Failure> {
        let names = texts(self.body, member);
        if names.is_empty() {
            return Err(invalid(format!("{member} cannot be empty.")));
        }
        if names.len() > most {
            return Err(invalid(format!("{member} cannot have more than {most} elements.")));
        }
        Ok(names)
    }

    fn list_clusters(&self) -> Result<Value, Failure> {
        let active = |cluster: &&Value| text(cluster, "status") != Some("INACTIVE");
        let arns = self.region.clusters.iter().filter(active).map(|one| one["clusterArn"].clone());
        self.page("clusterArns", arns.collect(), (100, 100))
    }

    fn describe_clusters(&self) -> Result<Value, Failure> {
        let mut asked = texts(self.body, "clusters");
        if asked.len() > 100 {
            return Err(invalid("Clusters cannot have more than 100 elements."));
        }
        if asked.is_empty() {
            asked.push("default");
        }
        let include = texts(self.body, "include");
        let (clusters, failures) = self.look_up(&asked, "cluster", |name| {
            let named = |one: &&Value| means(name, text(one, "clusterArn").unwrap_or_default());
            self.region.clusters.iter().find(named).map(|one| cluster(one, &include))
        });
        Ok(json!({"clusters": clusters, "failures": failures}))
    }

    fn list_services(&self) -> Result<Value, Failure> {
        let cluster = self.cluster()?;
        let same = |service: &Value, name: &str| {
            text(self.body, name).is_none_or(|wanted| text(service, name) == Some(wanted))
        };
        let arns = self
            .region
            .services
            .iter()
            .filter(|service| text(service, "clusterArn") == Some(cluster))
            .filter(|service| text(service, "status") != Some("INACTIVE"))
            .filter(|service| same(service, "launchType") && same(service, "schedulingStrategy"))
            .map(|service| service["serviceArn"].clone());
        self.page("serviceArns", arns.collect(), (10, 100))
    }

    fn describe_services(&self) -> Result<Value, Failure> {
        let cluster = self.cluster()?;
        let asked = self.names("services", 10)?;
        let include = texts(self.body, "include");
        let kind = format!("service/{}", short(cluster));
        let (services, failures) = self.look_up(&asked, &kind, |name| {
            self.service(cluster, name).map(|one| without_tags(one.clone(), &include))
        });
        Ok(json!({"services": services, "failures": failures}))
    }

    /// A service of a cluster, by name or ARN.
    pub(super) fn service(&self, cluster: &str, name: &str) -> Option<&'a Value> {
        self.region.services.iter().find(|service| {
            text(service, "clusterArn") == Some(cluster)
                && means(name, text(service, "serviceArn").unwrap_or_default())
        })
    }

    fn describe_task_definition(&self) -> Result<Value, Failure> {
        let asked = text(self.body, "taskDefinition")
            .ok_or_else(|| Failure::new("ClientException", "TaskDefinition cannot be blank."))?;
        let name = short(asked);
        let found = if name.contains(':') {
            let arn = self.arn(&format!("task-definition/{name}"));
            let wanted = if asked.starts_with("arn:") { asked } else { &*arn };
            let same = |one: &&Value| text(one, "taskDefinitionArn") == Some(wanted);
            self.region.task_definitions.iter().find(same)
        } else {
            self.latest(name)
        };
        let found = found.ok_or_else(|| {
            Failure::new("ClientException", "Unable to describe task definition.")
        })?;
        let mut definition = found.clone();
        let tags = definition.as_object_mut().and_then(|fields| fields.remove("tags"));
        let mut answer = json!({"taskDefinition": definition});
        if texts(self.body, "include").contains(&"TAGS") {
            answer["tags"] = tags.unwrap_or_else(|| json!([]));
        }
        Ok(answer)
    }

    /// The latest active revision of a family.
    fn latest(&self, family: &str) -> Option<&'a Value> {
        self.region
            .task_definitions
            .iter()
            .filter(|one| text(one, "family") == Some(family))
            .filter(|one| text(one, "status").is_none_or(|status| status == "ACTIVE"))
            .max_by_key(|one| one["revision"].as_i64())
    }

    fn list_container_instances(&self) -> Result<Value, Failure> {
        let cluster = self.cluster()?;
        if text(self.body, "filter").is_some() {
            return Err(invalid("The stand-in knows no filter expressions."));
        }
        let wanted = text(self.body, "status");
        let has_status = |one: &&Value| match wanted {
            Some(wanted) => text(one, "status") == Some(wanted),
            None => text(one, "status") != Some("INACTIVE"),
        };
        let arns = self
            .instances(short(cluster))
            .filter(has_status)
            .map(|one| one["containerInstanceArn"].clone());
        self.page("containerInstanceArns", arns.collect(), (100, 100))
    }

    fn describe_container_instances(&self) -> Result<Value, Failure> {
        let cluster = self.cluster()?;
        let asked = self.names("containerInstances", 100)?;
        let include = texts(self.body, "include");
        let kind = format!("container-instance/{}", short(cluster));
        let (instances, failures) = self.look_up(&asked, &kind, |name| {
            let named =
                |one: &&Value| means(name, text(one, "containerInstanceArn").unwrap_or_default());
            let found = self.instances(short(cluster)).find(named);
            found.map(|one| without_tags(one.clone(), &include))
        });
        Ok(json!({"containerInstances": instances, "failures": failures}))
    }

    fn instances(&self, cluster: &str) -> impl Iterator<Item = &'a Value> {
        self.region
            .container_instances
            .iter()
            .filter(move |one| text(one, "containerInstanceArn").map(cluster_in) == Some(cluster))
    }

    fn describe_capacity_providers(&self) -> Result<Value, Failure> {
        let asked = texts(self.body, "capacityProviders");
        let include = texts(self.body, "include");
        let wanted = |one: &&Value| {
            let name = text(one, "name").unwrap_or_default();
            let arn = text(one, "capacityProviderArn").unwrap_or_default();
            asked.is_empty() || asked.iter().any(|asked| *asked == name || *asked == arn)
        };
        let found = self.region.capacity_providers.iter().filter(wanted);
        let found = found.map(|one| without_tags(one.clone(), &include)).collect();
        let mut answer = self.page("capacityProviders", found, (10, 10))?;
        answer["failures"] = json!([]);
        Ok(answer)
    }

    fn list_service_deployments(&self) -> Result<Value, Failure> {
        let cluster = self.cluster()?;
        let asked =
            text(self.body, "service").ok_or_else(|| invalid("Service cannot be blank."))?;
        let service = self
            .service(cluster, asked)
            .ok_or_else(|| Failure::new("ServiceNotFoundException", "Service not found."))?;
        let statuses = texts(self.body, "status");
        let created = &self.body["createdAt"];
        let found = self
            .region
            .service_deployments
            .iter()
            .filter(|one| one["serviceArn"] == service["serviceArn"])
            .filter(|one| {
                statuses.is_empty()
                    || text(one, "status").is_some_and(|status| statuses.contains(&status))
            })
            .filter(|one| is_within(&one["createdAt"], created))
            .map(brief);
        self.page("serviceDeployments", found.collect(), (20, 100))
    }

    /// Describes what has only an ARN: at most twenty.
    fn describe_arns(&self, kind: &str, member: &str, all: &[Value]) -> Result<Value, Failure> {
        let asked = self.names(member, 20)?;
        let arn_name = format!("{kind}Arn");
        let (found, failures) = self.look_up(&asked, kind, |arn| {
            all.iter().find(|one| text(one, &arn_name) == Some(arn)).cloned()
        });
        let mut answer = json!({"failures": failures});
        answer[format!("{kind}s")] = found.into();
        Ok(answer)
    }
}

/// A cluster with what was asked for; the rest is empty.
fn cluster(document: &Value, include: &[&str]) -> Value {
    let mut document = document.clone();
    for (field, member) in
        [("TAGS", "tags"), ("SETTINGS", "settings"), ("STATISTICS", "statistics")]
    {
        if !include.contains(&field) || list(&document, member).is_empty() {
            document[member] = json!([]);
        }
    }
    for (field, member) in [("CONFIGURATIONS", "configuration"), ("ATTACHMENTS", "attachments")] {
        if let (false, Some(fields)) = (include.contains(&field), document.as_object_mut()) {
            fields.remove(member);
        }
    }
    document
}

/// Whether a time lies between `after` and `before`, where they are given.
fn is_within(time: &Value, bounds: &Value) -> bool {
    let time = time.as_f64().unwrap_or(0.0);
    bounds["after"].as_f64().is_none_or(|after| time > after)
        && bounds["before"].as_f64().is_none_or(|before| time < before)
}

/// The short form of a deployment.
fn brief(deployment: &Value) -> Value {
    const KEPT: [&str; 8] = [
        "serviceDeploymentArn",
        "serviceArn",
        "clusterArn",
        "startedAt",
        "createdAt",
        "finishedAt",
        "status",
        "statusReason",
    ];
    let mut brief: Map<String, Value> = KEPT
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), deployment.get(*name)?.clone())))
        .collect();
    if let Some(arn) = text(&deployment["targetServiceRevision"], "arn") {
        brief.insert("targetServiceRevisionArn".to_owned(), arn.into());
    }
    brief.into()
}
