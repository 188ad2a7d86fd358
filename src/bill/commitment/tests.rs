//! AWS's published scenarios, and the best commitment against trying every one.

use super::*;
use proptest::prelude::*;

const DOLLAR: u64 = 1_000_000_000_000;

fn used(what: &str, count: u64, [on_demand, compute, ec2]: [f64; 3]) -> Used {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "prices")]
    let pico = |dollars: f64| (dollars * 1e12).round() as u64;
    Used {
        what: what.to_owned(),
        parts: count * PARTS,
        on_demand: pico(on_demand),
        compute: (compute > 0.0).then(|| pico(compute)),
        ec2: (ec2 > 0.0).then(|| pico(ec2)),
        region: "us-east-1".to_owned(),
        instance: what.contains('.').then(|| instance(what)),
    }
}

fn instance(instance_type: &str) -> Instance {
    Instance {
        instance_type: instance_type.to_owned(),
        zone: "us-east-1a".to_owned(),
        size_flexible: true,
        platform: "Linux/UNIX".to_owned(),
    }
}

fn reservation(instance_type: &str, count: u32, hourly: u64, zone: Option<&str>) -> Reserved {
    Reserved {
        instance_type: instance_type.to_owned(),
        count,
        hourly,
        region: "us-east-1".to_owned(),
        platform: "Linux/UNIX".to_owned(),
        zone: zone.map(str::to_owned),
    }
}

/// The hour of the Savings Plans guide: 59.10 dollars on demand.
fn guide() -> Vec<Used> {
    vec![
        used("r5.4xlarge", 4, [1.00, 0.70, 0.60]),
        used("m5.24xlarge", 1, [10.00, 8.20, 7.80]),
        used("Fargate vCPU", 400, [0.04, 0.03, 0.0]),
        used("Fargate GB", 1_600, [0.004, 0.003, 0.0]),
        used("Lambda GB-s", 1_500_000, [0.000_015, 0.000_012_75, 0.0]),
        used("Lambda requests, millions", 1, [0.20, 0.20, 0.0]),
    ]
}

fn plan(family: Option<&str>, cents: u64) -> Plan {
    let kind = match family {
        Some(family) => PlanKind::Ec2 { family: family.to_owned(), region: "us-east-1".to_owned() },
        None => PlanKind::Compute,
    };
    Plan { kind, hourly: u128::from(cents) * u128::from(DOLLAR / 100) }
}

/// Cents, halves up.
fn cents(pico: u128) -> u128 {
    (pico + u128::from(DOLLAR) / 200) / u128::from(DOLLAR / 100)
}

fn on_demand(settled: &Settled) -> u128 {
    cents(settled.on_demand.iter().map(|(_, cost)| cost).sum())
}

fn settled(reserved: Vec<Reserved>, plans: Vec<Plan>) -> Settled {
    settle(&guide(), &Commitments { reserved, plans })
}

#[test]
fn the_guides_scenarios_to_the_cent() {
    assert_eq!(cents(settled(vec![], vec![]).total), 5_910);
    let covers_all = settled(vec![], vec![plan(None, 5_000)]);
    assert_eq!((on_demand(&covers_all), cents(covers_all.used[0])), (0, 4_713));
    assert_eq!(cents(covers_all.total), 5_000, "what is not used is lost");
    // The best discount is r5's: 2.857 instances.
    let two = settled(vec![], vec![plan(None, 200)]);
    assert_eq!(two.on_demand[0].0, 4 * PARTS - 2_857_142);
    assert_eq!((on_demand(&two), cents(two.used[0])), (5_624, 200));
    let r5_and_fargate = settled(vec![], vec![plan(None, 1_960)]);
    assert_eq!(on_demand(&r5_and_fargate), 3_270);
    let reserved = reservation("r5.4xlarge", 2, DOLLAR / 2, None);
    let with_reserved = settled(vec![reserved], vec![plan(None, 1_820)]);
    assert_eq!((on_demand(&with_reserved), with_reserved.idle[0]), (3_270, 0));
    assert_eq!(cents(with_reserved.total), 3_270 + 1_820 + 100);
    // Whatever order they stand in.
    let both = settled(vec![], vec![plan(None, 1_680), plan(Some("r5"), 300)]);
    assert_eq!(on_demand(&both), 3_270);
    assert_eq!(both.used.iter().map(|used| cents(*used)).collect::<Vec<_>>(), [1_680, 240]);
}

