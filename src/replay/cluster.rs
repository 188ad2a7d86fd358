//! An ECS cluster whose instances come and go by a capacity provider, minute by minute.
//!
//! As the managed scaling of a capacity provider does (`CapacityProviderReservation`, one alarm
//! after a minute above the target, one after fifteen below it): tasks that find no room ask for
//! instances, at least two from none; the next step waits for the warm-up; only instances without
//! tasks go, so that what is left half full stays. Tasks are placed by `binpack`, and those of a
//! service stop first where it has the most of them.

use std::cmp::Reverse;

/// What a task takes of an instance, or an instance has: CPU units, MiB, slots, GPUs.
pub type Room = [u64; 4];

/// What a service's tasks need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    pub room: Room,
    /// No more of them on one instance.
    pub most_an_instance: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// What tasks can have of an instance.
    pub instance: Room,
    /// Percent of the instances that is wanted in use.
    pub target_percent: u32,
    /// From its launch until an instance takes tasks.
    pub start_seconds: u32,
}

/// From a time on a service wants so many tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Seconds since 1970.
    pub at: i64,
    /// Its number among the services.
    pub service: usize,
    pub tasks: u32,
}

/// One hour of a cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClusterHour {
    /// Instances times seconds, from launch to end.
    pub instance_seconds: u64,
    pub most_instances: u32,
    /// Tasks times seconds that they waited for room.
    pub waiting_seconds: u64,
}

const TICK: i64 = 60;
const HOUR: i64 = 3_600;
/// The next step of scaling out waits so long (`instanceWarmupPeriod`).
const WARM_UP_SECONDS: i64 = 300;
const LOW_MINUTES: u32 = 15;
/// The first step from no instance at all.
const FROM_NONE: usize = 2;

/// Hour by hour from one time to another, seconds since 1970; of the first and the last hour only
/// what lies between counts. Each service takes `needs` for a task; one that
/// no instance holds waits for ever. The first tasks find as many instances as they need: they ran
/// before the window.
#[must_use]
pub fn cluster(
    needs: &[Need],
    changes: &[Change],
    (start, end): (i64, i64),
    rules: &Rules,
) -> Vec<ClusterHour> {
    let first_hour = start.div_euclid(HOUR);
    let hours = usize::try_from((end - 1).div_euclid(HOUR) + 1 - first_hour).unwrap_or(0);
    let mut all = vec![ClusterHour::default(); hours];
    let mut cluster = Cluster::new(needs, *rules);
    let mut changes = changes.iter().peekable();
    let mut begun = false;
    for (number, hour) in (0_i64..).zip(&mut all) {
        for tick in 0..HOUR / TICK {
            let now = (first_hour + number) * HOUR + tick * TICK;
            let counted = (now + TICK).min(end) - now.max(start);
            let Ok(seconds) = u64::try_from(counted) else { continue };
            while let Some(change) = changes.next_if(|change| change.at <= now) {
                cluster.want(change.service, change.tasks);
            }
            if !begun && cluster.waits > 0 {
                cluster.begin(now);
                begun = true;
            }
            cluster.minute(now);
            let (nodes, waiting) = (cluster.nodes.len() as u64, cluster.all_waiting());
            hour.instance_seconds += nodes * seconds;
            hour.most_instances = hour.most_instances.max(u32::try_from(nodes).unwrap_or(u32::MAX));
            hour.waiting_seconds += waiting * seconds;
        }
    }
    all
}

struct Node {
    /// Never the same twice.
    id: u64,
    free: Room,
    tasks: u32,
    /// When it takes tasks.
    ready: i64,
}

struct Cluster<'c> {
    needs: &'c [Need],
    rules: Rules,
    /// In order of their ids.
    nodes: Vec<Node>,
    next_id: u64,
    /// By service: nodes with its tasks, and tasks that wait.
    placed: Vec<Vec<(u64, u32)>>,
    waiting: Vec<u32>,
    /// Services from the largest task to the smallest, and those that have tasks waiting.
    order: Vec<usize>,
    waits: usize,
    /// Something may be placed that could not be before.
    stirred: bool,
    empty: usize,
    low_minutes: u32,
    next_step: i64,
}

impl<'c> Cluster<'c> {
    fn new(needs: &'c [Need], rules: Rules) -> Self {
        let mut order: Vec<usize> = (0..needs.len()).collect();
        order.sort_by_key(|one| Reverse((needs[*one].room[1], needs[*one].room[0])));
        Cluster {
            needs,
            rules,
            nodes: Vec::new(),
            next_id: 0,
            placed: vec![Vec::new(); needs.len()],
            waiting: vec![0; needs.len()],
            order,
            waits: 0,
            stirred: false,
            empty: 0,
            low_minutes: 0,
            next_step: i64::MIN,
        }
    }

