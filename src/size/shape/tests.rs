//! A fixture for every code.

use super::*;
use crate::model::{Capacity, Container, Heap, HeapLimit, Launch, Reading, Runtime, Signal, Size};
use crate::model::{SizeSince, Stop};
use crate::units::CpuUnits;

const POLICY: Policy = Policy {
    risk: None,
    risk_days: 30,
    cpu_percentile_per_mille: 990,
    cpu_headroom_percent: 20,
    memory_margin_percent: 15,
    averages_cpu_percent: 250,
    averages_memory_percent: 25,
    min_readings: 100,
    floor: Size::new(64, 128),
};

/// 2026-11-02, a Monday.
const MONDAY: i64 = 20_759 * 86_400;

/// Hourly readings; of each hour by its number CPU mean and maximum, memory.
fn profile(days: i64, of: impl Fn(f64) -> (f64, f64, f64)) -> Profile {
    let mut profile = Profile::default();
    for hour in 0..days * 24 {
        let (mean, most, memory) = of(f64::from(i32::try_from(hour).unwrap()));
        let reading = Reading::new(MONDAY + hour * 3_600, 3_600)
            .with(Signal::CpuMean, mean)
            .with(Signal::CpuMax, most)
            .with(Signal::MemoryMax, memory)
            .with(Signal::Tasks, 3.0);
        profile.add(&reading);
    }
    profile
}

/// Busier on working days, in the daytime; memory flat.
fn usual(hour: f64) -> (f64, f64, f64) {
    let (day, of_day) = ((hour / 24.0).floor() % 7.0, hour % 24.0);
    let busy = if day < 5.0 && (8.0..18.0).contains(&of_day) { 300.0 } else { 60.0 };
    (busy, busy * 1.3, 600.0 + 20.0 * (hour * 0.7).sin())
}

fn web() -> Workload {
    Workload { size: Some(Size::new(512, 1024)), ..Workload::named("web") }
}

fn looked(workload: &Workload, profile: &Profile) -> (Shape, Vec<Code>) {
    let shape = look(workload, profile, &POLICY);
    let codes = shape.findings.iter().map(|one| one.code).collect();
    (shape, codes)
}

fn said(shape: &Shape, code: Code) -> &str {
    &shape.findings.iter().find(|one| one.code == code).unwrap().detail
}

#[test]
fn an_ordinary_service_is_not_remarkable() {
    let (shape, codes) = looked(&web(), &profile(35, usual));
    assert_eq!(codes, []);
    assert!(!shape.cpu.hold && !shape.memory.hold);
    assert_eq!(shape.least_memory, MiB(0));
}

#[test]
fn the_turn_of_a_month_is_missed() {
    // 2 to 29 November holds a second of the month, 3 to 29 none.
    let mut late = Profile::default();
    for hour in 24..24 * 20 {
        late.add(&Reading::new(MONDAY + hour * 3_600, 3_600).with(Signal::CpuMax, 1.0));
    }
    assert!(late.readings() > 0);
    let (shape, codes) = looked(&web(), &late);
    assert!(codes.contains(&Code::MonthEndNotSeen));
    assert_eq!(said(&shape, Code::MonthEndNotSeen), "2026-11-03 to 2026-11-21");
    assert_eq!(looked(&web(), &profile(20, usual)).1, []);
}

#[test]
fn a_leak_creeps_with_its_slope_and_the_days_left() {
    let leak = |hour: f64| (50.0, 60.0, 400.0 + hour); // 24 MiB a day
    let (shape, codes) = looked(&web(), &profile(14, leak));
    assert_eq!(codes, [Code::MemoryCreeps]);
    assert!(shape.memory.not_chance);
    assert_eq!(shape.least_memory, MiB(1024), "what it has today is filled within thirty days");
    // The last day's mean is 400 + 13.5 * 24 - 0.5: 300 and some MiB are left.
    let left = "24.0 MiB a day; 1024 MiB are reached 13 days after the last";
    assert_eq!(said(&shape, Code::MemoryCreeps), left);
    // Begun anew each week it has an end, and that was seen.
    let weekly = |hour: f64| (50.0, 60.0, 400.0 + hour % 168.0);
    let (shape, codes) = looked(&web(), &profile(28, weekly));
    assert_eq!(codes, [Code::MemoryCreeps]);
    assert_eq!(shape.least_memory, MiB(0), "how far it gets has been seen");
    assert_eq!(said(&shape, Code::MemoryCreeps), "24.0 MiB a day, begun anew 4 times");
    // Where the limit is far, only what is reached in thirty days is held.
    let large = Workload { size: Some(Size::new(4096, 30_720)), ..web() };
    let (shape, _) = looked(&large, &profile(14, leak));
    assert_eq!(shape.least_memory, MiB(1_444), "the last day's mean and thirty times 24");
    // A leak that came with a deployment.
    let lately = |hour: f64| (50.0, 60.0, 600.0 + (hour - 480.0).max(0.0) * 2.5);
    let (shape, codes) = looked(&large, &profile(30, lately));
    assert!(codes.contains(&Code::MemoryCreeps), "{codes:?}");
    assert!(said(&shape, Code::MemoryCreeps).starts_with("60.0 MiB a day; "));
    // Noise, a rhythm and a small rise do not creep.
    let small = |hour: f64| (50.0, 60.0, 400.0 + hour / 20.0);
    assert_eq!(looked(&web(), &profile(21, small)).1, []);
    let noise = |hour: f64| (50.0, 60.0, 400.0 + 200.0 * (hour * 1.7).sin());
    assert_eq!(looked(&web(), &profile(21, noise)).1, []);
    // Neither does what levels off, nor what falls back at night.
    let warm = |hour: f64| (50.0, 60.0, 500.0 + 150.0 * (1.0 - (-hour / 100.0).exp()));
    assert!(!looked(&web(), &profile(21, warm)).1.contains(&Code::MemoryCreeps));
    let week = |hour: f64| {
        let day = (hour / 24.0).floor() % 7.0;
        let busy = if (8.0..18.0).contains(&(hour % 24.0)) { 40.0 * day.min(4.0) } else { 0.0 };
        (50.0, 60.0, 400.0 + busy)
    };
    assert_eq!(looked(&web(), &profile(28, week)).1, []);
}

