//! What tasks ask of their instances, room for deployments, surplus credits, what instances
//! registered.

use super::*;
use crate::fit::constraint::Expression;
use crate::model::{Deployment, Host, NetworkMode, PlacementConstraint};
use tasks::Placing;

fn placed(task: Task, host: Host) -> Task {
    let expressions = host.expressions().map(|text| Expression::parse(text).unwrap()).collect();
    Task { placing: Placing { host, expressions }, ..task }
}

fn with_port(task: Task, port: u16) -> Task {
    placed(task, Host::new(Some(NetworkMode::Bridge), [port].into_iter()))
}

fn member_of(expression: &str) -> Host {
    let expression = expression.to_owned();
    let placement_constraints = vec![PlacementConstraint::MemberOf { expression }];
    Host { placement_constraints, ..Host::default() }
}

#[test]
fn one_task_with_a_port_of_its_host_an_instance() {
    let only = Wanted { families: vec!["m5".to_owned()], ..wanted() };
    let free = [task("a", 256, 512, 4), task("b", 256, 512, 3)];
    assert_eq!(planned(&free, &only).instances(), 1);
    let [a, b] = free.clone();
    assert_eq!(planned(&[with_port(a.clone(), 80), b.clone()], &only).instances(), 4);
    assert_eq!(
        planned(&[with_port(a.clone(), 80), with_port(b.clone(), 81)], &only).instances(),
        4
    );
    assert_eq!(planned(&[with_port(a.clone(), 80), with_port(b, 80)], &only).instances(), 7);
    // Pods have addresses of their own.
    let eks = Wanted { world: World::Eks, ..only };
    assert_eq!(planned(&[with_port(a, 80)], &eks).instances(), 1);
}

#[test]
fn an_interface_is_taken_by_the_tasks_that_have_one() {
    let awsvpc =
        Wanted { network: Network::Awsvpc, families: vec!["m5.large".to_owned()], ..wanted() };
    let many = task("a", 128, 256, 8);
    assert_eq!(planned(std::slice::from_ref(&many), &awsvpc).instances(), 4, "two interfaces each");
    let bridge = Host { network_mode: Some(NetworkMode::Bridge), ..Host::default() };
    assert_eq!(planned(&[placed(many, bridge)], &awsvpc).instances(), 1);
}

#[test]
fn tasks_keep_to_where_their_constraints_let_them() {
    let plan = planned(
        &[placed(task("a", 256, 512, 3), member_of("attribute:ecs.instance-type =~ r5.*"))],
        &wanted(),
    );
    assert!(plan.filled.iter().all(|one| one.offer.starts_with("r5")), "{plan:?}");
    let distinct = Host {
        placement_constraints: vec![PlacementConstraint::DistinctInstance],
        ..Host::default()
    };
    assert_eq!(planned(&[placed(task("a", 256, 512, 3), distinct)], &wanted()).instances(), 3);
    let catalog = book::catalog("us-east-1").unwrap();
    let nowhere = placed(task("a", 256, 512, 1), member_of("attribute:ecs.instance-type == x9"));
    let error = plan_of(&[nowhere], &catalog, &wanted()).unwrap_err().to_string();
    assert!(error.starts_with("a: no offer holds it") && error.contains("barred"), "{error}");
}

fn plan_of(tasks: &[Task], catalog: &Catalog, wanted: &Wanted) -> Result<FleetPlan, FleetError> {
    plan(tasks, catalog, wanted, &effort(), 1.0)
}

#[test]
fn a_deployment_starts_what_its_percentages_allow() {
    let deployed = |copies, minimum, maximum| Task {
        deployment: Deployment {
            minimum_healthy_percent: Some(minimum),
            maximum_percent: Some(maximum),
            controller: None,
        },
        ..task("a", 256, 512, copies)
    };
    let more = |copies, minimum, maximum| {
        let task = deployed(copies, minimum, maximum);
        [DeploymentRoom::None, DeploymentRoom::One, DeploymentRoom::Full]
            .map(|room| task.more_in_deployment(room))
    };
    assert_eq!(more(4, 100, 200), [0, 1, 4]);
    assert_eq!(more(4, 50, 100), [0, 0, 0], "it stops two first");
    assert_eq!(more(4, 75, 150), [0, 0, 2]);
    assert_eq!(more(3, 100, 150), [0, 1, 1], "the upper limit is rounded down");
    assert_eq!(more(1, 50, 200), [0, 1, 1], "the lower limit is rounded up");
    assert_eq!(more(1, 100, 100), [0, 0, 0], "it can never be replaced");
    // 8 tasks fill one instance; what is started beside them needs another.
    let only = Wanted { families: vec!["c5.large".to_owned()], ..wanted() };
    let full = deployed(8, 100, 200);
    let at = |deployment_room| {
        planned(std::slice::from_ref(&full), &Wanted { deployment_room, ..only.clone() })
            .instances()
    };
    assert_eq!(at(DeploymentRoom::None), 1);
    assert_eq!(at(DeploymentRoom::One), 2);
    assert_eq!(at(DeploymentRoom::Full), 2);
    let task = Task { size: Size::new(1024, 2048), copies: 2, ..full };
    let full = Wanted { deployment_room: DeploymentRoom::Full, ..only };
    assert_eq!(planned(&[task], &full).instances(), 2);
}

