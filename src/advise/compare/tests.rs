//! A small estate whose ledger can be reckoned by hand.

use super::*;
use crate::advise::advise;
use crate::advise::fixtures::{NODE, SETTINGS, with_m5_large as wanted};
use crate::book;
use crate::model::ledger::{Price, Question, cents};
use crate::model::{
    Architecture, Host, NetworkMode, Place, Platform, Profile, Purchase, Reading, Signal, Size,
    Workload,
};

mod dropped;
mod free_tier;
mod worked;

const UNWATCHED: Watched =
    Watched { log_milli_gb: 0, nat_milli_gb: 0, insights: Insights::Off, observations_milli: None };

const AROUND: Around = Around {
    spot: Spot { share: 100, fallback: 10, rework: 2 },
    balancers: Balancers::Shared,
    public_addresses: true,
    nat_gateways: 0,
    lambda_free_tier: false,
    watched: UNWATCHED,
    marginal: Marginal::None,
};

/// 100 units and 300 MiB, all the time: 256/512 on Fargate.
fn steady(tasks: f64) -> Profile {
    let mut profile = Profile::default();
    for hour in 0..14 * 24 {
        let reading = Reading::new(hour * 3_600, 3_600)
            .with(Signal::CpuMean, 100.0)
            .with(Signal::CpuMax, 100.0)
            .with(Signal::MemoryMax, 300.0)
            .with(Signal::Tasks, tasks)
            .with_requests(3_600.0);
        profile.add(&reading);
    }
    profile
}

fn workload(id: &str, protocol: Protocol) -> Workload {
    Workload {
        size: Some(Size::new(1024, 2048)),
        protocol: Some(protocol),
        request_milliseconds: Some(100),
        environment: Some("prod".to_owned()),
        ..Workload::named(id)
    }
}

fn reckoned(
    workloads: &[(Workload, Profile)],
    wanted: &Wanted,
    around: &Around,
) -> (Ledger, Vec<Advice>) {
    let catalog = book::catalog("us-east-1").unwrap();
    let fitter = Fitter::new(&catalog, NODE);
    let advices: Vec<Advice> = workloads
        .iter()
        .map(|(workload, profile)| advise(workload, profile, &fitter, &SETTINGS))
        .collect();
    let effort = Effort::brief();
    (ledger(&advices, &fitter, wanted, around, &effort), advices)
}

fn estate() -> Vec<(Workload, Profile)> {
    vec![
        (workload("prod/web", Protocol::Http), steady(2.0)),
        (workload("prod/api", Protocol::Http), steady(1.0)),
        (workload("prod/queue", Protocol::Tcp), steady(1.0)),
    ]
}

#[track_caller]
fn check(ledger: &Ledger, workload: &str, home: Home, expected: &str) {
    let row = ledger.rows.iter().find(|row| row.workload == workload).unwrap();
    let (_, entry) = row.homes.iter().find(|(one, _)| *one == home).unwrap();
    let found = match entry {
        Ok(price) => cents(price.pico()),
        Err(why) => why.code.name().to_owned(),
    };
    assert_eq!(found, expected, "{workload} on {}: {entry:?}", home.name());
}

#[test]
fn a_ledger_by_hand() {
    let (ledger, _) = reckoned(&estate(), &wanted(), &AROUND);
    let x86 = Home::Fargate(Platform::LinuxX86);
    // 2 x (0.25 x 0.04048 + 0.5 x 0.004445) x 730 = 18.02; half of a balancer, 0.0225 and
    // two addresses of 0.005 an hour, 11.8625; two addresses 7.30.
    check(&ledger, "prod/web", x86, "37.18");
    // 9.01; half of a balancer; one address 3.65.
    check(&ledger, "prod/api", x86, "24.52");
    // Without a balancer.
    check(&ledger, "prod/queue", x86, "12.66");
    // 0.25 x 0.03238 + 0.5 x 0.00356 = 0.009875 an hour and task.
    check(&ledger, "prod/queue", Home::Fargate(Platform::LinuxArm), "10.86");
    // One m5.large 70.08, its volume 2.40, its address 3.65, by fours; and half of a balancer.
    check(&ledger, "prod/web", Home::Ecs, "49.93");
    check(&ledger, "prod/queue", Home::Ecs, "19.03");
    // The fee is 12 % of 70.08 = 8.4096, the volume 80 GiB = 6.40.
    check(&ledger, "prod/queue", Home::ManagedInstances, "22.13");
    // 345 and 256 MiB make 256/1024: 10.63; a third of the control plane's 73.00, and of two name
    // servers of 9.01.
    check(&ledger, "prod/queue", Home::EksFargate, "40.97");
    check(&ledger, "prod/queue", Home::EksNodes, "43.37");
    check(&ledger, "prod/queue", Home::Lambda(Architecture::X86), "LAMBDA_NOT_REQUESTS");
    check(&ledger, "prod/queue", Home::Fargate(Platform::WindowsX86), "PLATFORM_MISMATCH");
    // Half of six c6a.large 0.0765, each with a vCPU for one of 1 and 2: 167.535; 15 % of it; and
    // 2,628,000 requests at 0.20 a million.
    check(&ledger, "prod/web", Home::LambdaManagedInstances, "193.19");
    check(&ledger, "prod/web", Home::BeanstalkSingle, "TOO_LARGE");
    // As today: 2 x (0.04048 + 2 x 0.004445) x 730 = 72.08; balancer and addresses 19.1625.
    assert_eq!(cents(ledger.rows[2].today.unwrap()), "91.24");
}

