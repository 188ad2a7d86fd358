//! What was played against the closed form, and against hand reckoning.

use super::*;
use crate::advise::fixtures::{NODE, SETTINGS, with_m5_large as wanted};
use crate::advise::{Beside, advise_as};
use crate::book;
use crate::model::{
    Alarm, Capacity, Catalog, Function, HourReplay, Launch, PlanType, Protocol, Reading, Scaling,
    ScalingPolicy, Signal, StepAdjustment, StepScaling, Workload,
};
use crate::units::MiB;
use proptest::prelude::*;

mod contract;
mod own_policies;
mod worlds;

const DAYS: i64 = 14;

struct Recorded {
    workload: Workload,
    samples: Vec<Sample>,
    profile: Profile,
}

fn recorded(workload: Workload, readings: impl Iterator<Item = Reading>) -> Recorded {
    let (mut profile, mut samples) = (Profile::default(), Vec::new());
    for reading in readings {
        profile.add(&reading);
        samples.push(Sample::of(&reading));
    }
    Recorded { workload, samples, profile }
}

fn reading(at: i64, seconds: u32, cpu: f64, tasks: f64) -> Reading {
    Reading::new(at, seconds)
        .with(Signal::CpuMean, cpu)
        .with(Signal::CpuMax, cpu)
        .with(Signal::MemoryMax, 300.0)
        .with(Signal::Tasks, tasks)
        .with_requests(3_600.0)
}

/// Two weeks, an hour a reading.
fn steady(id: &str, tasks: f64) -> Recorded {
    recorded(web(id), (0..DAYS * 24).map(|hour| reading(hour * HOUR, 3_600, 100.0, tasks)))
}

fn web(id: &str) -> Workload {
    Workload {
        size: Some(Size::new(1024, 2048)),
        protocol: Some(Protocol::Http),
        request_milliseconds: Some(100),
        ..Workload::named(id)
    }
}

/// Made-up prices would prove little: those of the book.
fn catalog() -> Catalog {
    book::catalog("us-east-1").unwrap()
}

struct Told {
    advices: Vec<Advice>,
    scenes: Vec<SceneReplay>,
}

fn told(all: &[Recorded], scenes: &[Scene], instances: &[Instance]) -> Told {
    Staged { instances: instances.to_vec(), ..staged() }.play(all, scenes)
}

fn under(all: &[Recorded], scenes: &[Scene], contract: &Contract) -> Told {
    Staged { contract: contract.clone(), ..staged() }.play(all, scenes)
}

/// What is asked beside the scenes.
struct Staged {
    settings: Settings,
    wanted: Wanted,
    instances: Vec<Instance>,
    contract: Contract,
    own_policies: bool,
    around: Around,
}

fn staged() -> Staged {
    Staged {
        settings: SETTINGS,
        wanted: wanted(),
        instances: Vec::new(),
        contract: Contract::default(),
        own_policies: false,
        around: Around::NOTHING,
    }
}

/// A month of so many hours, and a window of so many seconds.
fn month(hours: u32, window_seconds: u64) -> Settings {
    Settings { month: crate::advise::Month { hours, window_seconds }, ..SETTINGS }
}

impl Staged {
    fn play(&self, all: &[Recorded], scenes: &[Scene]) -> Told {
        self.play_at(&catalog(), all, scenes)
    }

    fn play_at(&self, catalog: &Catalog, all: &[Recorded], scenes: &[Scene]) -> Told {
        let fitter = Fitter::new(catalog, NODE);
        let advices: Vec<Advice> = all
            .iter()
            .map(|one| {
                let beside = Beside { asked: None, samples: &one.samples };
                advise_as(&one.workload, &one.profile, &fitter, &self.settings, beside)
            })
            .collect();
        let asked = Asked {
            scenes,
            wanted: &self.wanted,
            instance_start_seconds: 180,
            instances: &self.instances,
            contract: &self.contract,
            own_policies: self.own_policies,
            around: &self.around,
        };
        let window = Window::of(all.iter().map(|one| &one.profile)).unwrap();
        let effort = Effort::brief();
        let mut player = Player::new(&advices, &fitter, &self.settings, &asked, window, &effort);
        for (advice, one) in advices.iter().zip(all) {
            player.play(advice, &one.profile, &one.samples);
        }
        let scenes = player.finish().into_iter().map(Result::unwrap).collect();
        Told { advices, scenes }
    }
}