    fn all_waiting(&self) -> u64 {
        if self.waits == 0 {
            return 0;
        }
        self.waiting.iter().map(|tasks| u64::from(*tasks)).sum()
    }

    /// The instances there are at the start, all of them ready.
    fn begin(&mut self, now: i64) {
        self.launch(self.target(), now);
        self.place(now);
    }

    fn minute(&mut self, now: i64) {
        self.stirred |= self.nodes.iter().rev().any(|node| node.ready == now);
        if self.stirred && self.waits > 0 {
            self.place(now);
        }
        self.stirred = false;
        self.scale(now);
    }

    fn want(&mut self, service: usize, tasks: u32) {
        let running: u32 = self.placed[service].iter().map(|(_, tasks)| tasks).sum();
        let before = self.waiting[service];
        self.waiting[service] = tasks.saturating_sub(running);
        self.waits += usize::from(self.waiting[service] > 0);
        self.waits -= usize::from(before > 0);
        self.stirred = true;
        for _ in tasks..running {
            self.stop(service);
        }
    }

    /// One task, where the service has the most of them.
    fn stop(&mut self, service: usize) {
        let there = &mut self.placed[service];
        let most = (0..there.len()).max_by_key(|place| (there[*place].1, there[*place].0));
        let Some(place) = most else { return };
        let id = there[place].0;
        there[place].1 -= 1;
        if there[place].1 == 0 {
            there.swap_remove(place);
        }
        let Ok(number) = self.nodes.binary_search_by_key(&id, |node| node.id) else { return };
        let node = &mut self.nodes[number];
        for (free, need) in node.free.iter_mut().zip(self.needs[service].room) {
            *free += need;
        }
        node.tasks -= 1;
        self.empty += usize::from(node.tasks == 0);
    }

    /// What waits, the largest first, each where the least memory is left.
    fn place(&mut self, now: i64) {
        for at in 0..self.order.len() {
            let service = self.order[at];
            let need = self.needs[service];
            while self.waiting[service] > 0 {
                let there = &self.placed[service];
                let own = |id: u64| there.iter().find(|(one, _)| *one == id).map_or(0, |one| one.1);
                let room = |node: &Node| {
                    let more = need.most_an_instance.saturating_sub(own(node.id));
                    fits(node.free, need.room).min(u64::from(more))
                };
                // Most have no room: what says so is asked first, and nothing is divided.
                let apart = need.most_an_instance < u32::MAX;
                let may = |node: &&Node| {
                    node.free.iter().zip(need.room).all(|(free, need)| *free >= need)
                        && node.ready <= now
                        && (!apart || own(node.id) < need.most_an_instance)
                };
                let fullest = self.nodes.iter().filter(may).min_by_key(|node| node.free[1]);
                let Some((id, tasks)) = fullest.map(|node| (node.id, room(node))) else { break };
                let tasks = u32::try_from(tasks).unwrap_or(u32::MAX).min(self.waiting[service]);
                self.put(service, id, tasks);
            }
        }
    }

    fn put(&mut self, service: usize, id: u64, tasks: u32) {
        let Ok(number) = self.nodes.binary_search_by_key(&id, |node| node.id) else { return };
        let node = &mut self.nodes[number];
        for (free, need) in node.free.iter_mut().zip(self.needs[service].room) {
            *free -= need * u64::from(tasks);
        }
        self.empty -= usize::from(node.tasks == 0);
        node.tasks += tasks;
        match self.placed[service].iter_mut().find(|(one, _)| *one == id) {
            Some((_, there)) => *there += tasks,
            None => self.placed[service].push((id, tasks)),
        }
        self.waiting[service] -= tasks;
        self.waits -= usize::from(self.waiting[service] == 0);
    }

    /// So many instances hold what waits: those without tasks (most of them starting), and others.
    fn asked_for(&self) -> usize {
        if self.waits == 0 {
            return 0;
        }
        let empty = self.nodes.iter().filter(|node| node.tasks == 0).map(|node| node.free);
        let mut bins: Vec<(Room, bool)> = empty.map(|free| (free, false)).collect();
        for service in &self.order {
            let need = self.needs[*service];
            let mut tasks = u64::from(self.waiting[*service]);
            if fits(self.rules.instance, need.room) == 0 || need.most_an_instance == 0 {
                continue;
            }
            let mut bin = 0;
            while tasks > 0 {
                if bin == bins.len() {
                    bins.push((self.rules.instance, false));
                }
                let (room, taken) = &mut bins[bin];
                let here = fits(*room, need.room).min(need.most_an_instance.into()).min(tasks);
                for (free, need) in room.iter_mut().zip(need.room) {
                    *free -= need * here;
                }
                *taken |= here > 0;
                tasks -= here;
                bin += 1;
            }
        }
        bins.iter().filter(|(_, taken)| *taken).count()
    }