#[test]
fn the_estates_verdict_by_hand() {
    let bare = Around { balancers: Balancers::None, public_addresses: false, ..AROUND };
    let verdict = |arm: [bool; 3]| {
        let mut estate = estate();
        for ((workload, _), arm) in estate.iter_mut().zip(arm) {
            if arm {
                workload.architecture = Architecture::Arm;
            }
        }
        reckoned(&estate, &wanted(), &bare).0.verdict
    };
    let x86 = verdict([false; 3]);
    // Four tasks of 1024/2048 at 36.04; four of 256/512 at 9.01, which Lambda undercuts by 8.29 and
    // 1.65 (see the ledger above).
    assert_eq!((cents(x86.today_pico).as_str(), x86.today_unknown), ("144.16", 0));
    assert_eq!((x86.alone_known, x86.alone_unknown, x86.thin), (3, 0, 0));
    let (home, pico) = x86.cheapest.unwrap();
    assert_eq!(home, Home::FargateSpot(Architecture::X86));
    // On Spot nine tenths of the time, 2 % done again, and a tenth on demand.
    let catalog = book::catalog("us-east-1").unwrap();
    let month = |purchase: Purchase| {
        let rates = catalog.fargate(Platform::LinuxX86, purchase).unwrap();
        let vcpu = rates.vcpu.as_ref().unwrap().price.as_pico();
        // A quarter of a vCPU, half a GB.
        u128::from(vcpu + 2 * rates.memory.as_ref().unwrap().price.as_pico()) * 730 / 4
    };
    let each = month(Purchase::Spot) * 918 / 1_000 + month(Purchase::OnDemand) / 10;
    assert!(pico.abs_diff(4 * each) < 1_000_000_000, "{pico} {each}");
    // Images for ARM have to be made first, or are what there is; of both nothing is ready at once.
    assert_eq!(verdict([true; 3]).cheapest.unwrap().0, Home::FargateSpot(Architecture::Arm));
    let mixed = verdict([true, false, false]).cheapest.unwrap().0;
    assert!(!matches!(mixed, Home::Fargate(_) | Home::FargateSpot(_)), "{mixed:?}");
}

#[test]
fn an_estates_verdict_names_what_is_near() {
    let estate = vec![(workload("prod/queue", Protocol::Tcp), steady(16.0))];
    let spot = Spot { share: 70, ..AROUND.spot };
    let bare = Around { balancers: Balancers::None, public_addresses: false, spot, ..AROUND };
    let (ledger, _) = reckoned(&estate, &wanted(), &bare);
    let verdict = &ledger.verdict;
    let (home, pico) = verdict.cheapest.unwrap();
    for one in ledger.totals.iter().filter(|one| one.home != home && one.fits > 0) {
        // Alone in the estate, it is there or nowhere.
        let off = |percent: u128| one.pico * percent / 100 < pico * 110 / 100;
        let near = verdict.within_price.contains(&one.home);
        let ready = !one.home.is_arm();
        assert_eq!(near, ready && off(90), "{:?} {} {pico}", one.home, one.pico);
    }
    assert!(!verdict.within_price.is_empty());
}

#[test]
fn hosts_hold_an_environment() {
    let (ledger, _) = reckoned(&estate(), &wanted(), &AROUND);
    let price = |id: &str, home: Home| -> Price {
        let row = ledger.rows.iter().find(|row| row.workload == id).unwrap();
        row.homes.iter().find(|one| one.0 == home).unwrap().1.clone().unwrap()
    };
    let catalog = book::catalog("us-east-1").unwrap();
    let one = price("prod/web", Home::ComposeOneHost);
    let kind = one.what.strip_prefix("1 x ").unwrap();
    let hourly = catalog.instance(kind).unwrap().price.price.as_pico();
    // Four tasks alike, two of them the web's.
    let host = u128::from(hourly) * 730 + 2_400_000_000_000 + 3_650_000_000_000;
    assert!(one.pico().abs_diff(host / 2) < 1_000_000, "{one:?}");
    let two = price("prod/web", Home::ComposeTwoHosts);
    assert!(two.pico().abs_diff(host + 11_862_500_000_000) < 1_000_000, "{two:?}");
    // Two web tasks at once: two instances, each with one of every service.
    let balanced = price("prod/web", Home::BeanstalkBalanced);
    assert!(balanced.what.starts_with("2 x "), "{balanced:?}");
}