#[test]
fn regional_reservations_fit_other_sizes_the_smaller_ones_first() {
    let hour = [used("m5.2xlarge", 1, [0.4, 0.0, 0.0]), used("m5.large", 3, [0.1, 0.0, 0.0])];
    let left = |reserved| {
        let commitments = Commitments { reserved: vec![reserved], plans: vec![] };
        let settled = settle(&hour, &commitments);
        let parts: Vec<u64> = settled.on_demand.iter().map(|one| one.0).collect();
        (parts, settled.idle[0])
    };
    // Two xlarge are four large: three of them, and a quarter of the 2xlarge.
    assert_eq!(left(reservation("m5.xlarge", 2, 0, None)), (vec![750_000, 0], 0));
    let here = Some("us-east-1a");
    assert_eq!(left(reservation("m5.large", 5, 0, here)), (vec![PARTS, 0], 2 * PARTS));
    let none = vec![PARTS, 3 * PARTS];
    assert_eq!(left(reservation("m5.xlarge", 2, 0, here)), (none.clone(), 2 * PARTS));
    assert_eq!(left(reservation("m5.large", 2, 0, Some("us-east-1b"))), (none.clone(), 2 * PARTS));
    assert_eq!(left(reservation("c5.xlarge", 1, 0, None)), (none.clone(), PARTS));
    let elsewhere =
        Reserved { region: "eu-west-1".to_owned(), ..reservation("m5.large", 1, 0, None) };
    assert_eq!(left(elsewhere), (none.clone(), PARTS));
    let windows =
        Reserved { platform: "Windows".to_owned(), ..reservation("m5.large", 1, 0, None) };
    assert_eq!(left(windows), (none, PARTS));
}

#[test]
fn only_linux_is_flexible_in_size_and_a_plan_keeps_to_its_region() {
    let mut windows = used("m5.xlarge", 1, [1.0, 0.9, 0.5]);
    windows.instance = Some(Instance {
        size_flexible: false,
        platform: "Windows".to_owned(),
        ..instance("m5.xlarge")
    });
    let of =
        |kind: &str| Reserved { platform: "Windows".to_owned(), ..reservation(kind, 2, 0, None) };
    let left = |reserved: Vec<Reserved>, plans: Vec<Plan>| {
        let hour = std::slice::from_ref(&windows);
        settle(hour, &Commitments { reserved, plans }).on_demand[0].0
    };
    assert_eq!(left(vec![of("m5.large")], vec![]), PARTS);
    assert_eq!(left(vec![of("m5.xlarge")], vec![]), 0);
    assert_eq!(left(vec![], vec![plan(Some("m5"), 100)]), 0);
    let family = "m5".to_owned();
    let elsewhere = PlanKind::Ec2 { family, region: "eu-west-1".to_owned() };
    assert_eq!(left(vec![], vec![Plan { kind: elsewhere, hourly: 1 << 50 }]), PARTS);
}

#[test]
fn a_plan_at_a_discount_is_the_newsvendors_quantile() {
    // 28 % off: the 28th percentile of what is spent, less the discount.
    let hours: Vec<Vec<Used>> =
        (1..=100).map(|spend| vec![used("Fargate vCPU", spend, [1.0, 0.72, 0.0])]).collect();
    let best = best(&hours, &Commitments::default(), &PlanKind::Compute).unwrap();
    assert_eq!(best.hourly, 28 * 72 * u128::from(DOLLAR / 100));
    assert!(best.cost < best.without);
    // 27 hours are below it, by 27 to 1 of 28.
    assert!((best.utilization.unwrap() - (1.0 - 27.0 * 14.0 / 2_800.0)).abs() < 1e-9, "{best:?}");
    assert!(
        (best.coverage.unwrap() - (27.0 * 14.0 + 73.0 * 28.0) / 5_050.0).abs() < 1e-9,
        "{best:?}"
    );
    // The less is used, the dearer it was to commit.
    assert!(best.regret.windows(2).all(|pair| pair[0].1 <= pair[1].1), "{best:?}");
}

