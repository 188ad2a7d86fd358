//! Container instances: what EC2 gives a cluster, and what is left of it.

use super::{Cluster, count};
use crate::model::{Instance, Size};
use crate::pull::attempt::Operation;
use crate::pull::client::{Client, Group};
use crate::pull::failure::Failure;
use crate::pull::paging::{Pages, send};
use aws_sdk_ecs::types::{ContainerInstance, Resource};

const LIST: Operation =
    Operation { name: "ListContainerInstances", action: "ecs:ListContainerInstances" };
const DESCRIBE: Operation =
    Operation { name: "DescribeContainerInstances", action: "ecs:DescribeContainerInstances" };
const A_CALL: usize = 100;

pub(super) async fn instances(
    client: &Client,
    cluster: &Cluster,
) -> Result<Vec<Instance>, Failure> {
    let mut pages = Pages::new(LIST, client);
    let mut arns: Vec<String> = Vec::new();
    while let Some(token) = pages.next()? {
        let answer = client
            .call(LIST, Group::Tasks, || async {
                let request = client.ecs.list_container_instances().cluster(&cluster.arn);
                send!(request.set_next_token(token.clone()))
            })
            .await?;
        arns.extend(answer.container_instance_arns().iter().cloned());
        pages.came(answer.next_token());
    }
    arns.sort();
    let mut all = Vec::new();
    for part in arns.chunks(A_CALL) {
        let answer = client
            .call(DESCRIBE, Group::Tasks, || async {
                let request = client.ecs.describe_container_instances().cluster(&cluster.arn);
                send!(request.set_container_instances(Some(part.to_vec())))
            })
            .await?;
        all.extend(answer.container_instances().iter().map(|one| instance(client, cluster, one)));
    }
    Ok(all)
}

fn instance(client: &Client, cluster: &Cluster, one: &ContainerInstance) -> Instance {
    let kind = one.attributes().iter().find(|attribute| attribute.name() == "ecs.instance-type");
    Instance {
        account: client.place.account.clone(),
        region: client.place.region.clone(),
        cluster: cluster.name.clone(),
        instance_type: kind.and_then(|attribute| attribute.value()).map(str::to_owned),
        ec2_instance_id: one.ec2_instance_id().map(str::to_owned),
        capacity_provider: one.capacity_provider_name().map(str::to_owned),
        status: one.status().unwrap_or_default().to_owned(),
        running_tasks: count(one.running_tasks_count()),
        registered: size(one.registered_resources()),
        remaining: size(one.remaining_resources()),
    }
}

fn size(resources: &[Resource]) -> Option<Size> {
    let of = |name: &str| {
        let one = resources.iter().find(|one| one.name() == Some(name))?;
        u32::try_from(one.integer_value()).ok()
    };
    Some(Size::new(of("CPU")?, of("MEMORY")?))
}