fn cents(pico: u128) -> String {
    crate::model::ledger::cents(pico)
}

fn ran(scene: &SceneReplay, id: &str) -> Ran {
    let row = scene.rows.iter().find(|row| row.workload == id).unwrap();
    row.outcome.clone().unwrap()
}

#[test]
fn a_constant_load_costs_what_the_closed_form_says() {
    let told = told(&[steady("a", 2.0)], &[Scene::Current, Scene::Fargate], &[]);
    let [current, fargate] = told.scenes.as_slice() else { panic!() };
    // Two tasks of 1 vCPU and 2 GB: 0.04048 + 2 x 0.004445 dollars an hour each.
    let hourly = 2 * (40_480_000_000 + 2 * 4_445_000_000);
    assert!(current.hours.iter().all(|hour| hour.total() == hourly));
    assert_eq!(current.hours.len(), 336);
    assert_eq!(current.pico(), hourly * 336);
    assert_eq!(current.month_pico, hourly * 730);
    let closed = [told.advices[0].current_usd(), told.advices[0].recommended_usd()];
    for (scene, closed) in [current, fargate].into_iter().zip(closed) {
        assert_eq!(cents(scene.month_pico), closed.unwrap().cents_string());
        let seconds: u64 = scene.hours.iter().map(|hour| hour.task_milliseconds).sum();
        assert_eq!(seconds, 336 * 3_600 * 2_000);
    }
    assert_eq!(cents(fargate.month_pico), "18.02");
    assert_eq!(ran(current, "a").short_seconds, Some(0));
    assert_eq!(ran(current, "a").memory_failures, Some(0));
}

#[test]
fn a_job_is_paid_by_the_run_and_for_a_minute_at_least() {
    // Each day 10 minutes, and once 20 seconds.
    let job = Workload { kind: Kind::Task, protocol: None, ..web("job") };
    let readings = (0..DAYS).flat_map(|day| {
        let at = day * 86_400 + 7_200;
        [
            reading(at, 300, 100.0, 1.0),
            reading(at + 300, 300, 100.0, 1.0),
            reading(at + 9_000, 20, 100.0, 1.0),
        ]
    });
    let told = told(&[steady("a", 1.0), recorded(job, readings)], &[Scene::Current], &[]);
    let scene = &told.scenes[0];
    let job = ran(scene, "job");
    let hourly: u128 = 40_480_000_000 + 2 * 4_445_000_000;
    let each = hourly * 600 / 3_600 + hourly * 60 / 3_600;
    assert!(job.pico.unwrap().abs_diff(each * 14) < 100, "each hour is rounded");
    let closed = told.advices[1].current_usd().unwrap();
    assert_eq!(cents(job.month_pico.unwrap()), closed.cents_string());
    let third = scene.hours[2].total() - hourly;
    assert_eq!(third, hourly * 600 / 3_600, "in the hour in which it ran");
}

#[test]
fn the_base_is_on_demand_at_every_time() {
    let launch = |capacity, weight, base| Launch { capacity, provider: None, weight, base };
    let workload = Workload {
        launch: vec![launch(Capacity::Fargate, 0, 2), launch(Capacity::FargateSpot, 1, 0)],
        ..web("a")
    };
    // Two tasks one hour, six the next.
    let readings = (0..DAYS * 24)
        .map(|hour| reading(hour * HOUR, 3_600, 100.0, if hour % 2 == 0 { 2.0 } else { 6.0 }));
    let told = told(&[recorded(workload, readings)], &[Scene::Current], &[]);
    let task: u128 = 40_480_000_000 + 2 * 4_445_000_000;
    let [first, second] = [0, 1].map(|hour| told.scenes[0].hours[hour].total());
    assert_eq!(first, 2 * task);
    let catalog = catalog();
    let spot = catalog.fargate(Platform::LinuxX86, Purchase::Spot).unwrap().task_rates().unwrap();
    let spot = u128::from(spot.vcpu.as_pico()) + 2 * u128::from(spot.memory.as_pico());
    assert_eq!(second, 2 * task + 4 * spot);
}

