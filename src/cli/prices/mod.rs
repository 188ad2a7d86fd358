//! The price book, its dates and sources; and prices live from AWS.

mod check;
mod file;
mod live;
mod update;

use super::options::{self, Global};
use super::{Done, output, usage};
use crate::model::Service;
use crate::report::price_table;
use clap::{Subcommand, ValueEnum};

pub(super) use file::{read, read_plan_rates};

/// The price book: show it, renew it from AWS, compare it with AWS
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Show(Show),
    Update(update::Args),
    Check(check::Args),
}

/// Print prices with date, source and confidence; --region all for every region
#[derive(clap::Args)]
struct Show {
    /// Whose prices
    #[arg(long, value_enum)]
    service: Option<ServiceArg>,
    /// Only items with this in their name: m7g.large, vcpu
    #[arg(long)]
    item: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ServiceArg {
    Fargate,
    Ec2,
    Lambda,
    Surroundings,
}

impl From<ServiceArg> for Service {
    fn from(service: ServiceArg) -> Self {
        match service {
            ServiceArg::Fargate => Service::Fargate,
            ServiceArg::Ec2 => Service::Ec2,
            ServiceArg::Lambda => Service::Lambda,
            ServiceArg::Surroundings => Service::Surroundings,
        }
    }
}

pub(super) fn run(args: &Args, global: &Global) -> anyhow::Result<Done> {
    match &args.command {
        Command::Show(show) => show.run(global),
        Command::Update(args) => update::run(args, global),
        Command::Check(args) => check::run(args, global),
    }
}

impl Show {
    fn run(&self, global: &Global) -> anyhow::Result<Done> {
        let (service, item) = (self.service, self.item.as_ref());
        let region = (global.region() != "all").then_some(global.region());
        let rows = options::book(global)?
            .rows(region, service.map(Service::from))
            .map_err(|error| usage(format!("--region: {error}")))?;
        let wanted = |name: &str| item.is_none_or(|item| name.contains(item.as_str()));
        let rows: Vec<[String; 8]> = rows
            .into_iter()
            .filter(|(_, row)| wanted(&row.item))
            .map(|(service, row)| {
                let tier = match (row.tier_from, row.tier_to) {
                    (None | Some(0), None) => String::new(),
                    (from, Some(to)) => format!(" {} to {to}", from.unwrap_or(0)),
                    (Some(from), None) => format!(" from {from}"),
                };
                [
                    row.region,
                    service.name().to_owned(),
                    row.item,
                    format!("{}{tier}", row.variant),
                    row.usd,
                    row.unit,
                    row.date,
                    format!("{} ({})", row.source, row.confidence),
                ]
            })
            .collect();
        if rows.is_empty() {
            return Err(usage("the price book has nothing of that; unknown is not zero"));
        }
        output::print_table(&price_table(rows), global)?;
        Ok(Done::Well)
    }
}
