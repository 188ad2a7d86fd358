//! Which column of somebody else's file means what, and in which unit.

use super::times::TimeUnit;
use super::{StoreError, batch::Wanted};
use crate::model::{Signal, Size};
use std::path::Path;

/// What a column can be mapped to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    Workload,
    At,
    PeriodSeconds,
    Signal(Signal),
    Requests,
    /// What a task had of CPU when it was measured.
    AllocCpu,
    AllocMemory,
}

impl Target {
    pub const ALL: [Target; 11] = [
        Target::Workload,
        Target::At,
        Target::PeriodSeconds,
        Target::Signal(Signal::Tasks),
        Target::Signal(Signal::CpuMean),
        Target::Signal(Signal::CpuMax),
        Target::Signal(Signal::MemoryMean),
        Target::Signal(Signal::MemoryMax),
        Target::Requests,
        Target::AllocCpu,
        Target::AllocMemory,
    ];

    /// As `--map` and our own files write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Target::Workload => "workload",
            Target::At => "at",
            Target::PeriodSeconds => "period_seconds",
            Target::Signal(signal) => signal.column(),
            Target::Requests => "requests",
            Target::AllocCpu => "alloc_cpu",
            Target::AllocMemory => "alloc_memory",
        }
    }

    const fn default_unit(self) -> Unit {
        match self {
            Target::Signal(Signal::CpuMean | Signal::CpuMax) | Target::AllocCpu => Unit::CpuUnits,
            Target::Signal(Signal::MemoryMean | Signal::MemoryMax) | Target::AllocMemory => {
                Unit::Mib
            }
            Target::At => Unit::Time(TimeUnit::Auto),
            _ => Unit::Plain,
        }
    }

    const fn takes(self, unit: Unit) -> bool {
        match self {
            Target::Signal(Signal::CpuMean | Signal::CpuMax) => {
                matches!(unit, Unit::CpuUnits | Unit::Vcpu | Unit::Percent)
            }
            Target::AllocCpu => matches!(unit, Unit::CpuUnits | Unit::Vcpu),
            Target::Signal(Signal::MemoryMean | Signal::MemoryMax) => {
                matches!(unit, Unit::Mib | Unit::Gib | Unit::Kib | Unit::Bytes | Unit::Percent)
            }
            Target::AllocMemory => matches!(unit, Unit::Mib | Unit::Gib | Unit::Kib | Unit::Bytes),
            Target::At => matches!(unit, Unit::Time(_)),
            _ => matches!(unit, Unit::Plain),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Plain,
    Vcpu,
    CpuUnits,
    /// Of the allocation.
    Percent,
    Mib,
    Gib,
    Kib,
    Bytes,
    Time(TimeUnit),
}

impl Unit {
    const NAMES: [(&'static str, Unit); 10] = [
        ("vcpu", Unit::Vcpu),
        ("cpu-units", Unit::CpuUnits),
        ("percent", Unit::Percent),
        ("mib", Unit::Mib),
        ("gib", Unit::Gib),
        ("kib", Unit::Kib),
        ("bytes", Unit::Bytes),
        ("seconds", Unit::Time(TimeUnit::Seconds)),
        ("milliseconds", Unit::Time(TimeUnit::Milliseconds)),
        ("iso", Unit::Time(TimeUnit::Auto)),
    ];

    /// Into CPU units or MiB; a percentage needs what it is of.
    #[inline]
    pub(super) fn convert(self, value: f64, allocation: Option<u32>) -> Option<f64> {
        Some(match self {
            Unit::Plain | Unit::CpuUnits | Unit::Mib | Unit::Time(_) => value,
            Unit::Vcpu | Unit::Gib => value * 1024.0,
            Unit::Kib => value / 1024.0,
            Unit::Bytes => value / 1_048_576.0,
            Unit::Percent => value * f64::from(allocation?) / 100.0,
        })
    }
}

/// Shapes of files that are known by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// Bitbrains traces (GWA-T-12): vCPU and MiB used, with the allocation.
    Bitbrains,
    /// Azure public trace: CPU percentages, mean and maximum; the size is not in it.
    Azure,
    /// Borg tasks: percentages of the limit, mean and maximum; the limit is not in it.
    Borg,
    /// `CloudWatch` series: CPU percentages, requests; the size is not in it.
    Cloudwatch,
    /// Requests a minute.
    WebRequests,
    /// Lambda REPORT lines: memory used; they carry no time.
    LambdaReport,
}

impl Preset {
    pub const ALL: [(&'static str, Preset); 6] = [
        ("bitbrains", Preset::Bitbrains),
        ("azure", Preset::Azure),
        ("borg", Preset::Borg),
        ("cloudwatch", Preset::Cloudwatch),
        ("web-requests", Preset::WebRequests),
        ("lambda-report", Preset::LambdaReport),
    ];

    const fn spec(self) -> &'static str {
        match self {
            Preset::Bitbrains => {
                "at=timestamp,cpu_units_mean=cpu_vcpu:vcpu,memory_mib_mean=memory_mib,\
                 alloc_cpu=alloc_vcpu:vcpu,alloc_memory=alloc_memory_mib"
            }
            Preset::Azure => {
                "at=timestamp:seconds,cpu_units_mean=cpu_percent:percent,\
                 cpu_units_max=cpu_percent_max:percent"
            }
            Preset::Borg => {
                "at=timestamp:seconds,cpu_units_mean=cpu_percent:percent,\
                 cpu_units_max=cpu_percent_max:percent,memory_mib_mean=memory_percent:percent,\
                 memory_mib_max=memory_percent_max:percent"
            }
            Preset::Cloudwatch => {
                "at=timestamp,cpu_units_mean=cpu_percent:percent,requests=requests"
            }
            Preset::WebRequests => "at=timestamp:seconds,requests=requests",
            Preset::LambdaReport => "memory_mib_max=max_memory_used_mb,alloc_memory=memory_size_mb",
        }
    }

    /// The mapping, its period, and the size that percentages are taken of.
    ///
    /// # Errors
    /// None in practice: the specs are our own.
    pub fn mapping(self) -> Result<Mapping, StoreError> {
        let mut mapping = Mapping::parse(self.spec())?;
        let vcpu = Some(Size::new(1024, 2048));
        (mapping.period_seconds, mapping.assumed_size, mapping.timeless) = match self {
            Preset::Bitbrains => (Some(300), None, false),
            Preset::Azure | Preset::Borg | Preset::Cloudwatch => (Some(300), vcpu, false),
            Preset::WebRequests => (Some(60), None, false),
            Preset::LambdaReport => (Some(1), None, true),
        };
        Ok(mapping)
    }
}

/// How a file's columns are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    columns: Vec<(Target, String, Unit)>,
    /// Where no column says it; found out from the rows where this is absent too.
    pub period_seconds: Option<u32>,
    /// The size of every workload, given by the user.
    pub size: Option<Size>,
    /// The size that percentages are taken of for want of a better one.
    pub assumed_size: Option<Size>,
    /// Rows carry no time and are taken in order.
    pub timeless: bool,
    /// Only columns that are there are read: the names are our own.
    own: bool,
}