#[test]
fn a_plan_that_saves_nothing_is_none() {
    // Used in 18 of 25 hours at 72 %: what it saves in those it costs in the others.
    let mut thing = used("Fargate vCPU", 1, [0.123_457, 0.0, 0.0]);
    thing.parts = 168_706;
    thing.compute = Some(thing.on_demand / 100 * 72);
    let hours: Vec<Vec<Used>> =
        (0..25).map(|hour| if hour < 18 { vec![thing.clone()] } else { vec![] }).collect();
    let best = best(&hours, &Commitments::default(), &PlanKind::Compute).unwrap();
    assert_eq!((best.hourly, best.cost), (0, best.without));
}

#[test]
fn what_is_committed_already_counts_first() {
    let hours = vec![vec![used("Fargate vCPU", 10, [1.0, 0.7, 0.0])]; 5];
    let existing = Commitments { reserved: vec![], plans: vec![plan(None, 700)] };
    let best = best(&hours, &existing, &PlanKind::Compute).unwrap();
    assert_eq!((best.hourly, cents(best.cost)), (0, 3_500));
    assert_eq!((best.utilization, best.coverage), (None, None));
}

prop_compose! {
    fn any_used()(
        parts in 0_u64..5 * PARTS,
        on_demand in 1_u64..1_000,
        discount in prop::option::of(prop_oneof![Just(28_u64), 1_u64..80]),
        large in any::<bool>(),
    ) -> Used {
        let on_demand = on_demand * 1_000_000_000;
        let kind = if large { "m5.large" } else { "m5.xlarge" };
        Used {
            what: kind.to_owned(),
            parts,
            on_demand,
            compute: discount.map(|percent| on_demand * (100 - percent) / 100),
            ec2: discount.map(|percent| on_demand * (100 - percent) / 120),
            region: "us-east-1".to_owned(),
            instance: Some(instance(kind)),
        }
    }
}

proptest! {
    #[test]
    fn no_other_commitment_is_cheaper(
        hours in prop::collection::vec(prop::collection::vec(any_used(), 0..5), 1..12),
        existing in prop::option::of(0_u64..500),
        of_family in any::<bool>(),
    ) {
        let kind = if of_family { plan(Some("m5"), 0).kind } else { PlanKind::Compute };
        // One of the same kind: what is held is applied first.
        let held = existing.into_iter().map(|cents| Plan { kind: kind.clone(), ..plan(None, cents) });
        let existing = Commitments { reserved: vec![], plans: held.collect() };
        let best = best(&hours, &existing, &kind).unwrap();
        let cost = |hourly: u128| -> u128 {
            let mut all = existing.clone();
            all.plans.push(Plan { kind: kind.clone(), hourly });
            hours.iter().map(|hour| settle(hour, &all).total).sum()
        };
        // Counting in millionths costs at most a millionth of the dearest thing an hour.
        let close = 12 * 5 * 1_000_000;
        prop_assert!(cost(best.hourly).abs_diff(best.cost) <= close);
        let top = hours.iter().flatten().map(|one| Used::cost(one.parts, one.on_demand)).sum::<u128>();
        for step in 0..=200 {
            let hourly = top * step / 200;
            prop_assert!(best.cost <= cost(hourly) + close, "{} is cheaper than {}", hourly, best.hourly);
        }
        prop_assert!(best.cost <= best.without);
    }

    #[test]
    fn an_hour_adds_up(
        hour in prop::collection::vec(any_used(), 0..6),
        cents in 0_u64..2_000,
        count in 0_u32..4,
        regional in any::<bool>(),
    ) {
        let zone = (!regional).then_some("us-east-1a");
        let reserved = vec![reservation("m5.xlarge", count, 7, zone)];
        let commitments = Commitments { reserved, plans: vec![plan(None, cents)] };
        let settled = settle(&hour, &commitments);
        let alone = settle(&hour, &Commitments::default());
        let rest: u128 = settled.on_demand.iter().map(|one| one.1).sum();
        prop_assert_eq!(settled.total, rest + commitments.plans[0].hourly + u128::from(count) * 7);
        prop_assert!(rest <= alone.total && settled.used[0] <= commitments.plans[0].hourly);
        prop_assert!(settled.idle[0] <= u64::from(count) * PARTS);
        for (left, all) in settled.on_demand.iter().zip(&hour) {
            prop_assert!(left.0 <= all.parts);
        }
    }
}