#[test]
fn every_workload_has_every_home_once_and_shares_add_up() {
    let mut all = estate();
    all.push((
        Workload { kind: Kind::Task, protocol: None, ..workload("prod/job", Protocol::None) },
        steady(1.0),
    ));
    all.push((Workload { gpus: 1, ..workload("prod/model", Protocol::Http) }, steady(1.0)));
    let daemon = Host { daemon: true, ..Host::default() };
    all.push((
        Workload { host: Some(daemon), ..workload("prod/agent", Protocol::None) },
        steady(1.0),
    ));
    all.push((Workload::named("prod/unknown"), Profile::default()));
    let any = Wanted { families: Vec::new(), ..wanted() };
    let (ledger, advices) = reckoned(&all, &any, &AROUND);
    assert_eq!(ledger.rows.len(), all.len());
    for row in &ledger.rows {
        let homes: Vec<Home> = row.homes.iter().map(|one| one.0).collect();
        assert_eq!(homes, Home::ALL, "{}", row.workload);
        for (home, entry) in &row.homes {
            match entry {
                Ok(price) => assert!(price.pico() > 0, "{} {home:?}", row.workload),
                Err(why) => assert_eq!(why.subject.as_ref(), Some(&row.workload)),
            }
        }
    }
    check(&ledger, "prod/agent", Home::Fargate(Platform::LinuxX86), "HOST_NEEDED");
    check(&ledger, "prod/model", Home::Fargate(Platform::LinuxX86), "GPU_NEEDED");
    check(&ledger, "prod/unknown", Home::Fargate(Platform::LinuxX86), "NO_READINGS");
    for total in &ledger.totals {
        // A balancer that is shared is paid for once.
        let (mut sum, mut balancer) = (0, 0);
        for row in &ledger.rows {
            let entry = &row.homes.iter().find(|one| one.0 == total.home).unwrap().1;
            for charge in entry.iter().flat_map(|price| &price.charges) {
                if charge.what == alone::BALANCER {
                    balancer = 23_725_000_000_000;
                } else {
                    sum += charge.pico;
                }
            }
        }
        assert_eq!(total.pico, sum + balancer, "{:?}", total.home);
        // The daemon is part of every instance.
        assert!([all.len() - 1, all.len()].contains(&(total.fits + total.rest)));
    }
    let catalog = book::catalog("us-east-1").unwrap();
    let effort = Effort::brief();
    let addressed = Wanted { address_pico: 5_000_000_000, ..any };
    let planned = crate::advise::fleet::planned(&advices, &catalog, &addressed, &effort).unwrap();
    let plan = planned.plan;
    let shares: u128 = ledger
        .rows
        .iter()
        .filter(|row| row.workload != "prod/job")
        .filter_map(|row| row.homes.iter().find(|one| one.0 == Home::Ecs)?.1.as_ref().ok())
        .flat_map(|price| &price.charges)
        .filter(|charge| [shared::INSTANCES, shared::AROUND].contains(&charge.what.as_str()))
        .map(|charge| charge.pico)
        .sum();
    assert_eq!(shares, plan.pico_an_hour * 730);
}

#[test]
fn spot_is_an_expected_value() {
    let (ledger, advices) = reckoned(&estate(), &wanted(), &AROUND);
    let of = |purchase| {
        let place = Place::Fargate(Platform::LinuxX86, purchase);
        let advice = advices.iter().find(|one| one.workload.id == "prod/queue").unwrap();
        let found = advice.places.iter().find(|one| one.place == place).unwrap();
        alone::total(&found.fit().unwrap().bill)
    };
    let row = &ledger.rows[1];
    let expected = of(Purchase::Spot) * 918 / 1000 + of(Purchase::OnDemand) / 10;
    let found = row.price(Home::FargateSpot(Architecture::X86)).unwrap();
    assert!(found.abs_diff(expected + 3_650_000_000_000) < 100, "{found} {expected}");
    // Nothing on Spot is on demand.
    let none = Around { spot: Spot { share: 0, fallback: 10, rework: 2 }, ..AROUND };
    let (ledger, _) = reckoned(&estate(), &wanted(), &none);
    let row = &ledger.rows[1];
    assert_eq!(
        row.price(Home::FargateSpot(Architecture::X86)),
        row.price(Home::Fargate(Platform::LinuxX86))
    );
}

#[test]
fn less_around_costs_less_and_a_fleet_without_one_is_no_dearer() {
    let (ledger, _) = reckoned(&estate(), &wanted(), &Around { marginal: Marginal::All, ..AROUND });
    let bare = Around { balancers: Balancers::None, public_addresses: false, ..AROUND };
    let (without, _) = reckoned(&estate(), &wanted(), &bare);
    let each = Around { balancers: Balancers::Each, ..AROUND };
    let (dearer, _) = reckoned(&estate(), &wanted(), &each);
    for ((row, less), more) in ledger.rows.iter().zip(&without.rows).zip(&dearer.rows) {
        for home in Home::ALL {
            assert!(less.price(home) <= row.price(home), "{home:?}");
            assert!(row.price(home) <= more.price(home), "{home:?}");
        }
        let ecs = row.homes.iter().find(|one| one.0 == Home::Ecs).unwrap().1.as_ref().unwrap();
        // All fit on one instance: nobody alone makes another.
        assert_eq!(ecs.marginal, Some(0));
    }
}

#[test]
fn both_sides_of_a_break_even_are_equal_to_the_cent() {
    let catalog = book::catalog("us-east-1").unwrap();
    let fitter = Fitter::new(&catalog, NODE);
    let (ledger, advices) = reckoned(&estate(), &wanted(), &AROUND);
    let all = break_evens(&advices, &fitter, &wanted(), &AROUND, &ledger, &Effort::brief());
    for one in &all {
        // Tasks come in whole ones.
        if one.question != Question::Tasks {
            assert!(one.both[0].abs_diff(one.both[1]) < 5_000_000_000, "{one:?}");
        }
        assert_ne!(one.below, one.above);
    }
    let found = |id: &str, question: fn(&Question) -> bool| {
        all.iter().find(|one| one.workload == id && question(&one.question)).unwrap()
    };
    // 19.0325 is 6.3725 more than 12.66; of it 17.52 are the instance: 36.4 % off.
    let discount =
        found("prod/queue", |one| matches!(one, Question::Discount { on } if on == "ecs-ec2"));
    assert_eq!((discount.below.as_str(), discount.above.as_str()), ("fargate-x86", "ecs-ec2"));
    assert_eq!(discount.at / 1_000, 363);
    let density = found("prod/web", |one| matches!(one, Question::TasksAnInstance { .. }));
    let Question::TasksAnInstance { instance_type, .. } = &density.question else { panic!() };
    let hourly = catalog.instance(instance_type).unwrap().price.price.as_pico();
    // An instance with its volume and address over a task with its address.
    let instance = u128::from(hourly) * 730 + 2_400_000_000_000 + 3_650_000_000_000;
    assert_eq!(
        density.at.abs_diff(u64::try_from(instance * 1_000_000 / 12_660_025_000_000).unwrap()),
        0
    );
    // As many requests more as Lambda is cheaper.
    let requests = found("prod/api", |one| *one == Question::RequestsAMonth);
    assert_eq!(requests.now, Some(730 * 3_600));
    let row = &ledger.rows[0];
    let [lambda, fargate] = [Home::Lambda(Architecture::X86), Home::Fargate(Platform::LinuxX86)]
        .map(|home| row.price(home).unwrap());
    // The balancer that it shares stays.
    let by_proportion = u128::from(requests.now.unwrap()) * (fargate - 11_862_500_000_000) / lambda;
    assert!(u128::from(requests.at).abs_diff(by_proportion) < 10, "{requests:?} {by_proportion}");
}

