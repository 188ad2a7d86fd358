//! Lambda Managed Instances: an environment's functions on instances that Lambda keeps.
//!
//! As AWS's calculator reckons (aws-samples, 2026-03): an instance keeps a vCPU and a GiB for
//! itself; half as many execution environments again as the load takes, three at least. The
//! developer guide: an environment has 2 GiB and one vCPU at least, from 2 to 8 GiB a vCPU, 32 GiB
//! at most, and three instances stand from the start. The fee is 15 % of the on-demand price, and
//! requests are paid as of any function, durations are not.

use super::{Context, environment};
use crate::model::ledger::{Entry, Price};
use crate::model::{
    Advice, Architecture, Code, Finding, InstanceOffer, Kind, Place, Size, Verdict,
};
use crate::units::{CpuUnits, MiB};
use std::collections::BTreeMap;

const LONGEST_SECONDS: u32 = 900;
const LEAST_MIB: u32 = 2_048;
const MOST_MIB: u32 = 32_768;
const VCPU: u32 = 1_024;
/// MiB for a vCPU.
const MOST_A_VCPU: u32 = 8_192;
const LEAST_A_VCPU: u32 = 2_048;
/// What is rounded up to, so that many workloads are few shapes.
const CPU_STEP: u32 = 256;
const MIB_STEP: u32 = 512;
/// What an instance keeps.
const KEPT: Size = Size::new(1_024, 1_024);
const LEAST: u64 = 3;
const BUFFER_PERCENT: u128 = 150;
const FEE_PERCENT: u128 = 15;
/// Instances that it takes: general purpose, for computing, for memory; from large on.
const FAMILIES: [&str; 3] = ["c", "m", "r"];
/// Where it is not sold (What's New, 2026-06-08), beside China and the government regions.
const NOT_IN: [&str; 4] = ["il-central-1", "me-south-1", "me-central-1", "ap-southeast-6"];

/// Execution environments of one shape.
type Shapes = BTreeMap<Size, u64>;

pub(in crate::advise) struct LambdaManaged {
    /// By the workloads' environment and architecture.
    groups: BTreeMap<(String, Architecture), Result<Group, Finding>>,
}

struct Group {
    what: String,
    offer: Offer,
    /// Of all its instances, pico-dollars a month: on demand, and the fee.
    instances: u128,
    fee: u128,
    /// Of all execution environments.
    weight: u128,
}

/// Instances of one type that Lambda keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::advise) struct Offer {
    pub instance_type: String,
    size: Size,
    /// With the fee, pico-dollars an hour.
    pub pico_an_hour: u64,
}

/// A workload's execution environments: whose instances they share, their shape, and what a task
/// needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::advise) struct Part {
    pub group: (String, Architecture),
    pub offer: Offer,
    shape: Size,
    demand: Size,
}

impl Part {
    /// Instances for workloads of one group with so many thousandths of tasks each.
    pub fn instances<'p>(parts: impl Iterator<Item = (&'p Part, u64)>) -> u64 {
        let (mut shapes, mut instance) = (Shapes::new(), None);
        for (part, tasks_per_mille) in parts {
            let count = environments(part.shape, part.demand, tasks_per_mille);
            *shapes.entry(part.shape).or_default() += count;
            instance = Some(part.offer.size);
        }
        instance.and_then(|size| instances(size, &shapes)).unwrap_or(0)
    }
}

/// CPU units and, as AWS's split cost allocation has it, nine GB for a vCPU.
fn weight(size: Size, count: u64) -> u128 {
    (u128::from(size.cpu.0) * 9 + u128::from(size.memory.0)) * u128::from(count)
}

impl LambdaManaged {
    pub(super) fn new(context: &Context<'_>) -> Self {
        let mut shapes: BTreeMap<(String, Architecture), Shapes> = BTreeMap::new();
        for advice in context.advices {
            if let Ok((size, demand, tasks)) = asked(context, advice) {
                let count = environments(size, demand, tasks);
                let group = shapes.entry(key(advice)).or_default();
                *group.entry(size).or_default() += count;
            }
        }
        let group = |(key, shapes): ((String, Architecture), Shapes)| {
            let group = group(context, key.1, &shapes);
            (key, group)
        };
        LambdaManaged { groups: shapes.into_iter().map(group).collect() }
    }

