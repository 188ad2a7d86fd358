//! What is to be packed, into what, and an answer.

use crate::model::Architecture;
use crate::units::UsdPerHour;

/// CPU units, MiB, slots and GPUs, in this order.
pub type Amounts = [u32; RESOURCES];
pub const RESOURCES: usize = 4;
/// What they are called.
pub const RESOURCE_NAMES: [&str; RESOURCES] = ["CPU units", "MiB", "task slots", "GPUs"];

/// Tasks that are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    pub name: String,
    pub cpu_units: u32,
    pub memory_mib: u32,
    /// Slots (network interfaces, pods) that one takes: one or none.
    pub slots: u32,
    pub gpus: u32,
    /// Which images there are.
    pub x86: bool,
    pub arm: bool,
    pub copies: u32,
    /// No more of them on one instance.
    pub most_an_instance: Option<u32>,
    /// Of tasks that ask for the same port of their host, one an instance.
    pub host_ports: Vec<u16>,
    /// Numbers of the offers that they must not run on, in order.
    pub barred: Vec<usize>,
}

impl Shape {
    #[must_use]
    pub const fn runs_on(&self, architecture: Architecture) -> bool {
        match architecture {
            Architecture::X86 => self.x86,
            Architecture::Arm => self.arm,
        }
    }

    #[must_use]
    pub const fn needs(&self) -> Amounts {
        [self.cpu_units, self.memory_mib, self.slots, self.gpus]
    }

    fn shares_a_port(&self, other: &Shape) -> bool {
        self.host_ports.iter().any(|port| other.host_ports.contains(port))
    }
}

/// An offer: what tasks can have of one instance, and its price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bin {
    pub name: String,
    pub architecture: Architecture,
    pub cpu_units: u32,
    pub memory_mib: u32,
    pub slots: u32,
    pub gpus: u32,
    pub price: UsdPerHour,
    /// Whether it counts among the instances that must be; a Fargate task does not.
    pub instance: bool,
}

