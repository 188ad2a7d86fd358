//! By hand, as AWS's guide has it, and against target tracking alone.

use super::super::tests::{demand, setting, steps_of};
use super::super::{Setting, scaled};
use super::alarm::adjusted;
use super::*;
use crate::model::{Reading, Signal};
use crate::replay::Bounds;
use proptest::prelude::*;

fn minutes_of(cpu: &[f64]) -> Vec<Minute> {
    let nothing = f64::NAN;
    let minute = |step| Minute { step, memory_mean: nothing, requests: nothing };
    steps_of(cpu, 60).into_iter().map(minute).collect()
}

fn policies(rules: Vec<Rule>) -> Policies {
    Policies {
        size: Size::new(1_000, 1_000),
        reserved_share: 1.0,
        cpu_capped: true,
        memory_slope: 0.0,
        minimum: 1,
        maximum: 20,
        rules,
    }
}

fn stepped(above: bool, change: Change, adjustments: &[(f64, f64, i32)]) -> Rule {
    let alarm = Alarm {
        metric: Metric::Cpu,
        gathered: Gathered::Mean,
        threshold: 50.0,
        above,
        inclusive: true,
        period_seconds: 60,
        datapoints: 2,
        periods: 2,
    };
    let adjustment =
        |&(lower, upper, change): &(f64, f64, i32)| Adjustment { lower, upper, change };
    Rule::Stepped {
        alarms: vec![alarm],
        change,
        minimum: 0,
        adjustments: adjustments.iter().map(adjustment).collect(),
        cooldown: 300,
    }
}

const END: f64 = f64::INFINITY;

/// The guide's example: 0, 10 and 30 % out from 50, 60 and 70; the same in below.
fn guide() -> Vec<Rule> {
    vec![
        stepped(true, Change::Percent, &[(0.0, 10.0, 0), (10.0, 20.0, 10), (20.0, END, 30)]),
        stepped(
            false,
            Change::Percent,
            &[(-10.0, 0.0, 0), (-20.0, -10.0, -10), (-END, -20.0, -30)],
        ),
    ]
}

/// Demand that gives so many percent with so many tasks of 1,000 units.
fn used(percent: f64, tasks: f64) -> f64 {
    percent * 10.0 * tasks
}

#[test]
fn the_guides_chain_of_tasks() {
    let mut cpu = vec![used(55.0, 10.0); 3];
    cpu.extend(vec![used(60.0, 10.0); 2]);
    // Three minutes until the alarm's two and the start are through, at the new number from then.
    cpu.extend(vec![used(60.0, 10.0); 2]);
    cpu.extend(vec![used(55.0, 11.0); 10]);
    cpu.extend(vec![used(70.0, 11.0); 4]);
    cpu.extend(vec![used(55.0, 14.0); 10]);
    cpu.extend(vec![used(40.0, 14.0); 2]);
    cpu.extend(vec![used(49.0, 13.0); 10]);
    cpu.extend(vec![used(30.0, 13.0); 2]);
    cpu.extend(vec![used(55.0, 10.0); 5]);
    let mut minutes = minutes_of(&cpu);
    for minute in &mut minutes {
        minute.step.tasks = 10.0;
    }
    let all = policies(guide());
    let mut seen = kept(&minutes, &all, &[]).tasks;
    seen.dedup();
    assert_eq!(seen, [10, 11, 14, 13, 10]);
}

#[test]
fn percentages_are_rounded_as_the_guide_says() {
    let percent = |tasks, by, minimum| adjusted(tasks, by, Change::Percent, minimum);
    // 12.7 -> 12, 0.67 -> 1, -0.58 -> -1, -6.67 -> -6.
    assert_eq!(percent(127, 10, 0), 127 + 12);
    assert_eq!(percent(67, 1, 0), 68);
    assert_eq!(percent(58, -1, 0), 57);
    assert_eq!(percent(667, -1, 0), 661);
    // Four tasks and a quarter more, but two at least.
    assert_eq!(percent(4, 25, 2), 6);
    assert_eq!(percent(4, -25, 2), 2);
    assert_eq!(percent(4, 0, 2), 4);
    assert_eq!(adjusted(4, -6, Change::By, 0), 0);
    assert_eq!(adjusted(4, 7, Change::Exact, 0), 7);
}

