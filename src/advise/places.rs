//! Every place with its price: choices of `fit`, priced by `bill`.

use super::launch::Part;
use super::starts::{Calls, START_MILLISECONDS};
use super::{Asking, Settings, fargate_bill, price_finding, time};
use crate::bill::{self, FREE_TEMP_MIB};
use crate::fit::{Choice, Fitter, Functions, LambdaFit, Need};
use crate::model::{
    Architecture, Bill, Code, Finding, Fit, Kind, Place, Placement, Profile, Purchase, Verdict,
    Workload,
};
use crate::units::{Hour, Quantity, Usd};

/// No place can be judged: each says why, with the finding that says most.
pub(super) fn none(findings: &[Finding]) -> Vec<Placement> {
    const WHY: [Code; 6] = [
        Code::NoReadings,
        Code::CpuUnknown,
        Code::MemoryUnknown,
        Code::TooFewReadings,
        Code::NoFullWeek,
        Code::RuleSilent,
    ];
    let why = WHY.into_iter().find_map(|code| findings.iter().find(|finding| finding.code == code));
    let why = why.cloned().unwrap_or_else(|| Finding::new(Code::SizeUnknown, String::new()));
    let refused = |place| Placement { place, verdict: Verdict::Refused(why.clone()) };
    Place::ALL.into_iter().map(refused).collect()
}

pub(super) fn placements(
    asking: &Asking<'_>,
    profile: &Profile,
    settings: &Settings,
    task_hours: Quantity<Hour>,
) -> Vec<Placement> {
    let answer = |place: Place| {
        let priced = asking.place(place).and_then(|choice| {
            let mut fit = price(place, &choice, asking, profile, settings, task_hours)?;
            if asking.need.workload.has_image_for(place.architecture()).is_none() {
                fit.assumptions.push(needs_image(place.architecture()));
            }
            Ok(fit)
        });
        let verdict = match priced {
            Ok(fit) => Verdict::Fits(Box::new(fit)),
            Err(finding) => Verdict::Refused(finding),
        };
        Placement { place, verdict }
    };
    Place::ALL.into_iter().map(answer).collect()
}

/// Where it is not known whether there is one.
pub(super) fn needs_image(architecture: Architecture) -> String {
    format!("needs an image for {}", architecture.image())
}

fn price(
    place: Place,
    choice: &Choice<'_>,
    asking: &Asking<'_>,
    profile: &Profile,
    settings: &Settings,
    hours: Quantity<Hour>,
) -> Result<Fit, Finding> {
    let (fitter, need) = (asking.fitter, &asking.need);
    let plain = |what: String, bill: Bill, assumptions: Vec<String>| Fit {
        what,
        size: None,
        bill,
        rounding: Usd::ZERO,
        assumptions,
    };
    match (place, choice) {
        (Place::Fargate(platform, purchase), Choice::Fargate(size)) => {
            let bill = fargate_bill(
                fitter,
                need.workload,
                platform,
                &[Part::all(purchase)],
                *size,
                hours,
            )?;
            let table = fitter.table(platform, purchase);
            let rounding =
                table.and_then(|table| table.rounding(asking.least.demand, *size, hours));
            let mut fit = plain(size.short(), bill, Vec::new());
            fit.size = Some(*size);
            fit.rounding = rounding.unwrap_or_default();
            if purchase == Purchase::Spot {
                fit.assumptions.push(
                    "Spot price of the day it was read; tasks end at two minutes' notice"
                        .to_owned(),
                );
            }
            Ok(fit)
        }
        (_, Choice::Own(offer)) => {
            let bill = bill::instances(offer, hours).map_err(|error| price_finding(&error))?;
            let mut assumptions = vec![settings.node.assumption()];
            if need.workload.kind == Kind::Task {
                assumptions
                    .push("an instance is started for each run and ended with it".to_owned());
            }
            Ok(plain(offer.instance_type.clone(), bill, assumptions))
        }
        (_, Choice::Share(offer, tasks)) => {
            let share = hours.each(1, u64::from(*tasks));
            let bill = bill::instances(offer, share).map_err(|error| price_finding(&error))?;
            let what = format!("1/{tasks} {}", offer.instance_type);
            let full = "copies of this workload fill every instance".to_owned();
            Ok(plain(what, bill, vec![full, settings.node.assumption()]))
        }
        (Place::Lambda(architecture), Choice::Lambda(fit)) => {
            let (bill, calls) = lambda(fitter, architecture, fit, need, profile, settings)?;
            let what = format!("{} MiB, {} ms", fit.memory.0, fit.billed_milliseconds);
            let mut assumptions = lambda_assumptions(need.workload, &calls, fitter.functions());
            if need.workload.longest_run_seconds != asking.least.workload.longest_run_seconds {
                assumptions.push("a run takes as long as the longest that was seen".to_owned());
            }
            Ok(plain(what, bill, assumptions))
        }
        _ => unreachable!("a place gives a choice of its own kind"),
    }
}

