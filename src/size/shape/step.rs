//! A level that changed for good within the window, as a deployment does it.

use super::Shape;
use super::days::{Day, Days, date};
use crate::model::Code;

/// So many days on both sides: a week before, so that a week's rhythm is not taken for it.
const DAYS_BEFORE: usize = 7;
const DAYS_AFTER: usize = 3;
/// With fewer days at the new level a part is not sized down.
const SEEN_ENOUGH: usize = 7;
/// The one level against the other.
const CHANGE: f64 = 1.25;

pub(super) fn look(days: &Days, shape: &mut Shape) {
    for name in ["CPU", "memory"] {
        let of: fn(&Day) -> Option<f64> =
            if name == "CPU" { |day| day.cpu } else { |day| day.memory };
        let values = days.values(of);
        let Some(place) = step(&values) else { continue };
        let (before, after) = values.split_at(place);
        let (from, to) = (median(before), median(after));
        shape.say(
            Code::StepChange,
            format!("{name} from about {from:.0} to {to:.0} on {}", date(after[0].0)),
        );
        if to > from && after.len() < SEEN_ENOUGH {
            shape.cpu.hold |= name == "CPU";
            shape.memory.hold |= name == "memory";
        }
    }
}

/// The place where all later days lie clear of all earlier ones, by at least half as much as
/// either side spreads.
fn step(values: &[(i32, f64)]) -> Option<usize> {
    let last = values.len().checked_sub(DAYS_AFTER)?;
    let before = ranges(values.iter());
    let mut after = ranges(values.iter().rev());
    after.reverse();
    // The latest of several.
    (DAYS_BEFORE..=last).rev().find(|place| {
        let (early, late) = (before[place - 1], after[*place]);
        let (low, high) = if early.highest < late.lowest { (early, late) } else { (late, early) };
        let gap = high.lowest - low.highest;
        // Medians only where the sides lie apart: that is rare.
        gap > 0.0 && gap * 2.0 >= low.width().max(high.width()) && {
            let (early, late) = values.split_at(*place);
            let (early, late) = (median(early), median(late));
            early.max(late) >= early.min(late) * CHANGE
        }
    })
}

#[derive(Clone, Copy)]
struct Range {
    lowest: f64,
    highest: f64,
}

impl Range {
    fn width(self) -> f64 {
        self.highest - self.lowest
    }
}

/// Of all values so far.
fn ranges<'v>(values: impl Iterator<Item = &'v (i32, f64)>) -> Vec<Range> {
    let nothing = Range { lowest: f64::INFINITY, highest: f64::NEG_INFINITY };
    let so_far = values.scan(nothing, |range, (_, value)| {
        range.lowest = range.lowest.min(*value);
        range.highest = range.highest.max(*value);
        Some(*range)
    });
    so_far.collect()
}

fn median(values: &[(i32, f64)]) -> f64 {
    let mut sorted: Vec<f64> = values.iter().map(|(_, value)| *value).collect();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}
