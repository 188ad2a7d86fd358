//! Zone by zone: tasks and offers as problems, and their packings as one plan.

use super::offers::Offers;
use super::tasks::Task;
use super::{Effort, FleetError, Wanted};
use crate::fit::constraint::Attributes;
use crate::fit::fleet::{
    self, Bin, Bound, Limits, Packing, Problem, Proof, Shape, check_bound, check_packing, quick,
    thorough,
};
use crate::model::{
    Code, Filled, Finding, FleetPlan, NetworkMode, ProofKind, Size, World, instance_type,
};

/// Rooms that are kept one by one rather than as one.
const FEW_ROOMS: usize = 2;
/// Services up to which a mixed plan is made: each has an offer of its own on Fargate.
const MOST_MIXED: usize = 500;
/// Types up to which fewer are tried, where instances of each type stand by.
const FEW_TYPES: u32 = 3;
/// With no more services each type is tried alone where instances stand by.
const MOST_BY_TYPE: usize = 30;
/// What room for a deployment is called among tasks.
pub(in crate::advise) const SPARE: &str = "(room for deployments)";

pub(super) struct Packed<'p> {
    pub tasks: &'p [Task],
    pub offers: Offers,
    pub wanted: &'p Wanted,
    pub effort: &'p Effort<'p>,
    /// Of the time.
    pub share: f64,
}

#[derive(Clone)]
struct Zone {
    problem: Problem,
    packing: Packing,
    bound: Bound,
    /// What another way to fill the zone, which `problem` has not, cannot cost less than.
    other_way: Option<u128>,
}

impl Zone {
    fn pico_an_hour(&self) -> u128 {
        self.packing.pico_an_hour(&self.problem)
    }

    /// The cheaper of two ways to fill a zone.
    fn or(&self, other: &Zone) -> Zone {
        let (cheap, dear) =
            if other.pico_an_hour() < self.pico_an_hour() { (other, self) } else { (self, other) };
        let proved = check_bound(&dear.problem, &dear.bound);
        let other_way = proved.map_or(0, |_| dear.bound.pico_an_hour);
        Zone { other_way: Some(other_way), ..cheap.clone() }
    }
}

