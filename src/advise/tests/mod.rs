mod scaling;

use super::*;
use crate::book;
use crate::fit::{Network, Node};
use crate::model::{Kind, Protocol, Reading, RiskPolicy, Verdict};
use crate::units::{MiB, Usd};

/// An appetite.
const RISK: RiskPolicy = RiskPolicy {
    memory_ppm: 82_000,
    cpu_ppm: 120_000,
    failure_cost: Usd(20_000_000),
    throttled_hour_cost: Usd(1_200_000),
};

const SETTINGS: Settings = Settings {
    policy: Policy {
        risk: Some(RISK),
        risk_days: 30,
        cpu_percentile_per_mille: 990,
        cpu_headroom_percent: 20,
        memory_margin_percent: 15,
        averages_cpu_percent: 25,
        averages_memory_percent: 25,
        min_readings: 100,
        floor: Size::new(64, 128),
    },
    month: Month { hours: 730, window_seconds: 14 * 86_400 },
    node: Node { network: Network::Awsvpc, memory_overhead_per_mille: 50, reserved: MiB(256) },
};

/// Fourteen days of the same hour.
fn steady(cpu: f64, memory: f64, tasks: f64, requests: f64) -> Profile {
    let mut profile = Profile::default();
    for hour in 0..14 * 24 {
        let reading = Reading::new(hour * 3_600, 3_600)
            .with(Signal::CpuMean, cpu)
            .with(Signal::CpuMax, cpu)
            .with(Signal::MemoryMax, memory)
            .with(Signal::Tasks, tasks)
            .with_requests(requests);
        profile.add(&reading);
    }
    profile
}

fn advised(region: &str, workload: &Workload, profile: &Profile) -> Advice {
    let catalog = book::catalog(region).unwrap();
    let fitter = Fitter::new(&catalog, SETTINGS.node);
    advise(workload, profile, &fitter, &SETTINGS)
}

/// By percentile and margin, which can be reckoned by hand.
fn by_margin(workload: &Workload, profile: &Profile) -> Advice {
    let catalog = book::catalog("us-east-1").unwrap();
    let settings = Settings { policy: Policy { risk: None, ..SETTINGS.policy }, ..SETTINGS };
    advise(workload, profile, &Fitter::new(&catalog, settings.node), &settings)
}

fn web(size: Option<Size>) -> Workload {
    Workload {
        size,
        protocol: Some(Protocol::Http),
        request_milliseconds: Some(100),
        ..Workload::named("prod/web")
    }
}

fn codes(advice: &Advice) -> Vec<Code> {
    advice.findings.iter().map(|finding| finding.code).collect()
}

#[test]
fn two_large_tasks_that_need_little_become_two_small_ones() {
    let advice = advised(
        "us-east-1",
        &web(Some(Size::new(1024, 2048))),
        &steady(100.0, 300.0, 2.0, 3_600.0),
    );
    assert_eq!(advice.class, Class::Overprovisioned);
    assert_eq!(advice.current_usd().unwrap().cents_string(), "72.08");
    assert_eq!(advice.recommended.as_ref().unwrap().size, Size::new(256, 512));
    assert_eq!(advice.recommended_usd().unwrap().cents_string(), "18.02");
    assert_eq!(advice.savings().unwrap().cents_string(), "54.06");
    assert_eq!(codes(&advice), []);
    assert_eq!(advice.observed.tasks_per_mille, 2_000);
    assert_eq!(advice.places.len(), Place::ALL.len(), "every place is accounted for");
}

#[test]
fn lambda_is_priced_by_requests_of_a_month() {
    let advice = by_margin(&web(None), &steady(102.4, 300.0, 1.0, 3_600.0));
    let place = Place::Lambda(crate::model::Architecture::X86);
    let fit = advice.places.iter().find(|one| one.place == place).unwrap().fit().unwrap();
    // Memory needs 345, 300 and a margin. A request a second uses all of its 100 ms of CPU, which
    // may become 125: of all memories that do that 1,450 MiB for 122 ms are cheapest.
    assert_eq!(fit.what, "1450 MiB, 122 ms");
    let requests = 730.0 * 3_600.0;
    // One in a hundred starts an environment, which takes a second.
    let usd = requests * 0.132 * 1450.0 / 1024.0 * 0.000_016_666_7 + requests * 0.000_000_2;
    assert!((fit.bill.total().to_f64() - usd).abs() < 0.001, "{usd}");
}

