//! Live prices on disk: `prices.csv` and `savings_plans.csv` in a directory.

use crate::model::{PriceRow, Service};
use crate::pull::SavingsRate;
use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;

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
        let price: Result<crate::units::UsdPerHour, _> = line.usd.parse();
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
