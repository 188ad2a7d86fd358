//! What a task on Fargate costs, by how many of them run: the base of a capacity provider strategy
//! comes first.

use super::{launch, price_finding};
use crate::advise::compare::Spot;
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
    /// As an expected value, however many there are.
    expected: Option<Rate>,
    pub platform: Platform,
    pub size: Size,
    /// Each task has a public address.
    pub addressed: bool,
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
        let each = purchases
            .into_iter()
            .map(|purchase| Ok((purchase, for_hours(fitter, workload, platform, size, purchase)?)));
        let each = each.collect::<Result<_, Finding>>()?;
        Ok(Rates { each, ..Rates::of(workload, platform, size) })
    }

    /// On Spot as far as there is room: on demand otherwise, and what is interrupted done again.
    ///
    /// # Errors
    /// Where a price is not known.
    pub fn expected(
        fitter: &Fitter<'_>,
        workload: &'r Workload,
        platform: Platform,
        size: Size,
        spot: Spot,
    ) -> Result<Self, Finding> {
        let price = |purchase| for_hours(fitter, workload, platform, size, purchase);
        let there = spot.there_ppm();
        let on_spot = price(Purchase::Spot)? * there * u128::from(100 + spot.rework) / 100;
        let on_demand_ppm = ALL_PPM - there;
        let pico = (on_spot + price(Purchase::OnDemand)? * on_demand_ppm) / ALL_PPM;
        let expected = Some(Rate { pico, on_demand_ppm });
        Ok(Rates { expected, ..Rates::of(workload, platform, size) })
    }

    /// A pod's, which has no public address.
    ///
    /// # Errors
    /// Where a price is not known.
    pub fn of_pod(
        fitter: &Fitter<'_>,
        workload: &'r Workload,
        size: Size,
    ) -> Result<Self, Finding> {
        let (platform, purchase) = (Platform::LinuxX86, Purchase::OnDemand);
        let pico = for_hours(fitter, workload, platform, size, purchase)?;
        let expected = Some(Rate { pico, on_demand_ppm: ALL_PPM });
        Ok(Rates { expected, addressed: false, ..Rates::of(workload, platform, size) })
    }

    fn of(workload: &'r Workload, platform: Platform, size: Size) -> Self {
        Rates {
            workload,
            each: Vec::new(),
            last: Cell::new(None),
            expected: None,
            platform,
            size,
            addressed: true,
        }
    }

    /// With so many thousandths of tasks at a time.
    pub fn at(&self, tasks_milli: u32) -> Rate {
        if let Some(rate) = self.expected {
            return rate;
        }
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

/// [`HOURS`] of a task.
fn for_hours(
    fitter: &Fitter<'_>,
    workload: &Workload,
    platform: Platform,
    size: Size,
    purchase: Purchase,
) -> Result<u128, Finding> {
    let used = FargateUse {
        platform,
        purchase,
        size,
        ephemeral_gib: workload.ephemeral_gib.unwrap_or(FREE_EPHEMERAL_GIB),
        task_hours: Quantity::whole(HOURS),
    };
    let bill = bill::fargate(fitter.catalog(), &used).map_err(|why| price_finding(&why))?;
    Ok(u128::try_from(bill.total_pico()).unwrap_or(0))
}

fn ppm(purchase: Purchase, above: u64, below: u64) -> u128 {
    match purchase {
        Purchase::OnDemand => ALL_PPM * u128::from(above) / u128::from(below),
        Purchase::Spot => 0,
    }
}
