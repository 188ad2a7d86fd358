//! Scenes on the hosts of docker-compose and Beanstalk: each environment has its own.

use super::{Actor, Played, Player, Stage};
use crate::advise::compare::{Cost, environment, host_size};
use crate::model::{Code, Finding, Kind, Scene, Spent};
use crate::replay::{HOUR, Track};
use std::collections::BTreeMap;

/// Beanstalk's load-balanced environments have two instances at the least.
const LEAST: u32 = 2;

/// An environment's hosts.
pub(super) struct Stand {
    cost: Cost,
    /// Of its services.
    tracks: Vec<Track>,
}

/// Hosts of a scene by environment, as workloads come to them.
pub(super) type Stands = BTreeMap<String, Stand>;

impl Player<'_> {
    /// On its environment's hosts, which are paid for together.
    pub(super) fn on_hosts(&self, stage: &mut Stage, actor: Actor<'_>) -> Result<Played, Finding> {
        let advice = actor.advice;
        let hosts = self.hosts.as_ref().zip(stage.scene.hosts());
        let (hosts, home) = hosts.ok_or_else(|| Finding::new(Code::WorldNotPlanned, ""))?;
        let cost = hosts.cost(advice, home)?;
        let size = host_size(advice).ok_or_else(|| Finding::new(Code::SizeUnknown, ""))?;
        let runs_as = format!("{} x {}", cost.count, cost.instance_type);
        let environment = environment(advice).to_owned();
        let (ran, track) = if advice.workload.kind == Kind::Task {
            match self.runs(stage, actor, size, None) {
                Ok(ran) => (ran, None),
                // Of a host on which it would be alone nothing is paid either.
                Err(why) => return Ok((runs_as, Err(why))),
            }
        } else {
            let acted = self.acted(actor, size, self.kept(actor, size, true)?);
            (self.ran(stage, &acted, None), Some(acted.track))
        };
        let stand = Stand { cost, tracks: Vec::new() };
        let stand = stage.stands.entry(environment).or_insert(stand);
        stand.tracks.extend(track);
        Ok((runs_as, Ok(ran)))
    }
}

impl Stage {
    /// Spends what all hosts cost; their types.
    pub(super) fn stand_on_hosts(&mut self) -> Vec<String> {
        let scaled = matches!(self.scene, Scene::BeanstalkBalanced | Scene::BeanstalkEcs);
        let mut types = Vec::new();
        for (_, Stand { cost, tracks }) in std::mem::take(&mut self.stands) {
            if scaled {
                self.stand_scaled(&cost, &tracks);
            } else {
                let count = u64::from(cost.count);
                let there = BTreeMap::from([(cost.instance_type.clone(), count)]);
                self.stand(&there, u128::from(cost.pico_an_hour) * u128::from(count));
            }
            types.push(cost.instance_type);
        }
        types.sort();
        types.dedup();
        types
    }

    /// As many at every moment as its service with the most tasks has.
    fn stand_scaled(&mut self, cost: &Cost, tracks: &[Track]) {
        // Of each hour the instances times seconds, and seconds.
        let mut all = vec![(0_u64, 0_u64, 0_u64); self.hours.len()];
        most(tracks, self.window.seconds()).by_hour(|hour, seconds, milli| {
            let Some(place) = self.place(hour) else { return };
            let (seconds, count) = (u64::from(seconds), u64::from(milli / 1_000));
            let (sum, passed, most) = &mut all[place];
            *sum += seconds * count;
            *passed += seconds;
            *most = (*most).max(count);
        });
        for (place, (sum, passed, most)) in all.into_iter().enumerate() {
            let live = u64::from(self.window.live[place]);
            if passed == 0 || live == 0 {
                continue;
            }
            let seconds = sum * live / passed;
            self.use_instances(place, &cost.instance_type, seconds);
            let hour = &mut self.hours[place];
            let pico = u128::from(seconds) * u128::from(cost.pico_an_hour);
            hour.pico[Spent::Instances as usize] += pico / u128::from(HOUR.unsigned_abs());
            hour.instance_seconds += seconds;
            hour.most_instances += most;
        }
    }
}

/// The most tasks that any of some services has at a time, all the time.
fn most(tracks: &[Track], (start, end): (i64, i64)) -> Track {
    let mut changes: Vec<(i64, usize, u32)> = Vec::new();
    for (service, track) in tracks.iter().enumerate() {
        for one in track.iter() {
            changes.push((one.at, service, one.tasks_milli.div_ceil(1_000)));
            changes.push((one.end(), service, 0));
        }
    }
    // Where one stretch ends and the next begins the end comes first.
    changes.sort_by_key(|(at, service, tasks)| (*at, *service, *tasks > 0));
    let mut now = vec![0; tracks.len()];
    let mut periods: Vec<(i64, u32, u32)> = Vec::new();
    let mut from = start;
    let mut changes = changes.into_iter().peekable();
    while from < end {
        while let Some((_, service, tasks)) = changes.next_if(|(at, ..)| *at <= from) {
            now[service] = tasks;
        }
        let until = changes.peek().map_or(end, |(at, ..)| (*at).min(end));
        let count = now.iter().copied().max().unwrap_or(0).max(LEAST);
        let seconds = u32::try_from(until - from).unwrap_or(u32::MAX);
        periods.push((from, seconds, count));
        from += i64::from(seconds);
    }
    Track::of(periods.into_iter())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_as_the_service_with_the_most_tasks_has_and_two_at_the_least() {
        let one = Track::of([(0, 60, 1), (60, 60, 3), (180, 60, 5)].into_iter());
        let other = Track::of([(30, 60, 4), (150, 300, 1)].into_iter());
        let counts: Vec<(i64, u32)> =
            most(&[one, other], (0, 300)).iter().map(|one| (one.at, one.tasks_milli)).collect();
        assert_eq!(
            counts,
            [(0, 2_000), (30, 4_000), (90, 3_000), (120, 2_000), (180, 5_000), (240, 2_000)]
        );
        assert_eq!(most(&[], (0, 60)).task_milliseconds(), 120_000);
    }
}