    /// As execution environments, with what requests cost a month.
    pub(super) fn part(
        &self,
        context: &Context<'_>,
        advice: &Advice,
    ) -> Result<(Part, u128), Finding> {
        let (shape, demand, _) = asked(context, advice)?;
        let offer = self.group(advice)?.offer.clone();
        let part = Part { group: key(advice), offer, shape, demand };
        Ok((part, paid_for_requests(context, advice)?))
    }

    fn group(&self, advice: &Advice) -> Result<&Group, Finding> {
        let none = || Finding::new(Code::NotPriced, String::new());
        self.groups.get(&key(advice)).ok_or_else(none)?.as_ref().map_err(Clone::clone)
    }

    pub(super) fn entry(&self, context: &Context<'_>, advice: &Advice) -> Entry {
        let (size, demand, tasks) = asked(context, advice)?;
        let count = environments(size, demand, tasks);
        let group = self.group(advice)?;
        let own = weight(size, count);
        let part = |all: u128| (all * own).div_ceil(group.weight.max(1));
        let mut price = Price {
            what: format!("{count} x {} of {}", size.short(), group.what),
            assumptions: vec![
                "its code takes several requests at once, as its task does".to_owned(),
                "instances of its environment are shared; their volumes are not priced".to_owned(),
            ],
            ..Price::default()
        };
        if advice.workload.request_milliseconds.is_none() {
            price.assumptions.push("no request takes longer than 15 minutes".to_owned());
        }
        price.charge("instances", part(group.instances));
        price.charge("management fee", part(group.fee));
        price.charge("requests", paid_for_requests(context, advice)?);
        Ok(price)
    }
}

/// A month's requests, whatever they take.
fn paid_for_requests(context: &Context<'_>, advice: &Advice) -> Result<u128, Finding> {
    let requests = advice.requests.filter(|requests| requests.ceil() > 0);
    let unknown = || Finding::new(Code::LambdaRequestsUnknown, String::new());
    let requests = requests.ok_or_else(unknown)?;
    let rates = context.catalog.lambda(advice.workload.architecture);
    let rate = rates.and_then(|rates| rates.request.as_ref());
    let amount = rate.ok_or_else(|| context.missing("Lambda's requests"))?.price.times(requests);
    let amount = amount.map_err(|error| Finding::new(Code::AmountTooLarge, error.to_string()))?;
    Ok(u128::try_from(amount.pico).unwrap_or(0))
}

fn key(advice: &Advice) -> (String, Architecture) {
    (environment(advice).to_owned(), advice.workload.architecture)
}

/// The shape of its execution environments, what a task needs, and thousandths of tasks.
///
/// # Errors
/// Why it cannot be such a function.
fn asked(context: &Context<'_>, advice: &Advice) -> Result<(Size, Size, u64), Finding> {
    let workload = &advice.workload;
    let region = context.catalog.region.as_str();
    if NOT_IN.contains(&region) || region.starts_with("cn-") || region.starts_with("us-gov-") {
        return Err(Finding::new(Code::NotInRegion, region));
    }
    match workload.kind {
        Kind::Service => {}
        Kind::Task => return Err(Finding::new(Code::ServicesOnly, String::new())),
        Kind::Function => {
            return Err(Finding::new(Code::NotPriced, "what it uses of its size is not measured"));
        }
    }
    let place = Place::Lambda(workload.architecture);
    let found = advice.places.iter().find(|one| one.place == place);
    match found.map(|one| &one.verdict) {
        // It has more memory than a function has elsewhere, and is not paid by its duration.
        Some(Verdict::Refused(why))
            if matches!(
                why.code,
                Code::LambdaTooMuchMemory | Code::LambdaDurationUnknown | Code::LambdaTooSlow
            ) => {}
        Some(Verdict::Refused(why)) => return Err(why.clone()),
        _ => {}
    }
    if workload.host.as_ref().is_some_and(|host| host.daemon) {
        return Err(Finding::new(Code::HostNeeded, "one on every instance"));
    }
    let seconds = workload.request_milliseconds.map_or(0, |all| all.div_ceil(1_000));
    if seconds > LONGEST_SECONDS {
        let detail = format!("{seconds} of {LONGEST_SECONDS} seconds");
        return Err(Finding::new(Code::LambdaTooLong, detail));
    }
    paid_for_requests(context, advice)?;
    let unknown = || Finding::new(Code::SizeUnknown, String::new());
    let demand = advice.given().ok_or_else(unknown)?;
    let tasks = advice.recommended.as_ref().ok_or_else(unknown)?.tasks_per_mille;
    let size = shape(demand).ok_or_else(|| {
        let detail = format!("{} and {} of 32 GiB", demand.cpu, demand.memory);
        Finding::new(Code::LambdaTooMuchMemory, detail)
    })?;
    Ok((size, demand, tasks))
}

