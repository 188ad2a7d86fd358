//! What is to be packed, into what, and an answer.

use crate::model::Architecture;
use crate::units::UsdPerHour;

/// Tasks that are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    pub name: String,
    pub cpu_units: u32,
    pub memory_mib: u32,
    /// Which images there are.
    pub x86: bool,
    pub arm: bool,
    pub copies: u32,
    /// No more of them on one instance.
    pub most_an_instance: Option<u32>,
}

impl Shape {
    #[must_use]
    pub const fn runs_on(&self, architecture: Architecture) -> bool {
        match architecture {
            Architecture::X86 => self.x86,
            Architecture::Arm => self.arm,
        }
    }
}

/// An offer: what tasks can have of one instance, and its price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bin {
    pub name: String,
    pub architecture: Architecture,
    pub cpu_units: u32,
    pub memory_mib: u32,
    /// Tasks at the most.
    pub slots: u32,
    pub price: UsdPerHour,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    pub shapes: Vec<Shape>,
    pub bins: Vec<Bin>,
    pub fewest_instances: u32,
}

/// Instances of one content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// The number of the offer.
    pub bin: usize,
    /// Numbers of shapes, in order, each with its tasks on one instance.
    pub tasks: Vec<(usize, u32)>,
    pub instances: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packing {
    pub patterns: Vec<Pattern>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProblemError {
    #[error("{task}: no offer holds it: it needs {cpu_units} CPU units and {memory_mib} MiB{more}")]
    NoOffer { task: String, cpu_units: u32, memory_mib: u32, more: &'static str },
    #[error("{task}: tasks of no size cannot be packed")]
    NoSize { task: String },
    #[error("{offer}: has no price")]
    NoPrice { offer: String },
    #[error("{copies} tasks are more than can be packed")]
    TooMany { copies: u64 },
}

/// More tasks are a mistake.
const MOST_TASKS: u64 = 100_000_000;

impl Problem {
    /// Can it be packed at all?
    ///
    /// # Errors
    /// The task or offer that stands in the way.
    pub fn check(&self) -> Result<(), ProblemError> {
        if let Some(bin) = self.bins.iter().find(|bin| bin.price.as_pico() == 0) {
            return Err(ProblemError::NoPrice { offer: bin.name.clone() });
        }
        let copies: u64 = self.shapes.iter().map(|shape| u64::from(shape.copies)).sum();
        if copies > MOST_TASKS {
            return Err(ProblemError::TooMany { copies });
        }
        for shape in self.shapes.iter().filter(|shape| shape.copies > 0) {
            if shape.cpu_units == 0 && shape.memory_mib == 0 {
                return Err(ProblemError::NoSize { task: shape.name.clone() });
            }
            if !self.bins.iter().any(|bin| self.most(shape, bin) > 0) {
                return Err(ProblemError::NoOffer {
                    task: shape.name.clone(),
                    cpu_units: shape.cpu_units,
                    memory_mib: shape.memory_mib,
                    more: match (shape.x86, shape.arm) {
                        (true, true) => "",
                        (true, false) => " on x86",
                        (false, true) => " on arm",
                        (false, false) => " on no architecture",
                    },
                });
            }
        }
        Ok(())
    }

    /// As many tasks of a shape as an empty instance takes.
    #[must_use]
    pub fn most(&self, shape: &Shape, bin: &Bin) -> u32 {
        if !shape.runs_on(bin.architecture) {
            return 0;
        }
        let of = |has: u32, needs: u32| has.checked_div(needs).unwrap_or(u32::MAX);
        of(bin.cpu_units, shape.cpu_units)
            .min(of(bin.memory_mib, shape.memory_mib))
            .min(bin.slots)
            .min(shape.most_an_instance.unwrap_or(u32::MAX))
    }
}

impl Packing {
    /// All instances for an hour, pico-dollars.
    #[must_use]
    pub fn pico_an_hour(&self, problem: &Problem) -> u128 {
        let cost = |pattern: &Pattern| {
            u128::from(problem.bins[pattern.bin].price.as_pico()) * u128::from(pattern.instances)
        };
        self.patterns.iter().map(cost).sum()
    }

    #[must_use]
    pub fn instances(&self) -> u64 {
        self.patterns.iter().map(|pattern| u64::from(pattern.instances)).sum()
    }
}
