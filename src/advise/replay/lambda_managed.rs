//! The scene on instances that Lambda keeps: at every hour half as many execution environments
//! again as its tasks take, three instances of an environment at the least.

use super::{Actor, Played, Player, Stage};
use crate::advise::compare::Part;
use crate::model::{Architecture, Code, Finding, Spent};
use crate::replay::{HOUR, Track};
use std::collections::BTreeMap;

/// Workloads of a group of instances, with when they had how many tasks.
pub(super) type Groups = BTreeMap<(String, Architecture), Vec<(Part, Track)>>;

impl Player<'_> {
    /// As execution environments on instances that are paid for together.
    pub(super) fn on_lambdas_instances(
        &self,
        stage: &mut Stage,
        actor: Actor<'_>,
    ) -> Result<Played, Finding> {
        let advice = actor.advice;
        let found = self.managed.get(&advice.workload.id);
        let none = || Finding::new(Code::NotPriced, stage.scene.name());
        let (part, requests) = found.ok_or_else(none)?.clone()?;
        let recommended = advice.recommended.as_ref();
        let size = recommended.ok_or_else(|| Finding::new(Code::ReplayNotSized, ""))?.size;
        let acted = self.acted(actor, size, self.kept(actor, size, true)?);
        let ran = self.ran(stage, &acted, None);
        self.pay_for_requests(stage, actor, requests);
        let runs_as = format!("on {}", part.offer.instance_type);
        stage.managed.entry(part.group.clone()).or_default().push((part, acted.track));
        Ok((runs_as, Ok(ran)))
    }
}

impl Stage {
    /// Spends what all such instances cost; their types.
    pub(super) fn stand_managed(&mut self) -> Vec<String> {
        let mut types = Vec::new();
        for parts in std::mem::take(&mut self.managed).into_values() {
            let Some(offer) = parts.first().map(|(part, _)| part.offer.clone()) else { continue };
            // Of each hour and workload, thousandths of tasks times seconds.
            let mut hours = vec![vec![0_u64; parts.len()]; self.hours.len()];
            for (number, (_, track)) in parts.iter().enumerate() {
                track.by_hour(|hour, seconds, milli| {
                    if let Some(place) = self.place(hour) {
                        hours[place][number] += u64::from(seconds) * u64::from(milli);
                    }
                });
            }
            let mut last: Option<(Vec<u64>, u64)> = None;
            for (place, tasks) in hours.into_iter().enumerate() {
                let live = u64::from(self.window.live[place]);
                if live == 0 {
                    continue;
                }
                let mean: Vec<u64> = tasks.iter().map(|tasks| tasks / live).collect();
                let count = match &last {
                    Some((same, count)) if *same == mean => *count,
                    _ => {
                        let there = parts.iter().map(|(part, _)| part).zip(mean.iter().copied());
                        Part::instances(there)
                    }
                };
                last = Some((mean, count));
                self.use_instances(place, &offer.instance_type, count * live);
                let hour = &mut self.hours[place];
                let pico = u128::from(count * live) * u128::from(offer.pico_an_hour);
                hour.pico[Spent::Instances as usize] += pico / u128::from(HOUR.unsigned_abs());
                hour.instance_seconds += count * live;
                hour.most_instances += count;
            }
            types.push(offer.instance_type);
        }
        types.sort();
        types.dedup();
        types
    }
}