fn lambda(
    fitter: &Fitter<'_>,
    architecture: Architecture,
    fit: &LambdaFit,
    need: &Need<'_>,
    profile: &Profile,
    settings: &Settings,
) -> Result<(Bill, Calls), Finding> {
    let requests = need.requests.as_ref().expect("a fit of Lambda has requests");
    let monthly = time::month_requests(requests.count, need.workload, profile, settings.month);
    let temp_mib = need.workload.ephemeral_gib.map_or(FREE_TEMP_MIB, |gib| gib * 1024);
    let calls = Calls {
        architecture,
        memory_mib: fit.memory.0,
        billed_milliseconds: fit.billed_milliseconds,
        temp_mib,
        requests: monthly,
        month_hours: settings.month.hours,
    };
    let bill = bill::lambda(fitter.catalog(), &calls.used());
    Ok((bill.map_err(|error| price_finding(&error))?, calls))
}

fn lambda_assumptions(workload: &Workload, calls: &Calls, functions: Functions) -> Vec<String> {
    let starts = calls.starts_ppm().div_ceil(10_000);
    let mut all = vec![
        "one request holds a whole task's memory; every request takes the mean duration".to_owned(),
        format!(
            "it may take {} % of its time today, uses {} vCPU at once, of {} % of today's speed \
             (--lambda-latency, --lambda-parallelism, --lambda-cpu-speed)",
            functions.latency_percent, functions.parallelism, functions.cpu_speed_percent
        ),
        format!(
            "{starts} % of the requests start an environment, {START_MILLISECONDS} ms each, billed too \
             (it is taken to live ten minutes without a request)"
        ),
        "each execution has connections of its own to databases, and shares no memory with another"
            .to_owned(),
        "front end not priced".to_owned(),
    ];
    let unknown = match (workload.image_mib, workload.payload_kib) {
        (None, None) => Some("image and payload"),
        (None, Some(_)) => Some("image"),
        (Some(_), None) => Some("payload"),
        (Some(_), Some(_)) => None,
    };
    all.extend(slower(workload, calls.billed_milliseconds, functions));
    all.extend(front_end(workload, calls.billed_milliseconds));
    all.extend(unknown.map(|what| format!("{what} not known, taken to be within Lambda's limits")));
    all
}

/// Where no memory makes it as fast as was allowed.
fn slower(workload: &Workload, milliseconds: u64, functions: Functions) -> Option<String> {
    let today = match workload.kind {
        Kind::Task => u64::from(workload.longest_run_seconds?) * 1_000,
        Kind::Service | Kind::Function => u64::from(workload.request_milliseconds?),
    };
    let limit = (today * u64::from(functions.latency_percent) / 100).max(1);
    (milliseconds > limit).then(|| {
        format!(
            "it uses more CPU than it lasts, side by side or between requests: with all the CPU that \
             it can use it takes {milliseconds} ms there, {today} today"
        )
    })
}

/// API Gateway's patience, and a load balancer's bodies.
const FRONT_END_MILLISECONDS: u64 = 29_000;
const FRONT_END_KIB: u32 = 1_024;

/// What usual front ends do not let through.
fn front_end(workload: &Workload, milliseconds: u64) -> Option<String> {
    let payload = workload.payload_kib.filter(|kib| *kib > FRONT_END_KIB);
    let what = match payload {
        _ if workload.kind != Kind::Service => return None,
        _ if milliseconds > FRONT_END_MILLISECONDS => format!("{milliseconds} ms a request"),
        Some(kib) => format!("{kib} KiB a request"),
        None => return None,
    };
    let code = Code::LambdaFrontEnd;
    Some(format!("{}: {what}. {} {}", code.name(), code.means(), code.next_step()))
}
