//! Live prices on disk: `prices.csv` and `savings_plans.csv` in a directory.

use crate::model::{Payment, PlanRate, PlanType, PriceRow, Provenance, Rated, Service, Terms};
use crate::pull::SavingsRate;
use crate::units::UsdPerHour;
use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;
use std::sync::Arc;

const PRICES: &str = "prices.csv";
const SAVINGS: &str = "savings_plans.csv";

/// A line of `prices.csv`.
#[derive(Serialize, Deserialize)]
struct Line {
    service: Service,
    region: String,
    item: String,
    variant: String,
    tier_from: Option<u64>,
    tier_to: Option<u64>,
    usd: String,
    unit: String,
    date: String,
    source: String,
    confidence: String,
    note: String,
}

impl Line {
    fn of((service, row): &(Service, PriceRow)) -> Self {
        let row = row.clone();
        Line {
            service: *service,
            region: row.region,
            item: row.item,
            variant: row.variant,
            tier_from: row.tier_from,
            tier_to: row.tier_to,
            usd: row.usd,
            unit: row.unit,
            date: row.date,
            source: row.source,
            confidence: row.confidence,
            note: row.note,
        }
    }

    fn into_row(self) -> (Service, PriceRow) {
        let row = PriceRow {
            region: self.region,
            item: self.item,
            variant: self.variant,
            tier_from: self.tier_from,
            tier_to: self.tier_to,
            usd: self.usd,
            unit: self.unit,
            date: self.date,
            source: self.source,
            confidence: self.confidence,
            note: self.note,
        };
        (self.service, row)
    }
}

/// The prices of a directory.
pub(in crate::cli) fn read(directory: &Path) -> anyhow::Result<Vec<(Service, PriceRow)>> {
    let path = directory.join(PRICES);
    let what = || format!("--prices: {}", path.display());
    let mut reader = ::csv::Reader::from_path(&path).with_context(what)?;
    let mut all = Vec::new();
    for line in reader.deserialize() {
        let line: Line = line.with_context(what)?;
        let price: Result<UsdPerHour, _> = line.usd.parse();
        if let Err(problem) = price {
            anyhow::bail!("{}, price {}: {problem}", what(), all.len() + 1);
        }
        all.push(line.into_row());
    }
    Ok(all)
}

/// The Savings Plans rates of a directory; none where there is no such file.
pub(super) fn read_savings(directory: &Path) -> anyhow::Result<Vec<SavingsRate>> {
    let path = directory.join(SAVINGS);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let what = || path.display().to_string();
    let mut reader = ::csv::Reader::from_path(&path).with_context(what)?;
    reader.deserialize().collect::<Result<_, _>>().with_context(what)
}

/// The same as rates, as far as they are of what is priced here: Linux, shared tenancy.
pub(in crate::cli) fn read_plan_rates(directory: &Path) -> anyhow::Result<Vec<PlanRate>> {
    let rate = |one: SavingsRate| {
        let plan = match one.plan_type.as_str() {
            "Compute" => PlanType::Compute,
            "EC2Instance" => PlanType::Ec2Instance,
            _ => return None,
        };
        let payment = Payment::from_name(&one.payment.to_lowercase().replace(' ', "-"))?;
        let rated = Rated::from_usage_type(&one.usage_type)?;
        let linux = one.description.is_empty() || one.description == "Linux/UNIX";
        if matches!(rated, Rated::Instance(_)) && !linux {
            return None;
        }
        let price: Result<UsdPerHour, _> = one.usd.parse();
        Some(price.map(|price| PlanRate {
            region: one.region,
            plan,
            terms: Terms { years: one.years, payment },
            rated,
            pico: price.as_pico(),
            provenance: Arc::new(Provenance {
                date: String::new(),
                source: "live".to_owned(),
                confidence: "high".to_owned(),
            }),
        }))
    };
    let rates: Result<Vec<PlanRate>, _> =
        read_savings(directory)?.into_iter().filter_map(rate).collect();
    rates.with_context(|| directory.join(SAVINGS).display().to_string())
}

/// Writes both, each complete or not at all.
pub(super) fn write(
    directory: &Path,
    rows: &[(Service, PriceRow)],
    savings: &[SavingsRate],
) -> anyhow::Result<()> {
    fs::create_dir_all(directory)
        .with_context(|| format!("cannot make {}", directory.display()))?;
    replace(directory, PRICES, rows.iter().map(Line::of))?;
    if !savings.is_empty() {
        replace(directory, SAVINGS, savings.iter())?;
    }
    Ok(())
}

fn replace(
    directory: &Path,
    name: &str,
    lines: impl Iterator<Item = impl Serialize>,
) -> anyhow::Result<()> {
    let path = directory.join(name);
    let aside = directory.join(format!("{name}.part"));
    let what = || format!("cannot write {}", path.display());
    let mut writer = ::csv::Writer::from_path(&aside).with_context(what)?;
    for line in lines {
        writer.serialize(line).with_context(what)?;
    }
    writer.flush().with_context(what)?;
    fs::rename(&aside, &path).with_context(what)
}
