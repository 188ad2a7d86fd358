//! Instances for a whole cluster: which, how many, at what cost, and how near to the best.

use super::options::{Format, Global, Instances, Sizing};
use super::{Done, load, output, usage};
use crate::advise::fleet::{self, DeploymentRoom, Effort, Source, Wanted};
use crate::fit;
use crate::model::{Fleet, Instance, Severity, World};
use crate::report::fleet_chart::Fill;
use crate::report::fleet_tables::{
    fleet_findings, fleet_lines, placement_table, types_table, worlds_table,
};
use crate::report::risk_chart::Picture;
use crate::report::{csv, fleet_json, markdown, text};
use anyhow::Context;
use clap::ValueEnum;
use std::path::{Path, PathBuf};

/// Pack the services of a store onto instances: which types, how many, at what cost
///
/// With a bound that no packing can be cheaper than, every world side by side, and what each
/// constraint costs. Jobs and functions stay where they are. Without STORE it packs the sample
/// estate.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Directory that `loadline import` or `loadline pull` wrote
    store: Option<PathBuf>,
    /// What the cluster runs on
    #[arg(long, value_enum, default_value = "ec2")]
    on: On,
    /// Only services of this cluster
    #[arg(long)]
    cluster: Option<String>,
    /// Only services of this environment
    #[arg(long)]
    environment: Option<String>,
    /// Take today's sizes in place of the recommended ones
    #[arg(long)]
    current_sizes: bool,
    /// End with code 4 where not every service could be packed
    #[arg(long)]
    strict: bool,
    /// Draw how full the instances are: FILE.svg or FILE.png
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
    #[command(flatten)]
    cluster_options: ClusterOptions,
    #[command(flatten)]
    search: Search,
    #[command(flatten)]
    sizing: Sizing,
    #[command(flatten)]
    instances: Instances,
}

#[derive(clap::Args)]
#[command(next_help_heading = "Fleet")]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(super) struct ClusterOptions {
    /// Availability zones that tasks are spread over
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=6))]
    zones: u32,
    /// Keep room for all tasks when any one zone is lost
    #[arg(long)]
    survive_zone: bool,
    /// Room that is kept for deployments
    #[arg(long, value_enum, default_value = "one")]
    deployment_room: Room,
    /// Percent of the instances that tasks may fill, as a capacity provider's target
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100))]
    target_capacity: u32,
    /// No more tasks of a service on one instance
    #[arg(long, value_name = "TASKS", value_parser = clap::value_parser!(u32).range(1..))]
    most_per_instance: Option<u32>,
    /// What runs on every instance beside the tasks: CPU units / MiB
    #[arg(long, value_name = "SIZE", default_value = "0/0", value_parser = daemons)]
    daemons: [u32; 2],
    /// Volume of each instance, GiB; Managed Instances have 80 at the least
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(0..=16_384))]
    volume_gib: u32,
    /// Types that may be taken, by the beginnings of their names: m,c,r or m7g or m7g.large
    #[arg(long, value_delimiter = ',')]
    families: Vec<String>,
    /// Smallest instance, vCPU
    #[arg(long, default_value_t = 1)]
    min_vcpu: u32,
    /// Largest instance, vCPU
    #[arg(long, default_value_t = 48)]
    max_vcpu: u32,
    /// Take previous generations too
    #[arg(long)]
    previous_generations: bool,
    /// Take no burstable types
    #[arg(long)]
    no_burstable: bool,
    /// Use burstable types up to their baseline only
    #[arg(long)]
    no_surplus_credits: bool,
    /// Images for x86 are to be had for ARM too
    #[arg(long)]
    any_architecture: bool,
    /// No more different types than this
    #[arg(long, value_name = "TYPES", value_parser = clap::value_parser!(u32).range(1..))]
    types: Option<u32>,
}

#[derive(clap::Args)]
#[command(next_help_heading = "Search")]
struct Search {
    /// How hard to look for a cheaper packing
    #[arg(long, value_enum, default_value = "thorough")]
    effort: EffortArg,
    /// Seconds for the packing that was asked about; the others have parts of it
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0, value_parser = seconds)]
    time_limit: f64,
    /// Of random choices
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

#[derive(Clone, Copy, ValueEnum)]
enum EffortArg {
    Quick,
    Thorough,
}

#[derive(Clone, Copy, ValueEnum)]
enum Room {
    None,
    /// For one more task of any one service
    One,
    /// For as many more of any one service as its maximum percent allows
    Full,
}