#[test]
fn a_deployment_is_a_step() {
    let doubled = |from: f64, factor: f64| {
        move |hour: f64| {
            let (mean, most, memory) = usual(hour);
            (mean, most, if hour >= from * 24.0 { memory * factor } else { memory })
        }
    };
    let (shape, codes) = looked(&web(), &profile(21, doubled(17.0, 1.5)));
    assert_eq!(codes, [Code::StepChange]);
    let detail = "memory from about 600 to 902 on 2026-11-19";
    assert_eq!(said(&shape, Code::StepChange), detail);
    assert!(shape.memory.hold && !shape.cpu.hold, "four days at the new level");
    let (shape, codes) = looked(&web(), &profile(28, doubled(17.0, 1.5)));
    assert_eq!(codes, [Code::StepChange]);
    assert!(!shape.memory.hold);
    let (shape, codes) = looked(&web(), &profile(21, doubled(17.0, 0.5)));
    assert_eq!((codes, shape.memory.hold), (vec![Code::StepChange], false), "less is no danger");
    let cpu = |hour: f64| if hour < 240.0 { (50.0, 60.0, 300.0) } else { (100.0, 110.0, 300.0) };
    let (shape, codes) = looked(&web(), &profile(14, cpu));
    assert_eq!((codes, shape.cpu.hold), (vec![Code::StepChange], true));
    // A week's rhythm is none, wherever the window ends.
    for days in 10..30 {
        assert_eq!(looked(&web(), &profile(days, usual)).1, [], "{days} days");
    }
}

fn with_heap(heap: Heap) -> Workload {
    let container = Container { heap: Some(heap), ..Container::named("app") };
    Workload { containers: vec![container], ..web() }
}

#[test]
fn a_heap_is_held_until_its_flag_is_set() {
    let steady = profile(35, usual);
    for (runtime, flag) in [
        (Runtime::Jvm, "-Xmx496m"),
        (Runtime::Node, "--max-old-space-size=496"),
        (Runtime::Go, "GOMEMLIMIT=496MiB"),
    ] {
        for limit in [None, Some(HeapLimit::Share)] {
            let (shape, codes) = looked(&with_heap(Heap { runtime, limit }), &steady);
            assert_eq!(codes, [Code::HeapShaped]);
            assert!(shape.memory.hold);
            assert!(said(&shape, Code::HeapShaped).contains(flag));
        }
        let limit = Some(HeapLimit::Fixed(MiB(300)));
        let (shape, _) = looked(&with_heap(Heap { runtime, limit }), &steady);
        assert!(!shape.memory.hold);
        assert_eq!(shape.least_memory, MiB(375), "the heap and a quarter");
    }
}

#[test]
fn killed_tasks_are_never_given_less_and_where_that_is_certain_more() {
    let stops = |reason: &str| vec![Stop { reason: reason.to_owned(), tasks: 2 }];
    let killed = |reason: &str| Workload { stops: stops(reason), ..web() };
    let (shape, codes) = looked(&killed("OutOfMemory"), &profile(35, usual));
    assert_eq!(codes, [Code::OutOfMemory]);
    assert!(shape.memory.hold && shape.memory.cut_off);
    assert_eq!(shape.least_memory, MiB(1229), "a fifth more than 1024");
    let (shape, _) = looked(&killed("exit 137"), &profile(35, usual));
    assert_eq!((shape.memory.hold, shape.least_memory), (true, MiB(0)));
    assert_eq!(looked(&killed("EssentialContainerExited"), &profile(35, usual)).1, []);
}