#[test]
fn gaps_cost_the_mean_and_are_told() {
    let gone = |hour: i64| !(100..110).contains(&hour);
    let readings = (0..DAYS * 24)
        .filter(|hour| gone(*hour))
        .map(|hour| reading(hour * HOUR, 3_600, 100.0, if hour < 200 { 1.0 } else { 3.0 }));
    let told = told(&[recorded(web("a"), readings)], &[Scene::Current], &[]);
    let row = ran(&told.scenes[0], "a");
    assert_eq!(row.filled_seconds, 36_000);
    let task: u128 = 40_480_000_000 + 2 * 4_445_000_000;
    // 190 hours with one, 136 with three: 1.834 on average.
    assert_eq!(told.scenes[0].hours[105].total(), task * 1_834 / 1_000);
    let closed = told.advices[0].current_usd().unwrap();
    assert_eq!(cents(row.month_pico.unwrap()), closed.cents_string());
}

#[test]
fn what_was_never_measured_is_assumed_as_it_is_wanted() {
    let unseen = Workload { tasks: Some(3), ..web("unseen") };
    let told =
        told(&[steady("a", 1.0), recorded(unseen, std::iter::empty())], &[Scene::Current], &[]);
    let row = ran(&told.scenes[0], "unseen");
    assert_eq!((row.short_seconds, row.memory_failures), (None, None));
    assert_eq!(row.filled_seconds, 336 * 3_600);
    let closed = told.advices[1].current_usd().unwrap();
    assert_eq!(cents(row.month_pico.unwrap()), closed.cents_string());
}

#[test]
fn instances_of_the_plan_stand_all_the_time() {
    let all = [steady("a", 6.0), steady("b", 3.0)];
    let told = told(&all, &[Scene::Ec2, Scene::Ec2Fixed], &[]);
    let [scaled, fixed] = told.scenes.as_slice() else { panic!() };
    // Nine tasks of 128 CPU units fit one m5.large: 0.096 and 30 GB for 0.08 a month.
    let hourly = 96_000_000_000 + u128::from((30 * 80_000_000_000_u64).div_ceil(730));
    assert!(fixed.hours.iter().all(|hour| hour.total() == hourly));
    assert_eq!(fixed.month_pico, hourly * 730);
    assert_eq!(scaled.hours, fixed.hours, "a constant number of tasks needs the same");
    assert_eq!(fixed.instance_types, ["m5.large"]);
    assert!(fixed.rows.iter().all(|row| row.outcome.as_ref().unwrap().pico.is_none()));
}

#[test]
fn a_capacity_provider_brings_instances_when_they_are_needed() {
    // Memory of 3,000 MiB: two on an m5.large. Four tasks by night, twelve by day.
    let readings = (0..DAYS * 24).map(|hour| {
        let tasks = if hour % 24 < 12 { 4.0 } else { 12.0 };
        reading(hour * HOUR, 3_600, 100.0, tasks).with(Signal::MemoryMax, 3_000.0)
    });
    let told = told(&[recorded(web("a"), readings)], &[Scene::Ec2, Scene::Ec2Fixed], &[]);
    let [scaled, fixed] = told.scenes.as_slice() else { panic!() };
    assert_eq!(fixed.most_instances(), 6);
    let at = |hour: usize| scaled.hours[hour].instance_seconds;
    assert_eq!((at(1), at(13)), (2 * 3_600, 6 * 3_600));
    // Eight tasks wait three minutes for their instances.
    assert_eq!(scaled.hours[12].waiting_seconds, 8 * 180);
    // By night one task stays on each of four: two go after a quarter of an hour, and what is left
    // half full is not moved together.
    assert_eq!((at(24), at(30)), ((6 * 14 + 4 * 46) * 60, 4 * 3_600));
    assert!(scaled.pico() < fixed.pico());
}

