//! What no content of an offer is worth more than, if there were as many tasks of each shape as
//! one likes: a table over CPU and memory in steps that all sizes share.

use crate::fit::fleet::problem::Problem;
use crate::model::Architecture;

const MOST_STEPS: u64 = 40_000_000;

#[derive(Default)]
pub(super) struct Tables {
    x86: Kept,
    arm: Kept,
}

/// A table is made when it is first asked for; there may be none.
#[derive(Default)]
enum Kept {
    #[default]
    NotYet,
    None,
    Some(Table),
}

struct Table {
    step: (u64, u64),
    rows: Vec<Vec<u128>>,
}

impl Tables {
    /// In parts of a pico-dollar; without any limit where there is no such table.
    pub fn at_most(&mut self, problem: &Problem, worth: &[u64], bin: usize) -> u128 {
        let offer = &problem.bins[bin];
        if offer.gpus > 0 {
            return u128::MAX;
        }
        let kept = match offer.architecture {
            Architecture::X86 => &mut self.x86,
            Architecture::Arm => &mut self.arm,
        };
        if matches!(kept, Kept::NotYet) {
            *kept = table(problem, worth, offer.architecture).map_or(Kept::None, Kept::Some);
        }
        let Kept::Some(table) = kept else { return u128::MAX };
        let row = u64::from(offer.cpu_units).checked_div(table.step.0).unwrap_or(0);
        let place = u64::from(offer.memory_mib).checked_div(table.step.1).unwrap_or(0);
        let index = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
        let row = table.rows.get(index(row));
        row.and_then(|row| row.get(index(place))).copied().unwrap_or(u128::MAX)
    }
}

/// Contents of offers without GPUs on an architecture.
fn table(problem: &Problem, worth: &[u64], on: Architecture) -> Option<Table> {
    let runs = |x86: bool, arm: bool| if on == Architecture::X86 { x86 } else { arm };
    let items: Vec<(u64, u64, u128)> = problem
        .shapes
        .iter()
        .zip(worth)
        .filter(|(s, worth)| s.copies > 0 && s.gpus == 0 && runs(s.x86, s.arm) && **worth > 0)
        .map(|(s, w)| (u64::from(s.cpu_units), u64::from(s.memory_mib), u128::from(*w)))
        .collect();
    let divisor = |of: fn(&(u64, u64, u128)) -> u64| items.iter().map(of).fold(0, common);
    let step = (divisor(|item| item.0), divisor(|item| item.1));
    let offers = || problem.bins.iter().filter(|bin| bin.architecture == on && bin.gpus == 0);
    let cpu = offers().map(|bin| u64::from(bin.cpu_units)).max()?;
    let memory = offers().map(|bin| u64::from(bin.memory_mib)).max()?;
    let (wide, high) =
        (cpu.checked_div(step.0).unwrap_or(0), memory.checked_div(step.1).unwrap_or(0));
    let steps = (wide + 1).saturating_mul(high + 1).saturating_mul(items.len() as u64);
    if steps > MOST_STEPS {
        return None;
    }
    let (wide, high) = (usize::try_from(wide).ok()?, usize::try_from(high).ok()?);
    let mut rows = vec![vec![0_u128; high + 1]; wide + 1];
    for (cpu, memory, worth) in items {
        let down = usize::try_from(cpu.checked_div(step.0).unwrap_or(0)).ok()?;
        let along = usize::try_from(memory.checked_div(step.1).unwrap_or(0)).ok()?;
        for row in down..=wide {
            for place in along..=high {
                let with = rows[row - down][place - along] + worth;
                if with > rows[row][place] {
                    rows[row][place] = with;
                }
            }
        }
    }
    Some(Table { step, rows })
}

const fn common(mut a: u64, mut b: u64) -> u64 {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}
