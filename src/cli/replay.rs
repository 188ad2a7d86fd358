//! A store's window played again: what each hour would have cost elsewhere.

use super::around::Surroundings;
use super::fleet::ClusterOptions;
use super::options::{Functions, Global, Instances, Sizing};
use super::{Done, commitments, load, options, output, usage};
use crate::advise::fleet::Effort;
use crate::advise::replay::billed;
use crate::advise::replay::commitments::Contract;
use crate::advise::replay::{Asked, Player, Window, assumptions};
use crate::bill::commitment::PlanKind;
use crate::fit::Fitter;
use crate::model::{
    BillTold, Billed, Catalog, Code, Estate, Finding, Instance, Payment, PlanType, Profile, Replay,
    Scene, Terms, World,
};
use crate::report::bill_tables::bill_table;
use crate::report::replay_chart::Hours;
use crate::report::replay_json;
use crate::report::replay_tables::{
    commitments_table, hours_table, replay_lines, row_table, scenes_table, workloads_table,
};
use anyhow::Context;
use clap::ValueEnum;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Play the hours of a store again: what they would have cost, and what would have fallen short
///
/// Hour by hour, and within it reading by reading: as it ran, on Fargate with the recommended
/// sizes, on EC2 instances, as functions. Tasks are paid by the second, jobs by the run, functions
/// by the request, instances from their launch. Without STORE it plays the sample estate.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Directory that `loadline import` or `loadline pull` wrote
    store: Option<PathBuf>,
    /// What is played: all, or some of current (as it ran), fargate (with the recommended sizes),
    /// fargate-arm, fargate-spot, ec2 (ECS, a capacity provider brings and takes instances away),
    /// ec2-fixed (the fleet's plan, all the time), managed-instances, eks-ec2, eks-auto-mode,
    /// eks-fargate, lambda, lambda-managed-instances, compose-one-host, compose-two-hosts, beanstalk-single,
    /// beanstalk-balanced, beanstalk-ecs
    #[arg(long, value_parser = scenes, value_delimiter = ',', default_value = "all")]
    scenes: Vec<Vec<Scene>>,
    /// One workload in every scene
    #[arg(long, value_name = "WORKLOAD", conflicts_with = "hourly")]
    workload: Option<String>,
    /// Every hour of every scene in place of the totals
    #[arg(long)]
    hourly: bool,
    /// Draw dollars, tasks and instances hour by hour: FILE.svg or FILE.png
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
    /// What AWS billed for the window, in dollars: the difference is told
    #[arg(long, value_name = "DOLLARS", value_parser = dollars, conflicts_with = "bill")]
    billed: Option<i128>,
    /// AWS's bill, line by line, to hold the scene current against: FOCUS or Cost and Usage Report
    /// as exported, CSV (.gz too) or Parquet, or a directory of them; may be given several times
    #[arg(long, value_name = "FILE", conflicts_with_all = ["hourly", "workload"])]
    bill: Vec<PathBuf>,
    /// Under which policy services that scale by themselves are played with their new sizes
    #[arg(long, value_enum, default_value = "recommended")]
    policies: Policies,
    /// Seconds from its launch until an instance takes tasks
    #[arg(long, value_name = "SECONDS", default_value_t = 180, value_parser = clap::value_parser!(u32).range(0..=3_600))]
    instance_start: u32,
    #[command(flatten)]
    surroundings: Surroundings,
    #[command(flatten)]
    contract: ContractOptions,
    /// End with code 4 where a workload or a scene has no price
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    cluster: ClusterOptions,
    #[command(flatten)]
    sizing: Sizing,
    #[command(flatten)]
    instances: Instances,
    #[command(flatten)]
    functions: Functions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Policies {
    /// Size, number and target together, as loadline analyze says
    Recommended,
    /// Their own: target tracking, step scaling, scheduled actions
    Own,
}

#[derive(clap::Args)]
#[command(next_help_heading = "Commitments")]
struct ContractOptions {
    /// Savings Plans and Reserved Instances that are held: a TOML file (docs/replay.md), or none;
    /// without it those that `loadline pull --commitments` left in the store
    #[arg(long, value_name = "FILE|none")]
    commitments: Option<PathBuf>,
    /// Percent that a private contract takes off everything but commitments
    #[arg(long, value_name = "PERCENT", value_parser = hundredths)]
    discount: Option<u32>,
    /// Look for the Savings Plan with which each scene costs the least
    #[arg(long)]
    best_plan: bool,
    /// Its kind: compute, or ec2-instance (of the family with which the most is saved)
    #[arg(
        long,
        value_name = "KIND",
        default_value = "compute",
        requires = "best_plan",
        value_parser = plan_kind
    )]
    plan_kind: PlanType,
    /// Years of that plan
    #[arg(long, default_value_t = 1, requires = "best_plan", value_parser = years)]
    plan_years: u32,
    /// How that plan is paid: no-upfront, partial-upfront or all-upfront
    #[arg(
        long,
        value_name = "HOW",
        default_value = "no-upfront",
        requires = "best_plan",
        value_parser = payment
    )]
    plan_payment: Payment,
}

