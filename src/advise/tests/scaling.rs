//! Services that scale by themselves.

use super::*;
use crate::model::{Scaling, ScalingPolicy};
use crate::replay::{Setting, Step, scaled, steps};
use proptest::prelude::*;

const MINUTES: i64 = 5;
const PERIOD: i64 = MINUTES * 60;
const DAYS: i64 = 10;

/// What is asked of all tasks together, and what shapes each task's part.
#[derive(Clone, Debug)]
struct Demanded {
    cpu: Vec<f64>,
    skew: Vec<f64>,
    memory_base: f64,
    memory_slope: f64,
}

impl Demanded {
    /// A daily rhythm with bursts.
    fn daily(low: f64, high: f64, seed: u64, burst: f64, memory_slope: f64) -> Self {
        let count = usize::try_from(DAYS * 86_400 / PERIOD).unwrap();
        let mut state = seed;
        let mut random = move || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            f64::from(u32::try_from(state >> 40).unwrap()) / f64::from(1_u32 << 24)
        };
        let mut cpu = Vec::new();
        let mut skew = Vec::new();
        for number in 0..count {
            let hour = f64::from(u32::try_from(number * 5 % 1_440).unwrap()) / 60.0;
            let day = 0.5 - 0.5 * (hour / 24.0 * std::f64::consts::TAU).cos();
            let noise = 0.9 + 0.2 * random();
            let burst = if random() < 0.01 { burst } else { 1.0 };
            cpu.push((low + (high - low) * day) * noise * burst);
            skew.push(1.0 + random());
        }
        Demanded { cpu, skew, memory_base: 400.0, memory_slope }
    }

    /// What would be measured under a setting.
    fn measured(&self, setting: Setting) -> Vec<Sample> {
        let steps: Vec<Step> = (0_i64..)
            .zip(self.cpu.iter().zip(&self.skew))
            .map(|(number, (cpu, skew))| Step {
                at: number * PERIOD,
                seconds: 300,
                cpu: *cpu,
                skew: *skew,
                memory: 0.0,
                tasks: 1.0,
                full: false,
            })
            .collect();
        let out = scaled(&steps, setting);
        let size = f64::from(setting.cpu_units);
        let sample = |(step, tasks): (&Step, &u32)| {
            let mean = (step.cpu / f64::from(*tasks)).min(size);
            #[expect(clippy::cast_possible_truncation, reason = "as readings keep it")]
            let tasks = f64::from(*tasks) as f32;
            Sample {
                tasks,
                tasks_counted: true,
                cpu: (mean * step.skew).min(size),
                cpu_mean: mean,
                memory: self.memory_base + self.memory_slope * mean,
                ..Sample::unknown(step.at, 300)
            }
        };
        steps.iter().zip(&out.tasks).map(sample).collect()
    }
}

fn profile_of(samples: &[Sample]) -> Profile {
    let mut profile = Profile::default();
    for sample in samples {
        let mean = (!sample.cpu_mean.is_nan()).then_some(sample.cpu_mean);
        let reading = sample.reading().with(Signal::CpuMean, mean);
        profile.add(&reading.with(Signal::MemoryMean, sample.memory));
    }
    profile
}

fn tracking(target: u32) -> ScalingPolicy {
    ScalingPolicy {
        name: "cpu".to_owned(),
        kind: "TargetTrackingScaling".to_owned(),
        metric: Some("ECSServiceAverageCPUUtilization".to_owned()),
        target: Some(target.to_string()),
        ..ScalingPolicy::default()
    }
}

fn service(size: Size, setting: Setting) -> Workload {
    let scaling = Scaling {
        minimum_tasks: setting.minimum,
        maximum_tasks: setting.maximum,
        policies: vec![tracking(setting.target_percent)],
        ..Scaling::default()
    };
    Workload { scaling: Some(scaling), ..web(Some(size)) }
}

fn advised_with(workload: &Workload, samples: &[Sample]) -> Advice {
    let catalog = book::catalog("us-east-1").unwrap();
    let fitter = Fitter::new(&catalog, SETTINGS.node);
    let beside = Beside { asked: None, samples };
    advise_as(workload, &profile_of(samples), &fitter, &SETTINGS, beside)
}

fn round(demanded: &Demanded, size: Size, setting: Setting) -> (Size, Setting, Advice) {
    let advice = advised_with(&service(size, setting), &demanded.measured(setting));
    let one = advice.recommended.as_ref().expect("a size");
    let plan = one.scaling.unwrap_or_else(|| panic!("not solved: {:?}", advice.findings));
    let next = Setting {
        cpu_units: one.size.cpu.0,
        target_percent: plan.target_percent,
        minimum: plan.minimum_tasks,
        maximum: plan.maximum_tasks,
    };
    (one.size, next, advice)
}

const TODAY: Setting = Setting { cpu_units: 2_048, target_percent: 40, minimum: 3, maximum: 40 };

