//! Offers against AWS's published figures, zones against their purpose, and a plan by hand.

use super::offers::{Fargate, Offers, in_family, offers};
use super::pack::Packed;
use super::tasks::Task;
use super::*;
use crate::advise::fixtures::wanted;
use crate::book;
use crate::model::Size;
use proptest::prelude::*;

mod placing;

fn task(name: &str, cpu: u32, memory: u32, copies: u32) -> Task {
    Task {
        workload: name.to_owned(),
        size: Size::new(cpu, memory),
        gpus: 0,
        x86: true,
        arm: false,
        copies,
        average_per_mille: u64::from(copies) * 1000,
        deployment: crate::model::Deployment::default(),
        placing: tasks::Placing::default(),
    }
}

fn effort() -> Effort<'static> {
    Effort { quick: false, rounds: 20, proved: true, ..Effort::brief() }
}

fn planned(tasks: &[Task], wanted: &Wanted) -> FleetPlan {
    let catalog = book::catalog("us-east-1").unwrap();
    plan(tasks, &catalog, wanted, &effort(), 1.0).unwrap()
}

#[track_caller]
fn check_room(name: &str, wanted: &Wanted, expected: [u32; 3]) {
    let catalog = book::catalog("us-east-1").unwrap();
    let offers = offers(&catalog, wanted).unwrap().instances;
    let bin = offers.iter().find(|bin| bin.name == name).unwrap();
    assert_eq!([bin.cpu_units, bin.memory_mib, bin.slots], expected, "{name}");
}

#[test]
fn nodes_of_eks_keep_what_kubelet_keeps() {
    // 2 vCPU keep 70 thousandths, 4 keep 80, 8 keep 90; 255 MiB and 11 a pod, 100 for eviction.
    let eks = Wanted { world: World::Eks, ..wanted() };
    check_room("m5.large", &eks, [2048 - 72, 8192 - 255 - 11 * 29 - 100, 27]);
    check_room("c5.xlarge", &eks, [4096 - 82, 8192 - 255 - 11 * 58 - 100, 56]);
    // Burstable with their baseline: 20 % of two.
    check_room("t3.small", &eks, [409 - 72, 2048 - 255 - 11 * 11 - 100, 9]);
    check_room("t3.medium", &eks, [409 - 72, 4096 - 255 - 11 * 17 - 100, 15]);
}

#[test]
fn tasks_by_network_are_as_published() {
    let own = |network| Wanted { network, ..wanted() };
    check_room("c5.large", &own(Network::Awsvpc), [2048, 4096, 2]);
    check_room("c5.large", &own(Network::AwsvpcTrunking), [2048, 4096, 10]);
    // Not on the list of those with branch interfaces.
    check_room("t3.small", &own(Network::AwsvpcTrunking), [409, 2048, 2]);
    let kept = Wanted { memory_overhead_per_mille: 50, reserved_mib: 256, ..wanted() };
    check_room(
        "c5.large",
        &Wanted { daemons: [100, 128], ..kept },
        [1948, 3891 - 256 - 128, 1_000_000],
    );
}

/// Every type's tasks with an interface each, against the table that they were taken from.
#[test]
fn slots_are_those_of_the_published_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/prices/ec2_types.csv");
    let Ok(text) = std::fs::read_to_string(path) else {
        let line = b"SKIPPED: no table of instance types beside the checkout\n";
        std::io::Write::write_all(&mut std::io::stderr(), line).unwrap();
        return;
    };
    let catalog = book::catalog("us-east-1").unwrap();
    let slots = |network| -> std::collections::BTreeMap<String, u32> {
        let asked = Wanted { network, most_vcpu: 1_000, ..wanted() };
        let bins = offers(&catalog, &asked).unwrap().instances;
        bins.into_iter().map(|bin| (bin.name, bin.slots)).collect()
    };
    let (own, trunking) = (slots(Network::Awsvpc), slots(Network::AwsvpcTrunking));
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let head = lines.next().unwrap();
    let at = |name: &str| head.iter().position(|one| *one == name).unwrap();
    let (name, enis) = (at("instance_type"), at("max_enis"));
    let listed = at("ecs_tasks_with_trunking");
    let mut compared = 0;
    for line in lines {
        let number = |at: usize| line[at].parse::<u32>().ok();
        let interfaces = number(enis).map(|enis| enis - 1);
        if let Some(slots) = own.get(line[name]) {
            assert_eq!(Some(*slots), interfaces, "{}", line[name]);
            compared += 1;
        }
        if let Some(slots) = trunking.get(line[name]) {
            assert_eq!(Some(*slots), number(listed).or(interfaces), "{}", line[name]);
        }
    }
    assert!(compared > 300, "{compared}");
}