fn plan_kind(text: &str) -> Result<PlanType, String> {
    let names = || PlanType::ALL.map(PlanType::name).join(", ");
    let found = PlanType::ALL.into_iter().find(|kind| kind.name() == text);
    found.ok_or_else(|| format!("expected are {}", names()))
}

fn payment(text: &str) -> Result<Payment, String> {
    let names = || Payment::ALL.map(Payment::name).join(", ");
    Payment::from_name(text).ok_or_else(|| format!("expected are {}", names()))
}

fn years(text: &str) -> Result<u32, String> {
    match text {
        "1" => Ok(1),
        "3" => Ok(3),
        _ => Err("1 or 3 years are expected".to_owned()),
    }
}

/// `12.5` percent are 1250.
fn hundredths(text: &str) -> Result<u32, String> {
    let wrong = || "a percentage from 0 to 100 with at most two decimals is expected".to_owned();
    let all = options::decimal(text, 2).and_then(|all| u32::try_from(all).ok());
    all.filter(|all| *all <= 10_000).ok_or_else(wrong)
}

impl ContractOptions {
    fn contract(&self, store: Option<&Path>, global: &Global) -> anyhow::Result<Contract> {
        let pulled = store.map(commitments::in_store).filter(|path| path.exists());
        let path = self.commitments.clone().or(pulled).filter(|path| path.as_os_str() != "none");
        let held = path.as_deref().map(commitments::read).transpose()?.unwrap_or_default();
        let missing = held
            .missing
            .iter()
            .map(|why| Finding::new(Code::PullPartMissing, why.clone()).about("commitments"));
        super::import::tell(&missing.collect::<Vec<_>>(), global);
        let (reserved, plans) = commitments::applied(&held);
        let terms = Terms { years: self.plan_years, payment: self.plan_payment };
        Ok(Contract {
            reserved,
            plans,
            unknown: held.missing.len(),
            discount: self.discount.unwrap_or(0),
            best: self.best_plan.then_some((self.plan_kind, terms)),
        })
    }
}

/// `all`, or a scene's name.
fn scenes(text: &str) -> Result<Vec<Scene>, String> {
    if text == "all" {
        return Ok(Scene::ALL.to_vec());
    }
    let found = Scene::ALL.into_iter().find(|scene| scene.name() == text);
    found.map(|scene| vec![scene]).ok_or_else(|| {
        let names = Scene::ALL.map(Scene::name).join(", ");
        format!("there is no scene {text:?}; there are all, {names}")
    })
}

/// In pico-dollars.
fn dollars(text: &str) -> Result<i128, String> {
    let wrong = || "an amount in dollars is expected, like 1234.56".to_owned();
    options::decimal(text, 12).filter(|_| text.len() <= 25).ok_or_else(wrong)
}

/// So many readings are held at once.
const READINGS_AT_ONCE: u64 = 20_000_000;

pub(super) fn run(args: &Args, global: &Global) -> anyhow::Result<Done> {
    if let Some(chart) = &args.chart {
        super::fleet::chart_kind(chart)?;
    }
    let scenes: BTreeSet<Scene> = args.scenes.iter().flatten().copied().collect();
    let billed = args.billed.is_some() || !args.bill.is_empty();
    if billed && !scenes.contains(&Scene::Current) {
        return Err(usage("a bill is held against the scene current: add it to --scenes"));
    }
    let loaded = load::load(args.store.as_deref(), global)?;
    let catalog = load::only_catalog(&loaded, global)?;
    let estate =
        load::estate(&loaded, &args.sizing, (&args.instances, args.functions.rules()), global)?;
    if let Some(id) = &args.workload
        && !estate.advices.iter().any(|one| one.workload.id == *id)
    {
        let message = format!("there is no workload {id:?}; loadline analyze lists them");
        return Err(usage(message));
    }
    let seen = load::instances(args.store.as_deref())?;
    let replay = play(args, global, &loaded, &estate, &catalog, (&scenes, &seen))?;
    let mut heading = load::fleet_heading(&estate, &catalog);
    heading.truncate(1);
    let (region, (from, to)) = (&catalog.region, &catalog.as_of);
    heading.push(format!("On demand in {region}, prices read {from} to {to}."));
    show(args, &replay, &heading, global)?;
    if let Some(chart) = &args.chart {
        let title = format!("{}: hour by hour", estate.source);
        super::fleet::picture(&Hours::of(&replay, title), chart, global)?;
    }
    let incomplete = |scene: &Result<crate::model::SceneReplay, _>| {
        scene.as_ref().map_or(true, |scene| scene.unknown().next().is_some())
    };
    let incomplete = args.strict && replay.scenes.iter().any(incomplete);
    Ok(if incomplete { Done::Incomplete } else { Done::Well })
}