#[test]
fn the_rounding_loss_is_its_own_number() {
    let advice = by_margin(&web(None), &steady(100.0, 1_000.0, 1.0, 0.0));
    let placement = &advice.places[0];
    let fit = placement.fit().unwrap();
    // 120 units and 1150 MiB are demanded, 256 and 2048 bought.
    let exact = 730.0 * (120.0 / 1024.0 * 0.04048 + 1150.0 / 1024.0 * 0.004_445);
    let rounding = fit.bill.total().to_f64() - exact;
    assert!((fit.rounding.to_f64() - rounding).abs() < 0.000_01);
}

#[test]
fn a_task_is_priced_for_the_time_it_runs() {
    let mut runs = Profile::default();
    for day in 0..14 {
        for step in 0..12 {
            let at = day * 86_400 + step * 300;
            let reading =
                Reading::new(at, 300).with(Signal::CpuMax, 900.0).with(Signal::MemoryMax, 1_500.0);
            runs.add(&reading);
        }
    }
    let etl =
        Workload { kind: Kind::Task, size: Some(Size::new(1024, 2048)), ..Workload::named("etl") };
    let advice = advised("us-east-1", &etl, &runs);
    // An hour of 24: 730 / 24 task-hours.
    assert_eq!(advice.task_hours, Some(Quantity::ratio(730, 24)));
    assert_eq!(advice.current_usd().unwrap().cents_string(), "1.50");
}

#[test]
fn what_is_not_known_is_said_and_costs_nothing_made_up() {
    let advice =
        advised("eu-central-2", &web(Some(Size::new(256, 512))), &steady(10.0, 100.0, 1.0, 0.0));
    assert_eq!((advice.current.as_ref(), advice.recommended.as_ref()), (None, None));
    assert!(codes(&advice).contains(&Code::PriceMissing));
    assert_eq!(advice.class, Class::Unknown);
    let odd = advised("us-east-1", &web(Some(Size::new(300, 700))), &steady(50.0, 100.0, 1.0, 0.0));
    assert_eq!(codes(&odd), [Code::SizeNotSold]);
    assert_eq!(odd.class, Class::Overprovisioned);
    let nothing = advised("us-east-1", &web(None), &Profile::default());
    assert_eq!(codes(&nothing), [Code::NoReadings, Code::SizeUnknown, Code::TasksAssumed]);
    assert!(nothing.recommended.is_none());
    assert_eq!(nothing.places.len(), Place::ALL.len());
    for placement in &nothing.places {
        assert!(
            matches!(&placement.verdict, Verdict::Refused(why) if why.code == Code::NoReadings)
        );
    }
    let idle = Workload { kind: Kind::Task, ..web(Some(Size::new(256, 512))) };
    let idle = advised("us-east-1", &idle, &Profile::default());
    assert_eq!((idle.current_usd(), idle.recommended_usd(), idle.cheapest()), (None, None, None));
}

#[test]
fn the_cheapest_place_has_a_firm_price() {
    let advice = advised("us-east-1", &web(None), &steady(100.0, 300.0, 2.0, 1e7));
    let cheapest = advice.cheapest().unwrap();
    assert!(cheapest.place.is_firm());
    let shares = advice.places.iter().filter(|one| !one.place.is_firm());
    assert!(
        shares
            .filter_map(crate::model::Placement::total)
            .any(|total| Some(total) < cheapest.total())
    );
}

#[test]
fn more_than_any_size_holds_is_too_large() {
    let advice =
        advised("us-east-1", &web(Some(Size::new(1024, 2048))), &steady(40_000.0, 300.0, 1.0, 0.0));
    assert!(codes(&advice).contains(&Code::TooLarge));
    assert!(advice.recommended.is_none());
}

#[test]
fn tasks_counted_in_every_second_reading_are_not_halved() {
    let mut half = Profile::default();
    for hour in 0..14 * 24 {
        let reading = Reading::new(hour * 3_600, 3_600)
            .with(Signal::CpuMax, 100.0)
            .with(Signal::MemoryMax, 300.0)
            .with(Signal::Tasks, (hour % 2 == 0).then_some(4.0));
        half.add(&reading);
    }
    let advice = advised("us-east-1", &web(None), &half);
    assert_eq!(advice.observed.tasks_per_mille, 4_000);
    assert!(codes(&advice).contains(&Code::TasksAssumed), "counted in half of the hours");
}