impl Mapping {
    /// Our own column names.
    #[must_use]
    pub fn own() -> Self {
        let columns = Target::ALL
            .into_iter()
            .map(|target| (target, target.name().to_owned(), target.default_unit()))
            .collect();
        Mapping { columns, own: true, ..Mapping::empty() }
    }

    const fn empty() -> Self {
        Mapping {
            columns: Vec::new(),
            period_seconds: None,
            size: None,
            assumed_size: None,
            timeless: false,
            own: false,
        }
    }

    /// From `at=timestamp,cpu_units_mean=cpu_vcpu:vcpu,...`. A column called `workload` or
    /// `at` needs no mapping.
    ///
    /// # Errors
    /// [`StoreError::Map`] for what cannot be understood.
    pub fn parse(spec: &str) -> Result<Self, StoreError> {
        let mut columns: Vec<(Target, String, Unit)> = Vec::new();
        for part in spec.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let wrong = |problem: String| StoreError::Map { spec: part.to_owned(), problem };
            let (target, column) = part
                .split_once('=')
                .ok_or_else(|| wrong("target=column or target=column:unit is expected".into()))?;
            let target = target_named(target.trim()).ok_or_else(|| {
                let known = Target::ALL.map(Target::name).join(", ");
                wrong(format!("there is no target {:?}; known are {known}", target.trim()))
            })?;
            let (column, unit) = match column.rsplit_once(':') {
                Some((column, unit)) => (
                    column,
                    unit_named(unit.trim()).ok_or_else(|| {
                        let known = Unit::NAMES.map(|(name, _)| name).join(", ");
                        wrong(format!("there is no unit {:?}; known are {known}", unit.trim()))
                    })?,
                ),
                None => (column, target.default_unit()),
            };
            if !target.takes(unit) {
                return Err(wrong(format!("{} cannot be in that unit", target.name())));
            }
            if columns.iter().any(|(other, _, _)| *other == target) {
                return Err(wrong(format!("{} is mapped twice", target.name())));
            }
            columns.push((target, column.trim().to_owned(), unit));
        }
        for target in [Target::Workload, Target::At] {
            if !columns.iter().any(|(other, _, _)| *other == target) {
                columns.push((target, target.name().to_owned(), target.default_unit()));
            }
        }
        Ok(Mapping { columns, ..Mapping::empty() })
    }

    /// Does a value need to know what the task had?
    fn has_percentages(&self) -> bool {
        self.columns.iter().any(|(_, _, unit)| *unit == Unit::Percent)
    }

    /// Finds the mapped columns in a file; with `sizes` also those that say what a task had.
    pub(super) fn resolve(
        &self,
        path: &Path,
        has: &[String],
        sizes: bool,
    ) -> Result<Resolved, StoreError> {
        let sizes = sizes || self.has_percentages();
        let place = |name: &str| has.iter().position(|column| column == name);
        let mut resolved = Resolved {
            wanted: Wanted { workload: 0, at: None, numbers: Vec::new() },
            unit: TimeUnit::Auto,
            measures: Vec::new(),
            alloc_cpu: None,
            alloc_memory: None,
            ignored: Vec::new(),
        };
        for (target, name, unit) in &self.columns {
            let of_size = matches!(target, Target::AllocCpu | Target::AllocMemory);
            if (*target == Target::At && self.timeless) || (of_size && !sizes) {
                continue;
            }
            let needed = matches!(target, Target::Workload | Target::At) || !self.own;
            let Some(place) = place(name) else {
                if needed {
                    return Err(missing(path, *target, name, has));
                }
                continue;
            };
            if has.iter().filter(|column| *column == name).count() > 1 {
                return Err(StoreError::Column {
                    path: path.to_owned(),
                    column: format!("line 1, column {name}"),
                    problem: "stands there more than once; rename or drop one".to_owned(),
                });
            }
            match (target, unit) {
                (Target::Workload, _) => resolved.wanted.workload = place,
                (Target::At, Unit::Time(unit)) => {
                    resolved.wanted.at = Some(place);
                    resolved.unit = *unit;
                }
                _ => resolved.note(*target, *unit, place, name),
            }
        }
        let mapped = |name: &String| self.columns.iter().any(|(_, column, _)| column == name);
        resolved.ignored = has.iter().filter(|name| !mapped(name)).cloned().collect();
        let measures = |(_, target, _): &(usize, Target, Unit)| {
            matches!(target, Target::Signal(_) | Target::Requests)
        };
        if !resolved.measures.iter().any(measures) {
            let problem =
                format!("has nothing that is measured; its columns are {}", has.join(", "));
            return Err(StoreError::file(path, problem));
        }
        Ok(resolved)
    }
}