/// Held against the cheapest of all that keep a workload, without an image that is not there.
#[test]
fn the_other_side_of_a_break_even_is_the_cheapest_there_is() {
    let catalog = book::catalog("us-east-1").unwrap();
    let fitter = Fitter::new(&catalog, NODE);
    let busy: Vec<(Workload, Profile)> =
        estate().into_iter().map(|(workload, _)| (workload, steady(5.0))).collect();
    let mut seen = BTreeSet::new();
    for estate in [estate(), busy] {
        let (ledger, advices) = reckoned(&estate, &wanted(), &AROUND);
        let all = break_evens(&advices, &fitter, &wanted(), &AROUND, &ledger, &Effort::brief());
        for one in all.iter().filter(|one| one.workload != BreakEven::ESTATE) {
            let row = ledger.rows.iter().find(|row| row.workload == one.workload).unwrap();
            let (moves, other) = match one.question {
                Question::Density => (&one.above, &one.below),
                Question::Discount { .. } | Question::SpotShare | Question::Commitment { .. } => {
                    (&one.above, &one.below)
                }
                Question::Hours => (&one.below, &one.above),
                _ => continue,
            };
            let best = row.homes.iter().filter(|(home, _)| {
                let other_image = home.is_arm();
                let as_short = one.question == Question::Hours && *home == Home::EksFargate;
                home.name() != moves
                    && !other_image
                    && !as_short
                    && !matches!(home, Home::FargateSpot(_))
            });
            let best = best.filter_map(|(home, _)| row.price(*home)).min();
            // Or Fargate and instances against each other.
            let pair = [Home::Fargate(Platform::LinuxX86).name(), Home::Ecs.name()];
            let asked = pair.contains(&moves.as_str()) && pair.contains(&other.as_str());
            assert!(asked || best.unwrap() == one.both[1], "{one:?}");
            assert!(one.both[0].abs_diff(one.both[1]) < 5_000_000_000, "{one:?}");
            if asked {
                continue;
            }
            seen.insert(format!("{:?}", one.question));
        }
    }
    assert!(seen.len() >= 3, "{seen:?}");
}

#[test]
fn the_estates_break_evens_by_hand() {
    let found = |estate: &[(Workload, Profile)], around: &Around| -> Vec<BreakEven> {
        let catalog = book::catalog("us-east-1").unwrap();
        let fitter = Fitter::new(&catalog, NODE);
        let (ledger, advices) = reckoned(estate, &wanted(), around);
        let all = break_evens(&advices, &fitter, &wanted(), around, &ledger, &Effort::brief());
        all.into_iter().filter(|one| one.workload == "(estate)").collect()
    };
    let of = |all: &[BreakEven], question: &Question| {
        all.iter().find(|one| one.question == *question).cloned()
    };
    let all = found(&estate(), &AROUND);
    // Four tasks of 12.66 beside an instance of 76.13: a balancer stays with both.
    let tasks = of(&all, &Question::Tasks).unwrap();
    // With a little more than once the tasks each service has one more: three and two and two.
    assert_eq!((tasks.now, tasks.at), (Some(4), 7));
    assert_eq!((tasks.below.as_str(), tasks.above.as_str()), ("fargate-x86", "ecs-ec2"));
    assert_eq!(tasks.both.map(cents), ["112.35", "99.86"]);
    let density = of(&all, &Question::Density).unwrap();
    // As many times fuller as 76.13 is to 50.64.
    let times = u128::from(density.at) * 50_640_100 / u128::from(density.now.unwrap());
    assert!(times.abs_diff(76_130_000) < 500, "{density:?} {times}");
    // Fargate is cheaper all day long: no hour changes that. One host for those that have one task each
    // is cheaper, and functions for the others, until it runs for so few hours a day.
    let hours: Vec<BreakEven> =
        all.iter().filter(|one| one.question == Question::Hours).cloned().collect();
    let [hours] = hours.as_slice() else { panic!("{hours:?}") };
    assert_eq!((hours.below.as_str(), hours.above.as_str()), ("fargate-x86", "beanstalk-single"));

    // Fifteen tasks there cost 189.90, beside one instance of 76.13: ten hours a day.
    let busy: Vec<(Workload, Profile)> =
        estate().into_iter().map(|(workload, _)| (workload, steady(5.0))).collect();
    let all = found(&busy, &Around { balancers: Balancers::None, ..AROUND });
    let hours = of(&all, &Question::Hours).unwrap();
    assert_eq!((hours.below.as_str(), hours.above.as_str()), ("fargate-x86", "ecs-ec2"));
    assert_eq!(cents(hours.both[0]), cents(hours.both[1]));
    let fargate = hours.both[1] * 24_000_000 / u128::from(hours.at);
    assert_eq!(cents(fargate), "189.90");
    let fewer = of(&all, &Question::Tasks).unwrap();
    assert!(fewer.at < 15 && fewer.now == Some(15), "{fewer:?}");
}