impl Packed<'_> {
    pub fn plan(&self) -> Result<FleetPlan, FleetError> {
        let allowed = vec![true; self.offers.instances.len()];
        if self.wanted.world == World::Mixed {
            return self.mixed(&allowed);
        }
        self.fits_fargate()?;
        let plan = self.plan_of(self.zones(&allowed)?)?;
        if self.wanted.target_capacity == 100 || self.wanted.world == World::Fargate {
            return Ok(plan);
        }
        // What stands by is rounded up for each type: fewer types, or smaller ones, may be cheaper.
        let most = self.wanted.most_types.unwrap_or(FEW_TYPES).min(FEW_TYPES);
        let fewer = (1..=most).filter_map(|most| {
            let wanted = Wanted { most_types: Some(most), ..self.wanted.clone() };
            let few = Packed { offers: self.offers.clone(), wanted: &wanted, ..*self };
            few.plan_of(few.zones(&allowed).ok()?).ok()
        });
        let bound = (plan.bound_pico, plan.proofs.clone());
        let alone = (0..self.offers.instances.len()).filter(|_| self.tasks.len() <= MOST_BY_TYPE);
        let alone = alone.filter_map(|number| {
            let mut only = vec![false; self.offers.instances.len()];
            only[number] = true;
            self.plan_of(self.zones(&only).ok()?).ok()
        });
        let all = fewer.chain(alone).chain([plan]);
        let mut best = all
            .min_by_key(|plan| plan.pico_an_hour)
            .ok_or_else(|| FleetError::Nothing("no plan was found".to_owned()))?;
        (best.bound_pico, best.proofs) = bound;
        Ok(best)
    }

    /// Where there is nothing but Fargate, has it a size for every task?
    fn fits_fargate(&self) -> Result<(), FleetError> {
        let Some(fargate) =
            self.offers.fargate.as_ref().filter(|_| self.offers.instances.is_empty())
        else {
            return Ok(());
        };
        let Some(task) = self.tasks.iter().find(|task| fargate.bin(task, 1).is_none()) else {
            return Ok(());
        };
        let Size { cpu, memory } = task.size;
        let gpus = if task.gpus > 0 { format!(" and {} GPUs", task.gpus) } else { String::new() };
        Err(FleetError::NoOffers(format!(
            "{}: Fargate has no size for {} CPU units, {} MiB{gpus} at a known price",
            task.workload, cpu.0, memory.0
        )))
    }

    /// A plan of instances alone is a mixed one too.
    fn mixed(&self, allowed: &[bool]) -> Result<FleetPlan, FleetError> {
        let many = self.tasks.len();
        if many > MOST_MIXED {
            return Err(FleetError::NoOffers(format!(
                "{many} services are more than the {MOST_MIXED} that are planned on instances and \
                 Fargate at once; see --cluster and --environment"
            )));
        }
        let without = Offers { instances: Vec::new(), ..self.offers.clone() };
        if self.offers.instances.is_empty() {
            Packed { offers: without.clone(), ..*self }.fits_fargate()?;
        }
        let mut plan = self.plan_of(self.zones(allowed)?)?;
        if plan.instances() == 0 {
            return Ok(plan);
        }
        let ec2 = Wanted { world: World::Ec2, ..self.wanted.clone() };
        let offers = Offers { fargate: None, ..self.offers.clone() };
        let alone = Packed { offers, wanted: &ec2, ..*self }.plan();
        let fargate = Wanted { world: World::Fargate, ..self.wanted.clone() };
        let fargate = Packed { offers: without, wanted: &fargate, ..*self }.plan();
        for other in alone.into_iter().chain(fargate) {
            if other.pico_an_hour < plan.pico_an_hour {
                let (bound_pico, proofs) = (plan.bound_pico, plan.proofs);
                plan = FleetPlan { world: World::Mixed, bound_pico, proofs, ..other };
            }
        }
        Ok(plan)
    }

    fn plan_of(&self, mut zones: Vec<Zone>) -> Result<FleetPlan, FleetError> {
        if let Some(most) = self.wanted.most_types {
            zones = self.of_few_types(zones, most)?;
        }
        let mut plan = FleetPlan {
            world: self.wanted.world,
            filled: Vec::new(),
            pico_an_hour: 0,
            bound_pico: 0,
            proofs: Vec::new(),
            fixed_pico: self.offers.fixed_pico,
            findings: self.offers.findings.clone(),
        };
        for (number, zone) in (1..).zip(&zones) {
            // Fargate finds its zones itself.
            let number = if self.wanted.world == World::Fargate { 1 } else { number };
            self.add(&mut plan, number, zone);
        }
        self.stand_by(&mut plan, &zones);
        plan.filled.sort_by(|a, b| {
            (a.zone, !a.instance, &a.offer, &a.tasks).cmp(&(
                b.zone,
                !b.instance,
                &b.offer,
                &b.tasks,
            ))
        });
        Ok(plan)
    }

    /// Room for deployments is kept on instances, so that a zone without any needs none.
    fn zones(&self, allowed: &[bool]) -> Result<Vec<Zone>, FleetError> {
        let zones = self.zones_with_rooms(allowed);
        if self.wanted.world != World::Mixed || self.offers.instances.is_empty() {
            return zones;
        }
        let offers = Offers { instances: Vec::new(), ..self.offers.clone() };
        let fargate = Packed { offers, ..*self }.zones_with_rooms(&[]);
        match (zones, fargate) {
            (Ok(zones), Ok(fargate)) => {
                Ok(zones.iter().zip(&fargate).map(|(zone, fargate)| zone.or(fargate)).collect())
            }
            (Ok(zones), Err(_)) | (Err(_), Ok(zones)) => Ok(zones),
            (Err(error), Err(_)) => Err(error),
        }
    }

    fn zones_with_rooms(&self, allowed: &[bool]) -> Result<Vec<Zone>, FleetError> {
        if self.wanted.world == World::Fargate {
            return self.one_by_one();
        }
        let spread = self.spread();
        let mut zones: Vec<Zone> = Vec::new();
        for copies in &spread {
            let problem = self.problem(copies, allowed);
            // Zones that are alike are packed alike.
            if let Some(same) = zones.iter().find(|zone| zone.problem == problem) {
                zones.push(same.clone());
                continue;
            }
            #[expect(clippy::cast_precision_loss, reason = "a few zones")]
            let share = self.share / spread.len() as f64;
            let (packing, bound) = if self.effort.quick {
                quick(&problem)?
            } else {
                let spent = (self.effort.clock)(share);
                let (seed, rounds) = (self.effort.seed, self.effort.rounds);
                thorough(&problem, &Limits { seed, rounds, spent })?
            };
            zones.push(Zone { problem, packing, bound, other_way: None });
        }
        Ok(zones)
    }

    /// Where there is nothing to share each service is a packing of its own.
    fn one_by_one(&self) -> Result<Vec<Zone>, FleetError> {
        let alone = |task: &Task| {
            let tasks = std::slice::from_ref(task);
            let one = Packed { tasks, offers: self.offers.clone(), ..*self };
            let problem = one.problem(&[task.copies], &[]);
            let (packing, bound) = quick(&problem)?;
            Ok(Zone { problem, packing, bound, other_way: None })
        };
        self.tasks.iter().map(alone).collect()
    }

    /// By zone, how many of each task, and whether room for a deployment is kept in it.
    pub fn spread(&self) -> Vec<Vec<u32>> {
        // Fargate finds room in another zone when one is lost.
        let zones = match self.wanted.world {
            World::Fargate => 1,
            _ => self.wanted.zones.max(1) as usize,
        };
        let mut spread = vec![vec![0; self.tasks.len()]; zones];
        let mut next = 0;
        for (number, task) in self.tasks.iter().enumerate() {
            let (part, mut left) = self.parts(task);
            for _ in 0..zones {
                let remaining = zones - (0..zones).filter(|zone| spread[*zone][number] > 0).count();
                let share = left.div_ceil(u32::try_from(remaining.max(1)).unwrap_or(1));
                let share = share.min(part).min(left);
                spread[next % zones][number] += share;
                left -= share;
                next += 1;
                if left == 0 {
                    break;
                }
            }
        }
        spread
    }

    /// How many of a task's copies a zone has at the most, and how many there are with those
    /// that stand by: whichever zone is lost, the others hold all.
    fn parts(&self, task: &Task) -> (u32, u32) {
        let zones = if self.wanted.world == World::Fargate { 1 } else { self.wanted.zones.max(1) };
        let survives = self.wanted.survive_a_zone && zones > 1;
        let part = task.copies.div_ceil(zones - u32::from(survives));
        (part, if survives { task.copies + part } else { task.copies })
    }

    fn problem(&self, copies: &[u32], allowed: &[bool]) -> Problem {
        let mut shapes: Vec<Shape> =
            self.tasks.iter().zip(copies).map(|(task, copies)| self.shape(task, *copies)).collect();
        let rooms = self.rooms(copies);
        shapes.extend(rooms.iter().map(|(room, copies)| self.shape(room, *copies)));
        let instances = self.offers.instances.iter().zip(allowed).filter(|(_, allowed)| **allowed);
        let mut bins: Vec<Bin> = instances.map(|(bin, _)| bin.clone()).collect();
        let placed = self.tasks.iter().chain(rooms.iter().map(|(room, _)| room));
        for (shape, task) in shapes.iter_mut().zip(placed) {
            shape.barred = barred(task, &bins);
        }
        if let Some(fargate) = &self.offers.fargate {
            let first = bins.len();
            let mut of = Vec::new();
            for (number, task) in self.tasks.iter().enumerate() {
                if let Some(bin) = fargate.bin(task, self.parts(task).1) {
                    of.push(number);
                    bins.push(bin);
                }
            }
            // Each of these offers is for one task alone.
            for (number, shape) in shapes.iter_mut().enumerate() {
                let others = of.iter().enumerate().filter(|(_, task)| **task != number);
                shape.barred.extend(others.map(|(place, _)| first + place));
            }
        }
        Problem { shapes, bins, fewest_instances: 0 }
    }

    fn shape(&self, task: &Task, copies: u32) -> Shape {
        let host = &task.placing.host;
        let distinct = host.distinct_instances().then_some(1);
        Shape {
            name: task.workload.clone(),
            cpu_units: task.size.cpu.0,
            memory_mib: task.size.memory.0,
            slots: self.slots(host.network_mode),
            gpus: task.gpus,
            x86: task.x86,
            arm: task.arm || (task.x86 && self.wanted.any_architecture && task.gpus == 0),
            copies,
            most_an_instance: self.wanted.most_an_instance.into_iter().chain(distinct).min(),
            host_ports: if self.takes_ports(host.network_mode) {
                host.ports.clone()
            } else {
                Vec::new()
            },
            barred: Vec::new(),
        }
    }

    /// Tasks in the instance's own network or behind its bridge take no interface; every pod
    /// counts.
    fn slots(&self, mode: Option<NetworkMode>) -> u32 {
        let interface = match self.wanted.world {
            World::Fargate | World::Eks => true,
            World::ManagedInstances => mode != Some(NetworkMode::Host),
            World::Ec2 | World::Mixed => mode.is_none_or(|mode| mode == NetworkMode::Awsvpc),
        };
        u32::from(interface)
    }

    /// Does a task take ports of its instance? Pods, and tasks that get an interface of their
    /// own because there is no bridge, do not.
    fn takes_ports(&self, mode: Option<NetworkMode>) -> bool {
        match self.wanted.world {
            World::Fargate => false,
            World::Eks | World::ManagedInstances => mode == Some(NetworkMode::Host),
            World::Ec2 | World::Mixed => true,
        }
    }

    /// Room for deployments, on each architecture, and how many of each: where the loss of a
    /// zone is survived there is such room already. It is for the largest service; where none
    /// is the largest in everything, a room for each that no other one is larger than, if those
    /// are few, else one that is as large in everything, if an offer is. What may not run
    /// everywhere has a room of its own.
    fn rooms(&self, copies: &[u32]) -> Vec<(Task, u32)> {
        if self.offers.instances.is_empty() || self.wanted.survive_a_zone {
            return Vec::new();
        }
        [true, false].into_iter().flat_map(|x86| self.rooms_on(copies, x86)).collect()
    }

    fn rooms_on(&self, copies: &[u32], x86: bool) -> Vec<(Task, u32)> {
        let here = self.tasks.iter().zip(copies).filter(|(_, copies)| **copies > 0);
        // In this zone its part of what a deployment starts.
        let more = here.filter(|(task, _)| task.x86 == x86).map(|(task, here)| {
            let more = task.more_in_deployment(self.wanted.deployment_room);
            let part = u64::from(more) * u64::from(*here);
            (task, u32::try_from(part.div_ceil(u64::from(task.copies.max(1)))).unwrap_or(more))
        });
        let (free, bound): (Vec<_>, Vec<_>) =
            more.filter(|(_, more)| *more > 0).partition(|(task, _)| task.placing.is_free());
        let mut largest: Vec<(&Task, u32)> = Vec::new();
        for (task, more) in free {
            let covers = |(one, some): (&Task, u32), (other, others): (&Task, u32)| {
                one.is_as_large_as(other) && some >= others
            };
            if !largest.iter().any(|other| covers(*other, (task, more))) {
                largest.retain(|other| !covers((task, more), *other));
                largest.push((task, more));
            }
        }
        let whole = largest.iter().map(|(task, more)| ((*task).clone(), *more)).reduce(
            |(mut whole, most), (task, more)| {
                whole.size.cpu = whole.size.cpu.max(task.size.cpu);
                whole.size.memory = whole.size.memory.max(task.size.memory);
                whole.gpus = whole.gpus.max(task.gpus);
                (whole, most.max(more))
            },
        );
        let held = whole.as_ref().is_some_and(|(task, _)| {
            let needs = [task.size.cpu.0, task.size.memory.0, 1, task.gpus];
            let holds = |bin: &Bin| bin.has().iter().zip(needs).all(|(has, needs)| *has >= needs);
            self.offers.instances.iter().any(holds)
        });
        let rooms: Vec<(Task, u32)> = if largest.len() <= FEW_ROOMS || !held {
            largest.into_iter().map(|(task, more)| (task.clone(), more)).collect()
        } else {
            whole.into_iter().collect()
        };
        let bound = bound.into_iter().map(|(task, more)| (task.clone(), more));
        let named = |(task, more): (Task, u32)| (Task { workload: SPARE.to_owned(), ..task }, more);
        rooms.into_iter().chain(bound).map(named).collect()
    }

    /// The types of most of the cost, and no more of them than are allowed.
    fn of_few_types(&self, mut zones: Vec<Zone>, most: u32) -> Result<Vec<Zone>, FleetError> {
        let unlimited: Vec<Bound> = zones.iter().map(|zone| zone.bound.clone()).collect();
        let mut allowed = vec![true; self.offers.instances.len()];
        let mut kept = Vec::new();
        loop {
            let spent = Self::spent_by_type(&zones);
            if spent.len() <= most as usize {
                break;
            }
            // Only those in use stay, and of them the one with the least goes that can be missed.
            for (place, bin) in self.offers.instances.iter().enumerate() {
                allowed[place] &= spent.iter().any(|(name, _)| *name == instance_type(&bin.name));
            }
            let gone = spent.iter().rev().find_map(|(name, _)| {
                if kept.contains(name) {
                    return None;
                }
                let mut fewer = allowed.clone();
                for (place, bin) in self.offers.instances.iter().enumerate() {
                    fewer[place] &= instance_type(&bin.name) != name;
                }
                if let Ok(zones) = self.zones(&fewer) {
                    return Some((fewer, zones));
                }
                kept.push(name.clone());
                None
            });
            let least = spent.len();
            (allowed, zones) = gone.ok_or(FleetError::Types { most, least })?;
        }
        // With fewer types nothing is cheaper: what was proved for all holds. Proofs name offers
        // by number, so that the problem they are of stays beside them.
        for (zone, bound) in zones.iter_mut().zip(unlimited) {
            zone.bound.pico_an_hour = zone.bound.pico_an_hour.min(bound.pico_an_hour);
        }
        Ok(zones)
    }

    /// Names of instance types with what is spent on them, the most first.
    fn spent_by_type(zones: &[Zone]) -> Vec<(String, u128)> {
        let mut by_type = std::collections::BTreeMap::new();
        for zone in zones {
            for pattern in &zone.packing.patterns {
                let bin = &zone.problem.bins[pattern.bin];
                if bin.instance {
                    *by_type.entry(instance_type(&bin.name).to_owned()).or_insert(0) +=
                        u128::from(bin.price.as_pico()) * u128::from(pattern.instances);
                }
            }
        }
        let mut all: Vec<(String, u128)> = by_type.into_iter().collect();
        all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        all
    }

    /// A zone's packing to the plan, looked over by the checker.
    fn add(&self, plan: &mut FleetPlan, number: u32, zone: &Zone) {
        let Zone { problem, packing, bound, other_way } = zone;
        // What cannot be proved anew in time is not claimed: then weights of the resources are.
        let proved = self.effort.proved.then(|| {
            check_bound(problem, bound).map(|_| bound.clone()).or_else(|_| {
                let other = fleet::bound(problem);
                check_bound(problem, &other).map(|_| other)
            })
        });
        plan.pico_an_hour += packing.pico_an_hour(problem);
        match check_packing(problem, packing).and(proved.transpose()) {
            Ok(None) => {}
            Ok(Some(bound)) => {
                plan.bound_pico += bound.pico_an_hour.min(other_way.unwrap_or(u128::MAX));
                let proof = kind(&bound.proof);
                if !plan.proofs.contains(&proof) {
                    plan.proofs.push(proof);
                }
            }
            Err(fault) => {
                plan.findings.push(Finding::new(Code::PlanNotChecked, fault.to_string()));
            }
        }
        for pattern in &packing.patterns {
            let bin = &problem.bins[pattern.bin];
            let named =
                |(shape, count): &(usize, u32)| (problem.shapes[*shape].name.clone(), *count);
            plan.filled.push(Filled {
                zone: number,
                offer: bin.name.clone(),
                instance: bin.instance,
                count: pattern.instances,
                price: bin.price,
                used: problem.taken(&pattern.tasks),
                has: bin.has().map(u64::from),
                tasks: pattern.tasks.iter().map(named).collect(),
            });
        }
    }

    /// Of each type as many more as the target capacity asks for: N = ceil(M / target), by
    /// capacity provider, which has one type here.
    fn stand_by(&self, plan: &mut FleetPlan, zones: &[Zone]) {
        let target = self.wanted.target_capacity.clamp(1, 100);
        if target == 100 || plan.world == World::Fargate {
            return;
        }
        let mut counts: std::collections::BTreeMap<String, (u32, Filled)> =
            std::collections::BTreeMap::new();
        for one in plan.filled.iter().filter(|one| one.instance) {
            let entry = counts.entry(one.offer.clone()).or_insert_with(|| (0, one.clone()));
            entry.0 += one.count;
        }
        for (_, (count, one)) in counts {
            let more = (count * 100).div_ceil(target) - count;
            plan.pico_an_hour += u128::from(one.price.as_pico()) * u128::from(more);
            plan.filled.push(Filled { count: more, used: [0; 4], tasks: Vec::new(), ..one });
        }
        // Of instances alone it is known that so many more must be.
        if zones.iter().all(|zone| zone.problem.bins.iter().all(|bin| bin.instance)) {
            plan.bound_pico = plan.bound_pico * 100 / u128::from(target);
        }
    }
}

/// Offers that a task's placement constraints forbid, by their numbers.
fn barred(task: &Task, bins: &[Bin]) -> Vec<usize> {
    if task.placing.expressions.is_empty() {
        return Vec::new();
    }
    let forbidden = |bin: &Bin| {
        let architecture = bin.architecture;
        let on = Attributes { instance_type: instance_type(&bin.name), architecture };
        !task.placing.may_run_on(on)
    };
    (0..bins.len()).filter(|bin| forbidden(&bins[*bin])).collect()
}

const fn kind(proof: &Proof) -> ProofKind {
    match proof {
        Proof::Instances => ProofKind::Instances,
        Proof::Weights { .. } => ProofKind::Weights,
        Proof::Tasks(_) => ProofKind::Tasks,
        Proof::Branches(_) => ProofKind::Branches,
        Proof::Every => ProofKind::Every,
    }
}
