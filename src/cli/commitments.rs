//! What is committed to AWS, in a file: one's own, or the one that a pull wrote into its store.

use crate::advise::replay::commitments::{ANY_ZONE, LINUX};
use crate::bill::commitment::{Plan, PlanKind, Reserved};
use crate::model::{Held, HeldInstances, HeldPlan, Payment, PlanType, Terms};
use crate::units::UsdPerHour;
use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// What is not among the rest, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    missing: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    savings_plans: Vec<PlanEntry>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    reserved_instances: Vec<ReservedEntry>,
}

#[derive(Deserialize, Serialize)]
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
    #[serde(skip_serializing_if = "Option::is_none")]
    family: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
}

#[derive(Deserialize, Serialize)]
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

/// Where a pull keeps them in its store.
pub(super) fn in_store(store: &Path) -> PathBuf {
    store.join("commitments.toml")
}

/// Reads `savings_plans` and `reserved_instances`.
pub(super) fn read(path: &Path) -> anyhow::Result<Held> {
    let name = path.display();
    let text = std::fs::read_to_string(path).with_context(|| format!("--commitments {name}"))?;
    let file: File = toml::from_str(&text).map_err(|error| {
        let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
        super::usage(format!("--commitments {name}, line {line}: {}", error.message()))
    })?;
    let wrong = |list: &str, number: usize, what: &str| {
        super::usage(format!("--commitments {name}: {list}, number {}: {what}", number + 1))
    };
    let mut held = Held { missing: file.missing, ..Held::default() };
    for (number, one) in file.savings_plans.into_iter().enumerate() {
        held.plans.push(plan(one).map_err(|why| wrong("savings_plans", number, &why))?);
    }
    for (number, one) in file.reserved_instances.into_iter().enumerate() {
        let read = reserved(one).map_err(|why| wrong("reserved_instances", number, &why));
        held.instances.push(read?);
    }
    Ok(held)
}

fn plan(one: PlanEntry) -> Result<HeldPlan, String> {
    let payment = Payment::from_name(&one.payment)
        .ok_or("payment is no-upfront, partial-upfront or all-upfront")?;
    if !matches!(one.years, 1 | 3) {
        return Err("years are 1 or 3".to_owned());
    }
    let plan = PlanType::from_name(&one.kind).ok_or("kind is compute or ec2-instance")?;
    let of = match (plan, one.family, one.region) {
        (PlanType::Compute, None, None) => None,
        (PlanType::Ec2Instance, Some(family), Some(region)) => Some((family, region)),
        (PlanType::Compute, ..) => {
            return Err("a compute plan has neither family nor region".to_owned());
        }
        (PlanType::Ec2Instance, ..) => {
            return Err("an ec2-instance plan has a family and a region".to_owned());
        }
    };
    let usd_an_hour = dollars(&one.usd_an_hour)?;
    Ok(HeldPlan { plan, usd_an_hour, terms: Terms { years: one.years, payment }, of })
}

fn reserved(one: ReservedEntry) -> Result<HeldInstances, String> {
    if !one.instance_type.contains('.') {
        return Err("instance_type is one like m5.large".to_owned());
    }
    if one.count == 0 || one.count > 1_000_000 {
        return Err("count is from 1 to a million".to_owned());
    }
    Ok(HeldInstances {
        usd_an_hour: dollars(&one.usd_an_hour)?,
        instance_type: one.instance_type,
        count: one.count,
        region: one.region,
        zonal: one.zonal,
    })
}

/// No more an hour than anybody commits.
fn dollars(text: &str) -> Result<UsdPerHour, String> {
    let price: UsdPerHour = text.parse().map_err(|error| format!("usd_an_hour: {error}"))?;
    if price.as_pico() > 1_000_000_000_000_000_000 {
        return Err("usd_an_hour is more than a million dollars".to_owned());
    }
    Ok(price)
}

/// Writes what [`read`] reads, in one rename.
pub(super) fn write(path: &Path, held: &Held) -> anyhow::Result<()> {
    let plan = |one: &HeldPlan| PlanEntry {
        kind: one.plan.name().to_owned(),
        usd_an_hour: one.usd_an_hour.to_string(),
        years: one.terms.years,
        payment: one.terms.payment.name().to_owned(),
        family: one.of.as_ref().map(|of| of.0.clone()),
        region: one.of.as_ref().map(|of| of.1.clone()),
    };
    let reserved = |one: &HeldInstances| ReservedEntry {
        instance_type: one.instance_type.clone(),
        count: one.count,
        usd_an_hour: one.usd_an_hour.to_string(),
        region: one.region.clone(),
        zonal: one.zonal,
    };
    let file = File {
        missing: held.missing.clone(),
        savings_plans: held.plans.iter().map(plan).collect(),
        reserved_instances: held.instances.iter().map(reserved).collect(),
    };
    let text = toml::to_string(&file)?;
    let next = path.with_extension("toml.next");
    let what = || format!("{}", path.display());
    std::fs::write(&next, text).with_context(what)?;
    std::fs::rename(&next, path).with_context(what)
}

/// As they are applied.
pub(super) fn applied(held: &Held) -> (Vec<Reserved>, Vec<(Plan, Terms)>) {
    let reserved = |one: &HeldInstances| Reserved {
        hourly: one.usd_an_hour.as_pico(),
        instance_type: one.instance_type.clone(),
        count: one.count,
        region: one.region.clone(),
        platform: LINUX.to_owned(),
        zone: one.zonal.then(|| ANY_ZONE.to_owned()),
    };
    let plan = |one: &HeldPlan| {
        let kind = match &one.of {
            None => PlanKind::Compute,
            Some((family, region)) => {
                PlanKind::Ec2 { family: family.clone(), region: region.clone() }
            }
        };
        (Plan { kind, hourly: one.usd_an_hour.as_pico().into() }, one.terms)
    };
    (held.instances.iter().map(reserved).collect(), held.plans.iter().map(plan).collect())
}
