//! Every workload in every home: the ledger.

use super::around::Surroundings;
use super::fleet::ClusterOptions;
use super::options::{self, Functions, Global, Instances, Sizing};
use super::{Done, load, output, usage};
use crate::advise::compare::{self, Around, Insights, Marginal, Watched};
use crate::advise::fleet::{Effort, Wanted};
use crate::fit::Fitter;
use crate::model::ledger::{BreakEven, Ledger, Row};
use crate::model::{Advice, Code, World};
use crate::report::ledger_tables::{
    break_even_lines, break_even_table, ledger_table, made_of_lines, refused, row_table,
    totals_table,
};
use crate::report::line_chart::Lines;
use crate::report::verdicts::{Moving, ledger_lines, row_lines};
use crate::report::{Table, ledger_json};
use crate::units::CpuUnits;
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
    /// What each workload adds to the fleets: shown with --workload, and in JSON
    #[arg(long)]
    marginal: bool,
    /// Where the cheapest home changes: tasks an instance, hours a day, requests, Spot, discounts
    #[arg(long)]
    break_even: bool,
    /// With --break-even, draw what a task costs: FILE.svg or FILE.png
    #[arg(long, value_name = "FILE", requires = "break_even")]
    chart: Option<PathBuf>,
    /// Over what that chart goes
    #[arg(long, value_enum, default_value = "memory", requires = "chart")]
    chart_over: Over,
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
    #[command(flatten)]
    functions: Functions,
}

#[derive(clap::Args)]
#[command(next_help_heading = "Around")]
struct AroundOptions {
    #[command(flatten)]
    surroundings: Surroundings,
    /// GB that a task sends through them in a month, where it has no public address
    #[arg(long, value_name = "GB", value_parser = thousandths)]
    nat_gb: Option<u32>,
    /// Subtract what an account has free of Lambda each month: for functions that there are first
    #[arg(long)]
    lambda_free_tier: bool,
    /// GB that a task writes to CloudWatch Logs in a month
    #[arg(long, value_name = "GB", value_parser = thousandths)]
    log_gb: Option<u32>,
    /// What CloudWatch's Container Insights watch
    #[arg(long, value_enum, default_value = "off")]
    container_insights: InsightsArg,
    /// Millions of observations of a pod on EKS in a month, where they watch
    #[arg(long, value_name = "MILLIONS", value_parser = thousandths)]
    eks_observations: Option<u32>,
    /// Hours that moving takes, of the estate or of the workload, for the verdict
    #[arg(long, value_name = "HOURS", requires = "hourly_rate")]
    move_hours: Option<u32>,
    /// Dollars that an hour of the team costs
    #[arg(long, value_name = "DOLLARS", requires = "move_hours")]
    hourly_rate: Option<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Over {
    /// Of one task: Fargate's line beside the steps of instances
    Memory,
    /// Of the instances: the estate beside Fargate, with --workload its part of one
    Utilization,
    /// A month, with --workload: Lambda beside Fargate
    Requests,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum InsightsArg {
    Off,
    /// Services and task families
    Standard,
    /// Tasks and containers too
    Enhanced,
}

/// `1.5` are 1,500.
fn thousandths(text: &str) -> Result<u32, String> {
    let wrong = || "a number up to a million with at most three decimals is expected".to_owned();
    let all = options::decimal(text, 3).and_then(|all| u32::try_from(all).ok());
    all.filter(|all| *all <= 1_000_000_000).ok_or_else(wrong)
}

pub(super) fn run(args: &Args, global: &Global) -> anyhow::Result<Done> {
    if let Some(chart) = &args.chart {
        super::fleet::chart_kind(chart)?;
    }
    let beside = &args.around;
    if beside.nat_gb.is_some() && beside.surroundings.nat_gateways == 0 {
        return Err(usage("--nat-gb: give the number of gateways with --nat-gateways"));
    }
    if beside.eks_observations.is_some() && beside.container_insights == InsightsArg::Off {
        return Err(usage("--eks-observations: say what watches with --container-insights"));
    }
    let loaded = load::load(args.store.as_deref(), global)?;
    let catalog = load::only_catalog(&loaded, global)?;
    let estate =
        load::estate(&loaded, &args.sizing, (&args.instances, args.functions.rules()), global)?;
    let seen = load::instances(args.store.as_deref())?;
    let wanted = args.cluster.wanted(World::Ec2, &args.instances, &seen, false, global);
    let fitter =
        Fitter::new(&catalog, args.instances.node()).with_functions(args.functions.rules());
    let options = &args.around;
    let around = Around {
        lambda_free_tier: options.lambda_free_tier,
        watched: Watched {
            log_milli_gb: options.log_gb.unwrap_or(0),
            nat_milli_gb: options.nat_gb.unwrap_or(0),
            insights: match options.container_insights {
                InsightsArg::Off => Insights::Off,
                InsightsArg::Standard => Insights::Standard,
                InsightsArg::Enhanced => Insights::Enhanced,
            },
            observations_milli: options.eks_observations,
        },
        marginal: match &args.workload {
            _ if !args.marginal => Marginal::None,
            Some(id) => Marginal::Of(id.clone()),
            None => Marginal::All,
        },
        ..options.surroundings.around()
    };
    let effort = Effort::brief();
    let ledger = compare::ledger(&estate.advices, &fitter, &wanted, &around, &effort);
    let heading = load::fleet_heading(&estate, &catalog);
    if args.break_even {
        let mut all =
            compare::break_evens(&estate.advices, &fitter, &wanted, &around, &ledger, &effort);
        if let Some(id) = &args.workload {
            row_of(&ledger, id)?;
            all.retain(|one| one.workload == *id);
        }
        if let Some(chart) = &args.chart {
            let lines =
                lines(args, &estate.advices, (&fitter, &wanted, &around), &ledger, &effort)?;
            super::fleet::picture(&lines, chart, global)?;
        }
        show_break_evens(&all, args.workload.is_none(), &heading, global)?;
        return Ok(Done::Well);
    }
    let moving = options.move_hours.zip(options.hourly_rate);
    let moving = moving.map(|(hours, usd_an_hour)| Moving { hours, usd_an_hour });
    if let Some(id) = &args.workload {
        let row = row_of(&ledger, id)?;
        let alone = Ledger { rows: vec![row.clone()], totals: Vec::new(), ..ledger.clone() };
        let mut lines = row_lines(row, moving);
        lines.extend(made_of_lines(row));
        show(&[row_table(row)], &lines, &alone, &heading, global)?;
    } else {
        let tables = [totals_table(&ledger), ledger_table(&ledger)];
        show(&tables, &ledger_lines(&ledger, moving), &ledger, &heading, global)?;
    }
    let incomplete = args.strict && ledger.rows.iter().any(lacks_a_price);
    Ok(if incomplete { Done::Incomplete } else { Done::Well })
}

fn row_of<'l>(ledger: &'l Ledger, id: &str) -> anyhow::Result<&'l Row> {
    let row = ledger.rows.iter().find(|row| row.workload == id);
    row.ok_or_else(|| usage(format!("there is no workload {id:?}; loadline analyze lists them")))
}