#[test]
fn managed_instances_cost_their_fee_and_a_volume() {
    let catalog = book::catalog("us-east-1").unwrap();
    let managed = Wanted { world: World::ManagedInstances, ..wanted() };
    let offers = offers(&catalog, &managed).unwrap().instances;
    let price = |name: &str| {
        let bin = offers.iter().find(|bin| bin.name == name).unwrap();
        // 80 GiB at $0.08 for 730 hours.
        FleetPlan::dollars(u128::from(bin.price.as_pico()) - 8_767_123_288)
    };
    assert_eq!(price("c6a.2xlarge"), "0.34272");
    // G types have 65 % of the fee.
    assert_eq!(price("g6.xlarge"), "0.8675744");
}

#[test]
fn families_are_the_beginnings_of_names() {
    assert!(in_family("m7g.large", "m") && in_family("m7g.large", "m7g"));
    assert!(in_family("m7g.large", "m7") && in_family("m7g.large", "m7g.large"));
    assert!(!in_family("mac2.metal", "m") && !in_family("c7g.large", "m"));
    assert!(in_family("u-6tb1.metal", "u"));
}

#[test]
fn a_fargate_task_costs_what_its_size_does() {
    let catalog = book::catalog("us-east-1").unwrap();
    let Some(fargate) =
        offers(&catalog, &Wanted { world: World::Mixed, ..wanted() }).unwrap().fargate
    else {
        panic!("there are prices of Fargate")
    };
    let month = |fargate: &Fargate, task: &Task| {
        let price = fargate.bin(task, task.copies).unwrap().price;
        u128::from(price.as_pico()) * 730 / 10_000_000_000
    };
    // 1 vCPU and 2 GB: $36.04 a month; half of the time, half of it.
    assert_eq!(month(&fargate, &task("a", 1_000, 2_000, 1)), 3_604);
    let half = Task { average_per_mille: 1_000, ..task("a", 1_000, 2_000, 2) };
    assert_eq!(month(&fargate, &half), 1_802);
}

#[test]
fn eight_needed_at_eighty_percent_are_ten() {
    // One task an instance: a c5.large has no room for two.
    let tasks = [task("web", 2_000, 3_000, 8)];
    let only = Wanted { families: vec!["c5.large".to_owned()], ..wanted() };
    let plan = planned(&tasks, &only);
    assert_eq!((plan.instances(), plan.pico_an_hour), (8, 8 * 85_000_000_000));
    let plan = planned(&tasks, &Wanted { target_capacity: 80, ..only });
    assert_eq!((plan.instances(), plan.pico_an_hour), (10, 10 * 85_000_000_000));
    assert!(plan.bound_pico <= plan.pico_an_hour);
}

#[test]
fn room_for_a_deployment_is_room_for_the_largest_task() {
    let tasks = [task("web", 1_000, 1_000, 2), task("small", 128, 256, 1)];
    let only = Wanted { families: vec!["c5.large".to_owned()], ..wanted() };
    // 2,128 units need two; with 1,000 more two still do, and no more than two.
    assert_eq!(planned(&tasks, &only).instances(), 2);
    let kept = Wanted { deployment_room: DeploymentRoom::One, ..only };
    let plan = planned(&tasks, &kept);
    assert_eq!(plan.instances(), 2);
    let spare = plan.filled.iter().flat_map(|one| &one.tasks);
    assert!(spare.map(|one| &one.0).any(|name| name == "(room for deployments)"));
    let more = [task("web", 1_000, 1_000, 4)];
    assert_eq!(planned(&more, &kept).instances(), 3);
}

#[test]
fn services_that_are_large_in_different_things_have_rooms_of_their_own() {
    // No service asks for 2,000 units and 30,000 MiB together, and no c5.large has them.
    let tasks = [task("cpu", 2_000, 500, 1), task("memory", 128, 14_000, 1)];
    let asked = Wanted { families: vec!["c5.large".to_owned(), "r5.large".to_owned()], ..wanted() };
    let kept = Wanted { deployment_room: DeploymentRoom::One, ..asked.clone() };
    assert_eq!(planned(&tasks, &asked).instances(), 2);
    assert_eq!(planned(&tasks, &kept).instances(), 4);
}

#[test]
fn fewer_types_are_taken_where_each_has_instances_that_stand_by() {
    let tasks = [task("a", 3_000, 4_000, 3), task("b", 500, 9_000, 5), task("c", 200, 300, 7)];
    let asked = Wanted { target_capacity: 90, ..wanted() };
    let any = planned(&tasks, &asked);
    for most in 1..=3 {
        let few = planned(&tasks, &Wanted { most_types: Some(most), ..asked.clone() });
        assert!(any.pico_an_hour <= few.pico_an_hour, "{most} types are cheaper");
    }
    assert!(any.bound_pico <= any.pico_an_hour);
}

#[test]
fn more_demand_is_more_tasks_or_larger_ones() {
    let sizes = |task: Task| (task.size.cpu.0, task.size.memory.0, task.copies);
    assert_eq!(sizes(task("a", 512, 1_000, 20).scaled(10)), (512, 1_000, 22));
    assert_eq!(sizes(task("a", 512, 1_000, 20).scaled(-30)), (512, 1_000, 14));
    assert_eq!(sizes(task("a", 512, 1_000, 2).scaled(10)), (564, 1_100, 2));
    assert_eq!(sizes(task("a", 128, 1_000, 1).scaled(-30)), (128, 700, 1));
}

