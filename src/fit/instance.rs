//! The cheapest EC2 instance for a task, alone or filled with copies of it.

use crate::model::{Architecture, Demand, InstanceOffer, InstanceShape};
use crate::units::{CpuUnits, MiB};

/// How tasks get their network, which limits how many an instance takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// A network interface for each task; the instance keeps one for itself.
    Awsvpc,
    /// Branch interfaces: more tasks on the types that AWS lists, the others as above.
    AwsvpcTrunking,
    /// Ports of the instance: no limit here.
    Bridge,
}

impl Network {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Network::Awsvpc => "awsvpc",
            Network::AwsvpcTrunking => "awsvpc-trunking",
            Network::Bridge => "bridge",
        }
    }
}

/// What an instance keeps for itself. AWS publishes no table of registered memory, so
/// this is an assumption; published cases lost 2 to 3 % to the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    pub network: Network,
    /// Of the nominal memory, what the kernel and firmware keep, in thousandths.
    pub memory_overhead_per_mille: u32,
    /// For the agent and the container runtime.
    pub reserved: MiB,
}

impl Node {
    /// As people should read it beside a result.
    #[must_use]
    pub fn assumption(&self) -> String {
        let percent = f64::from(self.memory_overhead_per_mille) / 10.0;
        format!(
            "{percent} % of the memory and {} kept by the instance, network {}; burstable types \
             count with their baseline; instance alone, without volume, address or load balancer",
            self.reserved,
            self.network.name()
        )
    }
}

/// What an instance has left for tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Room {
    cpu: CpuUnits,
    memory: MiB,
    slots: u32,
    gpus: u32,
}

/// The offers worth looking at: for no other is there a cheaper one with as much of
/// everything. Sorted by price.
#[derive(Clone, Debug)]
pub struct Nodes<'c> {
    rooms: Vec<(&'c InstanceOffer, Room)>,
}

impl<'c> Nodes<'c> {
    /// Of the offers (sorted by price) those of an architecture, of the current
    /// generation and not bare metal.
    #[must_use]
    pub fn new(offers: &'c [InstanceOffer], architecture: Architecture, node: Node) -> Self {
        let mut rooms: Vec<(&InstanceOffer, Room)> = Vec::new();
        for offer in offers {
            let Some(shape) = offer.shape.filter(|shape| shape.architecture == architecture) else {
                continue;
            };
            if shape.bare_metal || !shape.current_generation {
                continue;
            }
            let Some(room) = room(&shape, node) else { continue };
            if !rooms.iter().any(|(_, cheaper)| cheaper.covers(&room)) {
                rooms.push((offer, room));
            }
        }
        Nodes { rooms }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rooms.is_empty()
    }

    /// The cheapest instance that holds one task.
    #[must_use]
    pub fn cheapest(&self, demand: Demand, gpus: u32) -> Option<&'c InstanceOffer> {
        let fits = |(_, room): &&(&'c InstanceOffer, Room)| room.tasks(demand, gpus) > 0;
        self.rooms.iter().find(fits).map(|(offer, _)| *offer)
    }

    /// The instance with the cheapest share for a task when copies of it fill the
    /// instance, and how many those are. Of equal shares the smaller instance.
    #[must_use]
    pub fn cheapest_share(&self, demand: Demand, gpus: u32) -> Option<(&'c InstanceOffer, u32)> {
        let mut best: Option<(&InstanceOffer, u32)> = None;
        for (offer, room) in &self.rooms {
            let tasks = room.tasks(demand, gpus);
            let cheaper = best.is_none_or(|(other, others)| {
                // price / tasks < other's price / others, without dividing
                u128::from(offer.price.price.as_pico()) * u128::from(others)
                    < u128::from(other.price.price.as_pico()) * u128::from(tasks)
            });
            if tasks > 0 && cheaper {
                best = Some((offer, tasks));
            }
        }
        best
    }
}

impl Room {
    const fn covers(&self, other: &Room) -> bool {
        self.cpu.0 >= other.cpu.0
            && self.memory.0 >= other.memory.0
            && self.slots >= other.slots
            && self.gpus >= other.gpus
    }

    /// How many such tasks fit.
    fn tasks(&self, demand: Demand, gpus: u32) -> u32 {
        let by_cpu = self.cpu.0 / demand.cpu.0.max(1);
        let by_memory = self.memory.0 / demand.memory.0.max(1);
        let by_gpus = self.gpus.checked_div(gpus).unwrap_or(u32::MAX);
        by_cpu.min(by_memory).min(by_gpus).min(self.slots)
    }
}

/// Nothing where the type's interfaces are not known and the network needs them.
fn room(shape: &InstanceShape, node: Node) -> Option<Room> {
    let kept = u64::from(1000 - node.memory_overhead_per_mille.min(1000));
    let memory =
        u32::try_from(u64::from(shape.memory.0) * kept / 1000).expect("no more than before");
    let cpu = match shape.baseline_per_mille {
        Some(baseline) => {
            let sustained = u64::from(shape.cpu.0) * u64::from(baseline) / 1000;
            u32::try_from(sustained).expect("a baseline is at most all of it")
        }
        None => shape.cpu.0,
    };
    let interfaces = shape.max_enis.map(|enis| enis.saturating_sub(1));
    let slots = match node.network {
        Network::Bridge => Some(u32::MAX),
        Network::Awsvpc => interfaces,
        Network::AwsvpcTrunking => shape.tasks_with_trunking.or(interfaces),
    };
    Some(Room {
        cpu: CpuUnits(cpu),
        memory: MiB(memory.saturating_sub(node.reserved.0)),
        slots: slots?,
        gpus: shape.gpus,
    })
}