#[test]
fn so_many_times_the_tasks_cost_what_that_estate_would() {
    let catalog = book::catalog("us-east-1").unwrap();
    let fitter = Fitter::new(&catalog, NODE);
    let times = |count: f64| -> Vec<(Workload, Profile)> {
        let tasks = [2.0, 1.0, 1.0].into_iter();
        estate()
            .into_iter()
            .zip(tasks)
            .map(|((one, _), tasks)| (one, steady(tasks * count)))
            .collect()
    };
    for network in [Network::Bridge, wanted().network] {
        let wanted = Wanted { network, ..wanted() };
        let around = Around { watched: Watched { log_milli_gb: 3_000, ..UNWATCHED }, ..AROUND };
        let (ledger, advices) = reckoned(&times(1.0), &wanted, &around);
        let context = Context::new(&advices, &fitter, &wanted, &around);
        let effort = Effort::brief();
        let small = estate::Estate::of(&context, &ledger, &effort).unwrap();
        for count in [1_u32, 2, 7, 30] {
            let (large, _) = reckoned(&times(count.into()), &wanted, &around);
            let all =
                |home: Home| large.rows.iter().map(|row| row.price(home).unwrap()).sum::<u128>();
            let found = small.times(u64::from(count) * 1_000).unwrap();
            let expected = [all(Home::Fargate(Platform::LinuxX86)), all(Home::Ecs)];
            for (found, expected) in found.into_iter().zip(expected) {
                assert!(found.abs_diff(expected) < 1_000_000, "{count}: {found} {expected}");
            }
        }
    }
}

#[test]
fn memory_makes_steps() {
    let catalog = book::catalog("us-east-1").unwrap();
    let fitter = Fitter::new(&catalog, NODE);
    let by = by_memory(&[], &fitter, &wanted(), &AROUND, crate::units::CpuUnits(256));
    assert_eq!(by.points[0].0, 512);
    // 256/512 and an address.
    assert_eq!(cents(by.points[0].1[0].unwrap()), "12.66");
    for side in 0..2 {
        let prices: Vec<u128> = by.points.iter().map(|point| point.1[side].unwrap()).collect();
        assert!(prices.windows(2).all(|pair| pair[0] <= pair[1]));
    }
}

#[test]
fn what_a_home_does_not_take_is_refused_alone() {
    let mut all = estate();
    let mut large = workload("prod/large", Protocol::None);
    large.size = Some(Size::new(32_768, 249_856));
    let mut readings = Profile::default();
    for hour in 0..14 * 24 {
        let reading = Reading::new(hour * 3_600, 3_600)
            .with(Signal::CpuMax, 20_000.0)
            .with(Signal::CpuMean, 20_000.0)
            .with(Signal::MemoryMax, 150_000.0)
            .with(Signal::Tasks, 1.0);
        readings.add(&reading);
    }
    all.push((large, readings));
    let host = |mode, port: u16| Host::new(Some(mode), [port].into_iter());
    let on_host = Some(host(NetworkMode::Host, 0));
    all.push((Workload { host: on_host, ..workload("prod/net", Protocol::None) }, steady(1.0)));
    let port = Some(host(NetworkMode::Bridge, 80));
    all.push((Workload { host: port, ..workload("prod/port", Protocol::None) }, steady(2.0)));
    let (ledger, _) = reckoned(&all, &wanted(), &AROUND);
    let x86 = Home::Fargate(Platform::LinuxX86);
    // 32 vCPU are sold by ECS, not to pods; no m5.large holds it, which does not keep others out.
    assert!(ledger.rows[1].price(x86).is_some(), "{}", ledger.rows[1].workload);
    check(&ledger, "prod/large", Home::EksFargate, "TOO_LARGE");
    check(&ledger, "prod/large", Home::Ecs, "TOO_LARGE");
    assert!(ledger.rows[0].price(Home::Ecs).is_some());
    check(&ledger, "prod/net", x86, "HOST_NEEDED");
    check(&ledger, "prod/port", Home::ComposeOneHost, "HOST_NEEDED");
    let row = ledger.rows.iter().find(|row| row.workload == "prod/port").unwrap();
    let two: Vec<_> = ["prod/a", "prod/b"]
        .map(|id| {
            let host = Some(host(NetworkMode::Bridge, 80));
            (Workload { host, ..workload(id, Protocol::None) }, steady(1.0))
        })
        .into();
    let (clashing, _) = reckoned(&two, &wanted(), &AROUND);
    check(&clashing, "prod/a", Home::ComposeOneHost, "HOST_NEEDED");
    let (_, entry) = row.homes.iter().find(|one| one.0 == x86).unwrap();
    let said = &entry.as_ref().unwrap().assumptions;
    assert!(said.iter().any(|one| one.contains("awsvpc")), "{said:?}");
}

#[test]
fn a_price_that_is_not_known_is_no_price() {
    let catalog = book::catalog("eu-central-1").unwrap();
    assert!(catalog.gp3.is_none(), "another region without a price of volumes is wanted");
    let fitter = Fitter::new(&catalog, NODE);
    let advices: Vec<Advice> =
        estate().iter().map(|(one, profile)| advise(one, profile, &fitter, &SETTINGS)).collect();
    let effort = Effort::brief();
    let bare = Around { public_addresses: false, balancers: Balancers::None, ..AROUND };
    let some = ledger(&advices, &fitter, &wanted(), &bare, &effort);
    check(&some, "prod/queue", Home::Ecs, "PRICE_MISSING");
    let without = Wanted { volume_gib: 0, ..wanted() };
    let some = ledger(&advices, &fitter, &without, &bare, &effort);
    assert!(some.rows[0].price(Home::Ecs).is_some());
}

