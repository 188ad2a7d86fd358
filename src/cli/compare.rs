//! Every workload in every home: the ledger.

use super::fleet::ClusterOptions;
use super::options::{Format, Global, Instances, Sizing};
use super::{Done, load, output, usage};
use crate::advise::compare::{self, Around, Balancers, Spot};
use crate::advise::fleet::Effort;
use crate::fit::Fitter;
use crate::model::ledger::{Ledger, Row};
use crate::model::{Code, World};
use crate::report::ledger_tables::{
    Moving, ledger_lines, ledger_table, made_of_lines, refused, row_lines, row_table, totals_table,
};
use crate::report::{Table, csv, ledger_json, markdown, text};
use clap::ValueEnum;
use std::path::PathBuf;

/// Price every workload in every home: Fargate, ECS, EKS, Lambda, docker-compose, Beanstalk
///
/// Each with what that home brings along, or a coded reason why it cannot live there; and what
/// the whole estate would cost in each. Without STORE it compares the sample estate.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Directory that `loadline import` or `loadline pull` wrote
    store: Option<PathBuf>,
    /// One workload: every home with its parts or its reason, and a verdict in words
    #[arg(long, value_name = "WORKLOAD")]
    workload: Option<String>,
    /// What the fleets would cost without each workload
    #[arg(long)]
    marginal: bool,
    /// End with code 4 where a price is not known
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    around: AroundOptions,
    #[command(flatten)]
    cluster: ClusterOptions,
    #[command(flatten)]
    sizing: Sizing,
    #[command(flatten)]
    instances: Instances,
}

#[derive(clap::Args)]
#[command(next_help_heading = "Around")]
struct AroundOptions {
    /// Percent of the tasks that are wanted on Fargate Spot
    #[arg(long, value_name = "PERCENT", default_value_t = 100, value_parser = percent())]
    spot_share: u32,
    /// Percent of the time in which Spot has no room, and tasks run on demand
    #[arg(long, value_name = "PERCENT", default_value_t = 10, value_parser = percent())]
    spot_fallback: u32,
    /// Percent of the work that is done again after an interruption
    #[arg(long, value_name = "PERCENT", default_value_t = 2, value_parser = percent())]
    spot_rework: u32,
    /// Load balancers of services that speak HTTP
    #[arg(long, value_enum, default_value = "shared")]
    load_balancers: BalancersArg,
    /// No public IPv4 addresses
    #[arg(long)]
    no_public_ipv4: bool,
    /// Hours that moving a workload takes, for the verdict
    #[arg(long, value_name = "HOURS", requires = "hourly_rate")]
    move_hours: Option<u32>,
    /// Dollars that an hour of the team costs
    #[arg(long, value_name = "DOLLARS", requires = "move_hours")]
    hourly_rate: Option<u32>,
}

fn percent() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(0..=100)
}

#[derive(Clone, Copy, ValueEnum)]
enum BalancersArg {
    /// One for each environment
    Shared,
    /// One for each service
    Each,
    None,
}

pub(super) fn run(args: &Args, global: &Global) -> anyhow::Result<Done> {
    let loaded = load::load(args.store.as_deref(), global)?;
    let catalog = load::only_catalog(&loaded, global)?;
    let estate = load::estate(&loaded, &args.sizing, &args.instances, global)?;
    let seen = load::instances(args.store.as_deref())?;
    let wanted = args.cluster.wanted(World::Ec2, &args.instances, &seen, false, global);
    let fitter = Fitter::new(&catalog, args.instances.node());
    let options = &args.around;
    let around = Around {
        spot: Spot {
            share: options.spot_share,
            fallback: options.spot_fallback,
            rework: options.spot_rework,
        },
        balancers: match options.load_balancers {
            BalancersArg::Shared => Balancers::Shared,
            BalancersArg::Each => Balancers::Each,
            BalancersArg::None => Balancers::None,
        },
        public_addresses: !options.no_public_ipv4,
        marginal: args.marginal,
    };
    let effort = Effort { quick: true, seed: 0, rounds: 0, clock: &|_| Box::new(|| 0.0) };
    let ledger = compare::ledger(&estate.advices, &fitter, &wanted, around, &effort);
    let heading = load::fleet_heading(&estate, &catalog);
    match &args.workload {
        Some(id) => {
            let row = ledger.rows.iter().find(|row| row.workload == *id);
            let row = row.ok_or_else(|| {
                usage(format!("there is no workload {id:?}; loadline analyze lists them"))
            })?;
            let moving = options.move_hours.zip(options.hourly_rate);
            let moving = moving.map(|(hours, usd_an_hour)| Moving { hours, usd_an_hour });
            let alone = Ledger { rows: vec![row.clone()], totals: Vec::new(), ..ledger.clone() };
            let mut lines = row_lines(row, moving);
            lines.extend(made_of_lines(row));
            show(&[row_table(row)], &lines, &alone, &heading, global)?;
        }
        None => {
            let tables = [totals_table(&ledger), ledger_table(&ledger)];
            show(&tables, &ledger_lines(&ledger), &ledger, &heading, global)?;
        }
    }
    let incomplete = args.strict && ledger.rows.iter().any(lacks_a_price);
    Ok(if incomplete { Done::Incomplete } else { Done::Well })
}

/// The last table is the one that programs want.
fn show(
    tables: &[Table],
    lines: &[String],
    ledger: &Ledger,
    heading: &[String],
    global: &Global,
) -> anyhow::Result<()> {
    match global.format {
        Format::Json => output::print(&ledger_json::ledger(ledger))?,
        Format::Csv => {
            output::note(&heading.join("\n"), global);
            let table = tables.last().expect("there is a table");
            output::print(&csv::draw(table)?)?;
        }
        Format::Markdown => {
            let mut out = heading.join("\n\n");
            for table in tables {
                out.push_str("\n\n");
                out.push_str(&markdown::draw(table));
            }
            out.push('\n');
            out.push_str(&lines.join("\n\n"));
            out.push('\n');
            output::print(&out)?;
        }
        Format::Table => {
            let screen = output::screen(global);
            let mut out = String::new();
            for line in heading {
                out.push_str(&output::wrapped(line, screen.width, ""));
            }
            for table in tables {
                out.push('\n');
                out.push_str(&text::draw(table, screen));
            }
            out.push('\n');
            for line in lines {
                out.push_str(&output::wrapped(line, screen.width, ""));
            }
            output::print(&out)?;
        }
    }
    Ok(())
}

fn lacks_a_price(row: &Row) -> bool {
    row.homes.iter().any(|(_, entry)| refused(entry) == Some(Code::PriceMissing))
}