#[test]
fn size_tasks_and_target_are_found_together_and_bear_everything() {
    let demanded = Demanded::daily(600.0, 5_000.0, 7, 1.5, 0.0);
    let (size, setting, advice) = round(&demanded, Size::new(2_048, 8_192), TODAY);
    assert!(codes(&advice).contains(&Code::Autoscaled), "{:?}", advice.findings);
    assert!(advice.savings().unwrap() > Usd(0), "{:?}", advice.findings);
    let after = steps(&demanded.measured(setting), None);
    let grown: Vec<Step> = after.iter().map(|step| Step { cpu: step.cpu * 1.2, ..*step }).collect();
    assert_eq!(scaled(&grown, setting).short, 0, "a fifth more is borne");
    let out = scaled(&after, setting);
    assert!(out.most * 2 <= setting.maximum, "room for twice as many");
    // Its bill is that of the tasks that the replay ran.
    let hours = 730.0 * f64::from(u32::try_from(out.task_seconds).unwrap())
        / f64::from(u32::try_from(out.seconds).unwrap());
    let Size { cpu, memory } = size;
    let each = f64::from(cpu.0) / 1024.0 * 0.04048 + f64::from(memory.0) / 1024.0 * 0.004_445;
    let usd = advice.recommended_usd().unwrap().to_f64();
    assert!((usd - hours * each).abs() < 0.01, "{usd} {}", hours * each);
}