impl Bin {
    #[must_use]
    pub const fn has(&self) -> Amounts {
        [self.cpu_units, self.memory_mib, self.slots, self.gpus]
    }
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
    #[error("{task}: no offer holds it: {limit}")]
    NoOffer { task: String, limit: String },
    #[error("{task}: tasks of no size cannot be packed")]
    NoSize { task: String },
    #[error("{offer}: has no price")]
    NoPrice { offer: String },
    #[error("{copies} tasks are more than can be packed")]
    TooMany { copies: u64 },
    #[error("{fewest} instances must be, and no offer is an instance")]
    NoInstance { fewest: u32 },
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
        for (number, shape) in self.shapes.iter().enumerate().filter(|(_, one)| one.copies > 0) {
            if shape.cpu_units == 0 && shape.memory_mib == 0 {
                return Err(ProblemError::NoSize { task: shape.name.clone() });
            }
            if !(0..self.bins.len()).any(|bin| self.most(number, bin) > 0) {
                let (task, limit) = (shape.name.clone(), self.limit(shape));
                return Err(ProblemError::NoOffer { task, limit });
            }
        }
        let fewest = self.fewest_instances;
        if copies > 0 && fewest > 0 && !self.bins.iter().any(|bin| bin.instance) {
            return Err(ProblemError::NoInstance { fewest });
        }
        Ok(())
    }

    /// What keeps a shape out of every offer, in words.
    fn limit(&self, shape: &Shape) -> String {
        let on = match (shape.x86, shape.arm) {
            (true, true) => "",
            (true, false) => " on x86",
            (false, true) => " on arm",
            (false, false) => return "it runs on no architecture".to_owned(),
        };
        let runs: Vec<&Bin> =
            self.bins.iter().filter(|bin| shape.runs_on(bin.architecture)).collect();
        if runs.is_empty() {
            return format!("there is no offer{on}");
        }
        for (resource, what) in RESOURCE_NAMES.iter().enumerate() {
            let most = runs.iter().map(|bin| bin.has()[resource]).max().unwrap_or(0);
            let needs = shape.needs()[resource];
            if needs > most {
                return format!(
                    "it needs {needs} {what}, the most that an offer{on} has is {most}"
                );
            }
        }
        if shape.most_an_instance == Some(0) {
            return "none of it may be on an instance".to_owned();
        }
        let [cpu, memory, ..] = shape.needs();
        let barred = match shape.barred.len() {
            0 => String::new(),
            count => format!("; {count} offers are barred for it"),
        };
        format!("none{on} has {cpu} CPU units and {memory} MiB together{barred}")
    }

    /// As many tasks of a shape as an empty instance takes.
    #[must_use]
    pub fn most(&self, shape: usize, bin: usize) -> u32 {
        let (shape, offer) = (&self.shapes[shape], &self.bins[bin]);
        if !shape.runs_on(offer.architecture) || shape.barred.binary_search(&bin).is_ok() {
            return 0;
        }
        let fits = offer
            .has()
            .into_iter()
            .zip(shape.needs())
            .map(|(has, needs)| has.checked_div(needs).unwrap_or(u32::MAX));
        let alone = if shape.host_ports.is_empty() { u32::MAX } else { 1 };
        fits.min()
            .unwrap_or(0)
            .min(shape.most_an_instance.unwrap_or(u32::MAX))
            .min(shape.copies)
            .min(alone)
    }

    /// Do two shapes ask for the same port of their host?
    #[must_use]
    pub fn conflict(&self, one: usize, other: usize) -> bool {
        one != other && self.shapes[one].shares_a_port(&self.shapes[other])
    }

    /// What tasks take together.
    #[must_use]
    pub fn taken(&self, tasks: &[(usize, u32)]) -> [u64; RESOURCES] {
        let mut sum = [0; RESOURCES];
        for (shape, count) in tasks {
            for (sum, needs) in sum.iter_mut().zip(self.shapes[*shape].needs()) {
                *sum += u64::from(needs) * u64::from(*count);
            }
        }
        sum
    }

    /// Does an instance of the offer hold tasks together (each alone and as many as may be)?
    #[must_use]
    pub fn holds(&self, bin: usize, tasks: &[(usize, u32)]) -> bool {
        let fits = self
            .taken(tasks)
            .into_iter()
            .zip(self.bins[bin].has())
            .all(|(taken, has)| taken <= u64::from(has));
        fits && tasks.iter().all(|(shape, count)| *count <= self.most(*shape, bin))
            && tasks.iter().enumerate().all(|(place, (one, _))| {
                tasks[place + 1..].iter().all(|(other, _)| !self.conflict(*one, *other))
            })
    }

    /// The cheapest offer that holds tasks together.
    #[must_use]
    pub fn cheapest(&self, tasks: &[(usize, u32)]) -> Option<usize> {
        let taken = self.taken(tasks);
        let mut best: Option<usize> = None;
        for (number, bin) in self.bins.iter().enumerate() {
            let cheaper = best.is_none_or(|best| bin.price < self.bins[best].price);
            let room = || taken.iter().zip(bin.has()).all(|(taken, has)| *taken <= u64::from(has));
            if cheaper && room() && self.holds(number, tasks) {
                best = Some(number);
            }
        }
        best
    }

    /// The number of instances that must be, where there are tasks at all.
    #[must_use]
    pub fn fewest(&self) -> u32 {
        let tasks = self.shapes.iter().any(|shape| shape.copies > 0);
        if tasks { self.fewest_instances } else { 0 }
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

    /// Those that count as instances.
    #[must_use]
    pub fn instances(&self, problem: &Problem) -> u64 {
        let counting = self.patterns.iter().filter(|pattern| problem.bins[pattern.bin].instance);
        counting.map(|pattern| u64::from(pattern.instances)).sum()
    }

    /// Patterns of the same content as one, those with the most instances first.
    #[must_use]
    pub fn gathered(self) -> Self {
        let mut all = std::collections::BTreeMap::new();
        for Pattern { bin, tasks, instances } in self.patterns {
            *all.entry((bin, tasks)).or_insert(0) += instances;
        }
        let mut patterns: Vec<Pattern> = all
            .into_iter()
            .filter(|(_, instances)| *instances > 0)
            .map(|((bin, tasks), instances)| Pattern { bin, tasks, instances })
            .collect();
        patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.instances));
        Packing { patterns }
    }
}
