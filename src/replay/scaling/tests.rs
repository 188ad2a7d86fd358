//! By hand, and side by side against one after the other.

use super::*;
use proptest::prelude::*;

const SETTING: Setting = Setting { cpu_units: 1_024, target_percent: 50, minimum: 2, maximum: 10 };

pub(super) fn steps_of(cpu: &[f64], seconds: u32) -> Vec<Step> {
    let at = |number: usize| i64::try_from(number).unwrap() * i64::from(seconds);
    let step = |(number, cpu): (usize, &f64)| Step {
        at: at(number),
        seconds,
        cpu: *cpu,
        skew: 1.0,
        memory: 100.0,
        tasks: 2.0,
        full: false,
    };
    cpu.iter().enumerate().map(step).collect()
}

#[test]
fn more_tasks_come_after_the_alarm_and_their_start() {
    // Two tasks at a target of 512 each; demand jumps to what four take.
    let mut cpu = vec![1_000.0; 5];
    cpu.extend([2_000.0; 10]);
    let out = scaled(&steps_of(&cpu, 60), SETTING);
    // Three minutes of alarm, two of start: the sixth minute has four.
    assert_eq!(out.tasks, [2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 4, 4, 4, 4, 4]);
    assert_eq!(out.short, 0, "two full tasks bear it meanwhile");
    assert_eq!(out.most, 4);
    // Billed from the alarm on: nine minutes of two but one, then four.
    assert_eq!(out.task_seconds, (8 * 2 + 7 * 4) * 60);
}

#[test]
fn steps_of_five_minutes_are_followed_by_the_next() {
    let out = scaled(&steps_of(&[1_000.0, 2_000.0, 2_000.0, 4_000.0, 4_000.0], 300), SETTING);
    assert_eq!(out.tasks, [2, 2, 4, 4, 8]);
    assert_eq!(out.short, 0);
    let hot: Vec<Step> = steps_of(&[1_000.0, 2_000.0], 300)
        .into_iter()
        .map(|step| Step { skew: 1.5, ..step })
        .collect();
    assert_eq!(scaled(&hot, SETTING).short, 1, "the hottest needs 1500");
}

#[test]
fn fewer_after_a_quarter_of_an_hour_and_never_below_the_minimum() {
    let mut cpu = vec![4_000.0; 2];
    cpu.extend([100.0; 6]);
    let out = scaled(&steps_of(&cpu, 300), SETTING);
    assert_eq!(out.tasks, [8, 8, 8, 8, 8, 2, 2, 2]);
}

#[test]
fn the_metric_ends_where_tasks_are_full() {
    // Eight tasks' worth of demand on two: full tasks ask for twice as many at a time.
    let out = scaled(&steps_of(&[4_000.0; 4], 300), Setting { minimum: 2, ..SETTING });
    assert_eq!(out.tasks[0], 8, "it starts from the demand");
    let mut cpu = vec![500.0; 1];
    cpu.extend([8_000.0; 4]);
    let out = scaled(&steps_of(&cpu, 300), SETTING);
    assert_eq!((out.tasks, out.short), (vec![2, 2, 4, 8, 10], 2));
}

#[test]
fn a_gap_begins_anew() {
    let mut all = steps_of(&[4_000.0; 2], 300);
    all.extend(steps_of(&[500.0; 2], 300).into_iter().map(|s| Step { at: s.at + 90_000, ..s }));
    assert_eq!(scaled(&all, SETTING).tasks, [8, 8, 2, 2]);
}

prop_compose! {
    /// Demand that hugs the edges of whole tasks at the target, with gaps.
    pub(super) fn demand(periods: &'static [u32])(
        parts in prop::collection::vec((0_u32..40, 0_u8..4, 0_u8..30, 1_u32..4), 1..200),
        period in prop::sample::select(periods),
        fine in any::<bool>(),
    ) -> Vec<Step> {
        let mut at = 7_000;
        let step = |(tasks, nudge, gap, skew): (u32, u8, u8, u32)| {
            at += i64::from(period) * if gap == 0 { 20 } else { 1 };
            let whole = f64::from(tasks) * if fine { 12.8 } else { 256.0 };
            let cpu = whole * [1.0, 1.0 + 1e-4, 1.0 - 1e-4, 1.3][usize::from(nudge)];
            Step {
                at,
                seconds: period,
                cpu,
                skew: 0.75 + f64::from(skew) / 4.0,
                memory: 100.0,
                tasks: 2.0,
                full: false,
            }
        };
        parts.into_iter().map(step).collect()
    }
}

prop_compose! {
    pub(super) fn setting()(
        size in prop::sample::select(vec![256_u32, 512, 1_024, 4_096]),
        target_percent in prop::sample::select(vec![1_u32, 20, 33, 50, 75, 95, 99, 100]),
        minimum in 0_u32..4,
        more in 0_u32..40,
    ) -> Setting {
        Setting { cpu_units: size, target_percent, minimum, maximum: minimum + more }
    }
}

proptest! {
    /// In lanes as one after the other, and as many settings as one likes.
    #[test]
    fn side_by_side_is_as_one_after_the_other(
        steps in demand(&[60, 120, 300]),
        settings in prop::collection::vec(setting(), 1..20),
    ) {
        let short = short_steps(&steps, &settings);
        prop_assert_eq!(short.len(), settings.len());
        for (setting, short) in settings.iter().zip(short) {
            prop_assert_eq!(short, scaled(&steps, *setting).short);
        }
    }
}
