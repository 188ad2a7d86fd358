//! Scenes on instances: those of the fleet's plan all the time, or groups that a capacity provider
//! makes larger and smaller.

use super::{Actor, Asked, Played, Player, Stage};
use crate::advise::fleet::{Planned, Wanted, offers};
use crate::fit::fleet::Bin;
use crate::model::{
    Advice, Architecture, Catalog, Code, Filled, Finding, Host, Kind, OperatingSystem, Ran, Scene,
    Size, Spent, instance_type,
};
use crate::replay::{Change, ClusterHour, HOUR, Need, Room, Rules, Track, cluster};
use std::collections::BTreeMap;

/// Types that a group is tried with.
const TRIED: usize = 3;

/// What is known of a cluster while its workloads are played.
pub(super) struct Cluster {
    /// By workload: the size of a task, and the plan's offer that holds the most of its tasks.
    tasks: BTreeMap<String, (Size, String)>,
    left_out: BTreeMap<String, Finding>,
    offers: Vec<Offer>,
    /// All that is sold there.
    sold: Vec<Bin>,
    /// Of the plan: pico-dollars an hour, and instances by type.
    pico_an_hour: u128,
    /// Which is in the prices of what is sold.
    address_pico: u64,
    instances: BTreeMap<String, u64>,
    /// Of those that were played: the plan's offer, what a task needs, and when there were any.
    played: Vec<(String, Need, Track)>,
}

/// What groups of instances came to: their types with the seconds of each hour, and each hour with
/// its pico-dollars.
struct Groups {
    types: Vec<(String, Vec<u64>)>,
    hours: Vec<(ClusterHour, u128)>,
}

/// Tasks that a group of instances of one type is for.
struct Group<'g> {
    offer: &'g Offer,
    tasks: Vec<(Need, &'g Track)>,
}

#[derive(Clone, Debug)]
struct Offer {
    name: String,
    architecture: Architecture,
    room: Room,
    pico_an_hour: u64,
    /// What the plan spends on it, an hour.
    spent: u128,
}

impl Cluster {
    pub fn new(planned: &Planned, catalog: &Catalog, wanted: &Wanted) -> Self {
        let plan = &planned.plan;
        // Addresses are counted by the hour, with what else stands around.
        let address = wanted.address_pico;
        let mut offers: Vec<Offer> = Vec::new();
        let mut most: BTreeMap<&str, (u32, &str)> = BTreeMap::new();
        let mut instances: BTreeMap<String, u64> = BTreeMap::new();
        for one in plan.filled.iter().filter(|one| one.instance) {
            let spent = u128::from(one.price.as_pico()) * u128::from(one.count);
            *instances.entry(one.instance_type().to_owned()).or_default() += u64::from(one.count);
            match offers.iter_mut().find(|offer| offer.name == one.offer) {
                Some(offer) => offer.spent += spent,
                None => offers.extend(offer(one, catalog, spent, address)),
            }
            for (workload, count) in &one.tasks {
                let there = most.entry(workload).or_default();
                if count * one.count >= there.0 {
                    *there = (count * one.count, &one.offer);
                }
            }
        }
        offers.sort_by(|a, b| b.spent.cmp(&a.spent).then_with(|| a.name.cmp(&b.name)));
        let tasks = planned.tasks.iter().filter_map(|task| {
            let (_, offer) = most.get(task.workload.as_str())?;
            Some((task.workload.clone(), (task.size, (*offer).to_owned())))
        });
        Cluster {
            tasks: tasks.collect(),
            left_out: planned
                .left_out
                .iter()
                .map(|one| (one.workload.clone(), one.why.clone()))
                .collect(),
            offers,
            sold: offers::offers(catalog, wanted).map(|all| all.instances).unwrap_or_default(),
            pico_an_hour: plan.pico_an_hour - u128::from(plan.instances()) * u128::from(address),
            address_pico: address,
            instances,
            played: Vec::new(),
        }
    }

