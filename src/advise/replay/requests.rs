//! What is paid by the request: functions, and what could be one.

use super::commitments::on_demand;
use super::{Actor, Played, Player, Stage, month_seconds};
use crate::advise::time::SILENCE_HOURS;
use crate::bill::commitment::PARTS;
use crate::model::{Bill, Code, Finding, Kind, Place, Ran, Rated, Spent, Verdict};
use crate::replay::{HOUR, within_hours};
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
        // A plan is applied to duration alone.
        let lines = bill.lines.iter().filter(|one| one.usage_type.starts_with("Lambda-GB-Second"));
        let duration: i128 = lines.map(|one| one.amount.pico).sum();
        let pico = |pico: i128| u128::try_from(pico).unwrap_or(0);
        self.spread(stage, actor, [pico(bill.total_pico()), pico(duration)])
    }

    /// Spends what so many requests cost where they are not paid by their duration.
    pub(super) fn pay_for_requests(&self, stage: &mut Stage, actor: Actor<'_>, month_pico: u128) {
        let ran = self.spread(stage, actor, [month_pico, 0]);
        stage.requests_month_pico += ran.month_pico.unwrap_or(0);
    }

    /// A month's pico-dollars, of which a part is for duration.
    fn spread(
        &self,
        stage: &mut Stage,
        actor: Actor<'_>,
        [month_pico, duration]: [u128; 2],
    ) -> Ran {
        let job = actor.advice.workload.kind == Kind::Task;
        let Counted { hours: counts, seconds, filled } = counted(actor);
        let all: u128 = counts.values().sum();
        // A job comes as often in a month as in the window.
        let covered = if job {
            self.settings.month.window_seconds.max(actor.profile.request_seconds())
        } else {
            seconds
        };
        let window = month_pico * u128::from(covered) / month_seconds(self.settings);
        let rated = Rated::LambdaDuration(actor.advice.workload.architecture);
        let price = on_demand(self.fitter.catalog(), &rated);
        let (mut paid, mut passed) = (0, 0);
        for (hour, count) in counts {
            passed += count;
            let until = window * passed / all.max(1);
            stage.spend(hour, Spent::Lambda, until - paid);
            if let (Some(place), Some(price)) = (stage.place(hour), price) {
                let parts = (until - paid) * duration * u128::from(PARTS);
                let whole = month_pico.max(1) * u128::from(price.max(1));
                stage.uses.add(&rated, place, parts / whole);
            }
            paid = until;
        }
        let month = if job { month_pico } else { self.month(paid, covered) };
        let filled_seconds = if job { 0 } else { filled };
        Ran { pico: Some(paid), month_pico: Some(month), filled_seconds, ..Ran::default() }
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

/// Requests by hour.
struct Counted {
    /// Hours since 1970, and millionths of requests.
    hours: BTreeMap<i64, u128>,
    /// Seconds that they are of, and of those the seconds in gaps, which have the mean.
    seconds: u64,
    filled: u64,
}

/// Evenly over each reading; runs of a job, where none were counted.
fn counted(actor: Actor<'_>) -> Counted {
    let mut out = Counted { hours: BTreeMap::new(), seconds: 0, filled: 0 };
    let mut spread = |from: i64, to: i64, millionths: u128| {
        let whole = u128::from((to - from).unsigned_abs().max(1));
        within_hours(from, to, |hour, seconds| {
            *out.hours.entry(hour).or_default() += millionths * u128::from(seconds) / whole;
        });
    };
    let counted = actor.samples.iter().filter(|one| one.requests >= 0.0);
    let readings: Vec<(i64, i64, u128)> = counted
        .map(|one| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a number of requests; `as` saturates"
            )]
            let millionths = (f64::from(one.requests) * 1e6).round() as u128;
            (one.at, one.at + i64::from(one.period_seconds), millionths)
        })
        .collect();
    let job = actor.advice.workload.kind == Kind::Task;
    let (seconds, all) = readings.iter().fold((0, 0), |(seconds, all), (from, to, millionths)| {
        (seconds + (to - from).unsigned_abs(), all + millionths)
    });
    let mut filled = 0;
    for (from, to, millionths) in &readings {
        spread(*from, *to, *millionths);
    }
    for pair in readings.windows(2).filter(|_| !job && seconds > 0) {
        let (from, to) = (pair[0].1, pair[1].0);
        if to > from && to - from <= i64::from(SILENCE_HOURS) * HOUR {
            let gap = (to - from).unsigned_abs();
            spread(from, to, all * u128::from(gap) / u128::from(seconds));
            filled += gap;
        }
    }
    if job && all == 0 {
        for run in actor.profile.runs().iter() {
            spread(run.start, run.start + 1, 1_000_000);
        }
    }
    out.seconds = seconds + filled;
    out.filled = filled;
    out
}
