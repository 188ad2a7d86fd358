//! Lambda: GB-seconds in tiers, requests, temporary storage, provisioned concurrency.

use super::{BillError, line, missing};
use crate::model::{Architecture, Bill, Catalog, LambdaRates, Line};
use crate::units::{GbSecond, Quantity, Request};

/// Temporary storage that costs nothing extra.
pub const FREE_TEMP_MIB: u32 = 512;

/// A month's use of one function, or of many on one architecture.
#[derive(Clone, Copy, Debug)]
pub struct LambdaUse {
    pub architecture: Architecture,
    pub requests: Quantity<Request>,
    /// On demand: memory times billed duration.
    pub gb_seconds: Quantity<GbSecond>,
    /// Temporary storage above [`FREE_TEMP_MIB`] times billed duration.
    pub temp_gb_seconds: Quantity<GbSecond>,
    pub provisioned: Option<Provisioned>,
    /// Deduct what is free each month. It is shared by the whole account.
    pub free_tier: bool,
}

#[derive(Clone, Copy, Debug)]
pub struct Provisioned {
    /// Concurrency times memory times the time it was kept.
    pub configured: Quantity<GbSecond>,
    /// Memory times billed duration of what ran on it.
    pub duration: Quantity<GbSecond>,
}

/// GB-seconds of requests of the same billed duration.
#[must_use]
pub fn gb_seconds(
    memory_mib: u32,
    billed_ms: u64,
    requests: Quantity<Request>,
) -> Quantity<GbSecond> {
    let each: Quantity<GbSecond> = requests.each(u64::from(memory_mib), 1024);
    each.each(billed_ms, 1000)
}

/// GB-seconds of temporary storage beyond what is free.
#[must_use]
pub fn temp_gb_seconds(
    temp_mib: u32,
    billed_ms: u64,
    requests: Quantity<Request>,
) -> Quantity<GbSecond> {
    gb_seconds(temp_mib.saturating_sub(FREE_TEMP_MIB), billed_ms, requests)
}

/// The lines of a month.
///
/// # Errors
/// [`BillError`] where a price (or a tier's price) has no source, or the amount is beyond belief.
pub fn lambda(catalog: &Catalog, used: &LambdaUse) -> Result<Bill, BillError> {
    let none = |part: &str| missing(format!("Lambda {part}"), &catalog.region);
    let rates = catalog.lambda(used.architecture).ok_or_else(|| none("functions"))?;
    let suffix = match used.architecture {
        Architecture::X86 => "",
        Architecture::Arm => "-ARM",
    };
    let (free_seconds, free_requests) =
        if used.free_tier { (rates.free_gb_seconds, rates.free_requests) } else { (0, 0) };
    let mut lines =
        duration(rates, used.gb_seconds.saturating_sub(free_seconds), suffix, &catalog.region)?;
    let request = rates.request.as_ref().ok_or_else(|| none("requests"))?;
    let billable = used.requests.saturating_sub(free_requests);
    lines.push(line(&format!("Request{suffix}"), "Lambda requests".into(), billable, request)?);
    if !used.temp_gb_seconds.is_zero() {
        let price = rates.ephemeral.as_ref().ok_or_else(|| none("temporary storage"))?;
        let what = format!("Lambda temporary storage above {FREE_TEMP_MIB} MB");
        lines.push(line("Lambda-Storage-GB-Second", what, used.temp_gb_seconds, price)?);
    }
    if let Some(provisioned) = used.provisioned {
        let kept = rates.provisioned_concurrency.as_ref();
        let kept = kept.ok_or_else(|| none("provisioned concurrency"))?;
        let ran = rates.provisioned_duration.as_ref();
        let ran = ran.ok_or_else(|| none("provisioned duration"))?;
        let name = format!("Lambda-Provisioned-Concurrency{suffix}");
        lines.push(line(
            &name,
            "Lambda concurrency kept ready".into(),
            provisioned.configured,
            kept,
        )?);
        let name = format!("Lambda-Provisioned-GB-Second{suffix}");
        lines.push(line(&name, "Lambda duration on it".into(), provisioned.duration, ran)?);
    }
    Ok(Bill { lines })
}

/// One line a tier that is reached, at least one.
fn duration(
    rates: &LambdaRates,
    billable: Quantity<GbSecond>,
    suffix: &str,
    region: &str,
) -> Result<Vec<Line>, BillError> {
    let mut lines = Vec::new();
    let mut covered = false;
    for tier in &rates.duration {
        let rest = billable.saturating_sub(tier.from);
        let within = tier.to.map_or(rest, |to| rest.at_most_of(to - tier.from));
        if within.is_zero() && !lines.is_empty() {
            break;
        }
        let number = lines.len() + 1;
        let what = if number == 1 {
            "Lambda duration".into()
        } else {
            format!("Lambda duration, tier {number}")
        };
        lines.push(line(&format!("Lambda-GB-Second{suffix}"), what, within, &tier.price)?);
        covered = tier.to.is_none_or(|to| billable.at_most(to));
    }
    if covered { Ok(lines) } else { Err(missing("that much Lambda duration", region)) }
}