/// The smallest execution environment that has what a task has.
fn shape(demand: Size) -> Option<Size> {
    let up = |value: u32, step: u32| value.div_ceil(step) * step;
    let memory = up(demand.memory.0.max(LEAST_MIB), MIB_STEP);
    let cpu = demand.cpu.0.max(VCPU).max((memory * VCPU).div_ceil(MOST_A_VCPU));
    let cpu = up(cpu, CPU_STEP);
    let memory = memory.max(up(cpu * (LEAST_A_VCPU / VCPU), MIB_STEP));
    (memory <= MOST_MIB).then_some(Size { cpu: CpuUnits(cpu), memory: MiB(memory) })
}

/// Half as many again as carry so many thousandths of tasks.
fn environments(size: Size, demand: Size, tasks_per_mille: u64) -> u64 {
    let times = |whole: u32, part: u32| whole / part.max(1);
    let each = times(size.cpu.0, demand.cpu.0).min(times(size.memory.0, demand.memory.0)).max(1);
    let tasks = u128::from(tasks_per_mille) * BUFFER_PERCENT;
    u64::try_from(tasks.div_ceil(u128::from(each) * 100 * 1_000)).unwrap_or(u64::MAX).max(LEAST)
}

/// On the type of which as many as it takes cost the least.
fn group(
    context: &Context<'_>,
    architecture: Architecture,
    shapes: &Shapes,
) -> Result<Group, Finding> {
    let takes = |offer: &&InstanceOffer| {
        let family = offer.instance_type.as_str();
        offer.shape.is_some_and(|shape| {
            shape.architecture == architecture
                && shape.current_generation
                && !shape.bare_metal
                && shape.gpus == 0
                && shape.baseline_per_mille.is_none()
                && shape.cpu.0 >= 2 * VCPU
        }) && FAMILIES.iter().any(|one| crate::advise::fleet::offers::in_family(family, one))
    };
    let mut best: Option<(u128, u64, &InstanceOffer)> = None;
    for offer in context.catalog.instances.iter().filter(takes) {
        let Some(shape) = offer.shape else { continue };
        let Some(count) = instances(Size { cpu: shape.cpu, memory: shape.memory }, shapes) else {
            continue;
        };
        let cost = u128::from(count) * u128::from(offer.price.price.as_pico());
        if best.as_ref().is_none_or(|(least, ..)| cost < *least) {
            best = Some((cost, count, offer));
        }
    }
    let (cost, count, offer) = best.ok_or_else(|| context.missing("an instance that holds it"))?;
    let instances = cost * u128::from(context.wanted.month_hours);
    Ok(Group {
        what: format!("{count} x {}", offer.instance_type),
        offer: managed(offer),
        instances,
        fee: instances * FEE_PERCENT / 100,
        weight: shapes.iter().map(|(size, count)| weight(*size, *count)).sum(),
    })
}

fn managed(offer: &InstanceOffer) -> Offer {
    let on_demand = offer.price.price.as_pico();
    let fee = u128::from(on_demand) * FEE_PERCENT / 100;
    let size = offer.shape.map_or(KEPT, |shape| Size { cpu: shape.cpu, memory: shape.memory });
    Offer {
        instance_type: offer.instance_type.clone(),
        size,
        pico_an_hour: on_demand + u64::try_from(fee).unwrap_or(0),
    }
}