/// What is drawn.
fn lines(
    args: &Args,
    advices: &[Advice],
    (fitter, wanted, around): (&Fitter<'_>, &Wanted, &Around),
    ledger: &Ledger,
    effort: &Effort<'_>,
) -> anyhow::Result<Lines> {
    let region = &fitter.catalog().region;
    if args.chart_over == Over::Memory {
        let cpu = cpu_of(args, advices);
        let only = args.workload.as_ref();
        let marked = advices.iter().filter(|one| only.is_none_or(|id| one.workload.id == *id));
        let marked: Vec<Advice> = marked.cloned().collect();
        let by = compare::by_memory(&marked, fitter, wanted, around, cpu);
        let title = format!("One task with {cpu}, all month, in {region}");
        return Ok(Lines::by_memory(&by, title));
    }
    if args.chart_over == Over::Utilization && args.workload.is_none() {
        let curves =
            compare::estate_by_utilization(advices, fitter, wanted, around, ledger, effort);
        let why = "--chart-over: no workload can be both on Fargate and on instances";
        let curves = curves.ok_or_else(|| usage(why))?;
        return Ok(Lines::by_utilization(&curves, format!("The estate, a month, in {region}")));
    }
    let id = args.workload.as_deref();
    let id = id.ok_or_else(|| usage("--chart-over: name a workload with --workload"))?;
    let advice = advices.iter().find(|one| one.workload.id == id);
    let advice = advice.ok_or_else(|| usage(format!("there is no workload {id:?}")))?;
    let curves = match args.chart_over {
        Over::Utilization => compare::by_utilization(advice, fitter, wanted, around),
        _ => compare::by_requests(advice, advices, fitter, wanted, around, ledger),
    };
    let curves = curves.ok_or_else(|| {
        let what = match args.chart_over {
            Over::Utilization => "no instance and Fargate size hold it",
            _ => "it cannot be a function, or never costs the same as on Fargate",
        };
        usage(format!("--chart-over: there is nothing to draw of {id:?}: {what}"))
    })?;
    Ok(match args.chart_over {
        Over::Utilization => {
            let title = format!("A task of {id}, all month, in {region}");
            Lines::by_utilization(&curves, title)
        }
        _ => Lines::by_requests(&curves, format!("{id} over its requests, in {region}")),
    })
}

/// What the workload that was asked about needs, else a quarter of a vCPU.
fn cpu_of(args: &Args, advices: &[Advice]) -> CpuUnits {
    let asked = args.workload.as_ref();
    let advice = advices.iter().find(|one| Some(&one.workload.id) == asked);
    advice.and_then(|one| one.sizing.least).map_or(CpuUnits(256), |least| least.cpu)
}

fn show_break_evens(
    all: &[BreakEven],
    estate: bool,
    heading: &[String],
    global: &Global,
) -> anyhow::Result<()> {
    let note = "A task is held against an instance with a volume and an address alone, a service \
                against its share of the estate's fleet, the estate against all of that fleet, packed anew for \
                another number of tasks. Below the break-even the one is cheaper, above it the other; there \
                both cost the same to the cent. Tasks are whole: with so many the two pass each other, for the \
                first time from today on; with more they may again.";
    let mut lines = vec![note.to_owned()];
    lines.extend(estate.then(|| break_even_lines(all)).flatten());
    let tables = [break_even_table(all)];
    let json = || ledger_json::break_evens(all);
    let (tables, lines) = (&tables, &lines);
    output::Answer { heading, tables, lines, csv: &tables[0], json: &json }.print(global)
}

/// The last table is the one that programs want.
fn show(
    tables: &[Table],
    lines: &[String],
    ledger: &Ledger,
    heading: &[String],
    global: &Global,
) -> anyhow::Result<()> {
    let csv = tables.last().expect("there is a table");
    let json = || ledger_json::ledger(ledger);
    output::Answer { heading, tables, lines, csv, json: &json }.print(global)
}

fn lacks_a_price(row: &Row) -> bool {
    row.homes.iter().any(|(_, entry)| refused(entry) == Some(Code::PriceMissing))
}