/// Two NAT gateways of an environment in which two services and a job run, in private subnets.
#[test]
fn nat_gateways_are_shared_by_what_has_no_address() {
    let private = Around { public_addresses: false, nat_gateways: 2, ..AROUND };
    let bare = Around { public_addresses: false, ..AROUND };
    let [(with, _), (without, _)] =
        [&private, &bare].map(|around| reckoned(&estate(), &wanted(), around));
    // Each with an address.
    let gateways = 2 * (45_000_000_000 + 5_000_000_000) * 730;
    let workloads = u128::try_from(estate().len()).unwrap();
    for (row, other) in with.rows.iter().zip(&without.rows) {
        for ((home, entry), (_, bare)) in row.homes.iter().zip(&other.homes) {
            let (Ok(price), Ok(bare)) = (entry, bare) else { continue };
            let part = match home {
                Home::Lambda(_) => 0,
                _ => u128::div_ceil(gateways, workloads),
            };
            assert_eq!(price.pico(), bare.pico() + part, "{} {}", row.workload, home.name());
        }
        assert_eq!(row.today.unwrap(), other.today.unwrap() + gateways.div_ceil(workloads));
    }
    for (total, bare) in with.totals.iter().zip(&without.totals) {
        let all = |one: &HomeTotal| one.pico + one.rest_pico.unwrap_or(0);
        // Once for the environment, wherever its parts are.
        let private = !matches!(total.home, Home::Lambda(_)) && total.fits > 0;
        if private {
            assert_eq!(total.pico, bare.pico + gateways, "{}", total.home.name());
        }
        assert!(all(total) <= all(bare) + gateways);
    }
    // With addresses of their own only what cannot have one needs a gateway.
    let public = Around { nat_gateways: 2, ..AROUND };
    let (public, _) = reckoned(&estate(), &wanted(), &public);
    let row = &public.rows[0];
    let has = |home: Home| {
        let (_, entry) = row.homes.iter().find(|(one, _)| *one == home).unwrap();
        entry.as_ref().unwrap().charges.iter().any(|one| one.what == NAT)
    };
    assert!(has(Home::EksFargate) && !has(Home::Fargate(Platform::LinuxX86)));
    assert!(!has(Home::Ecs), "bridge: the instance's address");
}

#[test]
fn managed_instances_of_lambda_by_hand() {
    let (ledger, _) = reckoned(&estate(), &wanted(), &AROUND);
    let home = Home::LambdaManagedInstances;
    check(&ledger, "prod/queue", home, "LAMBDA_NOT_REQUESTS");
    // web and api: four tasks of 256/512 to an environment of 1 vCPU and 2 GiB, three of those each.
    let [(_, web), (_, api)] = ["prod/web", "prod/api"].map(|id| row_homes(&ledger, id, home));
    let (web, api) = (web.as_ref().unwrap(), api.as_ref().unwrap());
    assert_eq!(web.what, "3 x 1024/2048 of 6 x c6a.large");
    let month = 76_500_000_000 * 6 * 730;
    let of = |price: &Price, what: &str| {
        price.charges.iter().find(|one| one.what == what).map_or(0, |one| one.pico)
    };
    let both = |what: &str| of(web, what) + of(api, what);
    assert!(both("instances").abs_diff(month) <= 2);
    assert!(both("management fee").abs_diff(month * 15 / 100) <= 2);
    // A request a second: 2,628,000 a month at 0.20 a million.
    assert_eq!(cents(of(web, "requests")), "0.53");
}

#[test]
fn what_watches_is_reckoned_by_hand() {
    let watched = |watched| {
        let around = Around { watched, public_addresses: false, nat_gateways: 1, ..AROUND };
        reckoned(&estate(), &wanted(), &around).0
    };
    let charge = |ledger: &Ledger, id: &str, home: Home, what: &str| {
        let row = ledger.rows.iter().find(|row| row.workload == id).unwrap();
        let (_, entry) = row.homes.iter().find(|(one, _)| *one == home).unwrap();
        let charges = &entry.as_ref().unwrap().charges;
        let found: Vec<u128> =
            charges.iter().filter(|one| one.what == what).map(|one| one.pico).collect();
        assert!(found.len() <= 1);
        found.first().map_or_else(|| "0".to_owned(), |pico| cents(*pico))
    };
    let fargate = Home::Fargate(Platform::LinuxX86);
    let lambda = Home::Lambda(Architecture::X86);
    // Two tasks all month: 3 GB of logs at 0.50, 20 GB at 0.045.
    let written = Watched { log_milli_gb: 1_500, nat_milli_gb: 10_000, ..UNWATCHED };
    let ledger = watched(written);
    let row = &ledger.rows.iter().find(|row| row.workload == "prod/web").unwrap();
    for (home, entry) in row.homes.iter().filter(|(_, entry)| entry.is_ok()) {
        assert_eq!(charge(&ledger, "prod/web", *home, "logs"), "1.50", "{} {entry:?}", home.name());
    }
    assert_eq!(charge(&ledger, "prod/web", fargate, "data through NAT gateways"), "0.90");
    assert_eq!(charge(&ledger, "prod/web", lambda, "data through NAT gateways"), "0");
    let bare = watched(UNWATCHED);
    let row_of = |ledger: &Ledger| {
        ledger.rows.iter().find(|row| row.workload == "prod/web").unwrap().today.unwrap()
    };
    assert_eq!(row_of(&ledger) - row_of(&bare), 2_400_000_000_000);
    // Standard: twice ten and five metrics at 0.30 on Fargate, twice eight and five on instances.
    let standard = watched(Watched { insights: Insights::Standard, ..UNWATCHED });
    let insights = "Container Insights";
    assert_eq!(charge(&standard, "prod/web", fargate, insights), "7.50");
    assert_eq!(charge(&standard, "prod/web", Home::Ecs, insights), "6.30");
    assert_eq!(charge(&standard, "prod/web", lambda, insights), "0");
    let (_, eks) = row_homes(&standard, "prod/web", Home::EksNodes);
    assert_eq!(eks.as_ref().unwrap_err().code, Code::NotPriced);
    // Enhanced, at 0.07: 25 and twice 3 + 12 of the whole, two tasks of twice 10 + 3 + 12.
    let enhanced =
        Watched { insights: Insights::Enhanced, observations_milli: Some(12_500), ..UNWATCHED };
    let enhanced = watched(enhanced);
    assert_eq!(charge(&enhanced, "prod/web", fargate, insights), "10.85");
    // Two pods with 12.5 million observations each at 0.21.
    assert_eq!(charge(&enhanced, "prod/web", Home::EksNodes, insights), "5.25");
}

