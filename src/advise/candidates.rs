//! The sizes near the need, each with its price and its predicted risks.

use crate::fit::Fitter;
use crate::model::{Candidate, Code, Finding, Platform, Profile, Purchase, Risk, Signal, Size};
use crate::size::risk::{HORIZON_DAYS, History, Parameters};
use crate::units::{Hour, Quantity, UsdPerHour};

/// With fewer days nothing is predicted: the model was fitted on eight and more.
const FEWEST_DAYS: usize = 8;
/// So many cheaper and so many safer ones than the recommended size.
const ON_EACH_SIDE: usize = 2;

/// The recommended size among its neighbours on the frontier: no other size is as cheap and
/// no riskier. By price. Nothing where maxima were not measured, or for too short a time.
pub(super) fn candidates(
    fitter: &Fitter<'_>,
    platform: Platform,
    profile: &Profile,
    recommended: Option<Size>,
    month_hours: u32,
    findings: &[Finding],
) -> Vec<Candidate> {
    let (Some(table), Some(recommended)) =
        (fitter.table(platform, Purchase::OnDemand), recommended)
    else {
        return Vec::new();
    };
    let maxima = profile.deciding(Signal::MemoryMax, Signal::MemoryMean) == Some(Signal::MemoryMax)
        && profile.deciding(Signal::CpuMax, Signal::CpuMean) == Some(Signal::CpuMax);
    let history = History::of(profile);
    if !maxima || history.memory_days() < FEWEST_DAYS || history.memory_maximum().is_none() {
        return Vec::new();
    }
    let parameters = Parameters::shipped();
    let month = Quantity::<Hour>::whole(u64::from(month_hours));
    let sold: Vec<(Size, UsdPerHour)> = table.all().collect();
    let sizes: Vec<Size> = sold.iter().map(|(size, _)| *size).collect();
    let risks = history.risks(parameters, &sizes, HORIZON_DAYS);
    let mut all: Vec<Candidate> = sold
        .into_iter()
        .zip(risks)
        .filter_map(|((size, price), risk)| {
            let usd_per_month = price.times(month).ok()?.usd;
            Some(Candidate { size, usd_per_month, risk: known(risk, findings) })
        })
        .collect();
    all.sort_by_key(|one| (one.usd_per_month, one.size));
    let frontier = frontier(&all, recommended);
    let place = frontier.iter().position(|one| one.size == recommended).unwrap_or(0);
    let end = (place + ON_EACH_SIDE + 1).min(frontier.len());
    frontier[place.saturating_sub(ON_EACH_SIDE)..end].to_vec()
}

/// Demand that was cut off by the size of the day is not known, and neither is its risk.
fn known(risk: Risk, findings: &[Finding]) -> Risk {
    let says = |code| findings.iter().any(|finding| finding.code == code);
    Risk {
        memory_ppm: risk.memory_ppm.filter(|_| !says(Code::OutOfMemory)),
        cpu_ppm: risk.cpu_ppm.filter(|_| !says(Code::AtTheCeiling)),
    }
}

/// Those that no cheaper one is as safe as, and the recommended one whatever it is.
fn frontier(by_price: &[Candidate], recommended: Size) -> Vec<Candidate> {
    let mut kept: Vec<Candidate> = Vec::new();
    for one in by_price {
        let worse = |risk: Risk, other: Risk| {
            risk.memory_ppm >= other.memory_ppm && risk.cpu_ppm >= other.cpu_ppm
        };
        if one.size == recommended || !kept.iter().any(|other| worse(one.risk, other.risk)) {
            kept.push(*one);
        }
    }
    kept
}