#[test]
fn a_step_waits_for_its_alarm_and_its_cooldown() {
    let out = stepped(true, Change::By, &[(0.0, 40.0, 1), (40.0, END, 3)]);
    // Two tasks at 40 %, then demand for four at 60 %.
    let mut cpu = vec![used(40.0, 2.0); 3];
    cpu.extend(vec![used(80.0, 2.0); 2]);
    let all = policies(vec![out.clone()]);
    cpu.extend(vec![used(80.0, 2.0); 10]);
    let tasks = kept(&minutes_of(&cpu), &all, &[]).tasks;
    // Two minutes of alarm, two of start; 53 % with three rings on, but the cooldown lasts five
    // minutes from when the third serves, and a fourth takes two more.
    assert_eq!(tasks, [2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 4]);
    // Within it a larger step counts what was added: three more than two, not than three.
    cpu.truncate(8);
    cpu.extend(vec![used(95.0, 3.0); 8]);
    let tasks = kept(&minutes_of(&cpu), &all, &[]).tasks;
    assert_eq!(tasks, [2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 5, 5, 5, 5, 5]);
}

#[test]
fn an_alarm_needs_so_many_of_its_periods() {
    let Rule::Stepped { alarms, change, minimum, adjustments, cooldown } =
        stepped(true, Change::By, &[(0.0, END, 1)])
    else {
        panic!()
    };
    let alarm = Alarm { period_seconds: 120, datapoints: 2, periods: 3, ..alarms[0] };
    let rule = |alarm| Rule::Stepped {
        alarms: vec![alarm],
        change,
        minimum,
        adjustments: adjustments.clone(),
        cooldown,
    };
    // Periods of two minutes: their means are 55, 40, 55, so that the third rings.
    let cpu = [49.0, 61.0, 40.0, 40.0, 70.0, 40.0, 40.0, 40.0, 40.0].map(|one| used(one, 2.0));
    let billed = |alarm| kept(&minutes_of(&cpu), &policies(vec![rule(alarm)]), &[]).billed;
    assert_eq!(billed(alarm), [2, 2, 2, 2, 2, 2, 3, 3, 3]);
    // Maxima of 61, 40, 70; the threshold is beyond two of them.
    let most = Alarm { gathered: Gathered::Maximum, threshold: 65.0, ..alarm };
    assert_eq!(billed(most), [2; 9]);
    let most = Alarm { datapoints: 1, ..most };
    assert_eq!(billed(most), [2, 2, 2, 2, 2, 2, 3, 3, 3]);
}

#[test]
fn of_several_policies_the_largest_decides_and_all_must_agree_to_take_away() {
    let on_cpu = Rule::tracking(Metric::Cpu, 50.0);
    let on_requests = Rule::tracking(Metric::RequestsPerTask, 100.0);
    let mut minutes = minutes_of(&[used(50.0, 2.0); 60]);
    for (number, minute) in minutes.iter_mut().enumerate() {
        minute.requests = if number < 10 { 600.0 } else { 150.0 };
        if number >= 30 {
            minute.step.cpu = used(50.0, 1.0);
        }
    }
    let played = |rules| kept(&minutes, &policies(rules), &[]);
    let both = played(vec![on_cpu.clone(), on_requests.clone()]);
    // Requests ask for six; fewer come to two by CPU, which still aims at two.
    assert_eq!(both.tasks[..25], [6; 25]);
    assert_eq!(both.tasks[25], 2, "a quarter of an hour after requests fell");
    // CPU falls to one task's at 30; requests want two of them.
    assert_eq!(both.tasks[59], 2);
    let mut held = on_requests;
    if let Rule::Tracking { scale_in, .. } = &mut held {
        *scale_in = false;
    }
    let out_only = played(vec![on_cpu, held]);
    assert_eq!(out_only.tasks[45], 1, "a policy that only adds has no say in it");
    assert_eq!(out_only.tasks[50], 2, "but adds");
}

