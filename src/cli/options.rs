//! Options that several commands share. Every default is written here, and only here.

use super::{Usage, usage};
use crate::advise::{Month, Settings};
use crate::book::Book;
use crate::fit::{Network, Node};
use crate::manifest;
use crate::model::{Policy, Size};
use crate::size::rules::Rule;
use crate::units::MiB;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct Global {
    /// How to print the result
    #[arg(long, global = true, value_enum, default_value = "table", env = "LOADLINE_FORMAT")]
    pub format: Format,
    /// AWS region whose prices are used; by default each workload's own where it is known,
    /// else us-east-1
    #[arg(long, global = true, env = "LOADLINE_REGION")]
    pub region: Option<String>,
    /// Directory of live prices, as prices update wrote it; they go before the embedded ones
    #[arg(long, global = true, value_name = "DIR", env = "LOADLINE_PRICES")]
    pub prices: Option<PathBuf>,
    /// Hours in a month
    #[arg(
        long,
        global = true,
        visible_alias = "hours-per-month",
        default_value_t = 730,
        value_parser = clap::value_parser!(u32).range(1..=8_784),
        env = "LOADLINE_MONTH_HOURS"
    )]
    pub month_hours: u32,
    /// File with defaults for options; ./loadline.toml is read where it exists
    #[arg(long, global = true, env = "LOADLINE_CONFIG")]
    pub config: Option<PathBuf>,
    /// Say less on stderr
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Say more on stderr
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Width of tables; that of the terminal by default, 160 where there is none
    #[arg(long, global = true, value_parser = clap::value_parser!(u16).range(40..))]
    pub width: Option<u16>,
}

impl Global {
    /// The region that was asked for, else the usual one.
    pub fn region(&self) -> &str {
        self.region.as_deref().unwrap_or("us-east-1")
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Table,
    Json,
    Csv,
    Markdown,
}

/// How to size.
#[derive(Args)]
#[command(next_help_heading = "Sizing")]
pub(super) struct Sizing {
    /// Percentile of the hottest task's CPU that must be held
    #[arg(long, default_value = "99", value_parser = percentile)]
    pub cpu_percentile: u32,
    /// Percent of CPU on top of it
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(0..=1_000))]
    pub cpu_headroom: u32,
    /// Percent of memory on top of the maximum
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(0..=1_000))]
    pub memory_margin: u32,
    /// Percent more, where only means over a period were measured
    #[arg(long, default_value_t = 25, value_parser = clap::value_parser!(u32).range(0..=1_000))]
    pub averages_headroom: u32,
    /// Fewer readings than this never size down
    #[arg(long, default_value_t = 100)]
    pub min_readings: u64,
    /// Nothing is sized below this: CPU units / MiB
    #[arg(long, default_value = "64/128", value_parser = size)]
    pub floor: Size,
}

/// What an EC2 instance is taken to have left for tasks.
#[derive(Args)]
#[command(next_help_heading = "EC2")]
pub(super) struct Instances {
    /// How tasks on EC2 get their network
    #[arg(long, value_enum, default_value = "awsvpc")]
    pub network: NetworkArg,
    /// Percent of an instance's memory that the kernel keeps
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(0..=50))]
    pub instance_overhead: u32,
    /// MiB of an instance for agent and container runtime
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(0..=65_536))]
    pub instance_reserved: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum NetworkArg {
    Awsvpc,
    AwsvpcTrunking,
    Bridge,
}

impl From<NetworkArg> for Network {
    fn from(network: NetworkArg) -> Self {
        match network {
            NetworkArg::Awsvpc => Network::Awsvpc,
            NetworkArg::AwsvpcTrunking => Network::AwsvpcTrunking,
            NetworkArg::Bridge => Network::Bridge,
        }
    }
}

/// What the pure core is called with.
pub(super) fn settings(
    sizing: &Sizing,
    instances: &Instances,
    global: &Global,
    window_seconds: u64,
) -> Settings {
    Settings {
        policy: Policy {
            cpu_percentile_per_mille: sizing.cpu_percentile,
            cpu_headroom_percent: sizing.cpu_headroom,
            memory_margin_percent: sizing.memory_margin,
            averages_headroom_percent: sizing.averages_headroom,
            min_readings: sizing.min_readings,
            floor: sizing.floor,
        },
        month: Month { hours: global.month_hours, window_seconds },
        node: Node {
            network: instances.network.into(),
            memory_overhead_per_mille: instances.instance_overhead * 10,
            reserved: MiB(instances.instance_reserved),
        },
    }
}

/// `99` or `99.5`, in thousandths.
fn percentile(text: &str) -> Result<u32, Usage> {
    let wrong = || Usage("a number from 1 to 100 with at most one decimal is expected".to_owned());
    let (whole, tenth) = text.split_once('.').unwrap_or((text, "0"));
    let tenth: u32 = tenth.parse().ok().filter(|_| tenth.len() == 1).ok_or_else(wrong)?;
    let whole: u32 = whole.parse().ok().filter(|whole| *whole <= 100).ok_or_else(wrong)?;
    Some(whole * 10 + tenth).filter(|all| (10..=1000).contains(all)).ok_or_else(wrong)
}

/// `512/1024`, `0.5 vCPU/1 GB`.
pub(super) fn size(text: &str) -> Result<Size, Usage> {
    let wrong =
        |problem: String| Usage(format!("{problem}; CPU/MEMORY as in 512/1024 is expected"));
    let (cpu, memory) =
        text.split_once('/').ok_or_else(|| wrong(format!("{text:?} is not a size")))?;
    let cpu = manifest::cpu_size(cpu).map_err(|error| wrong(error.to_string()))?;
    let memory = manifest::memory_size(memory).map_err(|error| wrong(error.to_string()))?;
    let possible = |value: u32| value > 0 && value < 8_388_608;
    if !possible(cpu.0) || !possible(memory.0) {
        return Err(wrong(format!("{text:?} is no size that anything has")));
    }
    Ok(Size { cpu, memory })
}

/// The price book, with the live prices that were named.
pub(super) fn book(global: &Global) -> anyhow::Result<Book> {
    match &global.prices {
        Some(directory) => Ok(Book::with(super::prices::read(directory)?)),
        None => Ok(Book::default()),
    }
}

/// The catalog of the region asked for.
pub(super) fn catalog(book: &Book, region: &str) -> anyhow::Result<crate::model::Catalog> {
    book.catalog(region).map_err(|error| match error {
        crate::book::BookError::UnknownRegion { .. } => usage(format!("--region: {error}")),
        crate::book::BookError::Damaged { .. } => error.into(),
    })
}

/// Other tools' rules, by their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum RuleArg {
    Krr,
    Vpa,
    Kubecost,
    Cloudfix,
    ComputeOptimizerEc2Default,
    Max,
}

impl RuleArg {
    pub const fn rule(self) -> Rule {
        match self {
            RuleArg::Krr => Rule::Krr,
            RuleArg::Vpa => Rule::Vpa,
            RuleArg::Kubecost => Rule::Kubecost,
            RuleArg::Cloudfix => Rule::CloudFix,
            RuleArg::ComputeOptimizerEc2Default => Rule::ComputeOptimizerEc2Default,
            RuleArg::Max => Rule::Max,
        }
    }
}
