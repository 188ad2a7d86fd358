//! What the values themselves say: cut off, creeping, stepped, held by a runtime, skewed,
//! idle. Each check has a code; some keep a part from being sized down.

mod creep;
mod days;
mod heap;
mod idle;
mod lately;
mod limits;
mod step;

use crate::model::{Code, Finding, Kind, Policy, Profile, Workload};
use crate::units::{CpuUnits, MiB};
use days::Days;
pub use lately::least_cpu;

/// What sizing has to heed of CPU or memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Part {
    /// Demand above today's size is not known.
    pub cut_off: bool,
    /// Demand follows something else than chance.
    pub not_chance: bool,
    /// Not sized down.
    pub hold: bool,
}

/// What sizing has to heed, and what is to be said.
#[derive(Clone, Debug, Default)]
pub(super) struct Shape {
    pub cpu: Part,
    pub memory: Part,
    /// Never below.
    pub least_cpu: CpuUnits,
    pub least_memory: MiB,
    /// Nor above.
    pub most_memory: Option<MiB>,
    pub findings: Vec<Finding>,
}

pub(super) fn look(workload: &Workload, profile: &Profile, policy: &Policy) -> Shape {
    let mut shape = Shape::default();
    if profile.readings() == 0 {
        return shape;
    }
    limits::look(workload, profile, policy, &mut shape);
    heap::look(workload, profile, &mut shape);
    let days = Days::of(profile);
    if workload.kind == Kind::Service {
        creep::look(workload, &days, policy, &mut shape);
        step::look(&days, &mut shape);
        idle::look(workload, profile, &mut shape);
        idle::skew(workload, profile, &mut shape);
        lately::look(profile, &mut shape);
    }
    shape.findings.extend(days.month_end_not_seen());
    shape
}

impl Shape {
    fn say(&mut self, code: Code, detail: impl Into<String>) {
        self.findings.push(Finding::new(code, detail));
    }
}

#[cfg(test)]
mod tests;