/// Instances with the same room left.
type Rooms = Vec<([u32; 2], u64)>;

/// As many instances as hold all, the largest first and each into the first that has room; three
/// at least. Nothing where a shape fits none.
fn instances(instance: Size, shapes: &Shapes) -> Option<u64> {
    let room =
        [instance.cpu.0.checked_sub(KEPT.cpu.0)?, instance.memory.0.checked_sub(KEPT.memory.0)?];
    let mut open: Rooms = Vec::new();
    for (size, count) in shapes.iter().rev() {
        let need = [size.cpu.0, size.memory.0];
        let fit = |room: [u32; 2]| u64::from((room[0] / need[0]).min(room[1] / need[1]));
        let mut left = *count;
        let mut next: Rooms = Vec::new();
        for (room, there) in open {
            let each = fit(room);
            let filled = left.checked_div(each).unwrap_or(0).min(there);
            let partly = left - filled * each;
            let partly = if filled < there && each > 0 { partly.min(each) } else { 0 };
            place(&mut next, room, need, (each, filled));
            place(&mut next, room, need, (partly, u64::from(partly > 0)));
            place(&mut next, room, need, (0, there - filled - u64::from(partly > 0)));
            left -= filled * each + partly;
        }
        let each = fit(room);
        if left > 0 && each == 0 {
            return None;
        }
        let full = left.checked_div(each).unwrap_or(0);
        let partly = left - full * each;
        place(&mut next, room, need, (each, full));
        place(&mut next, room, need, (partly, u64::from(partly > 0)));
        open = next;
    }
    Some(open.iter().map(|(_, count)| count).sum::<u64>().max(LEAST))
}

/// So many instances, each with so many more of what is needed.
fn place(open: &mut Rooms, room: [u32; 2], need: [u32; 2], (each, instances): (u64, u64)) {
    if instances == 0 {
        return;
    }
    let each = u32::try_from(each).unwrap_or(u32::MAX);
    let left = [room[0] - need[0] * each, room[1] - need[1] * each];
    match open.iter_mut().find(|(one, _)| *one == left) {
        Some((_, count)) => *count += instances,
        None => open.push((left, instances)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_keep_to_what_is_sold() {
        let of = |cpu, memory| shape(Size::new(cpu, memory)).map(Size::short);
        assert_eq!(of(256, 512).as_deref(), Some("1024/2048"));
        assert_eq!(of(1_024, 9_000).as_deref(), Some("1280/9216"), "8 GiB a vCPU at most");
        assert_eq!(of(4_096, 2_048).as_deref(), Some("4096/8192"), "2 GiB a vCPU at least");
        assert_eq!(of(4_096, 32_768).as_deref(), Some("4096/32768"));
        assert_eq!(of(1_024, 32_769), None);
    }

    #[test]
    fn environments_are_half_as_many_again_and_three_at_least() {
        let count = |tasks| environments(Size::new(1_024, 2_048), Size::new(256, 512), tasks);
        // Four tasks each.
        assert_eq!((count(1_000), count(8_000), count(8_001), count(80_000)), (3, 3, 4, 30));
    }

    #[test]
    fn instances_hold_all_and_are_three_at_least() {
        // 3 vCPU and 7 GiB each, as AWS's calculator has it of c7g.xlarge: three of 1 and 2.
        let instance = Size::new(4_096, 8_192);
        let of = |shapes: &[(u32, u32, u64)]| {
            let shapes = shapes.iter().map(|(cpu, memory, n)| (Size::new(*cpu, *memory), *n));
            instances(instance, &shapes.collect())
        };
        assert_eq!(of(&[(1_024, 2_048, 42)]), Some(14));
        assert_eq!(of(&[(1_024, 2_048, 43)]), Some(15));
        assert_eq!(of(&[(1_024, 2_048, 3)]), Some(3));
        // Ten of two vCPU leave one each.
        assert_eq!(of(&[(2_048, 4_096, 10), (1_024, 2_048, 10)]), Some(10));
        assert_eq!(of(&[(2_048, 4_096, 10), (1_024, 2_048, 11)]), Some(11));
        assert_eq!(of(&[(4_096, 4_096, 1)]), None);
    }
}