fn row_homes<'l>(ledger: &'l Ledger, id: &str, home: Home) -> &'l (Home, Entry) {
    let row = ledger.rows.iter().find(|row| row.workload == id).unwrap();
    row.homes.iter().find(|(one, _)| *one == home).unwrap()
}

/// Who cannot live there is in nobody's price.
#[test]
fn managed_instances_of_lambda_are_shared_by_those_that_can() {
    let home = Home::LambdaManagedInstances;
    let large = |milliseconds, requests: bool| {
        let mut workload = workload("prod/large", Protocol::Http);
        workload.request_milliseconds = milliseconds;
        let mut profile = Profile::default();
        for hour in 0..14 * 24 {
            let reading = Reading::new(hour * 3_600, 3_600)
                .with(Signal::CpuMax, 900.0)
                .with(Signal::MemoryMax, 15_000.0)
                .with(Signal::Tasks, 2.0);
            profile.add(&if requests { reading.with_requests(9.0) } else { reading });
        }
        (workload, profile)
    };
    let alone = reckoned(&estate(), &wanted(), &AROUND).0;
    let web = |ledger: &Ledger| row_homes(ledger, "prod/web", home).1.clone().unwrap().pico();
    for (milliseconds, requests, code) in
        [(Some(100), false, "LAMBDA_REQUESTS_UNKNOWN"), (Some(3_600_000), true, "LAMBDA_TOO_LONG")]
    {
        let mut all = estate();
        all.push(large(milliseconds, requests));
        let ledger = reckoned(&all, &wanted(), &AROUND).0;
        check(&ledger, "prod/large", home, code);
        assert_eq!(web(&ledger), web(&alone));
    }
    let mut all = estate();
    all.push(large(None, true));
    let ledger = reckoned(&all, &wanted(), &AROUND).0;
    let (_, entry) = row_homes(&ledger, "prod/large", home);
    assert!(entry.as_ref().unwrap().what.starts_with("3 x "), "{entry:?}");
    assert_ne!(web(&ledger), web(&alone));
}

/// A family has its metrics once, however many of its tasks run.
#[test]
fn metrics_of_jobs_are_those_of_the_family() {
    let mut job = workload("prod/job", Protocol::None);
    job.kind = Kind::Task;
    let around =
        Around { watched: Watched { insights: Insights::Standard, ..UNWATCHED }, ..AROUND };
    let (ledger, _) = reckoned(&[(job, steady(20.0))], &wanted(), &around);
    let (_, entry) = row_homes(&ledger, "prod/job", Home::Fargate(Platform::LinuxX86));
    let charges = &entry.as_ref().unwrap().charges;
    let insights = charges.iter().find(|one| one.what == "Container Insights").unwrap();
    assert_eq!(cents(insights.pico), "3.00");
}

/// What is the same on both sides moves no break-even.
#[test]
fn logs_move_no_break_even_of_requests_or_spot() {
    let asked = |log_milli_gb| {
        let around = Around { watched: Watched { log_milli_gb, ..UNWATCHED }, ..AROUND };
        let catalog = book::catalog("us-east-1").unwrap();
        let fitter = Fitter::new(&catalog, NODE);
        let (ledger, advices) = reckoned(&estate(), &wanted(), &around);
        let all = break_evens(&advices, &fitter, &wanted(), &around, &ledger, &Effort::brief());
        let same = |one: &&BreakEven| {
            matches!(one.question, Question::RequestsAMonth | Question::SpotShare)
        };
        all.iter().filter(same).map(|one| (one.workload.clone(), one.at)).collect::<Vec<_>>()
    };
    let plain = asked(0);
    assert!(!plain.is_empty());
    for ((id, at), (_, with_logs)) in plain.iter().zip(asked(30_000)) {
        assert!(at.abs_diff(with_logs) <= 1, "{id}: {at} {with_logs}");
    }
}

#[test]
fn a_function_lives_where_it_is() {
    let function = Workload {
        kind: Kind::Function,
        size: None,
        function: Some(crate::model::Function {
            memory_mib: crate::units::MiB(1_024),
            timeout_seconds: 3,
            package: "Zip".to_owned(),
            temp_mib: None,
        }),
        ..workload("lambda/f", Protocol::Http)
    };
    let (ledger, _) = reckoned(&[(function, steady(1.0))], &wanted(), &AROUND);
    let row = &ledger.rows[0];
    // 3,600 requests an hour of a tenth of a second and 1 GB: 262,800 GB-s and 2,628,000 requests.
    check(&ledger, "lambda/f", Home::Lambda(Architecture::X86), "4.91");
    assert_eq!(row.price(Home::Lambda(Architecture::X86)), row.today);
    assert_eq!(row.verdict.firm, Some(Home::Lambda(Architecture::X86)));
}

