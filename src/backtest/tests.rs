use super::*;
use crate::model::{FargateSize, Platform, Sample, TaskRates};
use crate::units::{UsdPerGbHour, UsdPerVcpuHour};
use proptest::prelude::*;
use proptest::strategy::Strategy as Generator;
use std::collections::BTreeMap;

fn table() -> FargateTable {
    let sizes =
        [(256, 512), (256, 1_024), (512, 1_024), (512, 2_048), (1_024, 2_048), (1_024, 8_192)];
    let sold: Vec<FargateSize> = sizes
        .into_iter()
        .map(|(cpu, memory)| FargateSize {
            size: Size::new(cpu, memory),
            linux: true,
            windows: false,
        })
        .collect();
    let rates = TaskRates {
        vcpu: UsdPerVcpuHour::pico(40_480_000_000),
        memory: UsdPerGbHour::pico(4_445_000_000),
    };
    FargateTable::new(&sold, Platform::LinuxX86, rates)
}

const HOUR: i64 = 3_600;

fn sample(hour: usize, cpu: f64, memory: f64) -> Sample {
    let at = i64::try_from(hour).unwrap() * HOUR;
    Sample { cpu, memory, ..Sample::unknown(at, 3_600) }
}

fn series(values: Vec<Vec<(f64, f64)>>) -> BTreeMap<String, Vec<Sample>> {
    let one = |(number, values): (usize, Vec<(f64, f64)>)| {
        let samples = values.iter().enumerate();
        let samples = samples.map(|(hour, (cpu, memory))| sample(hour, *cpu, *memory)).collect();
        (format!("w{number:03}"), samples)
    };
    values.into_iter().enumerate().map(one).collect()
}

/// Reading by reading, workload by workload.
fn replayed(
    series: &BTreeMap<String, Vec<Sample>>,
    bench: &Bench<'_>,
    split: i64,
    strategy: super::Strategy,
) -> Outcome {
    let mut out = Outcome::default();
    for (number, case) in bench.cases.iter().enumerate() {
        let (chosen, too_large) = bench.chosen(strategy, number);
        let (size, price) = bench.sizes[chosen];
        let (mut failed, mut hours) = (false, 0);
        for one in series[case.id].iter().filter(|one| one.at >= split) {
            hours += 1;
            if !one.memory.is_nan() {
                out.memory_readings += 1;
                let over = one.memory > f64::from(size.memory.0);
                out.memory_over += u64::from(over);
                failed |= over;
            }
            if !one.cpu.is_nan() {
                out.cpu_readings += 1;
                let over = one.cpu > f64::from(size.cpu.0);
                out.cpu_over += u64::from(over);
                out.throttled_seconds += if over { 3_600 } else { 0 };
            }
        }
        out.usd += price.times(Quantity::whole(hours)).unwrap().usd;
        out.workloads += 1;
        out.memory_failures += u64::from(failed);
        out.too_large += u64::from(too_large);
    }
    out
}

