//! A Lambda function: what it costs as it is. Its memory in use is not among Lambda's own
//! metrics, so nothing is recommended.

use super::{Settings, keep, observed, places, price_finding, time};
use crate::bill::{self, FREE_TEMP_MIB, LambdaUse};
use crate::fit::Fitter;
use crate::model::{Advice, Bill, Class, Code, Finding, Profile, Workload};
use crate::size;

pub(super) fn advise(
    workload: &Workload,
    profile: &Profile,
    fitter: &Fitter<'_>,
    settings: &Settings,
) -> Advice {
    let sizing = size::size(workload, profile, &settings.policy, None);
    let mut findings = vec![Finding::new(Code::FunctionNotSized, String::new())];
    let places = places::none(&findings);
    let current = keep(bill(workload, profile, fitter, settings), &mut findings);
    findings = findings.into_iter().map(|finding| finding.about(&workload.id)).collect();
    findings.sort();
    let tasks = profile.task_seconds().map_or(0, |(running, counted)| {
        running.saturating_mul(1000).checked_div(counted).unwrap_or(0)
    });
    Advice {
        workload: workload.clone(),
        observed: observed(workload, profile, tasks),
        containers: Vec::new(),
        sizing: crate::model::Sizing { least: None, demand: None, findings: Vec::new(), ..sizing },
        task_hours: None,
        requests: time::counted_requests(workload, profile, settings.month),
        current,
        recommended: None,
        candidates: Vec::new(),
        class: Class::Unknown,
        places,
        findings,
    }
}

/// What its requests and their mean duration cost in a month.
fn bill(
    workload: &Workload,
    profile: &Profile,
    fitter: &Fitter<'_>,
    settings: &Settings,
) -> Option<Result<Bill, Finding>> {
    let unknown = |code| Some(Err(Finding::new(code, String::new())));
    let Some(function) = workload.function.as_ref() else { return unknown(Code::SizeUnknown) };
    let Some(count) = profile.requests() else { return unknown(Code::LambdaRequestsUnknown) };
    let milliseconds = match workload.request_milliseconds {
        Some(milliseconds) => u64::from(milliseconds),
        // Without a request there is no duration, and nothing to pay.
        None if count == 0 => 0,
        None => return unknown(Code::LambdaDurationUnknown),
    };
    let requests = time::month_requests(count, workload, profile, settings.month);
    let temp_mib = function.temp_mib.map_or(FREE_TEMP_MIB, |mib| mib.0);
    let used = LambdaUse {
        architecture: workload.architecture,
        requests,
        gb_seconds: bill::gb_seconds(function.memory_mib.0, milliseconds, requests),
        temp_gb_seconds: bill::temp_gb_seconds(temp_mib, milliseconds, requests),
        provisioned: None,
        free_tier: false,
    };
    Some(bill::lambda(fitter.catalog(), &used).map_err(|error| price_finding(&error)))
}