#[test]
fn beyond_its_baseline_a_burstable_type_costs_surplus_credits() {
    // t3.micro: 0.0104 an hour, 20 % of a vCPU. 256 units are 51.2 beyond it; the next step
    // offered is a quarter of the 1.8 vCPU beyond: 0.45 at 0.05 dollars.
    let micro = Wanted { families: vec!["t3.micro".to_owned()], ..wanted() };
    let one = [task("a", 256, 512, 1)];
    let catalog = book::catalog("us-east-1").unwrap();
    assert!(plan_of(&one, &catalog, &micro).is_err(), "not within the baseline");
    let surplus = Wanted { surplus_credits: true, ..micro };
    let plan = planned(&one, &surplus);
    assert_eq!(plan.filled[0].offer, "t3.micro +0.45 vCPU");
    assert_eq!(plan.filled[0].instance_type(), "t3.micro");
    let extra = plan.pico_an_hour - 10_400_000_000;
    let units = u128::from(plan.filled[0].has[0]) - 204;
    assert_eq!(units, (2048 - 204) / 4);
    assert_eq!(extra, (50_000_000_000 * units).div_ceil(1024));
    // Two micros at their baseline are cheaper than one that bursts.
    let two = planned(&[task("a", 200, 512, 2)], &surplus);
    assert_eq!((two.instances(), two.pico_an_hour), (2, 20_800_000_000));
    // There is no price for T4g.
    let graviton = Wanted { families: vec!["t4g.micro".to_owned()], ..surplus };
    let arm = Task { x86: false, arm: true, ..task("a", 256, 512, 1) };
    assert!(plan_of(&[arm], &catalog, &graviton).is_err());
}

#[test]
fn many_services_on_fargate_are_priced_one_by_one() {
    let tasks: Vec<Task> = (0..3_000)
        .map(|number| {
            task(&format!("s{number}"), 256 + number % 700, 500 + number % 900, 1 + number % 4)
        })
        .collect();
    let fargate = Wanted { world: World::Fargate, ..wanted() };
    let plan = planned(&tasks, &fargate);
    let each = |task: &Task| planned(std::slice::from_ref(task), &fargate).pico_an_hour;
    let some: u128 = tasks[..20].iter().map(each).sum();
    assert_eq!(planned(&tasks[..20], &fargate).pico_an_hour, some);
    let copies: u64 = tasks.iter().map(|task| u64::from(task.copies)).sum();
    assert_eq!((plan.fargate_tasks(), plan.instances()), (copies, 0));
    assert_eq!((plan.bound_pico, plan.findings.len()), (plan.pico_an_hour, 0));
}

#[test]
fn what_stands_unused_has_a_price() {
    // Half of a c5.large at 0.085.
    let only = Wanted { families: vec!["c5.large".to_owned()], ..wanted() };
    let plan = planned(&[task("a", 1024, 2048, 1)], &only);
    assert_eq!((plan.instances(), plan.unused_pico()), (1, 42_500_000_000));
    let full = planned(&[task("a", 1024, 2048, 2)], &only);
    assert_eq!((full.instances(), full.unused_pico()), (1, 0));
}

#[test]
fn what_instances_registered_counts_in_place_of_the_estimate() {
    let estimated = Wanted { memory_overhead_per_mille: 50, reserved_mib: 256, ..wanted() };
    check_room("m4.large", &estimated, [2048, 8192 * 95 / 100 - 256, 1_000_000]);
    let registered = registered(&[7985, 7990].map(|memory| Instance {
        account: String::new(),
        region: "us-east-1".to_owned(),
        cluster: String::new(),
        instance_type: Some("m4.large".to_owned()),
        ec2_instance_id: None,
        capacity_provider: None,
        status: String::new(),
        running_tasks: 0,
        registered: Some(Size::new(2048, memory)),
        remaining: None,
    }));
    let seen = Wanted { registered, ..estimated };
    check_room("m4.large", &seen, [2048, 7985 - 256, 1_000_000]);
    let managed = Wanted { world: World::ManagedInstances, ..seen };
    check_room("m5.large", &managed, [2048, 8192 * 95 / 100 - 256, 10]);
}
