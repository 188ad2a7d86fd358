use super::risk::History;
use super::*;
use crate::model::{CpuRule, MemoryRule, Reading, RiskPolicy, Size};
use crate::units::{Fine, Usd};

const POLICY: Policy = Policy {
    risk: None,
    risk_days: 30,
    cpu_percentile_per_mille: 990,
    cpu_headroom_percent: 20,
    memory_margin_percent: 15,
    averages_cpu_percent: 25,
    averages_memory_percent: 25,
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
    let sizing = size(
        &service(Some(Size::new(1024, 2048))),
        &profile(14, both(100.0, 1000.0)),
        &POLICY,
        None,
    );
    assert_eq!(sizing.demand, Some(Demand { cpu: CpuUnits(120), memory: MiB(1150) }));
    assert_eq!(codes(&sizing), []);
}

#[test]
fn memory_follows_the_daily_peaks_where_they_spread() {
    let rising = |reading: Reading| {
        let day = f64::from(i32::try_from(reading.at / 86_400).unwrap());
        reading.with(Signal::CpuMax, 10.0).with(Signal::MemoryMax, 100.0 + 100.0 * day)
    };
    let sizing = size(&service(None), &profile(10, rising), &POLICY, None);
    let basis = sizing.memory.unwrap();
    // Peaks 100, 200 .. 1000: mean 550, mean deviation 250; 1000 with 15 % is 1150.
    assert_eq!(
        basis.rule,
        MemoryRule::Margin { margin_percent: 15, daily: Some(Fine(1300 * 1024)) }
    );
    assert_eq!(basis.need, MiB(1300));
}

#[test]
fn means_alone_get_more_headroom_and_a_finding() {
    let means = |r: Reading| r.with(Signal::CpuMean, 100.0).with(Signal::MemoryMean, 1000.0);
    let sizing = size(&service(None), &profile(14, means), &POLICY, None);
    assert_eq!(sizing.demand, Some(Demand { cpu: CpuUnits(145), memory: MiB(1400) }));
    assert_eq!(codes(&sizing), [Code::AveragesOnly]);
}

#[test]
fn without_a_full_week_a_size_is_only_raised() {
    let today = Size::new(256, 2048);
    let sizing = size(&service(Some(today)), &profile(6, both(500.0, 100.0)), &POLICY, None);
    let thin = [Code::TooFewReadings, Code::NoFullWeek];
    assert_eq!(codes(&sizing), [&thin[..], &thin[..]].concat());
    assert_eq!(sizing.demand, Some(Demand { cpu: CpuUnits(600), memory: MiB(2048) }));
    assert!(sizing.memory.unwrap().need < MiB(2048), "what was seen is still shown");
    assert_eq!(size(&service(None), &profile(6, both(1.0, 1.0)), &POLICY, None).demand, None);
}

#[test]
fn a_task_needs_a_week_but_not_every_hour_of_it() {
    let nightly = Workload { kind: Kind::Task, ..service(Some(Size::new(1024, 2048))) };
    let mut runs = Profile::default();
    for step in 0..300_i64 {
        let at = (step / 10) * 86_400 + (step % 10) * 300;
        runs.add(&both(100.0, 100.0)(Reading::new(at, 300)));
    }
    let sizing = size(&nightly, &runs, &POLICY, None);
    assert_eq!(codes(&sizing), []);
    assert_eq!(sizing.demand, Some(Demand { cpu: CpuUnits(120), memory: MiB(128) }), "the floor");
}

#[test]
fn nothing_measured_keeps_what_is_there_and_says_so() {
    let today = Some(Size::new(512, 1024));
    let sizing = size(&service(today), &Profile::default(), &POLICY, None);
    assert_eq!(codes(&sizing), [Code::NoReadings]);
    assert_eq!(sizing.demand, Some(Demand { cpu: CpuUnits(512), memory: MiB(1024) }));
    assert_eq!(size(&service(None), &Profile::default(), &POLICY, None).demand, None);
    let cpu_only = |r: Reading| r.with(Signal::CpuMax, 50.0);
    let sizing = size(&service(today), &profile(8, cpu_only), &POLICY, None);
    assert_eq!(codes(&sizing), [Code::TooFewReadings, Code::MemoryUnknown]);
}

#[test]
fn the_ceiling_and_the_limit_are_named() {
    let today = Some(Size::new(256, 512));
    let sizing = size(&service(today), &profile(14, both(256.0, 600.0)), &POLICY, None);
    assert_eq!(codes(&sizing), [Code::AtTheCeiling, Code::OverLimit]);
    assert_eq!(sizing.demand, Some(Demand { cpu: CpuUnits(308), memory: MiB(690) }));
}

#[test]
fn gaps_are_reported_for_services() {
    let mut holed = profile(14, both(1.0, 1.0));
    holed.add(&both(1.0, 1.0)(Reading::new(20 * 86_400, 3_600)));
    let sizing = size(&service(None), &holed, &POLICY, None);
    assert_eq!(codes(&sizing), [Code::Gaps]);
}

#[test]
fn one_reading_of_memory_does_not_shrink_memory() {
    let mut thin = profile(14, |reading| reading.with(Signal::CpuMax, 100.0));
    thin.add(&Reading::new(0, 3_600).with(Signal::MemoryMax, 60.0));
    let sizing = size(&service(Some(Size::new(1024, 2048))), &thin, &POLICY, None);
    assert_eq!(codes(&sizing), [Code::TooFewReadings, Code::NoFullWeek]);
    assert_eq!(sizing.demand, Some(Demand { cpu: CpuUnits(120), memory: MiB(2048) }));
    assert!(sizing.may_shrink_cpu && !sizing.may_shrink_memory);
}