#[test]
fn lambda_costs_the_same_whoever_else_is_in_the_store() {
    let profile = steady(102.4, 300.0, 1.0, 3_600.0);
    let catalog = book::catalog("us-east-1").unwrap();
    let fitter = Fitter::new(&catalog, SETTINGS.node);
    let price = |window_seconds| {
        let month = Month { window_seconds, ..SETTINGS.month };
        let advice = advise(&web(None), &profile, &fitter, &Settings { month, ..SETTINGS });
        let place = Place::Lambda(crate::model::Architecture::X86);
        advice.places.iter().find(|one| one.place == place).unwrap().total().unwrap()
    };
    assert_eq!(price(14 * 86_400), price(100 * 86_400));
}

#[test]
fn a_stray_row_does_not_make_the_others_cheap() {
    let mut nightly = steady(100.0, 300.0, 1.0, 0.0);
    let profiles = [nightly.clone()];
    assert_eq!(window_seconds(profiles.iter(), 14 * 86_400), (14 * 86_400, None));
    nightly.add(&Reading::new(400 * 86_400, 3_600).with(Signal::CpuMax, 1.0));
    let profiles = [nightly, steady(1.0, 1.0, 1.0, 0.0)];
    let (seconds, finding) = window_seconds(profiles.iter(), 400 * 86_400 + 3_600);
    assert_eq!(seconds, 14 * 86_400 + 3_600);
    assert_eq!(finding.unwrap().code, Code::WindowSplit);
}

#[test]
fn what_runs_on_spot_is_priced_so_and_what_runs_on_ec2_has_no_cost_of_its_own() {
    use crate::model::Capacity::{Ec2, Fargate, FargateSpot};
    let launch =
        |capacity, weight| crate::model::Launch { capacity, provider: None, weight, base: 0 };
    let priced = |launch: Vec<crate::model::Launch>| {
        let workload = Workload { launch, ..web(Some(Size::new(1024, 2048))) };
        advised("us-east-1", &workload, &steady(100.0, 300.0, 2.0, 0.0))
    };
    let half = priced(vec![launch(Fargate, 1), launch(FargateSpot, 1)]);
    // Two tasks: one at 0.04048 + 2 x 0.004445 an hour, one at 0.01288561 + 2 x 0.00141493.
    assert_eq!(half.current_usd().unwrap().cents_string(), "47.51");
    assert!(codes(&half).contains(&Code::SpotPriced));
    let ec2 = priced(vec![launch(Ec2, 1)]);
    assert_eq!((ec2.current_usd(), ec2.savings()), (None, None));
    assert_eq!(ec2.recommended_usd().unwrap().cents_string(), "18.02");
    assert!(codes(&ec2).contains(&Code::NotOnFargate));
}

#[test]
fn memory_is_sized_up_after_tasks_were_killed_for_it() {
    let mut killed = web(Some(Size::new(1024, 4096)));
    killed.stops = vec![crate::model::Stop { reason: "OutOfMemory".to_owned(), tasks: 3 }];
    let advice = advised("us-east-1", &killed, &steady(100.0, 300.0, 1.0, 0.0));
    assert_eq!(advice.recommended.as_ref().unwrap().size, Size::new(1024, 5120));
    assert!(codes(&advice).contains(&Code::OutOfMemory));
}

#[test]
fn a_function_costs_what_its_requests_cost() {
    let function = crate::model::Function {
        memory_mib: MiB(1024),
        timeout_seconds: 30,
        package: "Zip".to_owned(),
        temp_mib: None,
    };
    let workload = Workload { kind: Kind::Function, function: Some(function), ..web(None) };
    let advice = advised("us-east-1", &workload, &steady(1.0, 1.0, 1.0, 3_600.0));
    // 2,628,000 requests of 100 ms at 1 GiB.
    let usd = 262_800.0 * 0.000_016_666_7 + 2_628_000.0 * 0.000_000_2;
    assert!((advice.current_usd().unwrap().to_f64() - usd).abs() < 0.001, "{usd}");
    assert_eq!(codes(&advice), [Code::FunctionNotSized]);
    assert_eq!(advice.places.len(), Place::ALL.len());
}

#[test]
fn counts_beyond_belief_do_not_overflow() {
    let many = Workload { tasks: Some(u32::MAX), ..web(Some(Size::new(256, 512))) };
    let mut long = Profile::default();
    for day in 0..60_000 {
        let reading = Reading::new(day * 86_400, 86_400).with(Signal::CpuMax, 1.0);
        long.add(&reading.with_requests(1e14));
    }
    let advice = advised("us-east-1", &many, &long);
    assert!(codes(&advice).contains(&Code::AmountTooLarge), "{:?}", codes(&advice));
}