    /// Instances that the target asks for, with those that it keeps in reserve.
    fn target(&self) -> usize {
        self.wanted(self.nodes.len() - self.empty + self.asked_for())
    }

    /// As many as make so many the target's part of them.
    fn wanted(&self, used: usize) -> usize {
        (used * 100).div_ceil(self.rules.target_percent.clamp(1, 100) as usize)
    }

    fn launch(&mut self, count: usize, ready: i64) {
        for _ in 0..count {
            let free = self.rules.instance;
            self.nodes.push(Node { id: self.next_id, free, tasks: 0, ready });
            self.next_id += 1;
        }
        self.empty += count;
    }

    fn scale(&mut self, now: i64) {
        if now >= self.next_step {
            let target = self.target();
            let from_none = self.nodes.is_empty() && target > 0;
            let more = if from_none { FROM_NONE } else { target.saturating_sub(self.nodes.len()) };
            if more > 0 {
                let minutes = i64::from(self.rules.start_seconds).div_euclid(TICK);
                self.launch(more, now + minutes * TICK);
                self.next_step = now + WARM_UP_SECONDS;
                self.low_minutes = 0;
                if minutes == 0 {
                    self.place(now);
                }
            }
        }
        let used = self.nodes.len() - self.empty;
        let wanted = self.wanted(used);
        if self.waits > 0 || wanted >= self.nodes.len() {
            self.low_minutes = 0;
            return;
        }
        self.low_minutes += 1;
        if self.low_minutes >= LOW_MINUTES {
            // At most half of them in a step.
            let mut drop = (self.nodes.len() - wanted).min(self.nodes.len().div_ceil(2));
            self.empty -= drop;
            self.nodes.retain(|node| {
                let goes = drop > 0 && node.tasks == 0;
                drop -= usize::from(goes);
                !goes
            });
            self.low_minutes = 0;
        }
    }
}