#[test]
fn a_service_that_scales_is_played_under_its_recommended_policy() {
    let scaling = Scaling { minimum_tasks: 4, ..scaling("20", Vec::new()) };
    let workload = Workload { scaling: Some(scaling), ..web("a") };
    let readings = (0..DAYS * 288).map(|step| {
        let wave = f64::from(u32::try_from(step % 288).unwrap()) / 288.0 * std::f64::consts::TAU;
        reading(step * 300, 300, 150.0 + 50.0 * wave.cos(), 4.0)
    });
    let told = told(&[recorded(workload, readings)], &[Scene::Current, Scene::Fargate], &[]);
    let [current, fargate] = told.scenes.as_slice() else { panic!() };
    let recommended = told.advices[0].recommended.as_ref().unwrap();
    assert!(recommended.scaling.is_some());
    assert_eq!(ran(current, "a").most_tasks_milli, 4_000, "as it was counted");
    let row = ran(fargate, "a");
    assert_eq!(row.most_tasks_milli, recommended.scaling.unwrap().most_tasks * 1000);
    let closed = recommended.bill.total();
    assert_eq!(cents(row.month_pico.unwrap()), closed.cents_string());
    assert_eq!(row.short_seconds, Some(0));
}

fn scaling(target: &str, schedules: Vec<crate::model::Schedule>) -> Scaling {
    let policy = ScalingPolicy {
        name: "cpu".to_owned(),
        kind: "TargetTrackingScaling".to_owned(),
        metric: Some("ECSServiceAverageCPUUtilization".to_owned()),
        target: Some(target.to_owned()),
        ..ScalingPolicy::default()
    };
    Scaling {
        minimum_tasks: 1,
        maximum_tasks: 20,
        policies: vec![policy],
        schedules,
        ..Scaling::default()
    }
}

#[test]
fn functions_are_paid_by_the_request() {
    let function = Workload {
        kind: Kind::Function,
        size: None,
        function: Some(Function {
            memory_mib: MiB(512),
            timeout_seconds: 30,
            package: "Zip".to_owned(),
            temp_mib: None,
        }),
        ..web("f")
    };
    let readings = (0..DAYS * 24).map(|hour| {
        Reading::new(hour * HOUR, 3_600).with_requests(if hour % 2 == 0 { 0.0 } else { 7_200.0 })
    });
    let told = told(
        &[recorded(function, readings), steady("a", 1.0)],
        &[Scene::Current, Scene::Lambda],
        &[],
    );
    let [current, lambda] = told.scenes.as_slice() else { panic!() };
    let month = ran(current, "f").month_pico.unwrap();
    // 7,200 requests of 100 ms at 512 MB: 360 GB-seconds and 0.0072 of a million requests.
    let hour: u128 = 360 * 16_666_700 + 7_200 * 200_000;
    let task: u128 = 40_480_000_000 + 2 * 4_445_000_000;
    assert_eq!(current.hours[0].total(), task);
    assert!((current.hours[1].total() - task).abs_diff(hour) < 2);
    assert_eq!(cents(month), cents(hour * 365));
    // What is no function yet becomes one where it will do.
    assert_eq!(ran(lambda, "f"), ran(current, "f"));
    let placed =
        told.advices[1].places.iter().find(|one| one.place.name() == "lambda-x86").unwrap();
    let placed = placed.total().unwrap();
    assert_eq!(cents(ran(lambda, "a").month_pico.unwrap()), placed.cents_string());
}

#[test]
fn a_function_beyond_the_quota_is_told() {
    // 15,000 requests of 100 ms a second are 1,500 at a time.
    let busy = recorded(
        web("a"),
        (0..DAYS * 24).map(|hour| {
            reading(hour * HOUR, 3_600, 100.0, 2.0).with_requests(if hour == 5 {
                5.4e7
            } else {
                3_600.0
            })
        }),
    );
    let told = told(&[busy], &[Scene::Lambda], &[]);
    let row = &told.scenes[0].rows[0];
    let each = row.runs_as.rsplit_once(", ").unwrap().1.strip_suffix(" ms").unwrap();
    let at_once = 15 * each.parse::<u64>().unwrap();
    assert_eq!(row.outcome.as_ref().unwrap().most_at_once, Some(at_once));
    assert!(at_once >= 1_500);
    assert_eq!(row.findings[0].code, Code::LambdaConcurrency);
}