#[test]
fn neighbours_of_the_recommended_size_have_their_risks() {
    let today = web(Some(Size::new(1024, 2048)));
    let advice = advised("us-east-1", &today, &steady(100.0, 700.0, 1.0, 0.0));
    let recommended = advice.recommended.as_ref().unwrap().size;
    let sizes: Vec<Size> = advice.candidates.iter().map(|one| one.size).collect();
    assert!(sizes.contains(&recommended) && sizes.len() > 2, "{sizes:?}");
    let prices =
        advice.candidates.windows(2).map(|pair| pair[0].usd_per_month <= pair[1].usd_per_month);
    assert!(prices.into_iter().all(|ascending| ascending));
    // What is dearer than the recommended one is safer in something.
    let of = |risk: crate::model::Risk| (risk.memory_ppm.unwrap(), risk.cpu_ppm.unwrap());
    let at = sizes.iter().position(|size| *size == recommended).unwrap();
    let (memory, cpu) = of(advice.candidates[at].risk);
    for dearer in &advice.candidates[at + 1..] {
        let risk = of(dearer.risk);
        assert!(risk.0 < memory || risk.1 < cpu, "{dearer:?}");
    }
    // Under a ceiling the demand is not known, and of means nothing is predicted.
    let throttled = advised("us-east-1", &today, &steady(1_024.0, 700.0, 1.0, 0.0));
    assert!(throttled.candidates.iter().all(|one| one.risk.cpu_ppm.is_none()));
    let mut means = Profile::default();
    for hour in 0..14 * 24 {
        let reading = Reading::new(hour * 3_600, 3_600);
        means.add(&reading.with(Signal::CpuMean, 100.0).with(Signal::MemoryMean, 700.0));
    }
    assert!(advised("us-east-1", &today, &means).candidates.is_empty());
    let mut short = Profile::default();
    for hour in 0..5 * 24 {
        let reading = Reading::new(hour * 3_600, 3_600);
        short.add(&reading.with(Signal::CpuMax, 100.0).with(Signal::MemoryMax, 700.0));
    }
    assert!(advised("us-east-1", &today, &short).candidates.is_empty());
}

/// What is recommended is what the backtest judges: of the sizes within the limits the one with
/// the least expected cost.
#[test]
fn the_size_is_the_one_that_the_backtest_would_take() {
    let catalog = book::catalog("us-east-1").unwrap();
    let fitter = Fitter::new(&catalog, SETTINGS.node);
    let table = fitter.table(Platform::LinuxX86, Purchase::OnDemand).unwrap();
    let mut sold: Vec<_> = table.all().collect();
    sold.sort_by_key(|(size, price)| (*price, *size));
    let sizes: Vec<Size> = sold.iter().map(|(size, _)| *size).collect();
    for (cpu, memory) in [(90.0, 300.0), (240.0, 470.0), (500.0, 1_900.0), (1_900.0, 2_500.0)] {
        let mut profile = Profile::default();
        for hour in 0..28 * 24 {
            let wave = 0.5 + 0.5 * f64::from(i32::try_from(hour * 37 % 101).unwrap()) / 100.0;
            let reading = Reading::new(hour * 3_600, 3_600)
                .with(Signal::CpuMax, cpu * wave)
                .with(Signal::MemoryMax, memory * wave);
            profile.add(&reading);
        }
        let history = size::risk::History::of(&profile);
        let risks = history.risks(size::risk::Parameters::shipped(), &sizes, 30.0);
        let month = Quantity::<Hour>::whole(730);
        let candidates: Vec<crate::model::Candidate> = sold
            .iter()
            .zip(risks)
            .map(|((size, price), risk)| crate::model::Candidate {
                size: *size,
                usd_per_month: price.times(month).unwrap().usd,
                risk,
            })
            .collect();
        let chosen = size::risk::choose(&candidates, &RISK).unwrap();
        let advice = advise(&web(None), &profile, &fitter, &SETTINGS);
        assert_eq!(advice.recommended.unwrap().size, sizes[chosen]);
    }
}