#[test]
fn memory_is_measured_against_what_is_reserved() {
    let rule = Rule::tracking(Metric::Memory, 50.0);
    let mut minutes = minutes_of(&[100.0; 12]);
    for minute in &mut minutes {
        minute.memory_mean = 300.0;
        minute.step.memory = 900.0;
    }
    let tasks = |reserved_share| {
        let policies = Policies { reserved_share, ..policies(vec![rule.clone()]) };
        kept(&minutes, &policies, &[]).tasks
    };
    assert_eq!(tasks(1.0), [2; 12], "30 % of memory are no reason");
    // 60 % of half: two tasks become three, and go on while memory does not follow.
    assert_eq!(tasks(0.5)[..7], [2, 2, 2, 2, 2, 3, 3]);
    assert!(tasks(0.5)[11] > 3);
}

#[test]
fn scheduled_bounds_start_and_stop_tasks() {
    let bounds = [
        Bounds { at: 600, minimum: Some(5), maximum: None },
        Bounds { at: 1_500, minimum: Some(1), maximum: Some(3) },
    ];
    let all = policies(vec![Rule::tracking(Metric::Cpu, 50.0)]);
    let out = kept(&minutes_of(&[1_000.0; 45]), &all, &bounds);
    // Five from 600 on are paid for, and serve two minutes later; at 1,500 two go at once, the
    // third by the low alarm.
    assert_eq!((out.billed[9], out.billed[10], out.tasks[11], out.tasks[12]), (2, 5, 2, 5));
    assert_eq!((out.tasks[24], out.tasks[25]), (5, 3));
    assert_eq!(out.tasks[40], 2);
}

#[test]
fn readings_are_cut_into_minutes() {
    let reading = |at, seconds: u32| {
        Reading::new(at, seconds)
            .with(Signal::CpuMean, 100.0)
            .with(Signal::CpuMax, 150.0)
            .with(Signal::MemoryMean, 200.0)
            .with(Signal::MemoryMax, 300.0)
            .with(Signal::Tasks, 4.0)
            .with_requests(600.0)
    };
    let samples = [reading(0, 150), reading(300, 60)].map(|one| Sample::of(&one));
    let all = minutes(&samples, None);
    let shape: Vec<(i64, u32, f64)> =
        all.iter().map(|one| (one.step.at, one.step.seconds, one.requests)).collect();
    assert_eq!(shape, [(0, 60, 240.0), (60, 60, 240.0), (120, 30, 120.0), (300, 60, 600.0)]);
    let same = |one: f64, other: f64| (one - other).abs() < 1e-9;
    assert!(all.iter().all(|one| same(one.step.cpu, 400.0) && same(one.memory_mean, 200.0)));
}

proptest! {
    /// One policy on CPU is what target tracking alone is.
    #[test]
    fn one_target_on_cpu_is_target_tracking(steps in demand(&[60]), setting in setting()) {
        let Setting { cpu_units, target_percent, minimum, maximum } = setting;
        let policies = Policies {
            size: Size::new(cpu_units, 1_000),
            // From nothing it is started anew here.
            minimum: minimum.max(1),
            maximum: maximum.max(1),
            ..policies(vec![Rule::tracking(Metric::Cpu, f64::from(target_percent))])
        };
        let setting = Setting { minimum: policies.minimum, maximum: policies.maximum, ..setting };
        let nothing = f64::NAN;
        let minute = |step: &Step| Minute { step: *step, memory_mean: nothing, requests: nothing };
        let minutes: Vec<Minute> = steps.iter().map(minute).collect();
        prop_assert_eq!(kept(&minutes, &policies, &[]), scaled(&steps, setting));
    }
}

