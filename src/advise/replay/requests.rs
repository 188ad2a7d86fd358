//! What is paid by the request: functions, and what could be one.

use super::commitments::on_demand;
use super::{Actor, Played, Player, Stage, month_seconds};
use crate::bill::commitment::PARTS;
use crate::model::{Bill, Code, Finding, Kind, Place, Ran, Rated, Spent, Verdict};
use crate::replay::HOUR;
use std::collections::BTreeMap;

/// Why a function has no bill.
const WHY_NONE: [Code; 5] = [
    Code::SizeUnknown,
    Code::LambdaRequestsUnknown,
    Code::LambdaDurationUnknown,
    Code::PriceMissing,
    Code::AmountTooLarge,
];

impl Player<'_> {
    /// A function, which stays one.
    pub(super) fn function(&self, stage: &mut Stage, actor: Actor<'_>) -> Played {
        let workload = &actor.advice.workload;
        let memory = workload.function.as_ref().map_or(0, |one| one.memory_mib.0);
        let runs_as = format!("{} {memory} MiB", Place::Lambda(workload.architecture).name());
        let bill = actor.advice.current.as_ref();
        let Some(bill) = bill else {
            let reasons = actor.advice.findings.iter().find(|one| WHY_NONE.contains(&one.code));
            let why = reasons.cloned();
            return (runs_as, Err(why.unwrap_or(Finding::new(Code::NotPriced, String::new()))));
        };
        let mut ran = self.by_requests(stage, actor, bill);
        let milliseconds = workload.request_milliseconds.map(u64::from);
        ran.most_at_once = milliseconds.and_then(|each| most_at_once(actor, each));
        (runs_as, Ok(ran))
    }

    /// A service or a job as a function.
    pub(super) fn as_function(
        &self,
        stage: &mut Stage,
        actor: Actor<'_>,
    ) -> Result<Played, Finding> {
        let place = Place::Lambda(actor.advice.workload.architecture);
        let found = actor.advice.places.iter().find(|one| one.place == place);
        let fit = match found.map(|one| &one.verdict) {
            Some(Verdict::Fits(fit)) => fit,
            Some(Verdict::Refused(why)) => return Err(why.clone()),
            None => return Err(Finding::new(Code::NotPriced, place.name())),
        };
        let mut ran = self.by_requests(stage, actor, &fit.bill);
        ran.most_at_once = fit.what.split_once(" MiB, ").and_then(|(_, duration)| {
            let milliseconds = duration.strip_suffix(" ms")?.parse().ok()?;
            most_at_once(actor, milliseconds)
        });
        Ok((format!("{} {}", place.name(), fit.what), Ok(ran)))
    }

    /// A month's bill, given to the hours by their requests: what a request costs does not depend
    /// on when it comes.
    fn by_requests(&self, stage: &mut Stage, actor: Actor<'_>, bill: &Bill) -> Ran {
        let month_pico = u128::try_from(bill.total_pico()).unwrap_or(0);
        let counts = requests(actor);
        let all: u128 = counts.values().map(|count| u128::from(*count)).sum();
        let seconds = match actor.advice.workload.kind {
            Kind::Service | Kind::Function => actor.profile.request_seconds(),
            Kind::Task => self.settings.month.window_seconds.max(actor.profile.request_seconds()),
        };
        let window = month_pico * u128::from(seconds) / month_seconds(self.settings);
        // A plan is applied to duration alone.
        let lines = bill.lines.iter().filter(|one| one.usage_type.starts_with("Lambda-GB-Second"));
        let duration: i128 = lines.map(|one| one.amount.pico).sum();
        let duration = u128::try_from(duration).unwrap_or(0);
        let rated = Rated::LambdaDuration(actor.advice.workload.architecture);
        let price = on_demand(self.fitter.catalog(), &rated);
        let (mut paid, mut passed) = (0, 0);
        for (hour, count) in counts {
            passed += u128::from(count);
            let until = window * passed / all.max(1);
            stage.spend(hour, Spent::Lambda, until - paid);
            if let (Some(place), Some(price)) = (stage.place(hour), price) {
                let parts = (until - paid) * duration * u128::from(PARTS);
                let whole = month_pico.max(1) * u128::from(price.max(1));
                stage.uses.add(&rated, place, parts / whole);
            }
            paid = until;
        }
        Ran { pico: Some(paid), month_pico: Some(month_pico), ..Ran::default() }
    }
}

/// Requests of a second times the seconds that each takes, in the busiest reading (Little's law).
fn most_at_once(actor: Actor<'_>, milliseconds: u64) -> Option<u64> {
    let counted = actor.samples.iter().filter(|one| one.requests >= 0.0);
    let busiest = counted
        .map(|one| f64::from(one.requests) / f64::from(one.period_seconds.max(1)))
        .fold(None, |most: Option<f64>, one| Some(most.map_or(one, |most| most.max(one))))?;
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let at_once = (busiest * milliseconds as f64 / 1e3).ceil();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a number of executions; `as` saturates"
    )]
    let at_once = at_once as u64;
    Some(at_once)
}

/// Thousandths of requests by hour since 1970; runs of a job, where none were counted.
fn requests(actor: Actor<'_>) -> BTreeMap<i64, u64> {
    let mut counts = BTreeMap::new();
    for one in actor.samples.iter().filter(|one| one.requests > 0.0) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a number of requests; `as` saturates"
        )]
        let milli = (f64::from(one.requests) * 1000.0).round() as u64;
        *counts.entry(one.at.div_euclid(HOUR)).or_default() += milli;
    }
    if counts.is_empty() && actor.advice.workload.kind == Kind::Task {
        for run in actor.profile.runs().iter() {
            *counts.entry(run.start.div_euclid(HOUR)).or_default() += 1000;
        }
    }
    counts
}
