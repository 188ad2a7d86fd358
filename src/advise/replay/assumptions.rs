//! What a replay takes for granted, in words.

use super::Asked;
use crate::advise::compare::Spot;
use crate::model::Scene;

/// What was taken for granted.
#[must_use]
pub fn assumptions(asked: &Asked<'_>) -> Vec<String> {
    let mut all = vec![
        "tasks of a service as they were counted; where its readings have gaps, its mean"
            .to_owned(),
        format!(
            "services that scale by themselves: as measured in current, else by the {} policy played \
             over the demand (--policies)",
            if asked.own_policies { "own" } else { "recommended" }
        ),
        "short of CPU: the hottest task at 98 % of its size or more; a failure: the fullest task \
         above its memory"
            .to_owned(),
        "around: load balancers with their addresses, a public address of each task on Fargate and \
         each instance, NAT gateways, control planes; logs, metrics and NAT data are left out \
         (loadline compare)"
            .to_owned(),
    ];
    if asked.own_policies {
        all.push(
            "today's bounds hold until the first scheduled action; from no task at all a service is \
             started by something else than its policies"
                .to_owned(),
        );
    }
    all.extend(of_worlds(asked));
    let contract = asked.contract;
    if contract.is_empty() {
        all.push(
            "on demand, without commitments (--commitments, --best-plan, --discount)".to_owned(),
        );
    } else {
        all.push(
            "commitments are applied hour by hour: reservations, plans of a family, Compute plans; \
             what an hour does not use is lost; a discount is taken off everything but \
             commitments; what is held today holds all the window; zones of instances are not known, \
             so that a zonal reservation is taken to be in the right one"
                .to_owned(),
        );
        if contract.unknown > 0 {
            all.push(format!(
                "{} of the commitments could not be read or are not applied: what is paid under them \
                 is not in here",
                contract.unknown
            ));
        }
    }
    if asked.scenes.contains(&Scene::Lambda) {
        all.push(
            "lambda: every request takes the mean duration; starts of environments as compare says"
                .to_owned(),
        );
    }
    all
}

/// Of scenes on instances, on Spot and as functions on instances.
fn of_worlds(asked: &Asked<'_>) -> Vec<String> {
    let mut all = Vec::new();
    let plays = |scene: Scene| asked.scenes.contains(&scene);
    if asked.scenes.iter().any(|scene| !scene.is_apart()) {
        all.push(
            "on instances a task's CPU is a share and no cap: what is told as short there is time \
             above its own share, an upper bound"
                .to_owned(),
        );
    }
    if plays(Scene::FargateSpot) {
        let Spot { share, fallback, rework } = asked.around.spot;
        all.push(format!(
            "fargate-spot is an expected value: {share} % of the tasks on Spot, which has no room \
             for them in {fallback} % of the time, {rework} % of the work done again (--spot-share, \
             --spot-fallback, --spot-rework)"
        ));
    }
    if plays(Scene::Ec2) {
        all.push(format!(
            "ec2: one group of each architecture, tasks placed by binpack on memory, target \
             capacity {} %, {} seconds until an instance takes tasks, the next step after 300, empty \
             ones go after 15 minutes; jobs run there as tasks; zones, host ports and placement \
             constraints are held by the plan (ec2-fixed), not here",
            asked.wanted.target_capacity, asked.instance_start_seconds
        ));
    }
    if plays(Scene::ManagedInstances) || plays(Scene::EksEc2) || plays(Scene::EksAutoMode) {
        all.push(
            "managed-instances, eks-ec2, eks-auto-mode: as ec2 with a target of 100 %; left out is that \
             they move tasks together to end instances, which would be cheaper, as are zones and room \
             for deployments, which would be dearer"
                .to_owned(),
        );
    }
    if asked.scenes.iter().any(|scene| scene.hosts().is_some()) {
        all.push(
            "compose, beanstalk-single: each environment's hosts all the time; beanstalk-balanced, \
             beanstalk-ecs: as many as its service with the most tasks has, two at the least"
                .to_owned(),
        );
    }
    if plays(Scene::LambdaManagedInstances) {
        all.push(
            "lambda-managed-instances: in every hour as many as its mean number of tasks takes, as \
             compare reckons them; how fast they come is left out"
                .to_owned(),
        );
    }
    if plays(Scene::Ec2Fixed) {
        all.push("ec2-fixed: the instances of loadline fleet, all the time".to_owned());
    }
    all
}