#[test]
fn what_is_not_known_rings_nothing() {
    let mut minutes = minutes_of(&[used(50.0, 4.0); 60]);
    for minute in &mut minutes {
        minute.step.tasks = 4.0;
    }
    let tracked = |metric| kept(&minutes, &policies(vec![Rule::tracking(metric, 50.0)]), &[]).tasks;
    assert_eq!(tracked(Metric::Memory), [4; 60], "no mean is no 0 %");
    assert_eq!(tracked(Metric::RequestsPerTask), [4; 60]);
}

#[test]
fn from_nothing_it_is_started_by_others() {
    let mut cpu = vec![0.0; 5];
    cpu.extend(vec![used(50.0, 3.0); 5]);
    let all = Policies { minimum: 0, ..policies(vec![Rule::tracking(Metric::Cpu, 50.0)]) };
    assert_eq!(kept(&minutes_of(&cpu), &all, &[]).tasks, [0, 0, 0, 0, 0, 3, 3, 3, 3, 3]);
}

#[test]
fn each_addition_starts_in_its_own_time() {
    // A task more each minute.
    let cpu: Vec<f64> = (0..12).map(|minute| used(51.0, 2.0 + f64::from(minute))).collect();
    let rules = vec![Rule::tracking(Metric::Cpu, 50.0)];
    let all = Policies { cpu_capped: false, ..policies(rules) };
    let out = kept(&minutes_of(&cpu), &all, &[]);
    assert_eq!(out.billed[..7], [3, 3, 3, 3, 6, 7, 8]);
    assert_eq!(out.tasks[..9], [3, 3, 3, 3, 3, 3, 6, 7, 8], "two minutes after each");
}

#[test]
fn policies_that_ring_together_add_once() {
    let out = stepped(true, Change::By, &[(0.0, END, 3)]);
    let mut cpu = vec![used(40.0, 2.0); 3];
    cpu.extend(vec![used(80.0, 2.0); 8]);
    let most = |rules| kept(&minutes_of(&cpu), &policies(rules), &[]).most;
    assert_eq!(most(vec![out.clone()]), 5);
    assert_eq!(most(vec![out.clone(), out]), 5);
}

#[test]
fn of_a_policys_alarms_the_one_that_wants_most_decides() {
    let Rule::Stepped { alarms, change, minimum, cooldown, .. } =
        stepped(true, Change::By, &[(0.0, END, 1)])
    else {
        panic!()
    };
    let memory = Alarm { metric: Metric::FullestMemory, above: false, ..alarms[0] };
    let rule = |alarms| Rule::Stepped {
        alarms,
        change,
        minimum,
        adjustments: vec![
            Adjustment { lower: 0.0, upper: END, change: 1 },
            Adjustment { lower: -END, upper: 0.0, change: -1 },
        ],
        cooldown,
    };
    // Memory is low, CPU high.
    let mut cpu = vec![used(49.0, 2.0); 2];
    cpu.extend(vec![used(80.0, 2.0); 4]);
    for both in [vec![alarms[0], memory], vec![memory, alarms[0]]] {
        let all = Policies { minimum: 2, ..policies(vec![rule(both)]) };
        assert_eq!(kept(&minutes_of(&cpu), &all, &[]).billed[4], 3);
    }
}

#[test]
fn a_share_of_an_instance_is_seen_beyond_all() {
    let out = stepped(true, Change::By, &[(0.0, 100.0, 1), (100.0, END, 6)]);
    let mut cpu = vec![used(40.0, 2.0); 3];
    cpu.extend(vec![used(200.0, 2.0); 3]);
    let most = |cpu_capped| {
        let all = Policies { cpu_capped, ..policies(vec![out.clone()]) };
        kept(&minutes_of(&cpu), &all, &[]).most
    };
    assert_eq!((most(true), most(false)), (3, 8));
}
