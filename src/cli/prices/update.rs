//! Live prices into a directory.

use super::file;
use super::live::Live;
use crate::cli::options::Global;
use crate::cli::{Done, import, output};
use crate::model::{PriceRow, Service};
use crate::pull::SavingsRate;
use std::collections::HashSet;
use std::path::PathBuf;

/// Fetch list prices and Savings Plans rates from AWS
///
/// Prices that are there already stay, unless the same thing was asked for again.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Directory to write, for --prices of the other commands
    #[arg(long, default_value = "prices")]
    out: PathBuf,
    /// Leave Savings Plans rates out
    #[arg(long)]
    no_savings_plans: bool,
    /// End with code 4 where anything is missing
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    live: Live,
}

pub(super) fn run(args: &Args, global: &Global) -> anyhow::Result<Done> {
    let live = args.live.ask(!args.no_savings_plans, global)?;
    import::tell(&live.findings, global);
    if live.rows.is_empty() && live.savings.is_empty() {
        anyhow::bail!("no price came; nothing was written");
    }
    let there = args.out.join("prices.csv").exists();
    let before = if there { file::read(&args.out)? } else { Vec::new() };
    let (came, rates) = (live.rows.len(), live.savings.len());
    let rows = merged(before, live.rows);
    let savings = merged_savings(file::read_savings(&args.out)?, &live.savings);
    file::write(&args.out, &rows, &savings)?;
    let out = args.out.display();
    output::note(
        &format!(
            "{out}: {came} prices and {rates} Savings Plans rates. Next: loadline analyze --prices {out}"
        ),
        global,
    );
    Ok(if args.strict && !live.findings.is_empty() { Done::Incomplete } else { Done::Well })
}

/// Newer rows in place of older ones of the same thing.
fn merged(
    before: Vec<(Service, PriceRow)>,
    came: Vec<(Service, PriceRow)>,
) -> Vec<(Service, PriceRow)> {
    let key = |(service, row): &(Service, PriceRow)| {
        (*service, row.region.clone(), row.item.clone(), row.variant.clone())
    };
    let new: HashSet<_> = came.iter().map(key).collect();
    let mut all: Vec<(Service, PriceRow)> =
        before.into_iter().filter(|row| !new.contains(&key(row))).collect();
    all.extend(came);
    all.sort_by_cached_key(|row| (key(row), row.1.tier_from));
    all
}

/// The rates of a region's product replace those there were of it.
fn merged_savings(before: Vec<SavingsRate>, came: &[SavingsRate]) -> Vec<SavingsRate> {
    let new: HashSet<(&str, &str)> =
        came.iter().map(|rate| (rate.region.as_str(), rate.product.as_str())).collect();
    let old = |rate: &SavingsRate| !new.contains(&(rate.region.as_str(), rate.product.as_str()));
    let mut all: Vec<SavingsRate> = before.into_iter().filter(old).collect();
    all.extend(came.iter().cloned());
    all.sort();
    all
}