#[test]
fn a_job_is_sized_and_priced_by_its_runs() {
    // Twenty nights, one reading of twenty seconds each.
    let mut runs = Profile::default();
    for day in 0..20 {
        let reading = Reading::new(day * 86_400 + 3_600, 20)
            .with(Signal::CpuMax, 200.0)
            .with(Signal::MemoryMax, 400.0);
        runs.add(&reading);
    }
    let job =
        Workload { kind: Kind::Task, size: Some(Size::new(1024, 4096)), ..Workload::named("job") };
    let catalog = book::catalog("us-east-1").unwrap();
    let month = Month { hours: 720, window_seconds: 20 * 86_400 };
    let settings = Settings { month, ..SETTINGS };
    let advice = advise(&job, &runs, &Fitter::new(&catalog, SETTINGS.node), &settings);
    // Thirty runs, each billed as a minute: half an hour.
    assert_eq!(advice.task_hours, Some(Quantity::ratio(1, 2)));
    let seen = advice.observed.runs.unwrap();
    assert_eq!((seen.count, seen.shortest, seen.longest), (20, 20, 20));
    assert_eq!(seen.memory_maximum, Some(Fine(400 * 1024)));
    assert_eq!(advice.recommended.as_ref().unwrap().size, Size::new(256, 512));
    assert!(advice.predicted().unwrap().memory_ppm.is_some(), "twenty runs say enough");
    assert_eq!(codes(&advice), []);
    // Half a gigabyte at the fit's price, thirty times.
    let lambda = advice.places.iter().find(|one| one.place.name() == "lambda-x86").unwrap();
    let fit = lambda.fit().expect("twenty seconds are short enough");
    assert!(fit.assumptions.iter().any(|one| one.contains("longest that was seen")));
    // Four runs are too few to size down on.
    let mut few = Profile::default();
    for week in 0..4 {
        few.add(
            &Reading::new(week * 604_800, 3_600)
                .with(Signal::CpuMax, 9.0)
                .with(Signal::MemoryMax, 9.0),
        );
    }
    let advice = advised("us-east-1", &job, &few);
    assert_eq!(advice.recommended.as_ref().unwrap().size, Size::new(1024, 4096));
    assert_eq!(codes(&advice), [Code::TooFewRuns, Code::TooFewRuns]);
}

#[test]
fn tasks_of_a_job_that_overlap_are_runs_of_their_own() {
    // Each day three tasks of ten minutes, five minutes apart, seen together and one by one.
    let (mut together, mut runs) = (Profile::default(), Vec::new());
    for day in 0..20 {
        for task in 0..3 {
            let mut one = Profile::default();
            for step in 0..2 {
                let at = day * 86_400 + task * 300 + step * 300;
                let reading = Reading::new(at, 300)
                    .with(Signal::CpuMax, 200.0)
                    .with(Signal::MemoryMax, 400.0);
                one.add(&reading);
                if step == 0 || task == 2 {
                    let tasks = if task == 0 || step == 1 { 1.0 } else { 2.0 };
                    together.add(&reading.with(Signal::Tasks, tasks));
                }
            }
            runs.extend(one.as_run());
        }
    }
    let job = Workload { kind: Kind::Task, ..web(Some(Size::new(256, 512))) };
    let month = Month { hours: 720, window_seconds: 20 * 86_400 };
    let settings = Settings { month, ..SETTINGS };
    let catalog = book::catalog("us-east-1").unwrap();
    let fitter = Fitter::new(&catalog, SETTINGS.node);
    let joined = advise(&job, &together, &fitter, &settings);
    assert_eq!(joined.observed.runs.unwrap().longest, 1_200);
    let apart = together.with_runs(crate::model::Runs::of_tasks(runs));
    let advice = advise(&job, &apart, &fitter, &settings);
    let seen = advice.observed.runs.unwrap();
    assert_eq!((seen.count, seen.longest), (60, 600));
    // Ninety runs of ten minutes in thirty days: fifteen hours, and ninety calls of Lambda.
    assert_eq!(advice.task_hours, Some(Quantity::ratio(15, 1)));
    assert_eq!(joined.task_hours, advice.task_hours);
}

#[test]
fn no_neighbour_has_less_than_must_be_held_of_what_is_not_predicted() {
    // Memory creeps by 10 MiB a day: its risk is not predicted.
    let mut leak = Profile::default();
    for hour in 0..21 * 24 {
        let grown = f64::from(i32::try_from(hour).unwrap()) * 10.0 / 24.0;
        let reading = Reading::new(hour * 3_600, 3_600)
            .with(Signal::CpuMax, 100.0)
            .with(Signal::MemoryMax, 600.0 + grown);
        leak.add(&reading);
    }
    let advice = advised("us-east-1", &web(Some(Size::new(512, 2_048))), &leak);
    assert!(codes(&advice).contains(&Code::MemoryCreeps));
    let least = advice.sizing.least.unwrap();
    assert!(advice.candidates.iter().all(|one| one.size.memory >= least.memory));
    assert!(advice.candidates.iter().all(|one| one.risk.memory_ppm.is_none()));
}
