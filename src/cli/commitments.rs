//! What is committed to AWS, from a file.

use crate::advise::replay::commitments::{ANY_ZONE, LINUX};
use crate::bill::commitment::{Plan, PlanKind, Reserved};
use crate::model::{Payment, Terms};
use crate::units::UsdPerHour;
use anyhow::Context;
use serde::Deserialize;
use std::path::Path;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    savings_plans: Vec<PlanEntry>,
    #[serde(default)]
    reserved_instances: Vec<ReservedEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanEntry {
    /// `compute` or `ec2-instance`.
    kind: String,
    /// Dollars that are committed for an hour.
    usd_an_hour: String,
    years: u32,
    /// `no-upfront`, `partial-upfront`, `all-upfront`.
    payment: String,
    /// Of an `ec2-instance` plan.
    family: Option<String>,
    region: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReservedEntry {
    instance_type: String,
    count: u32,
    /// Of one, with its share of what was paid upfront.
    usd_an_hour: String,
    region: String,
    /// For its type in one zone alone.
    #[serde(default)]
    zonal: bool,
}

pub(super) struct Held {
    pub reserved: Vec<Reserved>,
    pub plans: Vec<(Plan, Terms)>,
}

/// Reads `savings_plans` and `reserved_instances`.
pub(super) fn read(path: &Path) -> anyhow::Result<Held> {
    let name = path.display();
    let text = std::fs::read_to_string(path).with_context(|| format!("--commitments {name}"))?;
    let file: File = toml::from_str(&text).map_err(|error| {
        let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
        super::usage(format!("--commitments {name}, line {line}: {}", error.message()))
    })?;
    let wrong = |what: String| super::usage(format!("--commitments {name}: {what}"));
    let mut held = Held { reserved: Vec::new(), plans: Vec::new() };
    for (number, one) in file.savings_plans.into_iter().enumerate() {
        let at = |what: &str| wrong(format!("savings_plans, number {}: {what}", number + 1));
        let payment = Payment::from_name(&one.payment);
        let payment =
            payment.ok_or_else(|| at("payment is no-upfront, partial-upfront or all-upfront"))?;
        if !matches!(one.years, 1 | 3) {
            return Err(at("years are 1 or 3"));
        }
        let kind = match (one.kind.as_str(), one.family, one.region) {
            ("compute", None, None) => PlanKind::Compute,
            ("compute", ..) => return Err(at("a compute plan has neither family nor region")),
            ("ec2-instance", Some(family), Some(region)) => PlanKind::Ec2 { family, region },
            ("ec2-instance", ..) => {
                return Err(at("an ec2-instance plan has a family and a region"));
            }
            _ => return Err(at("kind is compute or ec2-instance")),
        };
        let hourly = u128::from(dollars(&one.usd_an_hour).map_err(|why| at(&why))?);
        held.plans.push((Plan { kind, hourly }, Terms { years: one.years, payment }));
    }
    for (number, one) in file.reserved_instances.into_iter().enumerate() {
        let at = |what: &str| wrong(format!("reserved_instances, number {}: {what}", number + 1));
        if !one.instance_type.contains('.') {
            return Err(at("instance_type is one like m5.large"));
        }
        if one.count == 0 || one.count > 1_000_000 {
            return Err(at("count is from 1 to a million"));
        }
        held.reserved.push(Reserved {
            hourly: dollars(&one.usd_an_hour).map_err(|why| at(&why))?,
            instance_type: one.instance_type,
            count: one.count,
            region: one.region,
            platform: LINUX.to_owned(),
            zone: one.zonal.then(|| ANY_ZONE.to_owned()),
        });
    }
    Ok(held)
}

/// Pico-dollars an hour, no more than anybody commits.
fn dollars(text: &str) -> Result<u64, String> {
    let price: Result<UsdPerHour, _> = text.parse();
    let pico = price.map_err(|error| format!("usd_an_hour: {error}"))?.as_pico();
    if pico > 1_000_000_000_000_000_000 {
        return Err("usd_an_hour is more than a million dollars".to_owned());
    }
    Ok(pico)
}