    /// A job's size, and what holds it: the offer of the plan that most is spent on, else the
    /// cheapest there is.
    fn for_job(&mut self, advice: &Advice) -> Option<(Size, String)> {
        let workload = &advice.workload;
        if workload.operating_system == OperatingSystem::Windows {
            return None;
        }
        let size = advice.given().or(workload.size)?;
        let need = [size.cpu.0, size.memory.0, 1, workload.gpus].map(u64::from);
        let holds = |architecture: Architecture, room: Room| {
            workload.has_image_for(architecture) == Some(true)
                && room.iter().zip(need).all(|(room, need)| *room >= need)
        };
        if let Some(offer) = self.offers.iter().find(|one| holds(one.architecture, one.room)) {
            return Some((size, offer.name.clone()));
        }
        let room = |bin: &Bin| [bin.cpu_units, bin.memory_mib, bin.slots, bin.gpus].map(u64::from);
        let fits = self.sold.iter().filter(|bin| holds(bin.architecture, room(bin)));
        let bin = fits.min_by_key(|bin| (bin.price, bin.gpus))?;
        self.offers.push(Offer {
            name: bin.name.clone(),
            architecture: bin.architecture,
            room: room(bin),
            pico_an_hour: bin.price.as_pico() - self.address_pico,
            spent: 0,
        });
        Some((size, bin.name.clone()))
    }

    /// Spends what the instances cost, hour by hour; their types.
    pub fn play(self, stage: &mut Stage, asked: &Asked<'_>) -> Vec<String> {
        if stage.scene == Scene::Ec2Fixed {
            stage.stand(&self.instances, self.pico_an_hour);
            return self.offers.into_iter().map(|one| one.name).collect();
        }
        let mut types = Vec::new();
        for architecture in [Architecture::X86, Architecture::Arm] {
            let Some(groups) = self.cheapest(architecture, stage, asked) else { continue };
            for (offer, seconds) in &groups.types {
                for (place, seconds) in seconds.iter().enumerate() {
                    stage.use_instances(place, instance_type(offer), *seconds);
                }
            }
            types.extend(groups.types.into_iter().map(|(offer, _)| offer));
            for (hour, (clustered, pico)) in stage.hours.iter_mut().zip(groups.hours) {
                hour.pico[Spent::Instances as usize] += pico;
                hour.instance_seconds += clustered.instance_seconds;
                hour.most_instances += u64::from(clustered.most_instances);
                hour.waiting_seconds += clustered.waiting_seconds;
            }
        }
        types
    }

    /// With each of the types that the plan spends the most on as the group's: the cheapest.
    fn cheapest(
        &self,
        architecture: Architecture,
        stage: &Stage,
        asked: &Asked<'_>,
    ) -> Option<Groups> {
        let own = self.offers.iter().filter(|one| one.architecture == architecture);
        let all = own.take(TRIED).map(|main| {
            let groups = self.with(main, architecture, stage, asked);
            let pico: u128 = groups.hours.iter().map(|(_, pico)| pico).sum();
            let waits: u64 = groups.hours.iter().map(|(hour, _)| hour.waiting_seconds).sum();
            (pico, waits, groups)
        });
        all.min_by_key(|(pico, waits, _)| (*pico, *waits)).map(|(_, _, groups)| groups)
    }

    /// What the main type does not hold has a group of the type that the plan gives it.
    fn with(
        &self,
        main: &Offer,
        architecture: Architecture,
        stage: &Stage,
        asked: &Asked<'_>,
    ) -> Groups {
        let mut groups: BTreeMap<&str, Group<'_>> = BTreeMap::new();
        for (planned, need, track) in &self.played {
            let Some(planned) = self.offers.iter().find(|one| one.name == *planned) else {
                continue;
            };
            if planned.architecture != architecture {
                continue;
            }
            let fits = main.room.iter().zip(need.room).all(|(room, need)| *room >= need);
            let offer = if fits { main } else { planned };
            let group = groups.entry(&offer.name);
            let group = group.or_insert(Group { offer, tasks: Vec::new() });
            group.tasks.push((*need, track));
        }
        let mut all = vec![(ClusterHour::default(), 0); stage.hours.len()];
        let mut types = Vec::new();
        for Group { offer, tasks } in groups.values() {
            let rules = Rules {
                instance: offer.room,
                target_percent: match stage.scene {
                    Scene::Ec2 => asked.wanted.target_capacity,
                    _ => 100,
                },
                start_seconds: asked.instance_start_seconds,
            };
            let needs: Vec<Need> = tasks.iter().map(|(need, _)| *need).collect();
            let changes = changes(tasks.iter().map(|(_, track)| *track));
            let hours = cluster(&needs, &changes, stage.window.seconds(), &rules);
            let seconds = hours.iter().map(|hour| hour.instance_seconds).collect();
            types.push((offer.name.clone(), seconds));
            for (sum, hour) in all.iter_mut().zip(hours) {
                sum.0.instance_seconds += hour.instance_seconds;
                sum.0.most_instances += hour.most_instances;
                sum.0.waiting_seconds += hour.waiting_seconds;
                let units = u128::from(hour.instance_seconds) * u128::from(offer.pico_an_hour);
                sum.1 += units.div_ceil(u128::from(HOUR.unsigned_abs()));
            }
        }
        Groups { types, hours: all }
    }
}

