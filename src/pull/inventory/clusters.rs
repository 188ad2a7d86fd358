//! Clusters, and how much Container Insights tells of each.

use super::{Cluster, Scope, count, last_part, tags};
use crate::pull::attempt::Operation;
use crate::pull::client::{Client, Group};
use crate::pull::failure::Failure;
use crate::pull::paging::{Pages, send};
use crate::pull::series::Insights;
use aws_sdk_ecs::types::{ClusterField, ClusterSettingName};

const LIST: Operation = Operation { name: "ListClusters", action: "ecs:ListClusters" };
const DESCRIBE: Operation = Operation { name: "DescribeClusters", action: "ecs:DescribeClusters" };
const A_CALL: usize = 100;

pub(super) async fn clusters(client: &Client, scope: &Scope) -> Result<Vec<Cluster>, Failure> {
    let mut pages = Pages::new(LIST, client);
    let mut arns: Vec<String> = Vec::new();
    while let Some(token) = pages.next()? {
        let answer = client
            .call(LIST, Group::Clusters, || async {
                send!(client.ecs.list_clusters().set_next_token(token.clone()))
            })
            .await?;
        arns.extend(
            answer.cluster_arns().iter().filter(|arn| scope.takes_cluster(last_part(arn))).cloned(),
        );
        pages.came(answer.next_token());
    }
    arns.sort();
    let mut all = Vec::new();
    for part in arns.chunks(A_CALL) {
        let answer = client
            .call(DESCRIBE, Group::Clusters, || async {
                send!(
                    client
                        .ecs
                        .describe_clusters()
                        .set_clusters(Some(part.to_vec()))
                        .include(ClusterField::Settings)
                        .include(ClusterField::Tags)
                )
            })
            .await?;
        super::services::told(answer.failures(), DESCRIBE, client)?;
        let active = answer.clusters().iter().filter(|one| one.status() != Some("INACTIVE"));
        all.extend(active.filter_map(cluster));
    }
    all.sort_by(|a, b| a.arn.cmp(&b.arn));
    Ok(all)
}

fn cluster(one: &aws_sdk_ecs::types::Cluster) -> Option<Cluster> {
    let arn = one.cluster_arn()?;
    let insights = one
        .settings()
        .iter()
        .find(|setting| setting.name() == Some(&ClusterSettingName::ContainerInsights));
    Some(Cluster {
        name: one.cluster_name().unwrap_or(last_part(arn)).to_owned(),
        arn: arn.to_owned(),
        insights: match insights.and_then(|setting| setting.value()) {
            Some("enabled") => Insights::Classic,
            Some("enhanced") => Insights::Enhanced,
            _ => Insights::Off,
        },
        instances: count(one.registered_container_instances_count()),
        tags: tags(one.tags()),
    })
}