/// So many tasks have room.
fn fits(free: Room, need: Room) -> u64 {
    free.iter()
        .zip(need)
        .map(|(free, need)| free.checked_div(need).unwrap_or(u64::MAX))
        .min()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RULES: Rules =
        Rules { instance: [2_048, 4_096, 10, 0], target_percent: 100, start_seconds: 120 };
    const NEED: Need = Need { room: [512, 1_024, 1, 0], most_an_instance: u32::MAX };

    fn change(minute: i64, service: usize, tasks: u32) -> Change {
        Change { at: minute * 60, service, tasks }
    }

    #[test]
    fn a_constant_number_of_tasks_needs_constant_instances() {
        let hours = cluster(&[NEED], &[change(0, 0, 9)], (0, 3 * HOUR), &RULES);
        let hour =
            ClusterHour { instance_seconds: 3 * 3_600, most_instances: 3, waiting_seconds: 0 };
        assert_eq!(hours, [hour; 3]);
        let reserve = Rules { target_percent: 75, ..RULES };
        let hours = cluster(&[NEED], &[change(0, 0, 9)], (0, HOUR), &reserve);
        assert_eq!(hours[0].most_instances, 4, "three of four are the target");
    }

    #[test]
    fn tasks_wait_until_instances_have_started() {
        let changes = [change(0, 0, 4), change(60, 0, 9)];
        let hours = cluster(&[NEED], &changes, (0, 2 * HOUR), &RULES);
        assert_eq!(
            hours[0],
            ClusterHour { instance_seconds: 3_600, most_instances: 1, waiting_seconds: 0 }
        );
        // Two more come at once, and take tasks after two minutes.
        assert_eq!(hours[1].instance_seconds, 3 * 3_600);
        assert_eq!(hours[1].waiting_seconds, 5 * 120);
    }

    #[test]
    fn from_none_two_come_first_and_the_next_after_the_warm_up() {
        let changes = [change(0, 0, 1), change(1, 0, 0), change(70, 0, 16)];
        let hours = cluster(&[NEED], &changes, (0, 2 * HOUR), &RULES);
        // Two at minute 70, two more at minute 75.
        assert_eq!(hours[1].instance_seconds, (2 * 50 + 2 * 45) * 60);
        assert_eq!(hours[1].waiting_seconds, (16 * 2 + 8 * 5) * 60);
        // Those that run when the window begins had their instances before.
        let hours = cluster(&[NEED], &[change(10, 0, 16)], (0, HOUR), &RULES);
        let expected =
            ClusterHour { instance_seconds: 4 * 50 * 60, most_instances: 4, waiting_seconds: 0 };
        assert_eq!(hours[0], expected);
    }

    #[test]
    fn empty_instances_go_after_a_quarter_of_an_hour_and_half_full_ones_stay() {
        // Two services of which each fills one instance; then one stops, the other shrinks.
        let changes = [change(0, 0, 4), change(0, 1, 4), change(60, 0, 0), change(60, 1, 1)];
        let hours = cluster(&[NEED, NEED], &changes, (0, 3 * HOUR), &RULES);
        assert_eq!(hours[0].most_instances, 2);
        assert_eq!(hours[1].instance_seconds, (2 * 14 + 46) * 60);
        assert_eq!(hours[2].instance_seconds, 3_600);
        // What is left half full is not moved together.
        let both = [change(0, 0, 8), change(60, 0, 2)];
        let hours = cluster(&[NEED], &both, (0, 4 * HOUR), &RULES);
        assert_eq!(hours[3].most_instances, 2, "one task on each");
    }

    #[test]
    fn the_reserve_of_a_target_is_kept_up() {
        // Two fit; half of the instances are to stand by. Eight tasks, then one more each hour.
        let two = Need { room: [1_024, 2_048, 1, 0], ..NEED };
        let half = Rules { target_percent: 50, ..RULES };
        let changes: Vec<Change> =
            (0..5).map(|hour| change(hour * 60, 0, 8 + 2 * u32::try_from(hour).unwrap())).collect();
        let hours = cluster(&[two], &changes, (0, 6 * HOUR), &half);
        assert_eq!(hours[0].most_instances, 8);
        assert_eq!(hours[5].most_instances, 16);
        assert!(hours.iter().all(|hour| hour.waiting_seconds == 0), "there was room all the time");
    }

    #[test]
    fn instances_that_start_at_once_take_tasks_at_once() {
        let changes = [change(0, 0, 1), change(60, 0, 9)];
        for start_seconds in [0, 30] {
            let hours =
                cluster(&[NEED], &changes, (0, 2 * HOUR), &Rules { start_seconds, ..RULES });
            assert_eq!((hours[1].waiting_seconds, hours[1].most_instances), (0, 3));
        }
    }

    #[test]
    fn tasks_of_a_service_keep_apart_and_gpus_need_gpus() {
        let apart = Need { most_an_instance: 1, ..NEED };
        assert_eq!(cluster(&[apart], &[change(0, 0, 5)], (0, HOUR), &RULES)[0].most_instances, 5);
        let gpu = Need { room: [512, 1_024, 1, 1], ..NEED };
        assert_eq!(cluster(&[gpu], &[change(0, 0, 1)], (0, HOUR), &RULES)[0].most_instances, 0);
        // Of an hour only what lies in the window counts.
        let hours = cluster(&[NEED], &[change(30, 0, 4)], (1_800, 5_400), &RULES);
        assert_eq!(
            hours.iter().map(|hour| hour.instance_seconds).collect::<Vec<_>>(),
            [1_800, 1_800]
        );
    }

    #[test]
    fn what_no_instance_holds_waits_and_brings_none() {
        let hours = cluster(
            &[Need { room: [4_096, 64, 1, 0], ..NEED }],
            &[change(0, 0, 1)],
            (0, HOUR),
            &RULES,
        );
        assert_eq!(
            hours[0],
            ClusterHour { instance_seconds: 0, most_instances: 0, waiting_seconds: 3_600 }
        );
    }

    proptest! {
        /// Never are there fewer instances than what runs needs, and what waits is placed in the end.
        #[test]
        fn there_is_room_for_what_runs(
            needs in prop::collection::vec((64_u64..2_049, 64_u64..4_097), 1..5),
            counts in prop::collection::vec((0_i64..180, 0_usize..5, 0_u32..12), 0..30),
            target in 30_u32..101,
        ) {
            let needs: Vec<Need> = needs.into_iter().map(|(cpu, memory)| Need { room: [cpu, memory, 1, 0], ..NEED }).collect();
            let mut changes: Vec<Change> = counts
                .into_iter()
                .map(|(minute, service, tasks)| change(minute, service % needs.len(), tasks))
                .collect();
            changes.sort_by_key(|one| one.at);
            let rules = Rules { target_percent: target, ..RULES };
            let hours = cluster(&needs, &changes, (0, 8 * HOUR), &rules);
            let last = hours[7];
            prop_assert_eq!(last.waiting_seconds, 0);
            let mut tasks = vec![0; needs.len()];
            for one in &changes {
                tasks[one.service] = u64::from(one.tasks);
            }
            for part in 0..3 {
                let needed: u64 = needs.iter().zip(&tasks).map(|(need, tasks)| need.room[part] * tasks).sum();
                let there = last.instance_seconds / 3_600 * rules.instance[part];
                prop_assert!(there >= needed, "{there} < {needed}");
            }
        }
    }
}