#[test]
fn the_ceiling_hides_demand_unless_it_was_higher_before() {
    let full = |_: f64| (500.0, 512.0, 300.0);
    let (shape, codes) = looked(&web(), &profile(35, full));
    assert_eq!(codes, [Code::AtTheCeiling]);
    assert!(shape.cpu.cut_off && shape.cpu.hold);
    let soft = |hour: f64| (500.0, if hour < 20.0 { 900.0 } else { 512.0 }, 300.0);
    assert_eq!(looked(&web(), &profile(35, soft)).1, [], "shares are no cap");
    let since = SizeSince {
        since: 0,
        settled: None,
        unknown: false,
        revision: "web:1".to_owned(),
        cpu_units: Some(CpuUnits(1024)),
        memory_mib: None,
    };
    let shrunk = Workload { sizes: vec![since], ..web() };
    assert_eq!(looked(&shrunk, &profile(35, full)).1, []);
}

#[test]
fn memory_right_below_its_limit_is_a_cache_most_likely() {
    let full = |hour: f64| (50.0, 60.0, 1_000.0 + 10.0 * (hour * 0.7).sin());
    let (shape, codes) = looked(&web(), &profile(35, full));
    assert_eq!((codes, shape.most_memory), (vec![Code::CacheLikely], Some(MiB(1024))));
    let heap = with_heap(Heap { runtime: Runtime::Jvm, limit: None });
    assert_eq!(looked(&heap, &profile(35, full)).1, [Code::HeapShaped]);
    let above = |_: f64| (50.0, 60.0, 1_100.0);
    assert_eq!(looked(&web(), &profile(35, above)).1, [Code::OverLimit]);
}

#[test]
fn soft_limits_are_what_percentages_are_of_off_fargate() {
    let container = Container { memory_reservation: Some(MiB(256)), ..Container::named("app") };
    let on = |capacity| Workload {
        containers: vec![container.clone()],
        launch: vec![Launch { capacity, provider: None, weight: 1, base: 0 }],
        ..web()
    };
    let steady = profile(35, usual);
    assert_eq!(looked(&on(Capacity::Ec2), &steady).1, [Code::SoftLimit]);
    assert_eq!(looked(&on(Capacity::Fargate), &steady).1, []);
}

#[test]
fn one_task_that_carries_the_others_is_hot() {
    let minutes = |mean: f64, most: f64| {
        let mut profile = Profile::default();
        for minute in 0..1_440 * 8 {
            let reading = Reading::new(MONDAY + minute * 60, 60)
                .with(Signal::CpuMean, mean)
                .with(Signal::CpuMax, most)
                .with(Signal::MemoryMax, 300.0)
                .with(Signal::Tasks, 3.0);
            profile.add(&reading);
        }
        profile
    };
    let (shape, mut codes) = looked(&web(), &minutes(100.0, 400.0));
    codes.retain(|code| *code != Code::MonthEndNotSeen);
    assert_eq!(codes, [Code::HotTask]);
    assert!(said(&shape, Code::HotTask).contains("400 CPU units half of the time, the mean 100"));
    assert!(!looked(&web(), &minutes(10.0, 40.0)).1.contains(&Code::HotTask));
    let coarse = |_: f64| (100.0, 400.0, 300.0);
    assert_eq!(looked(&web(), &profile(35, coarse)).1, [], "moments, most likely");
}

#[test]
fn what_does_nothing_for_two_weeks_is_idle() {
    let nothing = |_: f64| (2.0, 10.0, 100.0);
    assert_eq!(looked(&web(), &profile(35, nothing)).1, [Code::Idle]);
    let once = |hour: f64| (2.0, if (29.5..30.5).contains(&hour) { 400.0 } else { 10.0 }, 100.0);
    assert_eq!(looked(&web(), &profile(35, once)).1, [Code::Idle], "a deployment");
    let daily = |hour: f64| (2.0, if hour % 24.0 < 1.0 { 40.0 } else { 10.0 }, 100.0);
    assert_eq!(looked(&web(), &profile(35, daily)).1, []);
    let mut asked = profile(35, nothing);
    asked.add(&Reading::new(MONDAY, 3_600).with_requests(5.0));
    assert_eq!(looked(&web(), &asked).1, [], "it was asked something");
    assert_eq!(looked(&web(), &profile(10, nothing)).1, []);
}

#[test]
fn what_was_used_lately_is_held() {
    let risen =
        |hour: f64| if hour < 34.0 * 24.0 { (100.0, 150.0, 300.0) } else { (300.0, 450.0, 300.0) };
    assert_eq!(looked(&web(), &profile(35, risen)).0.least_cpu, CpuUnits(300));
    let flat = |_: f64| (256.0, 256.0, 300.0);
    assert_eq!(looked(&web(), &profile(35, flat)).0.least_cpu, CpuUnits(285), "a tenth is free");
    assert!(looked(&web(), &profile(35, usual)).0.least_cpu <= CpuUnits(100));
}