fn value(largest: f64) -> impl Generator<Value = f64> {
    // Values on the edges of sizes, and some that were not measured.
    prop_oneof![
        4 => 0.0..largest,
        1 => prop::sample::select(vec![256.0, 512.0, 1_024.0, 256.000_1, 511.999_9]),
        1 => Just(f64::NAN),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_brute_force_replay_counts_the_same(
        values in prop::collection::vec(
            prop::collection::vec((value(1_300.0), value(9_000.0)), 24 * 12),
            1..4,
        ),
    ) {
        let series = series(values);
        let split = 8 * 24 * HOUR;
        let (cases, left_out) = cases(&series, (split, i64::MAX), table().largest());
        prop_assert_eq!(cases.len() + left_out.len(), series.len(), "every workload once");
        let bench = Bench::new(cases, &table(), Parameters::shipped(), 730);
        let rules = Rule::ALL.map(super::Strategy::Rule);
        let risky = super::Strategy::Risk(RiskPolicy {
            memory_ppm: 200_000,
            cpu_ppm: 20_000,
            failure_cost: Usd(50_000_000),
            throttled_hour_cost: Usd(2_000_000),
        });
        for strategy in rules.into_iter().chain([risky, super::Strategy::Oracle]) {
            prop_assert_eq!(bench.outcome(strategy), replayed(&series, &bench, split, strategy));
        }
        let oracle = bench.outcome(super::Strategy::Oracle);
        prop_assert_eq!((oracle.memory_over, oracle.cpu_over, oracle.too_large), (0, 0, 0));
    }
}

fn risk() -> impl Generator<Value = Option<u32>> {
    prop_oneof![Just(0), Just(100_000), Just(1_000_000), 0_u32..=1_000_000].prop_map(Some)
}

proptest! {
    #[test]
    fn what_is_left_out_of_a_frontier_is_never_chosen(
        all in prop::collection::vec((0_i64..40, risk(), risk()), 1..20),
        measured in (any::<bool>(), any::<bool>()),
        limits in (0_u32..=1_000_000, 0_u32..=1_000_000),
        costs in (0_i64..200, 0_i64..20),
    ) {
        let mut all: Vec<Candidate> = all
            .into_iter()
            .map(|(dollars, memory, cpu)| Candidate {
                size: Size::new(256, 512),
                usd_per_month: Usd(dollars * 1_000_000),
                risk: Risk {
                    memory_ppm: memory.filter(|_| measured.0),
                    cpu_ppm: cpu.filter(|_| measured.1),
                },
            })
            .collect();
        all.sort_by_key(|one| one.usd_per_month);
        let policy = RiskPolicy {
            memory_ppm: limits.0,
            cpu_ppm: limits.1,
            failure_cost: Usd(costs.0 * 1_000_000),
            throttled_hour_cost: Usd(costs.1 * 10_000),
        };
        let (kept, numbers) = frontier_of(&all);
        let chosen = choose(&kept, &policy).map(|place| numbers[place]);
        prop_assert_eq!(chosen, choose(&all, &policy));
    }
}

#[test]
fn workloads_that_cannot_be_judged_have_a_reason() {
    let flat = |hours: usize, cpu: f64, memory: f64| vec![(cpu, memory); hours];
    let mut series = series(vec![
        flat(24 * 12, 100.0, 200.0),
        flat(24 * 7, 100.0, 200.0),
        flat(24 * 12, f64::NAN, 200.0),
        flat(24 * 12, 100.0, 9_000.0),
        flat(24 * 12, 100.0, 200.0),
    ]);
    let many = series.get_mut("w004").unwrap();
    for one in many {
        one.tasks = 1e6;
    }
    let (cases, left_out) = cases(&series, (8 * 24 * HOUR, i64::MAX), table().largest());
    assert_eq!(cases.len(), 1);
    let expected = [
        ("w001", LeftOut::TooShort),
        ("w002", LeftOut::NotMeasured),
        ("w003", LeftOut::TooLarge),
        ("w004", LeftOut::TooManyTasks),
    ];
    assert_eq!(left_out, expected);
}

#[test]
fn domination_is_in_everything_and_at_no_higher_price() {
    let outcome = |usd, failures, memory, cpu| Outcome {
        usd: Usd(usd),
        workloads: 100,
        memory_failures: failures,
        memory_over: memory,
        cpu_over: cpu,
        ..Outcome::default()
    };
    let other = outcome(10, 5, 50, 500);
    assert!(outcome(10, 4, 49, 499).dominates(&other));
    assert!(!outcome(11, 0, 0, 0).dominates(&other));
    assert!(!outcome(9, 5, 0, 0).dominates(&other), "a tie is no less");
    assert!(outcome(9, 0, 0, 0).dominates(&outcome(10, 0, 0, 1)), "less than never cannot be");
}

#[test]
fn bins_hold_every_size_once_and_means_of_what_came() {
    // Half of the workloads double their memory in the second part.
    let values = |number: usize| {
        let later = if number.is_multiple_of(2) { 300.0 } else { 600.0 };
        let memory = |hour: usize| if hour < 24 * 8 { 300.0 } else { later };
        (0..24 * 12).map(|hour| (10.0, memory(hour))).collect()
    };
    let series = series((0..40).map(values).collect());
    let (cases, _) = cases(&series, (8 * 24 * HOUR, i64::MAX), table().largest());
    let bench = Bench::new(cases, &table(), Parameters::shipped(), 730);
    let all = RiskPolicy {
        memory_ppm: 1_000_000,
        cpu_ppm: 1_000_000,
        failure_cost: Usd(0),
        throttled_hour_cost: Usd(0),
    };
    let calibration = calibrate(&bench, &[all, all]);
    let sizes: usize = calibration.memory.iter().map(|bin| bin.sizes).sum();
    assert_eq!(sizes, 40, "the cheapest size of each, once");
    let of = |bin: &Bin| bin.observed_ppm * f64::from(u32::try_from(bin.sizes).unwrap());
    let observed: f64 = calibration.memory.iter().map(of).sum();
    assert!((observed / 40.0 - 500_000.0).abs() < 1e-6);
}

#[test]
fn origins_that_roll_judge_each_stretch_once() {
    let all = series(vec![vec![(10.0, 300.0); 24 * 20]]);
    let day = |day: i64| day * 24 * HOUR;
    let mut judged = 0;
    for (at, end) in [(8, 12), (12, 16), (16, 20)] {
        let (cases, _) = cases(&all, (day(at), day(end)), table().largest());
        assert!((cases[0].judged_days - 4.0).abs() < 1e-9);
        judged += cases[0].judged.memory_readings();
    }
    let (cases, _) = cases(&all, (day(8), i64::MAX), table().largest());
    assert_eq!(cases[0].judged.memory_readings(), judged);
}

#[test]
fn without_memory_cpu_alone_is_judged() {
    let wave = |hour: usize| if hour.is_multiple_of(24) { 900.0 } else { 300.0 };
    let all = series(vec![(0..24 * 12).map(|hour| (wave(hour), f64::NAN)).collect()]);
    let (cases, left_out) = cases(&all, (8 * 24 * HOUR, i64::MAX), table().largest());
    assert_eq!((cases.len(), left_out.len()), (1, 0));
    let bench = Bench::new(cases, &table(), Parameters::shipped(), 730);
    let krr = bench.outcome(super::Strategy::Rule(Rule::Krr));
    // The 95th percentile is 300: one reading a day is over 512.
    assert_eq!((krr.cpu_over, krr.memory_readings, krr.memory_failures), (4, 0, 0));
    assert_eq!(
        bench.sizes[bench.chosen(super::Strategy::Rule(Rule::Max), 0).0].0,
        Size::new(1024, 2048)
    );
}