#[test]
fn executions_at_once_are_held_against_the_quota() {
    let busy = |requests: f64| {
        let mut profile = Profile::default();
        for hour in 0..14 * 24 {
            let reading = Reading::new(hour * 3_600, 3_600)
                .with(Signal::CpuMax, 100.0)
                .with(Signal::MemoryMax, 300.0)
                .with(Signal::Tasks, 2.0);
            profile.add(&reading.with_requests(requests * 3_600.0));
        }
        let mut workload = workload("prod/busy", Protocol::Http);
        workload.request_milliseconds = Some(250);
        let (ledger, _) = reckoned(&[(workload, profile)], &wanted(), &AROUND);
        let (_, entry) = row_homes(&ledger, "prod/busy", Home::Lambda(Architecture::X86));
        entry.as_ref().unwrap().assumptions.join("; ")
    };
    // A quarter of a second each, and a little more with less CPU: a tenth of the quota.
    assert!(!busy(390.0).contains("LAMBDA_CONCURRENCY"), "{}", busy(390.0));
    assert!(busy(404.0).contains("LAMBDA_CONCURRENCY: 10"), "{}", busy(404.0));
}

#[test]
fn an_image_is_to_be_had_or_not_or_not_known() {
    let (x86, arm) = (Architecture::X86, Architecture::Arm);
    let of = |own: Architecture, images: &[Architecture]| {
        let workload = Workload {
            architecture: own,
            image_architectures: images.to_vec(),
            ..workload("prod/web", Protocol::Http)
        };
        reckoned(&[(workload, steady(2.0))], &wanted(), &AROUND).0
    };
    let on_arm = [Home::Fargate(Platform::LinuxArm), Home::FargateSpot(arm), Home::Lambda(arm)];
    let unknown = of(x86, &[]);
    let alone = of(x86, &[x86]);
    let both = of(x86, &[x86, arm]);
    for home in on_arm {
        check(&alone, "prod/web", home, "IMAGE_ARCHITECTURE");
        assert_eq!(unknown.rows[0].price(home), both.rows[0].price(home));
        let said = |ledger: &Ledger| {
            let (_, entry) = ledger.rows[0].homes.iter().find(|one| one.0 == home).unwrap();
            let said = &entry.as_ref().unwrap().assumptions;
            said.iter().any(|one| one == "needs an image for arm64")
        };
        assert!(said(&unknown) && !said(&both));
    }
    // What is there may be moved to.
    assert!(!unknown.rows[0].verdict.firm.unwrap().is_arm());
    assert!(both.rows[0].verdict.firm.unwrap().is_arm());
    check(&of(arm, &[arm]), "prod/web", Home::EksFargate, "IMAGE_ARCHITECTURE");
    let wrong = Workload { image_architectures: vec![arm], ..Workload::named("a") };
    assert!(wrong.check().unwrap_err().contains("image_architectures"));
}

#[test]
fn what_a_region_has_not_is_said() {
    let mut catalog = book::catalog("us-east-1").unwrap();
    catalog.region = "cn-north-1".to_owned();
    let fitter = Fitter::new(&catalog, NODE);
    let advices: Vec<Advice> =
        estate().iter().map(|(one, profile)| advise(one, profile, &fitter, &SETTINGS)).collect();
    let there = ledger(&advices, &fitter, &wanted(), &AROUND, &Effort::brief());
    for home in [Home::ManagedInstances, Home::LambdaManagedInstances] {
        check(&there, "prod/web", home, "NOT_IN_REGION");
    }
    assert!(there.rows[0].price(Home::Ecs).is_some());
}

#[test]
fn all_that_is_on_a_host_pays_all_of_it() {
    let arm = Workload {
        architecture: Architecture::Arm,
        image_architectures: vec![Architecture::Arm],
        ..workload("prod/arm", Protocol::Tcp)
    };
    let mut estate = estate();
    estate.push((arm, steady(1.0)));
    let (with, _) = reckoned(&estate, &wanted(), &AROUND);
    let (without, _) = reckoned(&estate[..3], &wanted(), &AROUND);
    for home in [Home::ComposeOneHost, Home::ComposeTwoHosts, Home::BeanstalkBalanced] {
        check(&with, "prod/arm", home, "IMAGE_ARCHITECTURE");
        let total = |ledger: &Ledger| {
            let total = ledger.totals.iter().find(|one| one.home == home).unwrap();
            (total.fits, total.pico)
        };
        assert_eq!(total(&with), total(&without), "{}", home.name());
    }
}

#[test]
fn a_balancer_is_paid_by_those_that_need_it_still() {
    // A function is cheaper for the one; the other speaks with bodies that no function takes.
    let mut estate = vec![
        (workload("prod/a", Protocol::Http), steady(1.0)),
        (workload("prod/b", Protocol::Http), steady(1.0)),
    ];
    estate[1].0.payload_kib = Some(20_000);
    let (ledger, _) = reckoned(&estate, &wanted(), &AROUND);
    let firm: Vec<Home> = ledger.rows.iter().map(|row| row.verdict.firm.unwrap()).collect();
    assert_eq!(firm, [Home::Lambda(Architecture::X86), Home::Fargate(Platform::LinuxX86)]);
    let prices = ledger.rows.iter().zip(&firm).map(|(row, home)| row.price(*home).unwrap());
    // Half of 23.725 more than its half.
    assert_eq!(ledger.verdict.alone_pico, prices.sum::<u128>() + 11_862_500_000_000);
    let windows = Home::Fargate(Platform::WindowsX86);
    let nowhere = ledger.totals.iter().find(|one| one.home == windows).unwrap();
    assert_eq!((nowhere.fits, nowhere.rest_pico), (0, Some(ledger.verdict.alone_pico)));
}
