//! Prices a task definition, or a size typed in.

mod file;
mod typed;

use super::options::{Format, Global};
use super::{Done, output, usage};
use crate::bill::{self, BillError};
use crate::model::{Bill, Catalog, Platform, Size};
use crate::report::{bill_table, csv, json, markdown, text};
use crate::units::{Hour, Quantity};
use clap::Subcommand;
use std::path::PathBuf;

/// Price ECS task definitions, or a size typed in
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true, arg_required_else_help = true)]
pub(super) struct Args {
    #[command(subcommand)]
    typed: Option<Typed>,
    /// Task definitions as JSON, plain or as the API returns them
    files: Vec<PathBuf>,
    #[command(flatten)]
    run: Run,
    /// At Fargate Spot prices
    #[arg(long)]
    spot: bool,
}

#[derive(Subcommand)]
enum Typed {
    Fargate(typed::Fargate),
    Lambda(typed::Lambda),
    Ec2(typed::Ec2),
    Eks(typed::Eks),
}

/// How much of it runs: always, or so many runs of so many seconds.
#[derive(clap::Args)]
struct Run {
    /// How many run at the same time
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    count: u64,
    /// Runs in a month, instead of running always
    #[arg(long, requires = "run_seconds", value_parser = quantity, allow_negative_numbers = true)]
    runs: Option<Quantity<Hour>>,
    /// Seconds of one run; the shortest billed run is a minute, on Windows five
    #[arg(long, requires = "runs", value_parser = quantity, allow_negative_numbers = true)]
    run_seconds: Option<Quantity<Hour>>,
}

/// A decimal number. What it counts is the option's business; it becomes hours at last.
fn quantity(text: &str) -> Result<Quantity<Hour>, super::Usage> {
    Quantity::parse(text).map_err(|_| {
        super::Usage("a number of at most twelve decimals is expected, like 30.4167".to_owned())
    })
}

impl Run {
    /// Hours of one task in a month, over all of them.
    fn task_hours(&self, platform: Platform, global: &Global) -> Quantity<Hour> {
        match (self.runs, self.run_seconds) {
            (Some(runs), Some(seconds)) => {
                let shortest = u128::from(bill::shortest_billed_run(platform));
                let billed = u64::try_from(seconds.ceil().max(shortest)).unwrap_or(u64::MAX);
                runs.each::<Hour>(billed, 3_600).each(self.count, 1)
            }
            _ => Quantity::<Hour>::whole(u64::from(global.month_hours)).each(self.count, 1),
        }
    }

    /// As people say it.
    fn words(&self, global: &Global) -> String {
        let count = if self.count == 1 { String::new() } else { format!("{} x ", self.count) };
        match (self.runs, self.run_seconds) {
            (Some(runs), Some(seconds)) => format!("{count}{runs} runs of {seconds} s a month"),
            _ => format!("{count}{} hours a month", global.month_hours),
        }
    }
}

pub(super) fn run(args: &Args, global: &Global) -> anyhow::Result<Done> {
    match &args.typed {
        Some(Typed::Fargate(fargate)) => fargate.run(global),
        Some(Typed::Lambda(lambda)) => lambda.run(global),
        Some(Typed::Ec2(ec2)) => ec2.run(global),
        Some(Typed::Eks(eks)) => eks.run(global),
        None if args.files.is_empty() => {
            Err(usage("a file, or one of fargate, lambda, ec2, eks is expected"))
        }
        None => file::run(&args.files, &args.run, args.spot, global),
    }
}

/// Refuses a size that Fargate does not sell, naming the nearest that it does.
fn valid_size(catalog: &Catalog, platform: Platform, size: Size) -> anyhow::Result<()> {
    if catalog.sells(platform, size) {
        return Ok(());
    }
    let near: Vec<String> =
        catalog.nearest_sizes(platform, size).into_iter().map(Size::short).collect();
    Err(usage(format!(
        "Fargate on {} has no size {}; the nearest are {}",
        platform.name(),
        size.short(),
        near.join(", ")
    )))
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn price_error(error: BillError) -> anyhow::Error {
    match error {
        BillError::PriceMissing { .. } => {
            anyhow::anyhow!("PRICE_MISSING: {error}; unknown is not zero")
        }
        BillError::TooLarge(_) => usage(error.to_string()),
    }
}

/// Prints bills, each with what it is of.
fn print(all: &[(String, Bill)], catalog: &Catalog, global: &Global) -> anyhow::Result<()> {
    let mut out = String::new();
    match global.format {
        Format::Json => match all {
            [(what, bill)] => out = json::bill(what, &catalog.region, bill),
            all => out = json::bills(all, &catalog.region),
        },
        Format::Csv => {
            for (number, (_, bill)) in all.iter().enumerate() {
                let drawn = csv::draw(&bill_table(bill))?;
                let header = drawn.find('\n').map_or(0, |at| at + 1);
                out.push_str(if number == 0 { &drawn } else { &drawn[header..] });
            }
        }
        Format::Table | Format::Markdown => {
            for (number, (what, bill)) in all.iter().enumerate() {
                if number > 0 {
                    out.push('\n');
                }
                let region = &catalog.region;
                let (from, to) = bill.price_dates().unwrap_or_default();
                let dates = if from == to { from.to_owned() } else { format!("{from} to {to}") };
                out.extend([what, ", ", region, ", prices of ", &dates, "\n\n"]);
                let table = bill_table(bill);
                out.push_str(&match global.format {
                    Format::Table => text::draw(&table, output::screen(global)),
                    _ => markdown::draw(&table),
                });
            }
        }
    }
    Ok(output::print(&out)?)
}