fn play(
    args: &Args,
    global: &Global,
    loaded: &load::Loaded,
    estate: &Estate,
    catalog: &Catalog,
    (scenes, seen): (&BTreeSet<Scene>, &[Instance]),
) -> anyhow::Result<Replay> {
    let settings = options::settings(&args.sizing, &args.instances, global, loaded.window_seconds);
    let Some(window) = Window::of(loaded.profiles.values()) else {
        return Err(usage(format!("{}: there are no readings to play", estate.source)));
    };
    let wanted = args.cluster.wanted(World::Ec2, &args.instances, seen, false, global);
    let here: Vec<Instance> =
        seen.iter().filter(|one| one.region == catalog.region).cloned().collect();
    let scenes: Vec<Scene> = scenes.iter().copied().collect();
    let contract = args.contract.contract(args.store.as_deref(), global)?;
    let around = args.surroundings.around();
    warn_of_regions(&contract, &catalog.region, global);
    let asked = Asked {
        scenes: &scenes,
        wanted: &wanted,
        instance_start_seconds: args.instance_start,
        instances: &here,
        contract: &contract,
        own_policies: args.policies == Policies::Own,
        around: &around,
    };
    let bill = (!args.bill.is_empty()).then(|| bill(args, estate, &asked, (catalog, global)));
    let bill = bill.transpose()?;
    let fitter = Fitter::new(catalog, settings.node).with_functions(args.functions.rules());
    let effort = Effort::brief();
    let mut player =
        Player::new(&estate.advices, &fitter, &settings, &asked, window.clone(), &effort);
    let nothing = Profile::default();
    let mut left = estate.advices.as_slice();
    while !left.is_empty() {
        let mut held = 0;
        let fits = |advice: &&crate::model::Advice| {
            held += advice.observed.readings;
            held <= READINGS_AT_ONCE
        };
        let count = left.iter().take_while(fits).count().max(1);
        let (now, later) = left.split_at(count);
        let ids: BTreeSet<&str> = now.iter().map(|one| one.workload.id.as_str()).collect();
        let samples = load::samples_of(args.store.as_deref(), &ids)?;
        for advice in now {
            let id = &advice.workload.id;
            let profile = loaded.profiles.get(id).unwrap_or(&nothing);
            player.play(advice, profile, samples.get(id).map_or(&[][..], Vec::as_slice));
        }
        left = later;
    }
    let scenes = player.finish();
    let current = scenes.iter().flatten().find(|scene| scene.scene == Scene::Current);
    let lines = bill.zip(current).map(|((bill, whose), current)| {
        BillTold::Lines(Box::new(billed::reconciled(&bill, current, &window, &whose)))
    });
    Ok(Replay {
        region: catalog.region.clone(),
        month_hours: global.month_hours,
        first_hour: window.first_hour,
        hours: window.hours(),
        live_seconds: window.live_seconds(),
        scenes,
        billed: lines.or(args.billed.map(BillTold::Typed)),
        assumptions: assumptions(&asked),
    })
}

/// The lines of the bill, and whose they are.
fn bill(
    args: &Args,
    estate: &Estate,
    asked: &Asked<'_>,
    (catalog, global): (&Catalog, &Global),
) -> anyhow::Result<(Billed, billed::Estate)> {
    let workloads = estate.advices.iter().map(|one| &one.workload);
    let whose = billed::Estate::of(workloads, asked, catalog);
    let (bill, twice) = super::bill::read(&args.bill, &whose).context("--bill")?;
    if let Some(twice) = twice {
        output::note(&twice, global);
    }
    Ok((bill, whose))
}

/// What is held elsewhere is stranded as far as this estate goes, and may well be used there.
fn warn_of_regions(contract: &Contract, region: &str, global: &Global) {
    let plans = contract.plans.iter().filter_map(|(plan, _)| match &plan.kind {
        PlanKind::Ec2 { region, .. } => Some(region),
        PlanKind::Compute => None,
    });
    let reserved = contract.reserved.iter().map(|one| &one.region);
    let others: BTreeSet<&str> =
        plans.chain(reserved).map(String::as_str).filter(|one| *one != region).collect();
    if !others.is_empty() {
        let others: Vec<&str> = others.into_iter().collect();
        output::note(
            &format!(
                "--commitments: nothing here runs in {}: what is held for there counts as stranded",
                others.join(", ")
            ),
            global,
        );
    }
}

fn show(args: &Args, replay: &Replay, heading: &[String], global: &Global) -> anyhow::Result<()> {
    let (tables, lines) = match &args.workload {
        _ if args.hourly => (vec![hours_table(replay)], Vec::new()),
        Some(id) => (vec![row_table(replay, id)], replay_lines(replay)),
        None => {
            let mut all = vec![scenes_table(replay)];
            all.extend(commitments_table(replay));
            all.extend(bill_table(replay));
            all.push(workloads_table(replay));
            (all, replay_lines(replay))
        }
    };
    // Under commitments their table says all that the first one does of money; who brings a bill
    // asks for it.
    let csv = if args.bill.is_empty() {
        usize::from(tables.len() > 1 && commitments_table(replay).is_some())
    } else {
        tables.len().saturating_sub(2)
    };
    let json = || replay_json::replay(replay);
    let (tables, lines) = (&tables, &lines);
    output::Answer { heading, tables, lines, csv: &tables[csv], json: &json }.print(global)
}