#[test]
fn fargate_says_what_it_has_no_size_for() {
    let catalog = book::catalog("us-east-1").unwrap();
    let fargate = Wanted { world: World::Fargate, ..wanted() };
    let said =
        |task: Task| plan(&[task], &catalog, &fargate, &effort(), 1.0).unwrap_err().to_string();
    let gpu = Task { gpus: 1, ..task("gpu", 4_096, 8_192, 1) };
    let expected =
        "gpu: Fargate has no size for 4096 CPU units, 8192 MiB and 1 GPUs at a known price";
    assert_eq!(said(gpu), expected);
    let nowhere = book::without_prices("us-east-1").unwrap();
    let error = plan(&[task("web", 256, 512, 1)], &nowhere, &fargate, &effort(), 1.0);
    assert_eq!(error.unwrap_err().to_string(), "prices of Fargate in us-east-1 are not known");
}

#[test]
fn no_more_types_than_are_asked_for() {
    let tasks = [task("a", 3_000, 4_000, 3), task("b", 500, 9_000, 5), task("c", 200, 300, 7)];
    let types = |plan: &FleetPlan| {
        let names = plan.filled.iter().map(|one| one.offer.clone());
        names.collect::<std::collections::BTreeSet<String>>().len()
    };
    let any = planned(&tasks, &wanted());
    let one = planned(&tasks, &Wanted { most_types: Some(1), ..wanted() });
    assert!(types(&any) > 1 && types(&one) == 1);
    assert!(one.pico_an_hour >= any.pico_an_hour && one.bound_pico <= any.pico_an_hour);
}

#[test]
fn mixed_is_never_dearer_than_one_alone() {
    let tasks = [task("a", 1_000, 2_000, 3), task("b", 256, 500, 1), task("c", 4_000, 8_000, 2)];
    let [none, one] = [DeploymentRoom::None, DeploymentRoom::One];
    for (deployment_room, target_capacity) in [(none, 100), (one, 100), (none, 50)] {
        let asked = Wanted { deployment_room, target_capacity, volume_gib: 30, ..wanted() };
        let cost = |world| planned(&tasks, &Wanted { world, ..asked.clone() }).total_pico();
        let mixed = cost(World::Mixed);
        assert!(mixed <= cost(World::Ec2) && mixed <= cost(World::Fargate));
    }
}

#[test]
fn the_way_from_today_has_always_room() {
    let catalog = book::catalog("us-east-1").unwrap();
    let there = |name: &str| Instance {
        account: "1".to_owned(),
        region: "us-east-1".to_owned(),
        cluster: "prod".to_owned(),
        instance_type: Some(name.to_owned()),
        ec2_instance_id: None,
        capacity_provider: None,
        status: "ACTIVE".to_owned(),
        running_tasks: 1,
        registered: None,
        remaining: None,
    };
    let plan = planned(
        &[task("web", 2_000, 3_000, 2)],
        &Wanted { families: vec!["c5.large".to_owned()], ..wanted() },
    );
    let seen = [there("m5.large"), there("m5.large"), there("c5.large")];
    let today = today::today(&seen, &catalog, &wanted(), &plan).unwrap();
    assert_eq!(today.add, [("c5.large".to_owned(), 1)]);
    assert_eq!(today.drop, [("m5.large".to_owned(), 2)]);
    assert_eq!(today.pico_an_hour, Some(2 * 96_000_000_000 + 85_000_000_000));
    let instances: Vec<u64> = today.steps.iter().map(|step| step.instances).collect();
    assert_eq!(instances, [4, 2]);
    assert!(today::today(&[], &catalog, &wanted(), &plan).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn whichever_zone_is_lost_the_others_hold_all(
        copies in prop::collection::vec(1_u32..40, 1..6),
        zones in 2_u32..5,
        survive_a_zone in any::<bool>(),
    ) {
        let tasks: Vec<Task> =
            copies.iter().map(|copies| task("task", 128, 128, *copies)).collect();
        let asked = Wanted { zones, survive_a_zone, ..wanted() };
        let offers =
            Offers { instances: Vec::new(), fargate: None, fixed_pico: 0, findings: Vec::new() };
        let effort = effort();
        let packed = Packed { tasks: &tasks, offers, wanted: &asked, effort: &effort, share: 1.0 };
        let spread = packed.spread();
        for (number, copies) in copies.iter().enumerate() {
            let all: u32 = spread.iter().map(|zone| zone[number]).sum();
            let most = spread.iter().map(|zone| zone[number]).max().unwrap();
            if survive_a_zone {
                prop_assert!(all - most >= *copies, "{all} {most} {copies}");
                prop_assert!(all <= copies + copies.div_ceil(zones - 1));
            } else {
                prop_assert_eq!(all, *copies);
                let least = spread.iter().map(|zone| zone[number]).min().unwrap();
                prop_assert!(most - least <= 1);
            }
        }
    }
}
