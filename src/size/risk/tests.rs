use super::*;
use crate::model::{Reading, Signal};
use proptest::prelude::*;

/// A reading an hour; values from a list, over and over.
fn profile(days: i64, cpu: &[f64], memory: &[f64]) -> Profile {
    let mut profile = Profile::default();
    for hour in 0..days * 24 {
        let of = |values: &[f64]| values[usize::try_from(hour).unwrap() % values.len()];
        profile.add(
            &Reading::new(hour * 3_600, 3_600)
                .with(Signal::CpuMax, of(cpu))
                .with(Signal::MemoryMax, of(memory)),
        );
    }
    profile
}

#[test]
fn the_shipped_parameters_can_be_read_and_written() {
    let shipped = Parameters::shipped();
    assert_eq!(&Parameters::read(&shipped.written(&["said".to_owned()])).unwrap(), shipped);
    let says = |text: &str| Parameters::read(text).unwrap_err().to_string();
    assert_eq!(says("memory,one"), "line 1: model,feature,coefficient is expected");
    assert!(says("memory,one,NaN").starts_with("line 1"));
    assert_eq!(says("memory,two,1"), "line 1: there is no memory feature \"two\"");
    assert_eq!(says("memory,one,1"), "memory expected_days_above_as_lately has no coefficient");
}

#[test]
fn flat_memory_is_safe_a_little_above_and_not_below() {
    let history = History::of(&profile(28, &[100.0], &[700.0]));
    let risk = |mib| history.memory_risk(Parameters::shipped(), MiB(mib), 30.0).unwrap();
    assert!(risk(512) > 900_000, "{}", risk(512));
    assert!(risk(1_024) < 150_000, "{}", risk(1_024));
    assert!(risk(4_096) < 40_000, "{}", risk(4_096));
}

#[test]
fn a_longer_time_to_come_is_a_larger_risk_and_a_longer_past_a_smaller_one() {
    let parameters = Parameters::shipped();
    let risk = |past: i64, days: f64| {
        let history = History::of(&profile(past, &[100.0], &[700.0, 650.0]));
        history.memory_risk(parameters, MiB(1_024), days).unwrap()
    };
    assert!(risk(28, 7.0) < risk(28, 30.0) && risk(28, 30.0) < risk(28, 90.0));
    assert!(risk(60, 30.0) < risk(14, 30.0));
    assert!(risk(200, 30.0) < risk(90, 30.0) && risk(1_000, 30.0) < risk(200, 30.0));
    // A hundred times as many runs, and as many more to come: much the same.
    let runs = |count: i32| {
        let of = |run: i32| if run % 2 == 0 { 700.0 } else { 650.0 };
        let peaks = Peaks { days: (0..count).collect(), values: (0..count).map(of).collect() };
        let history = History::of_memory_peaks(&peaks);
        history.memory_risk(parameters, MiB(1_024), f64::from(count)).unwrap()
    };
    assert!(runs(3_000) < runs(30) * 3 / 2, "{} and {}", runs(3_000), runs(30));
}

#[test]
fn what_was_not_measured_has_no_risk() {
    let mut only_cpu = Profile::default();
    only_cpu.add(&Reading::new(0, 60).with(Signal::CpuMax, 5.0));
    let risk = History::of(&only_cpu).risk(Parameters::shipped(), Size::new(256, 512), 30.0);
    assert_eq!(risk.memory_ppm, None);
    assert!(risk.cpu_ppm.is_some());
    assert_eq!(
        History::of(&Profile::default()).risk(Parameters::shipped(), Size::new(256, 512), 30.0),
        Risk::default()
    );
}

proptest! {
    /// Whatever was seen, a larger size is never the riskier one.
    #[test]
    fn risks_fall_with_the_size(
        cpu in prop::collection::vec(0.0..20_000.0_f64, 1..60),
        memory in prop::collection::vec(0.0..200_000.0_f64, 1..60),
        days in 1_i64..40,
        horizon in 1.0..90.0_f64,
    ) {
        let history = History::of(&profile(days, &cpu, &memory));
        let parameters = Parameters::shipped();
        let falls = |risks: Vec<Option<u32>>| risks.windows(2).all(|pair| pair[0] >= pair[1]);
        let mibs = (0..60).map(|step| 256 + step * step * 60);
        prop_assert!(falls(mibs.map(|mib| history.memory_risk(parameters, MiB(mib), horizon)).collect()));
        let units = (4..18).map(|power| 1_u32 << power);
        prop_assert!(falls(units.map(|cpu| history.cpu_risk(parameters, CpuUnits(cpu))).collect()));
    }
}

/// Outcomes drawn with known coefficients give these back.
#[test]
fn a_fit_finds_what_made_the_outcomes() {
    for link in [Link::Logit, Link::ComplementaryLogLog] {
        let truth = [-0.5, 1.2, -0.7];
        // Every combination of a grid, with the exact probability as the outcome.
        let grid = (0..40).flat_map(|a| (0..40).map(move |b| (f64::from(a), f64::from(b))));
        let examples: Vec<Example<3>> = grid
            .map(|(a, b)| {
                let features = [1.0, a / 10.0 - 2.0, b / 10.0 - 2.0];
                let outcome = link.mean(regression::dot(&truth, &features));
                Example { features, outcome, weight: 1.0 }
            })
            .collect();
        let found = fit(&examples, link, &[Sign::Any; 3], 0.0);
        for (found, truth) in found.iter().zip(truth) {
            assert!((found - truth).abs() < 1e-3, "{link:?}: {found} and {truth}");
        }
        let held = fit(&examples, link, &[Sign::Any, Sign::Down, Sign::Any], 0.0);
        assert!(held[1].abs() < 1e-12 && held[2] < 0.0, "{link:?}: {held:?}");
    }
}