/// The search against trying everything.
#[test]
fn nothing_cheaper_bears_it() {
    let demanded = Demanded::daily(300.0, 2_500.0, 3, 2.0, 0.0);
    // By other policies today, so that nothing is kept.
    let mut today = service(Size::new(2_048, 8_192), TODAY);
    today.scaling.as_mut().unwrap().policies.push(tracking(70));
    let advice = advised_with(&today, &demanded.measured(TODAY));
    let catalog = book::catalog("us-east-1").unwrap();
    let fitter = Fitter::new(&catalog, SETTINGS.node);
    let table = fitter.table(Platform::LinuxX86, Purchase::OnDemand).unwrap();
    let all = steps(&demanded.measured(TODAY), Some(2_048));
    let allowed = all.iter().filter(|step| step.full).count().min(all.len() / 200);
    let grown: Vec<Step> = all.iter().map(|step| Step { cpu: step.cpu * 1.2, ..*step }).collect();
    let mut cheapest = f64::INFINITY;
    for (size, price) in table.all().filter(|(size, _)| size.memory >= MiB(512)) {
        for target in 30..=80 {
            for minimum in 2..=20 {
                let (cpu_units, maximum) = (size.cpu.0, u32::MAX);
                let setting = Setting { cpu_units, target_percent: target, minimum, maximum };
                let out = scaled(&all, setting);
                let short = scaled(&grown, setting).short.max(out.short);
                if target % 5 == 0 && short <= allowed {
                    let seconds = u128::from(out.task_seconds);
                    let hours =
                        Quantity::ratio(seconds * 730, u128::from(DAYS.unsigned_abs()) * 86_400);
                    cheapest = cheapest.min(price.times(hours).unwrap().usd.to_f64());
                    break;
                }
            }
        }
    }
    let found = advice.recommended_usd().unwrap().to_f64();
    assert!((found - cheapest).abs() < 0.01, "{found} {cheapest}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3, ..ProptestConfig::default() })]

    /// What is recommended, run and measured, is recommended again.
    #[test]
    fn nothing_changes_over_ten_rounds(
        low in 100.0_f64..2_000.0,
        times in 1.0_f64..8.0,
        seed in any::<u64>(),
        burst in 1.0_f64..3.0,
        memory_slope in prop_oneof![Just(0.0_f64), 0.1..0.6],
        target in 30_u32..70,
    ) {
        let demanded = Demanded::daily(low, low * times, seed, burst, memory_slope);
        let today = Setting { cpu_units: 16_384, target_percent: target, minimum: 8, maximum: 60 };
        let mut now = round(&demanded, Size::new(16_384, 32_768), today);
        for _ in 0..10 {
            let next = round(&demanded, now.0, now.1);
            prop_assert_eq!((next.0, next.1), (now.0, now.1));
            prop_assert_eq!(next.2.class, Class::Optimized);
            prop_assert_eq!(next.2.savings(), Some(Usd(0)));
            now = next;
        }
    }
}

#[test]
fn other_policies_are_answered_with_one_on_cpu() {
    let demanded = Demanded::daily(600.0, 3_000.0, 5, 1.2, 0.0);
    let size = Size::new(2_048, 8_192);
    let samples = demanded.measured(TODAY);
    let mut two = service(size, TODAY);
    let policies = &mut two.scaling.as_mut().unwrap().policies;
    policies.push(ScalingPolicy {
        name: "memory".to_owned(),
        metric: Some("ECSServiceAverageMemoryUtilization".to_owned()),
        ..tracking(70)
    });
    let advice = advised_with(&two, &samples);
    assert!(codes(&advice).contains(&Code::ScalingReplaced));
    assert!(advice.recommended.unwrap().scaling.is_some());
    let mut steps = service(size, TODAY);
    steps.scaling.as_mut().unwrap().policies = vec![ScalingPolicy {
        name: "out".to_owned(),
        kind: "StepScaling".to_owned(),
        metric: None,
        target: None,
        ..tracking(0)
    }];
    let advice = advised_with(&steps, &samples);
    let finding = advice.findings.iter().find(|one| one.code == Code::ScalingReplaced).unwrap();
    assert_eq!(finding.detail, "out (StepScaling)");
}

#[test]
fn what_cannot_be_replayed_is_not_sized_down() {
    let demanded = Demanded::daily(600.0, 3_000.0, 5, 1.2, 0.0);
    let size = Size::new(2_048, 8_192);
    let samples = demanded.measured(TODAY);
    let without: Vec<Sample> =
        samples.iter().map(|one| Sample { cpu_mean: f64::NAN, ..*one }).collect();
    let advice = advised_with(&service(size, TODAY), &without);
    assert!(codes(&advice).contains(&Code::ScalingUnknown));
    assert_eq!(advice.recommended.as_ref().unwrap().size.cpu, CpuUnits(2_048));
    assert!(advice.recommended.unwrap().size.memory < MiB(8_192), "memory may");
    // A fixed number of tasks does not scale.
    let mut fixed = service(size, Setting { minimum: 4, maximum: 4, ..TODAY });
    let advice = advised_with(&fixed, &samples);
    assert!(!codes(&advice).contains(&Code::ScalingUnknown));
    assert_eq!(advice.recommended.unwrap().scaling, None);
    // Killed for memory: memory is held, the rest is solved.
    fixed.scaling = service(size, TODAY).scaling;
    fixed.stops = vec![crate::model::Stop { reason: "OutOfMemory".to_owned(), tasks: 1 }];
    let advice = advised_with(&fixed, &samples);
    assert!(advice.recommended.unwrap().size.memory >= MiB(9_830));
}

/// Tracking keeps a task's load where it is, so that little is seen of how memory follows it; the
/// more is not known, the more is given.
#[test]
fn larger_loads_are_given_the_memory_that_they_may_need() {
    let demanded = Demanded { memory_base: 150.0, ..Demanded::daily(600.0, 3_000.0, 5, 1.0, 2.2) };
    let today = Setting { cpu_units: 256, target_percent: 35, minimum: 4, maximum: 90 };
    let mut samples = demanded.measured(today);
    for (number, sample) in samples.iter_mut().enumerate() {
        sample.memory += f64::from(u32::try_from(number * 7_919 % 31).unwrap()) - 15.0;
    }
    let advice = advised_with(&service(Size::new(256, 1_024), today), &samples);
    let one = advice.recommended.unwrap();
    let plan = one.scaling.unwrap();
    // At its target a task of the plan carries so much, and needs 2.2 MiB for each unit of it.
    let load = f64::from(one.size.cpu.0 * plan.target_percent) / 100.0;
    assert!(f64::from(one.size.memory.0) >= 150.0 + 2.2 * load, "{:?} {plan:?}", one.size);
}

#[test]
fn one_reading_beyond_all_makes_no_plan_dearer() {
    let setting = Setting { cpu_units: 512, target_percent: 50, minimum: 2, maximum: 100 };
    let sample = |number: i64| Sample {
        tasks: 4.0,
        tasks_counted: true,
        cpu: 300.0,
        cpu_mean: 250.0,
        memory: 500.0 + f64::from(i32::try_from(number % 7).unwrap()),
        ..Sample::unknown(number * PERIOD, 300)
    };
    let mut samples: Vec<Sample> = (0..14 * 288).map(sample).collect();
    samples[3_000].cpu_mean = 10_000.0;
    samples[3_000].cpu = 10_000.0;
    let advice = advised_with(&service(Size::new(512, 1_024), setting), &samples);
    assert!(advice.savings().unwrap() >= Usd(0), "{:?}", advice.recommended);
    assert!(advice.recommended.unwrap().scaling.unwrap().most_tasks < 100);
}

#[test]
fn tasks_that_were_not_counted_are_not_taken_for_one() {
    let demanded = Demanded::daily(600.0, 3_000.0, 5, 1.2, 0.0);
    let reading = |sample: &Sample| {
        let known = Reading::new(sample.at, 300)
            .with(Signal::CpuMean, sample.cpu_mean)
            .with(Signal::CpuMax, sample.cpu);
        Sample::of(&known.with(Signal::MemoryMax, sample.memory))
    };
    let samples: Vec<Sample> = demanded.measured(TODAY).iter().map(reading).collect();
    let mut workload = service(Size::new(2_048, 8_192), TODAY);
    workload.tasks = Some(8);
    let advice = advised_with(&workload, &samples);
    assert!(codes(&advice).contains(&Code::ScalingUnknown));
    assert_eq!(advice.recommended.unwrap().scaling, None);
}
