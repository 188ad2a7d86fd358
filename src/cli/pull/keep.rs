//! What is fetched goes into the journal, batch by batch, within the budget.

use super::PullArgs;
use super::cost;
use crate::book::Book;
use crate::cli::progress::Stage;
use crate::pull::{Budget, Keep, Place, Plan, Points};
use crate::store::{Journal, JournalSeries, digest};
use std::collections::BTreeMap;

pub(super) struct Keeper<'j> {
    journal: &'j Journal,
    names: Vec<String>,
    stage: &'j Stage,
    done: u64,
    points: u64,
    /// Batches that this run has brought.
    pub brought: usize,
}

impl<'j> Keeper<'j> {
    pub fn new(journal: &'j Journal, plan: &Plan, stage: &'j Stage) -> Self {
        let names = names(plan);
        let done = names.iter().filter(|name| journal.has(name)).count() as u64;
        Keeper { journal, names, stage, done, points: 0, brought: 0 }
    }
}

/// What is left of a budget: what is there already was paid for.
pub(super) fn budget(journal: &Journal, plan: &Plan, book: &Book, args: &PullArgs) -> Budget {
    let names = names(plan);
    let there = names.iter().zip(&plan.batches).filter(|(name, _)| journal.has(name));
    let paid: u64 = there.map(|(_, batch)| batch.metrics.len() as u64).sum();
    let affordable = args.budget.and_then(|budget| affordable(plan, book, args, budget));
    Budget::new(affordable.map(|affordable| affordable.saturating_sub(paid)))
}

/// How many metrics a budget buys, at the dearest price among the places.
fn affordable(plan: &Plan, book: &Book, args: &PullArgs, budget: crate::units::Usd) -> Option<u64> {
    let regions = plan.batches.iter().map(|batch| batch.place.region.as_str());
    let prices = regions.filter_map(|region| cost::price(book, &args.live.limits, region));
    let dearest = prices.max()?;
    let pico = u128::from(budget.0.unsigned_abs()) * 1_000_000 * 1_000;
    u64::try_from(pico / u128::from(dearest.as_pico().max(1))).ok()
}

/// Where each batch is kept: by place, by its number within the place, which does not
/// change when another place could not be reached, and by what exactly is asked.
pub(super) fn names(plan: &Plan) -> Vec<String> {
    let mut counts: BTreeMap<&Place, usize> = BTreeMap::new();
    plan.batches
        .iter()
        .map(|batch| {
            let count = counts.entry(&batch.place).or_default();
            *count += 1;
            let asked: Vec<_> = batch.queried(&plan.wanted).collect();
            let asked = format!("{:?} {asked:?}", batch.segment);
            let Place { account, region } = &batch.place;
            let digest = &digest(asked.as_bytes())[..16];
            format!("batches/{account}-{region}/{:06}-{digest}", *count - 1)
        })
        .collect()
}

impl Keep for Keeper<'_> {
    fn has(&self, batch: usize) -> bool {
        self.journal.has(&self.names[batch])
    }

    fn put(&mut self, batch: usize, points: Vec<Points>) -> Result<(), String> {
        let all: Vec<JournalSeries> = points
            .into_iter()
            .map(|points| JournalSeries { at: points.at, values: points.values })
            .collect();
        self.points += all.iter().map(|series| series.at.len() as u64).sum::<u64>();
        let kept = self.journal.keep_series(&self.names[batch], &all);
        kept.map_err(|error| error.to_string())?;
        self.done += 1;
        self.brought += 1;
        #[expect(clippy::cast_precision_loss, reason = "shown to people")]
        let rate = self.points as f64 / self.stage.seconds().max(0.001) / 1000.0;
        self.stage.tell(self.done, self.names.len() as u64, &format!("{rate:.0}k points/s"));
        Ok(())
    }
}