fn offer(one: &Filled, catalog: &Catalog, spent: u128, address: u64) -> Option<Offer> {
    let shape = catalog.instance(instance_type(&one.offer))?.shape?;
    Some(Offer {
        name: one.offer.clone(),
        architecture: shape.architecture,
        room: one.has,
        pico_an_hour: one.price.as_pico() - address,
        spent,
    })
}

/// When each of some services wants how many tasks, whole ones.
fn changes<'t>(tracks: impl Iterator<Item = &'t Track>) -> Vec<Change> {
    let mut all = Vec::new();
    for (service, track) in tracks.enumerate() {
        let (mut tasks, mut end) = (0, None);
        let mut change = |at, next: u32| {
            if next != tasks {
                all.push(Change { at, service, tasks: next });
                tasks = next;
            }
        };
        for one in track.iter() {
            if let Some(end) = end.filter(|end| *end < one.at) {
                change(end, 0);
            }
            change(one.at, one.tasks_milli.div_ceil(1000));
            end = Some(one.end());
        }
        if let Some(end) = end {
            change(end, 0);
        }
    }
    all.sort_by_key(|change| (change.at, change.service));
    all
}

/// What instances that were seen cost an hour, and how many of each type there are.
pub(super) fn seen(
    asked: &Asked<'_>,
    catalog: &Catalog,
) -> Result<(u128, BTreeMap<String, u64>), Finding> {
    let mut types: BTreeMap<String, u64> = BTreeMap::new();
    let mut pico = 0;
    let volume = offers::volume_pico(catalog, asked.wanted);
    let volume = volume.ok_or_else(|| {
        Finding::new(Code::PriceMissing, format!("a gp3 volume in {}", catalog.region))
    })?;
    for instance in asked.instances {
        let name = instance.instance_type.as_deref().unwrap_or("?");
        let offer = catalog.instance(name).ok_or_else(|| {
            let detail = format!("EC2 {name} in {}", catalog.region);
            Finding::new(Code::PriceMissing, detail)
        })?;
        pico += u128::from(offer.price.price.as_pico() + volume);
        *types.entry(name.to_owned()).or_default() += 1;
    }
    Ok((pico, types))
}

impl Player<'_> {
    /// As tasks on the cluster's instances, which are paid for together.
    pub(super) fn on_instances(
        &self,
        stage: &mut Stage,
        actor: Actor<'_>,
    ) -> Result<Played, Finding> {
        let workload = &actor.advice.workload;
        let id = &workload.id;
        if workload.host.as_ref().is_some_and(|host| host.daemon) {
            return Ok(("on every instance".to_owned(), Ok(Ran::default())));
        }
        let job = workload.kind == Kind::Task && stage.scene != Scene::Ec2Fixed;
        let cluster = stage.cluster.as_mut();
        let none = || Finding::new(Code::NotPacked, String::new());
        let cluster = cluster.ok_or_else(none)?;
        let found =
            if job { cluster.for_job(actor.advice) } else { cluster.tasks.get(id).cloned() };
        let (size, offer) =
            found.ok_or_else(|| cluster.left_out.get(id).cloned().unwrap_or_else(none))?;
        let (ran, track) = if job {
            let ran = self.runs(stage, actor, size, None);
            (ran, self.run_track(actor).unwrap_or_default())
        } else {
            let acted = self.acted(actor, size, self.kept(actor, size, true)?);
            (Ok(self.ran(stage, &acted, None)), acted.track)
        };
        let apart = workload.host.as_ref().is_some_and(Host::distinct_instances);
        let need = Need {
            room: [size.cpu.0, size.memory.0, 1, workload.gpus].map(u64::from),
            most_an_instance: match self.asked.wanted.most_an_instance {
                _ if apart => 1,
                most => most.unwrap_or(u32::MAX),
            },
        };
        if let Some(cluster) = &mut stage.cluster {
            cluster.played.push((offer, need, track));
        }
        Ok((format!("instances {}", size.short()), ran))
    }
}
