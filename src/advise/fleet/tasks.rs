//! What runs, as tasks to be packed; and what is left where it is.

use super::{Wanted, left_out};
use crate::model::{
    Advice, Architecture, Code, Demand, Finding, Kind, LeftOut, OperatingSystem, Size,
};
use crate::units::{CpuUnits, MiB};

/// No task is smaller on EC2: what ECS takes as task-level CPU.
const LEAST_CPU: u32 = 128;

#[derive(Clone, Debug)]
pub(super) struct Task {
    pub workload: String,
    pub size: Size,
    pub gpus: u32,
    pub x86: bool,
    pub arm: bool,
    pub copies: u32,
    /// Tasks on average, in thousandths: what Fargate would be paid for.
    pub average_per_mille: u64,
}

impl Task {
    /// In everything.
    pub fn is_as_large_as(&self, other: &Task) -> bool {
        self.size.cpu >= other.size.cpu
            && self.size.memory >= other.size.memory
            && self.gpus >= other.gpus
    }

    /// With so many percent more demand: so many tasks more or less where that makes a whole
    /// one, else larger or smaller ones.
    pub fn scaled(&self, percent: i32) -> Self {
        let by = |value: u64| {
            let part = u64::try_from(100 + i64::from(percent)).unwrap_or(0);
            value.saturating_mul(part).div_ceil(100).max(1)
        };
        let small = |value: u64| u32::try_from(by(value)).unwrap_or(u32::MAX);
        if self.copies * percent.unsigned_abs() >= 100 {
            let copies = small(self.copies.into());
            return Task { copies, average_per_mille: by(self.average_per_mille), ..self.clone() };
        }
        let cpu = CpuUnits(small(self.size.cpu.0.into()).max(LEAST_CPU));
        let size = Size { cpu, memory: MiB(small(self.size.memory.0.into())) };
        Task { size, ..self.clone() }
    }
}

pub(super) struct Chosen {
    pub tasks: Vec<Task>,
    pub left_out: Vec<LeftOut>,
}

pub(super) fn choose(advices: &[Advice], wanted: &Wanted) -> Chosen {
    let mut chosen = Chosen { tasks: Vec::new(), left_out: Vec::new() };
    let mut advices: Vec<&Advice> = advices.iter().collect();
    advices.sort_by(|a, b| a.workload.id.cmp(&b.workload.id));
    for advice in advices {
        match task(advice, wanted) {
            Ok(Some(task)) => chosen.tasks.push(task),
            Ok(None) => {}
            Err(why) => chosen.left_out.push(left_out(advice, why, wanted.month_hours)),
        }
    }
    chosen
}

/// Nothing where it does not run any more.
fn task(advice: &Advice, wanted: &Wanted) -> Result<Option<Task>, Finding> {
    let workload = &advice.workload;
    if workload.gone_since.is_some() {
        return Ok(None);
    }
    let out = |detail: &str| Err(Finding::new(Code::NotPacked, detail).about(&workload.id));
    match workload.kind {
        Kind::Service => {}
        Kind::Task => return out("it runs for a while and ends: Fargate is paid by the run"),
        Kind::Function => return out("it is a function"),
    }
    if workload.operating_system == OperatingSystem::Windows {
        return out("prices of Windows on EC2 are not in the price book");
    }
    let sized = if wanted.as_today { workload.size } else { advice.sizing.least.map(Demand::size) };
    let Some(size) = sized.or(workload.size) else {
        return out("its size is not known");
    };
    let copies = copies(advice, wanted);
    if copies == 0 {
        return out("it runs no tasks");
    }
    let size = Size { cpu: CpuUnits(size.cpu.0.max(LEAST_CPU)), ..size };
    Ok(Some(Task {
        workload: workload.id.clone(),
        size,
        gpus: workload.gpus,
        x86: workload.architecture == Architecture::X86,
        arm: workload.architecture == Architecture::Arm,
        copies,
        average_per_mille: average(advice, wanted).max(1),
    }))
}

/// Tasks at their most.
fn copies(advice: &Advice, wanted: &Wanted) -> u32 {
    let scaling = advice.recommended.as_ref().and_then(|one| one.scaling);
    if let (false, Some(scaling)) = (wanted.as_today, scaling) {
        return scaling.most_tasks.max(scaling.minimum_tasks);
    }
    let average = u32::try_from(advice.observed.tasks_per_mille.div_ceil(1000)).unwrap_or(u32::MAX);
    let wanted = advice.workload.tasks.unwrap_or(0);
    advice.observed.most_tasks.unwrap_or(0).max(average).max(wanted)
}

fn average(advice: &Advice, wanted: &Wanted) -> u64 {
    let recommended = advice.recommended.as_ref().filter(|_| !wanted.as_today);
    recommended.map_or(advice.observed.tasks_per_mille, |one| one.tasks_per_mille)
}
