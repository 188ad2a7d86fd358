//! A service whose size changed within the window: each stretch with the size it had.

use super::purchase::Rates;
use super::service::spend;
use super::{Actor, Player, Stage};
use crate::model::{Code, Finding, Kind, Platform, Ran, Size, Workload};
use crate::replay::{Borne, Load, borne};

/// From when on it had which size, the oldest first and that from the beginning on; nothing where
/// it had one alone, or one of them is not known.
pub(super) fn history(workload: &Workload) -> Option<Vec<(i64, Size)>> {
    let mut all: Vec<(i64, Size)> = workload
        .sizes
        .iter()
        .map(|one| Some((one.since, one.size().filter(|_| !one.unknown)?)))
        .collect::<Option<_>>()?;
    all.dedup_by_key(|(_, size)| *size);
    if all.len() < 2 || workload.kind != Kind::Service {
        return None;
    }
    all[0].0 = i64::MIN;
    Some(all)
}

impl Player<'_> {
    /// As it ran, with each size in its time.
    pub(super) fn through_sizes(
        &self,
        stage: &mut Stage,
        actor: Actor<'_>,
        platform: Platform,
        sizes: &[(i64, Size)],
    ) -> Result<Ran, Finding> {
        let workload = &actor.advice.workload;
        let mut rates = Vec::with_capacity(sizes.len());
        for (_, size) in sizes {
            if !self.fitter.catalog().sells(platform, *size) {
                return Err(Finding::new(Code::SizeNotSold, size.short()));
            }
            rates.push(Rates::new(self.fitter, workload, platform, *size)?);
        }
        let (_, last) = sizes[sizes.len() - 1];
        let mut acted = self.acted(actor, last, None);
        (acted.borne, acted.short) = (Borne::default(), Vec::new());
        let ends = sizes.iter().skip(1).map(|(since, _)| *since).chain([i64::MAX]);
        let mut paid = 0;
        for (((from, size), to), rates) in sizes.iter().zip(ends).zip(&rates) {
            paid += spend(stage, &acted.track.between(*from, to), rates);
            let within = |at: i64| (*from..to).contains(&at);
            let loads = actor.samples.iter().filter(|one| within(one.at)).map(Load::of);
            let short = &mut acted.short;
            let one = borne(loads, *size, |at, seconds| short.push((at, seconds)));
            add(&mut acted.borne, one);
        }
        Ok(self.ran(stage, &acted, Some(paid)))
    }
}

fn add(sum: &mut Borne, one: Borne) {
    sum.cpu_seconds += one.cpu_seconds;
    sum.short_seconds += one.short_seconds;
    sum.memory_seconds += one.memory_seconds;
    sum.over_seconds += one.over_seconds;
    sum.failures += one.failures;
}
