//! What a task on Fargate costs, by how many of them run: the base of a capacity provider strategy
//! comes first.

use super::{launch, price_finding};
use crate::bill::{self, FREE_EPHEMERAL_GIB, FargateUse};
use crate::fit::Fitter;
use crate::model::{Finding, Platform, Purchase, Size, Workload};
use crate::units::Quantity;
use std::cell::Cell;

/// So many hours of a task make whole pico-dollars.
const HOURS: u64 = 1024;
/// Thousandths of tasks times seconds that a rate is for.
pub(super) const RATE_FOR: u128 = HOURS as u128 * 3_600 * 1000;

/// By how many tasks run.
pub(super) struct Rates<'r> {
    workload: &'r Workload,
    /// By purchase, where it is bought so.
    each: Vec<(Purchase, u128)>,
    last: Cell<Option<(u32, Rate)>>,
    pub platform: Platform,
    pub size: Size,
}

#[derive(Clone, Copy)]
pub(super) struct Rate {
    /// Pico-dollars for [`RATE_FOR`].
    pub pico: u128,
    /// What of the tasks is on demand, in millionths.
    pub on_demand_ppm: u128,
}

const ALL_PPM: u128 = 1_000_000;

impl<'r> Rates<'r> {
    /// # Errors
    /// Where a price is not known.
    pub fn new(
        fitter: &Fitter<'_>,
        workload: &'r Workload,
        platform: Platform,
        size: Size,
    ) -> Result<Self, Finding> {
        let parts = launch::parts(workload, 1000).unwrap_or_else(|_| vec![launch::ALL_ON_DEMAND]);
        let mut purchases: Vec<Purchase> = workload
            .launch
            .iter()
            .filter(|one| one.weight > 0 || one.base > 0)
            .map(|one| launch::purchase(one.capacity))
            .chain(parts.iter().map(|part| part.purchase))
            .collect();
        purchases.sort_unstable();
        purchases.dedup();
        let each = purchases.into_iter().map(|purchase| {
            let used = FargateUse {
                platform,
                purchase,
                size,
                ephemeral_gib: workload.ephemeral_gib.unwrap_or(FREE_EPHEMERAL_GIB),
                task_hours: Quantity::whole(HOURS),
            };
            let bill = bill::fargate(fitter.catalog(), &used).map_err(|why| price_finding(&why))?;
            Ok((purchase, u128::try_from(bill.total_pico()).unwrap_or(0)))
        });
        let each = each.collect::<Result<_, Finding>>()?;
        Ok(Rates { workload, each, last: Cell::new(None), platform, size })
    }

    /// With so many thousandths of tasks at a time.
    pub fn at(&self, tasks_milli: u32) -> Rate {
        if let Some((_, rate)) = self.last.get().filter(|(tasks, _)| *tasks == tasks_milli) {
            return rate;
        }
        let rate = match self.each.as_slice() {
            [(purchase, pico)] => Rate { pico: *pico, on_demand_ppm: ppm(*purchase, 1, 1) },
            _ => self.mixed(tasks_milli),
        };
        self.last.set(Some((tasks_milli, rate)));
        rate
    }

    fn mixed(&self, tasks_milli: u32) -> Rate {
        let parts = launch::parts(self.workload, tasks_milli.into());
        let parts = parts.unwrap_or_else(|_| vec![launch::ALL_ON_DEMAND]);
        let mut rate = Rate { pico: 0, on_demand_ppm: 0 };
        for launch::Part { purchase, above, below } in parts {
            let each = self.each.iter().find(|(one, _)| *one == purchase);
            let pico = each.map_or(0, |(_, pico)| *pico);
            rate.pico += pico * u128::from(above) / u128::from(below);
            rate.on_demand_ppm += ppm(purchase, above, below);
        }
        rate
    }
}

fn ppm(purchase: Purchase, above: u64, below: u64) -> u128 {
    match purchase {
        Purchase::OnDemand => ALL_PPM * u128::from(above) / u128::from(below),
        Purchase::Spot => 0,
    }
}
