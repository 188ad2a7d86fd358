//! What runs, as tasks to be packed; and what is left where it is.

use super::{Wanted, left_out};
use crate::fit::constraint::{Attributes, Expression};
use crate::model::{
    Advice, Architecture, Catalog, Code, Deployment, Finding, Host, Kind, LeftOut, OperatingSystem,
    Size, Workload,
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
    pub deployment: Deployment,
    pub placing: Placing,
}

/// What a task asks of its instance beside room.
#[derive(Clone, Debug, Default)]
pub(super) struct Placing {
    pub host: Host,
    /// Its placement constraints, as far as they can be read.
    pub expressions: Vec<Expression>,
}

impl Placing {
    fn of(workload: &Workload) -> (Self, Vec<Finding>) {
        let host = workload.host.clone().unwrap_or_default();
        let (mut expressions, mut findings) = (Vec::new(), Vec::new());
        for text in host.expressions() {
            match Expression::parse(text) {
                Ok(expression) => expressions.push(expression),
                Err(error) => {
                    let detail = format!("{text:?} {error}");
                    findings.push(Finding::new(Code::PlacementNotHeld, detail).about(&workload.id));
                }
            }
        }
        (Placing { host, expressions }, findings)
    }

    /// Nothing that would keep it from any instance or from its like.
    pub fn is_free(&self) -> bool {
        self.host.ports.is_empty() && self.expressions.is_empty() && !self.host.distinct_instances()
    }

    /// What is not known does not keep it away.
    pub fn may_run_on(&self, instance: Attributes<'_>) -> bool {
        self.expressions.iter().all(|one| one.holds(instance) != Some(false))
    }
}

/// Room that is kept so that services can start new tasks before they stop old ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeploymentRoom {
    None,
    /// For one more task of any one service.
    One,
    /// For as many more of any one service as its maximum percent allows.
    Full,
}

impl Task {
    /// In everything.
    pub fn is_as_large_as(&self, other: &Task) -> bool {
        self.size.cpu >= other.size.cpu
            && self.size.memory >= other.size.memory
            && self.gpus >= other.gpus
    }

    /// Tasks that a deployment starts beside those that run: from the upper limit, floor of
    /// the maximum percent; a service that may stop one first (ceiling of the minimum healthy
    /// percent) can do without.
    pub fn more_in_deployment(&self, room: DeploymentRoom) -> u32 {
        let percent = |of: Option<u32>, else_: u64| of.map_or(else_, u64::from);
        let copies = u64::from(self.copies);
        let least = (copies * percent(self.deployment.minimum_healthy_percent, 100)).div_ceil(100);
        let most = copies * percent(self.deployment.maximum_percent, 200) / 100;
        let more = u32::try_from(most.saturating_sub(copies)).unwrap_or(u32::MAX);
        match room {
            DeploymentRoom::None => 0,
            DeploymentRoom::One if least < copies => 0,
            DeploymentRoom::One => more.min(1),
            DeploymentRoom::Full => more,
        }
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

#[derive(Default)]
pub(super) struct Chosen {
    pub tasks: Vec<Task>,
    /// One on every instance: CPU units and MiB together.
    pub daemons: [u32; 2],
    pub left_out: Vec<LeftOut>,
    pub findings: Vec<Finding>,
}

pub(super) fn choose(advices: &[Advice], catalog: &Catalog, wanted: &Wanted) -> Chosen {
    let mut chosen = Chosen::default();
    let mut advices: Vec<&Advice> = advices.iter().collect();
    advices.sort_by(|a, b| a.workload.id.cmp(&b.workload.id));
    for advice in advices {
        match task(advice, wanted, &mut chosen.findings) {
            Ok(Some(task)) if task.placing.host.daemon => {
                chosen.daemons[0] += task.size.cpu.0;
                chosen.daemons[1] += task.size.memory.0;
                let detail = "it is a daemon: every instance keeps room for one";
                let why = Finding::new(Code::NotPacked, detail).about(&task.workload);
                let workload = task.workload;
                chosen.left_out.push(LeftOut { workload, why, pico_an_hour: None });
            }
            Ok(Some(task)) => {
                chosen.findings.extend(not_held(&task, catalog));
                chosen.tasks.push(task);
            }
            Ok(None) => {}
            Err(why) => chosen.left_out.push(left_out(advice, why, wanted.month_hours)),
        }
    }
    chosen
}

/// Where a constraint depends on what an instance type does not tell.
fn not_held(task: &Task, catalog: &Catalog) -> Option<Finding> {
    let texts: Vec<&str> = task.placing.host.expressions().collect();
    let depends = task.placing.expressions.iter().any(|one| {
        catalog.instances.iter().any(|offer| {
            Attributes::of(offer).is_some_and(|instance| one.holds(instance).is_none())
        })
    });
    depends.then(|| Finding::new(Code::PlacementNotHeld, texts.join("; ")).about(&task.workload))
}

/// Nothing where it does not run any more.
fn task(
    advice: &Advice,
    wanted: &Wanted,
    findings: &mut Vec<Finding>,
) -> Result<Option<Task>, Finding> {
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
    let sized = if wanted.as_today { workload.size } else { advice.given() };
    let Some(size) = sized.or(workload.size) else {
        return out("its size is not known");
    };
    let copies = copies(advice, wanted);
    if copies == 0 {
        return out("it runs no tasks");
    }
    let size = Size { cpu: CpuUnits(size.cpu.0.max(LEAST_CPU)), ..size };
    let (placing, unread) = Placing::of(workload);
    findings.extend(unread);
    Ok(Some(Task {
        workload: workload.id.clone(),
        size,
        gpus: workload.gpus,
        x86: workload.has_image_for(Architecture::X86) == Some(true),
        arm: workload.has_image_for(Architecture::Arm) == Some(true),
        copies,
        average_per_mille: average(advice, wanted).max(1),
        deployment: workload.deployment.clone().unwrap_or_default(),
        placing,
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