impl From<Room> for DeploymentRoom {
    fn from(room: Room) -> Self {
        match room {
            Room::None => DeploymentRoom::None,
            Room::One => DeploymentRoom::One,
            Room::Full => DeploymentRoom::Full,
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum On {
    Fargate,
    Ec2,
    ManagedInstances,
    Eks,
    Mixed,
}

impl From<On> for World {
    fn from(on: On) -> Self {
        match on {
            On::Fargate => World::Fargate,
            On::Ec2 => World::Ec2,
            On::ManagedInstances => World::ManagedInstances,
            On::Eks => World::Eks,
            On::Mixed => World::Mixed,
        }
    }
}

fn daemons(text: &str) -> Result<[u32; 2], String> {
    let parts = text
        .split_once('/')
        .and_then(|(cpu, memory)| Some([cpu.trim().parse().ok()?, memory.trim().parse().ok()?]));
    parts.ok_or_else(|| "CPU units / MiB are expected, like 100/128".to_owned())
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds = text.parse().ok().filter(|seconds: &f64| (0.01..=3600.0).contains(seconds));
    seconds.ok_or_else(|| "seconds from 0.01 to 3600 are expected".to_owned())
}

/// Rounds of the search around the answer.
const ROUNDS: usize = 100;

pub(super) fn run(args: &Args, global: &Global) -> anyhow::Result<Done> {
    if let Some(chart) = &args.chart {
        chart_kind(chart)?;
    }
    if args.cluster_options.survive_zone && args.cluster_options.zones < 2 {
        return Err(usage("--survive-zone: with --zones 1 nothing is left; ask for two or more"));
    }
    let mut loaded = load::load(args.store.as_deref(), global)?;
    keep_asked(&mut loaded, args)?;
    let catalog = load::only_catalog(&loaded, global)?;
    let estate =
        load::estate(&loaded, &args.sizing, (&args.instances, fit::Functions::default()), global)?;
    let seen = load::instances(args.store.as_deref())?;
    let seen = of_cluster(seen, args.cluster.as_deref());
    let options = &args.cluster_options;
    let wanted = options.wanted(args.on.into(), &args.instances, &seen, args.current_sizes, global);
    let source = Source { name: &estate.source, synthetic: estate.synthetic, instances: &seen };
    let effort = Effort {
        quick: matches!(args.search.effort, EffortArg::Quick),
        seed: args.search.seed,
        rounds: ROUNDS,
        clock: &|share| clock(args.search.time_limit * share),
        proved: true,
    };
    let fleet = fleet::fleet(&estate.advices, &catalog, &wanted, &effort, &source)
        .map_err(|error| usage(format!("{}: {error}", estate.source)))?;
    show(&fleet, &load::fleet_heading(&estate, &catalog), global)?;
    if let Some(chart) = &args.chart {
        draw(&fleet, chart, global)?;
    }
    let complete = fleet_findings(&fleet).all(|one| one.code.severity() == Severity::Note)
        && fleet.left_out.is_empty();
    Ok(if args.strict && !complete { Done::Incomplete } else { Done::Well })
}

#[expect(clippy::disallowed_methods, reason = "the command line asks the clock")]
fn clock(seconds: f64) -> Box<dyn Fn() -> f64> {
    let start = std::time::Instant::now();
    Box::new(move || start.elapsed().as_secs_f64() / seconds)
}

fn keep_asked(loaded: &mut load::Loaded, args: &Args) -> anyhow::Result<()> {
    let all = loaded.workloads.len();
    let kept = |has: &Option<String>, asked: &Option<String>| {
        asked.is_none() || has.as_deref() == asked.as_deref()
    };
    let names = |of: fn(&crate::model::Workload) -> &Option<String>| {
        let mut names: Vec<&str> =
            loaded.workloads.iter().filter_map(|one| of(one).as_deref()).collect();
        names.sort_unstable();
        names.dedup();
        names.join(", ")
    };
    let (clusters, environments) = (names(|one| &one.cluster), names(|one| &one.environment));
    loaded.workloads.retain(|one| {
        kept(&one.cluster, &args.cluster) && kept(&one.environment, &args.environment)
    });
    if loaded.workloads.is_empty() && all > 0 {
        return Err(usage(format!(
            "none of {all} workloads is of that cluster and environment; clusters: {}; \
             environments: {}",
            if clusters.is_empty() { "none known" } else { &clusters },
            if environments.is_empty() { "none known" } else { &environments },
        )));
    }
    Ok(())
}

fn of_cluster(mut instances: Vec<Instance>, cluster: Option<&str>) -> Vec<Instance> {
    instances.retain(|one| cluster.is_none_or(|cluster| one.cluster == cluster));
    instances
}

impl ClusterOptions {
    pub(super) fn wanted(
        &self,
        world: World,
        instances: &Instances,
        seen: &[Instance],
        as_today: bool,
        global: &Global,
    ) -> Wanted {
        Wanted {
            world,
            zones: self.zones,
            survive_a_zone: self.survive_zone,
            deployment_room: self.deployment_room.into(),
            target_capacity: self.target_capacity,
            most_an_instance: self.most_per_instance,
            network: instances.network.into(),
            memory_overhead_per_mille: instances.instance_overhead * 10,
            reserved_mib: instances.instance_reserved,
            daemons: self.daemons,
            volume_gib: self.volume_gib,
            families: self.families.clone(),
            least_vcpu: self.min_vcpu,
            most_vcpu: self.max_vcpu,
            previous_generations: self.previous_generations,
            burstable: !self.no_burstable,
            surplus_credits: !self.no_burstable && !self.no_surplus_credits,
            registered: fleet::registered(seen),
            any_architecture: self.any_architecture,
            most_types: self.types,
            as_today,
            month_hours: global.month_hours,
            auto_mode: false,
            address_pico: 0,
        }
    }
}

fn show(fleet: &Fleet, heading: &[String], global: &Global) -> anyhow::Result<()> {
    match global.format {
        Format::Json => output::print(&fleet_json::fleet(fleet))?,
        Format::Csv => {
            output::note(&heading.join("\n"), global);
            output::print(&csv::draw(&placement_table(fleet))?)?;
        }
        Format::Markdown => {
            let mut out = heading.join("\n\n");
            for table in [worlds_table(fleet), types_table(fleet)] {
                out.push_str("\n\n");
                out.push_str(&markdown::draw(&table));
            }
            out.push('\n');
            out.push_str(&fleet_lines(fleet).join("\n\n"));
            out.push('\n');
            output::print(&out)?;
        }
        Format::Table => {
            let screen = output::screen(global);
            let mut out = String::new();
            for line in heading {
                out.push_str(&text::wrapped(line, screen.width, ""));
            }
            for table in [worlds_table(fleet), types_table(fleet)] {
                out.push('\n');
                out.push_str(&text::draw(&table, screen));
            }
            out.push('\n');
            for line in fleet_lines(fleet) {
                out.push_str(&text::wrapped(&line, screen.width, ""));
            }
            let findings =
                fleet_findings(fleet).filter(|one| one.code.severity() != Severity::Note);
            let findings = output::findings_text(findings, screen.width);
            if !findings.is_empty() {
                out.push('\n');
                out.push_str(&findings);
            }
            output::print(&out)?;
        }
    }
    Ok(())
}

/// Is it a picture that can be drawn?
pub(super) fn chart_kind(chart: &Path) -> anyhow::Result<bool> {
    match chart.extension().and_then(|ext| ext.to_str()) {
        Some("svg") => Ok(true),
        Some("png") => Ok(false),
        _ => Err(usage(format!(
            "--chart {}: a name ending in .svg or .png is expected",
            chart.display()
        ))),
    }
}

fn draw(fleet: &Fleet, chart: &Path, global: &Global) -> anyhow::Result<()> {
    let title = format!("{} on {}: how full", fleet.source, fleet.plan.world.name());
    let fill = Fill::of(fleet, title);
    if fill.bars.is_empty() {
        output::note("no chart: there are no instances", global);
        return Ok(());
    }
    picture(&fill, chart, global)
}

pub(super) fn picture(picture: &impl Picture, chart: &Path, global: &Global) -> anyhow::Result<()> {
    let written = || format!("cannot write {}", chart.display());
    if let Some(directory) = chart.parent().filter(|one| !one.as_os_str().is_empty()) {
        std::fs::create_dir_all(directory).with_context(written)?;
    }
    if chart_kind(chart)? {
        std::fs::write(chart, picture.svg()?).with_context(written)?;
    } else {
        picture.png(chart).with_context(written)?;
    }
    output::note(&format!("chart: {}", chart.display()), global);
    Ok(())
}
