use super::*;
use crate::model::{Reading, Size};

const POLICY: Policy = Policy {
    cpu_percentile_per_mille: 990,
    cpu_headroom_percent: 20,
    memory_margin_percent: 15,
    averages_headroom_percent: 25,
    min_readings: 200,
    floor: Size::new(64, 128),
};

/// Some days of readings an hour apart, each the same.
fn profile(days: i64, reading: impl Fn(Reading) -> Reading) -> Profile {
    let mut profile = Profile::default();
    for hour in 0..days * 24 {
        profile.add(&reading(Reading::new(hour * 3_600, 3_600)));
    }
    profile
}

fn both(cpu: f64, memory: f64) -> impl Fn(Reading) -> Reading {
    move |reading| reading.with(Signal::CpuMax, cpu).with(Signal::MemoryMax, memory)
}

fn service(size: Option<Size>) -> Workload {
    Workload { size, ..Workload::named("web") }
}

fn codes(sizing: &Sizing) -> Vec<Code> {
    sizing.findings.iter().map(|finding| finding.code).collect()
}

#[test]
fn cpu_gets_headroom_and_memory_a_margin() {
    let sizing =
        size(&service(Some(Size::new(1024, 2048))), &profile(14, both(100.0, 1000.0)), &POLICY);
    assert_eq!(sizing.demand, Some(Demand { cpu: CpuUnits(120), memory: MiB(1150) }));
    assert_eq!(codes(&sizing), []);
}

#[test]
fn memory_follows_the_daily_peaks_where_they_spread() {
    let rising = |reading: Reading| {
        let day = f64::from(i32::try_from(reading.at / 86_400).unwrap());
        reading.with(Signal::CpuMax, 10.0).with(Signal::MemoryMax, 100.0 + 100.0 * day)
    };
    let sizing = size(&service(None), &profile(10, rising), &POLICY);
    let basis = sizing.memory.unwrap();
    // Peaks 100, 200 .. 1000: mean 550, mean deviation 250; 1000 with 15 % is 1150.
    assert_eq!(basis.daily, Some(Fine(1300 * 1024)));
    assert_eq!(basis.need, MiB(1300));
}

#[test]
fn means_alone_get_more_headroom_and_a_finding() {
    let means = |r: Reading| r.with(Signal::CpuMean, 100.0).with(Signal::MemoryMean, 1000.0);
    let sizing = size(&service(None), &profile(14, means), &POLICY);
    assert_eq!(sizing.demand, Some(Demand { cpu: CpuUnits(145), memory: MiB(1400) }));
    assert_eq!(codes(&sizing), [Code::AveragesOnly]);
}

#[test]
fn without_a_full_week_a_size_is_only_raised() {
    let today = Size::new(256, 2048);
    let sizing = size(&service(Some(today)), &profile(6, both(500.0, 100.0)), &POLICY);
    let thin = [Code::TooFewReadings, Code::NoFullWeek];
    assert_eq!(codes(&sizing), [&thin[..], &thin[..], &[Code::AtTheCeiling]].concat());
    assert_eq!(sizing.demand, Some(Demand { cpu: CpuUnits(600), memory: MiB(2048) }));
    assert!(sizing.memory.unwrap().need < MiB(2048), "what was seen is still shown");
    assert_eq!(size(&service(None), &profile(6, both(1.0, 1.0)), &POLICY).demand, None);
}

#[test]
fn a_task_needs_a_week_but_not_every_hour_of_it() {
    let nightly = Workload { kind: Kind::Task, ..service(Some(Size::new(1024, 2048))) };
    let mut runs = Profile::default();
    for step in 0..300_i64 {
        let at = (step / 10) * 86_400 + (step % 10) * 300;
        runs.add(&both(100.0, 100.0)(Reading::new(at, 300)));
    }
    let sizing = size(&nightly, &runs, &POLICY);
    assert_eq!(codes(&sizing), []);
    assert_eq!(sizing.demand, Some(Demand { cpu: CpuUnits(120), memory: MiB(128) }), "the floor");
}

#[test]
fn nothing_measured_keeps_what_is_there_and_says_so() {
    let today = Some(Size::new(512, 1024));
    let sizing = size(&service(today), &Profile::default(), &POLICY);
    assert_eq!(codes(&sizing), [Code::NoReadings]);
    assert_eq!(sizing.demand, Some(Demand { cpu: CpuUnits(512), memory: MiB(1024) }));
    assert_eq!(size(&service(None), &Profile::default(), &POLICY).demand, None);
    let cpu_only = |r: Reading| r.with(Signal::CpuMax, 50.0);
    let sizing = size(&service(today), &profile(8, cpu_only), &POLICY);
    assert_eq!(codes(&sizing), [Code::TooFewReadings, Code::MemoryUnknown]);
}

#[test]
fn the_ceiling_and_the_limit_are_named() {
    let today = Some(Size::new(256, 512));
    let sizing = size(&service(today), &profile(14, both(256.0, 600.0)), &POLICY);
    assert_eq!(codes(&sizing), [Code::AtTheCeiling, Code::OverLimit]);
    assert_eq!(sizing.demand, Some(Demand { cpu: CpuUnits(308), memory: MiB(690) }));
}

#[test]
fn gaps_are_reported_for_services() {
    let mut holed = profile(14, both(1.0, 1.0));
    holed.add(&both(1.0, 1.0)(Reading::new(20 * 86_400, 3_600)));
    let sizing = size(&service(None), &holed, &POLICY);
    assert_eq!(codes(&sizing), [Code::Gaps]);
}

#[test]
fn one_reading_of_memory_does_not_shrink_memory() {
    let mut thin = profile(14, |reading| reading.with(Signal::CpuMax, 100.0));
    thin.add(&Reading::new(0, 3_600).with(Signal::MemoryMax, 60.0));
    let sizing = size(&service(Some(Size::new(1024, 2048))), &thin, &POLICY);
    assert_eq!(codes(&sizing), [Code::TooFewReadings, Code::NoFullWeek]);
    assert_eq!(sizing.demand, Some(Demand { cpu: CpuUnits(120), memory: MiB(2048) }));
    assert!(sizing.may_shrink_cpu && !sizing.may_shrink_memory);
}

#[test]
fn one_stray_maximum_does_not_hide_the_means() {
    let mut means = profile(14, |r| r.with(Signal::CpuMean, 900.0).with(Signal::MemoryMean, 100.0));
    means.add(&both(10.0, 10.0)(Reading::new(0, 3_600)));
    let sizing = size(&service(None), &means, &POLICY);
    assert_eq!(codes(&sizing), [Code::AveragesOnly]);
    assert_eq!(sizing.cpu.unwrap().signal, Signal::CpuMean);
    assert_eq!(sizing.demand.unwrap().cpu, CpuUnits(1305));
}