#[test]
fn one_stray_maximum_does_not_hide_the_means() {
    let mut means = profile(14, |r| r.with(Signal::CpuMean, 900.0).with(Signal::MemoryMean, 100.0));
    means.add(&both(10.0, 10.0)(Reading::new(0, 3_600)));
    let sizing = size(&service(None), &means, &POLICY, None);
    assert_eq!(codes(&sizing), [Code::AveragesOnly]);
    assert_eq!(sizing.cpu.unwrap().signal, Signal::CpuMean);
    assert_eq!(sizing.demand.unwrap().cpu, CpuUnits(1305));
}

/// An appetite.
const BY_RISK: Policy = Policy {
    risk: Some(RiskPolicy {
        memory_ppm: 82_000,
        cpu_ppm: 120_000,
        failure_cost: Usd(20_000_000),
        throttled_hour_cost: Usd(1_200_000),
    }),
    ..POLICY
};

/// Every hour another value, up to a tenth above and below.
fn noisy(cpu: f64, memory: f64) -> impl Fn(Reading) -> Reading {
    move |reading| {
        let wave = 1.0
            + 0.1 * f64::from(i32::try_from(reading.at / 3_600 * 37 % 101).unwrap() - 50) / 50.0;
        reading.with(Signal::CpuMax, cpu * wave).with(Signal::MemoryMax, memory * wave)
    }
}

#[test]
fn the_least_is_the_smallest_within_the_limits_and_more_is_weighed_with_its_price() {
    let profile = profile(28, noisy(200.0, 1_000.0));
    let sizing = size(&service(None), &profile, &BY_RISK, None);
    let (cpu, memory) = (sizing.cpu.unwrap(), sizing.memory.unwrap());
    assert_eq!(cpu.rule, CpuRule::Risk { limit_ppm: 120_000 });
    assert_eq!(memory.rule, MemoryRule::Risk { limit_ppm: 82_000 });
    let history = History::of(&profile);
    let parameters = Parameters::shipped();
    let memory_risk = |mib| history.memory_risk(parameters, MiB(mib), 30.0).unwrap();
    assert!(memory_risk(memory.least.0) <= 82_000 && memory_risk(memory.least.0 - 1) > 82_000);
    let cpu_risk = |units| history.cpu_risk(parameters, CpuUnits(units)).unwrap();
    assert!(cpu_risk(cpu.least.0) <= 120_000 && cpu_risk(cpu.least.0 - 1) > 120_000);
    assert_eq!((cpu.need, memory.need), (cpu.least, memory.least), "nothing to weigh with");
    assert_eq!(sizing.least, sizing.demand);
    let rates = Some(MonthRates { vcpu: Usd(29_550_400), gib: Usd(3_244_850) });
    let weighed = size(&service(None), &profile, &BY_RISK, rates);
    assert_eq!(weighed.least, sizing.least);
    let (dear, cheap) = (weighed.demand.unwrap(), sizing.demand.unwrap());
    assert!(dear.cpu >= cheap.cpu && dear.memory > cheap.memory, "{dear:?} {cheap:?}");
}

#[test]
fn risk_decides_from_eight_days_of_maxima_on_and_not_where_demand_was_cut_off() {
    let by_risk = |sizing: &Sizing| {
        (
            matches!(sizing.cpu.unwrap().rule, CpuRule::Risk { .. }),
            matches!(sizing.memory.unwrap().rule, MemoryRule::Risk { .. }),
        )
    };
    let sized =
        |workload: &Workload, profile: &Profile| by_risk(&size(workload, profile, &BY_RISK, None));
    let today = service(Some(Size::new(256, 2048)));
    assert_eq!(sized(&today, &profile(8, noisy(100.0, 1_000.0))), (true, true));
    assert_eq!(sized(&today, &profile(7, noisy(100.0, 1_000.0))), (false, false));
    assert_eq!(sized(&today, &profile(8, both(256.0, 1_000.0))), (false, true));
    let stops = vec![crate::model::Stop { reason: "OutOfMemory".to_owned(), tasks: 1 }];
    let killed = Workload { stops, ..today.clone() };
    let month = profile(28, noisy(100.0, 1_000.0));
    assert_eq!(sized(&killed, &month), (true, false));
    let sizing = size(&killed, &month, &BY_RISK, None);
    assert_eq!(sizing.least.unwrap().memory, MiB(2458), "more than what died");
    let means =
        |reading: Reading| reading.with(Signal::CpuMean, 50.0).with(Signal::MemoryMean, 500.0);
    assert_eq!(sized(&today, &profile(28, means)), (false, false));
}

#[test]
fn what_means_may_hide_never_raises_a_size() {
    let means =
        |reading: Reading| reading.with(Signal::CpuMean, 100.0).with(Signal::MemoryMean, 1_000.0);
    let policy = Policy { averages_cpu_percent: 250, ..POLICY };
    let held = |today| size(&service(today), &profile(14, means), &policy, None).demand.unwrap();
    assert_eq!(held(None), Demand { cpu: CpuUnits(370), memory: MiB(1400) });
    let today = Some(Size::new(256, 1200));
    assert_eq!(held(today), Demand { cpu: CpuUnits(256), memory: MiB(1200) });
    let large = Some(Size::new(1024, 4096));
    assert_eq!(held(large), Demand { cpu: CpuUnits(370), memory: MiB(1400) });
    let small = Some(Size::new(64, 512));
    assert_eq!(held(small), Demand { cpu: CpuUnits(120), memory: MiB(1150) });
}