#[test]
fn instances_that_were_seen_are_paid_for_all_the_time() {
    let on_ec2 = Launch { capacity: Capacity::Ec2, provider: None, weight: 1, base: 0 };
    let mut one = steady("a", 2.0);
    one.workload.launch = vec![on_ec2];
    let without = told(std::slice::from_ref(&one), &[Scene::Current], &[]);
    let row = &without.scenes[0].rows[0];
    assert_eq!(row.outcome.as_ref().unwrap_err().code, Code::NotOnFargate);
    let instance = Instance {
        account: String::new(),
        region: "us-east-1".to_owned(),
        cluster: "prod".to_owned(),
        instance_type: Some("m5.large".to_owned()),
        ec2_instance_id: None,
        capacity_provider: None,
        status: "ACTIVE".to_owned(),
        running_tasks: 2,
        registered: None,
        remaining: None,
    };
    let with = told(&[one], &[Scene::Current], &[instance.clone(), instance]);
    let hourly = 2 * (96_000_000_000 + u128::from((30 * 80_000_000_000_u64).div_ceil(730)));
    assert!(with.scenes[0].hours.iter().all(|hour| hour.total() == hourly));
    assert_eq!(with.scenes[0].month_pico, hourly * 730);
    assert_eq!(ran(&with.scenes[0], "a").pico, None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever ran: the hours add up to the rows, every workload is there once, and a month is
    /// the closed form's.
    #[test]
    fn hours_add_up_to_rows_and_rows_to_the_closed_form(
        services in prop::collection::vec(prop::collection::vec((1_u8..9, 1_u32..5, any::<bool>()), 4..40), 1..4),
    ) {
        let periods = [60, 300, 900, 3_600];
        let all: Vec<Recorded> = services
            .iter()
            .enumerate()
            .map(|(number, steps)| {
                let mut at = 0;
                let readings: Vec<Reading> = steps
                    .iter()
                    .flat_map(|(tasks, period, gap)| {
                        let seconds = periods[(*period - 1) as usize];
                        let start = at;
                        at += i64::from(seconds) * 5 + if *gap { 1_800 } else { 0 };
                        (0..5).map(move |one| {
                            reading(start + one * i64::from(seconds), seconds, 100.0, f64::from(*tasks))
                        })
                    })
                    .collect();
                recorded(web(&format!("w{number}")), readings.into_iter())
            })
            .collect();
        let told = told(&all, &[Scene::Current, Scene::Lambda], &[]);
        for scene in &told.scenes {
            let rows: u128 = scene.rows.iter().filter_map(|row| row.outcome.as_ref().ok()?.pico).sum();
            prop_assert_eq!(scene.pico(), rows);
            prop_assert_eq!(scene.rows.len(), all.len());
        }
        let window = Window::of(all.iter().map(|one| &one.profile)).unwrap();
        for (advice, one) in told.advices.iter().zip(&all) {
            let month = ran(&told.scenes[0], &advice.workload.id).month_pico.unwrap();
            let closed = advice.current_usd().unwrap();
            let played = crate::report::ledger_tables::usd(month);
            // What was there for a part of the window alone is paid for that part of a month.
            let (part, all) = (one.profile.window_seconds(), window.live_seconds());
            let part = if part >= all / 100 * 99 { all } else { part };
            let expected = i128::from(closed.0) * i128::from(part) / i128::from(all);
            // The mean of gaps is rounded to thousandths of a task.
            let apart = (i128::from(played.0) - expected).abs();
            prop_assert!(apart < 40_000, "{} {expected}", played.0);
        }
    }
}

#[test]
fn readings_too_coarse_to_be_played_are_not_free() {
    let workload = Workload { scaling: Some(scaling("20", Vec::new())), ..web("a") };
    // A week by the hour, then a week at five minutes.
    let coarse = (0..7 * 24).map(|hour| reading(hour * HOUR, 3_600, 100.0, 4.0));
    let fine = (0..7 * 288).map(|step| reading(7 * 86_400 + step * 300, 300, 100.0, 4.0));
    let told = told(&[recorded(workload, coarse.chain(fine))], &[Scene::Fargate], &[]);
    let hours = &told.scenes[0].hours;
    assert_eq!(hours[5].task_milliseconds, hours[300].task_milliseconds);
    assert!(hours[5].total() > 0);
    assert_eq!(ran(&told.scenes[0], "a").filled_seconds, 7 * 86_400);
}

#[test]
fn edges_and_silence_do_not_count() {
    // Two days from half past, silence for four weeks, two days more.
    let days =
        |from: i64| (0..48).map(move |hour| reading(from + 1_800 + hour * HOUR, 3_600, 100.0, 6.0));
    let readings = days(0).chain(days(30 * 86_400));
    let one = recorded(web("a"), readings);
    let window = Window::of(std::iter::once(&one.profile)).unwrap();
    assert_eq!((window.hours(), window.live_seconds()), (32 * 24 + 1, 4 * 86_400));
    let terms = crate::model::Terms { years: 1, payment: crate::model::Payment::NoUpfront };
    let contract = Contract { best: Some((PlanType::Compute, terms)), ..Contract::default() };
    let staged = Staged { settings: month(730, 4 * 86_400), contract, ..staged() };
    let Told { advices, scenes } =
        staged.play(&[one], &[Scene::Current, Scene::Ec2, Scene::Ec2Fixed]);
    let [current, scaled, fixed] = scenes.as_slice() else { panic!() };
    let closed = advices[0].current_usd().unwrap();
    assert_eq!(cents(current.month_pico), closed.cents_string());
    let hourly = 96_000_000_000 + u128::from((30 * 80_000_000_000_u64).div_ceil(730));
    // Too few readings to size down: two tasks on each of three.
    let hourly = hourly * 3;
    assert_eq!(cents(fixed.month_pico), cents(hourly * 730));
    // A quarter of an hour until the instance goes.
    assert!(scaled.month_pico.abs_diff(hourly * 730) < hourly * 730 / 200, "{}", scaled.month_pico);
    // As constant as it is, all of it is covered and all of the plan is used, but for half an hour
    // at the silence's end, whose hour counts as a whole.
    let best = current.committed.as_ref().unwrap().best.clone().unwrap();
    assert!(best.utilization.unwrap() > 0.99 && best.coverage.unwrap() > 0.999, "{best:?}");
}

#[test]
fn requests_and_jobs_stand_where_they_were() {
    let day = recorded(
        web("a"),
        (0..DAYS).map(|day| reading(day * 86_400, 86_400, 100.0, 2.0).with_requests(864_000.0)),
    );
    let spread = told(&[day], &[Scene::Lambda], &[]);
    let hours: Vec<u128> = spread.scenes[0].hours.iter().map(HourReplay::total).collect();
    assert!(hours.iter().all(|hour| hour.abs_diff(hours[0]) < 100), "{hours:?}");
    // Every second hour is missing: the mean is filled in, as on Fargate.
    let gaps =
        recorded(web("a"), (0..DAYS * 12).map(|hour| reading(hour * 2 * HOUR, 3_600, 100.0, 2.0)));
    let told_gaps = told(&[gaps], &[Scene::Lambda, Scene::Fargate], &[]);
    let [lambda, fargate] = [0, 1].map(|scene| ran(&told_gaps.scenes[scene], "a"));
    assert_eq!(lambda.filled_seconds, fargate.filled_seconds);
    // Ten tasks at midnight, one at noon.
    let job = Workload { kind: Kind::Task, protocol: None, ..web("job") };
    let readings = (0..DAYS).flat_map(|day| {
        [(0, 10.0), (12, 1.0)]
            .map(|(hour, tasks)| reading(day * 86_400 + hour * HOUR, 3_600, 100.0, tasks))
    });
    let told_job = told(&[steady("a", 1.0), recorded(job, readings)], &[Scene::Current], &[]);
    let task: u128 = 40_480_000_000 + 2 * 4_445_000_000;
    let hours = &told_job.scenes[0].hours;
    assert_eq!((hours[0].total(), hours[12].total()), (11 * task, 2 * task));
    assert_eq!(ran(&told_job.scenes[0], "job").most_tasks_milli, 10_000);
}

/// A week with 4 vCPU and 8 GB, then one with a quarter of it; 3,000 units all the time.
#[test]
fn a_size_that_changed_is_paid_and_held_in_its_time() {
    let since = |since, cpu_units: u32, memory_mib: u32| crate::model::SizeSince {
        since,
        settled: None,
        unknown: false,
        revision: format!("web:{since}"),
        cpu_units: Some(crate::units::CpuUnits(cpu_units)),
        memory_mib: Some(MiB(memory_mib)),
    };
    let week = 7 * 86_400;
    let workload = Workload {
        sizes: vec![since(1_000, 4_096, 8_192), since(week, 1_024, 2_048)],
        size_changes: 1,
        ..web("a")
    };
    let readings = || (0..DAYS * 24).map(|hour| reading(hour * HOUR, 3_600, 3_000.0, 1.0));
    let played = told(&[recorded(workload.clone(), readings())], &[Scene::Current], &[]);
    let small: u128 = 40_480_000_000 + 2 * 4_445_000_000;
    let scene = &played.scenes[0];
    assert_eq!((scene.hours[10].total(), scene.hours[200].total()), (4 * small, small));
    assert_eq!(scene.pico(), 168 * 5 * small);
    assert_eq!(ran(scene, "a").short_seconds, Some(168 * 3_600));
    assert!(scene.rows[0].findings.is_empty());
    // Where sizes are not known in their time, today's is taken, and that is said.
    let workload = Workload { sizes: Vec::new(), ..workload };
    let played = told(&[recorded(workload, readings())], &[Scene::Current], &[]);
    assert_eq!(played.scenes[0].pico(), 336 * small);
    assert_eq!(played.scenes[0].rows[0].findings[0].code, Code::SizeChanged);
}

#[test]
fn gpus_stay_with_gpus_and_a_plan_weighs_the_discount() {
    let mut gpu = steady("gpu", 1.0);
    gpu.workload.gpus = 1;
    let families = vec!["g4dn.xlarge".to_owned(), "m5.large".to_owned()];
    let staged = Staged { wanted: Wanted { families, ..wanted() }, ..staged() };
    let scene = staged.play(&[gpu, steady("web", 12.0)], &[Scene::Ec2]).scenes.remove(0);
    assert!(scene.instance_types.contains(&"g4dn.xlarge".to_owned()), "{:?}", scene.instance_types);
    assert_eq!(scene.waiting_seconds(), 0);
    // At a discount of thirty percent a plan that takes off twenty saves nothing.
    let terms = crate::model::Terms { years: 1, payment: crate::model::Payment::NoUpfront };
    let contract =
        Contract { best: Some((PlanType::Compute, terms)), discount: 3_000, ..Contract::default() };
    let told = under(&[steady("a", 2.0)], &[Scene::Current], &contract);
    let best = told.scenes[0].committed.as_ref().unwrap().best.clone().unwrap();
    assert_eq!((best.hourly_pico, best.saved_pico), (0, 0));
}

/// The examples of AWS's pricing pages, played: the month of each is thirty or thirty-one days.
#[test]
fn published_examples_come_out_of_the_hours() {
    let a_month = |days: u32, one: Recorded| {
        let settings = month(days * 24, u64::from(days) * 86_400);
        let told = Staged { settings, ..staged() }.play(&[one], &[Scene::Current]);
        cents(told.scenes[0].month_pico)
    };
    // Fargate, examples 1 and 2: five tasks of 1 vCPU and 2 GB with 30 GB, ten minutes each day.
    let job = |architecture| {
        let workload = Workload {
            kind: Kind::Task,
            architecture,
            size: Some(Size::new(1_024, 2_048)),
            ephemeral_gib: Some(30),
            ..Workload::named("job")
        };
        let daily =
            (0..30).flat_map(|day| [0, 300].map(|at| reading(day * 86_400 + at, 300, 100.0, 5.0)));
        recorded(workload, daily)
    };
    assert_eq!(a_month(30, job(crate::model::Architecture::X86)), "1.26");
    assert_eq!(a_month(30, job(crate::model::Architecture::Arm)), "1.02");
    // Lambda: 10,000 requests an hour of two seconds at 1,024 MB, 31 days, without the free tier.
    let function = Workload {
        kind: Kind::Function,
        request_milliseconds: Some(2_000),
        function: Some(Function {
            memory_mib: MiB(1_024),
            timeout_seconds: 30,
            package: "Zip".to_owned(),
            temp_mib: None,
        }),
        ..Workload::named("f")
    };
    let hourly = (0..31 * 24).map(|hour| Reading::new(hour * HOUR, 3_600).with_requests(10_000.0));
    assert_eq!(a_month(31, recorded(function, hourly)), "249.49");
}