fn missing(path: &Path, target: Target, name: &str, has: &[String]) -> StoreError {
    let shown: Vec<String> =
        has.iter().take(20).map(|name| name.escape_debug().to_string()).collect();
    StoreError::Column {
        path: path.to_owned(),
        column: format!("line 1, column {name}"),
        problem: format!(
            "is missing (needed for {}); the file has {}; map others with --map {}=COLUMN",
            target.name(),
            shown.join(", "),
            target.name()
        ),
    }
}

fn target_named(name: &str) -> Option<Target> {
    Target::ALL.into_iter().find(|target| target.name() == name)
}

fn unit_named(name: &str) -> Option<Unit> {
    let lower = name.to_ascii_lowercase();
    Unit::NAMES.into_iter().find(|(known, _)| *known == lower).map(|(_, unit)| unit)
}

/// A mapping found in one file.
#[derive(Debug)]
pub(super) struct Resolved {
    pub wanted: Wanted,
    pub unit: TimeUnit,
    /// What is measured: the number's place among those wanted, its meaning and unit.
    pub measures: Vec<(usize, Target, Unit)>,
    /// What a task had when it was measured: place and unit.
    pub alloc_cpu: Option<(usize, Unit)>,
    pub alloc_memory: Option<(usize, Unit)>,
    pub ignored: Vec<String>,
}

impl Resolved {
    fn note(&mut self, target: Target, unit: Unit, place: usize, name: &str) {
        let number = self.wanted.numbers.len();
        self.wanted.numbers.push((place, name.to_owned()));
        match target {
            Target::AllocCpu => self.alloc_cpu = Some((number, unit)),
            Target::AllocMemory => self.alloc_memory = Some((number, unit)),
            _ => self.measures.push((number, target, unit)),
        }
    }
}
