//! A scene while it is played: its hours fill.

use super::Window;
use super::around::Needs;
use super::commitments::Uses;
use super::hosts::Stands;
use super::instances::Cluster;
use super::lambda_managed::Groups;
use super::purchase::Rates;
use crate::bill::commitment::PARTS;
use crate::model::{Finding, HourReplay, Rated, ReplayRow, Scene, Spent};
use crate::replay::HOUR;
use std::collections::BTreeMap;

/// A scene while it is played.
pub(super) struct Stage {
    pub scene: Scene,
    pub window: Window,
    pub hours: Vec<HourReplay>,
    pub rows: Vec<ReplayRow>,
    pub cluster: Option<Cluster>,
    pub stands: Stands,
    pub managed: Groups,
    /// A month's requests of what is on them.
    pub requests_month_pico: u128,
    /// Thousandths of tasks with a public address, times seconds, of each hour.
    pub addressed: Vec<u64>,
    pub needs: Needs,
    /// What commitments may be applied to.
    pub uses: Uses,
}

impl Stage {
    pub fn new(scene: Scene, window: &Window, committed: bool) -> Self {
        let numbers = (window.first_hour..).take(window.hours());
        Stage {
            scene,
            window: window.clone(),
            hours: numbers.map(|hour| HourReplay { hour, ..HourReplay::default() }).collect(),
            rows: Vec::new(),
            cluster: None,
            stands: Stands::new(),
            managed: Groups::new(),
            requests_month_pico: 0,
            addressed: vec![0; window.hours()],
            needs: Needs::default(),
            uses: Uses::new(committed),
        }
    }

    pub fn place(&self, hour: i64) -> Option<usize> {
        let place = usize::try_from(hour - self.window.first_hour).ok()?;
        (place < self.hours.len()).then_some(place)
    }

    pub fn at(&mut self, hour: i64) -> Option<&mut HourReplay> {
        let place = self.place(hour)?;
        self.hours.get_mut(place)
    }

    /// Tasks of which so much is on demand, in thousandths times seconds.
    pub fn use_fargate(&mut self, hour: i64, rates: &Rates<'_>, all: u64, milliseconds: u128) {
        let Some(place) = self.place(hour) else { return };
        if rates.addressed {
            self.addressed[place] += all;
        }
        let Rates { platform, size, .. } = *rates;
        let parts = |units: u32| milliseconds * u128::from(units) * 1_000 / (3_600 * 1_024);
        self.uses.add(&Rated::FargateVcpu(platform), place, parts(size.cpu.0));
        self.uses.add(&Rated::FargateMemory(platform), place, parts(size.memory.0));
    }

    /// An instance's price for the seconds of each hour that count, times so many.
    pub fn stand(&mut self, instances: &BTreeMap<String, u64>, pico_an_hour: u128) {
        let all: u64 = instances.values().sum();
        for place in 0..self.hours.len() {
            let live = u64::from(self.window.live[place]);
            for (name, count) in instances {
                self.use_instances(place, name, count * live);
            }
            let hour = &mut self.hours[place];
            let pico = pico_an_hour * u128::from(live) / u128::from(HOUR.unsigned_abs());
            hour.pico[Spent::Instances as usize] += pico;
            hour.instance_seconds += all * live;
            hour.most_instances += if live > 0 { all } else { 0 };
        }
    }

    pub fn use_instances(&mut self, place: usize, name: &str, seconds: u64) {
        let parts = u128::from(seconds) * u128::from(PARTS) / u128::from(HOUR.unsigned_abs());
        self.uses.add(&Rated::Instance(name.to_owned()), place, parts);
    }

    /// Without a price of the instances nothing can be said of what runs on them.
    pub fn lose_instances(&mut self, why: &Finding) {
        for row in &mut self.rows {
            if row.outcome.as_ref().is_ok_and(|ran| ran.pico.is_none()) {
                row.outcome = Err(why.clone().about(&row.workload));
            }
        }
    }

    pub fn spend(&mut self, hour: i64, on: Spent, pico: u128) {
        if let Some(at) = self.at(hour) {
            at.pico[on as usize] += pico;
        }
    }
}
