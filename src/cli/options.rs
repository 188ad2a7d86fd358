//! Options that several commands share. Every default is written here, and only here.

use super::{Usage, usage};
use crate::advise::{Month, Settings};
use crate::book::Book;
use crate::fit::{self, Network, Node};
use crate::manifest;
use crate::model::{Policy, RiskPolicy, Size};
use crate::size::rules::Rule;
use crate::units::{MiB, Usd};
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
    /// Appetite for risk: sets the two limits and two costs below; each of them given goes
    /// before it
    #[arg(long, value_enum, default_value = "balanced")]
    pub risk: Appetite,
    /// Percent: so likely may memory be exceeded at least once within --risk-days
    #[arg(long, value_name = "PERCENT", value_parser = percent_ppm)]
    pub memory_risk: Option<u32>,
    /// Percent: so much of the time may CPU demand exceed the size
    #[arg(long, value_name = "PERCENT", value_parser = percent_ppm)]
    pub cpu_risk: Option<u32>,
    /// What a memory failure is reckoned to cost, in dollars: within the limits more is paid
    /// for safety where that is worth it
    #[arg(long, value_name = "USD", value_parser = dollars)]
    pub failure_cost: Option<Usd>,
    /// The same of an hour without enough CPU
    #[arg(long, value_name = "USD", value_parser = dollars)]
    pub throttled_hour_cost: Option<Usd>,
    /// Days to come that memory risks are of
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=366))]
    pub risk_days: u32,
    /// Predict no risks: size by percentile and margin throughout
    #[arg(long, conflicts_with_all = ["risk", "memory_risk", "cpu_risk", "failure_cost", "throttled_hour_cost"])]
    pub no_risk: bool,
    /// Where no risk can be predicted: percentile of the hottest task's CPU that must be held
    #[arg(long, default_value = "99", value_parser = percentile)]
    pub cpu_percentile: u32,
    /// Percent of CPU on top of it
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(0..=1_000))]
    pub cpu_headroom: u32,
    /// Where no risk can be predicted: percent of memory on top of the maximum
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(0..=1_000))]
    pub memory_margin: u32,
    /// Percent more CPU, where only means over a period were measured; this alone never raises
    #[arg(long, default_value_t = 250, value_parser = clap::value_parser!(u32).range(0..=1_000))]
    pub averages_cpu_headroom: u32,
    /// Percent more memory, where only means were measured; this alone never raises
    #[arg(long, default_value_t = 25, value_parser = clap::value_parser!(u32).range(0..=1_000))]
    pub averages_memory_headroom: u32,
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

/// What is taken for granted of a workload as a Lambda function.
#[derive(Args)]
#[command(next_help_heading = "Lambda")]
pub(super) struct Functions {
    /// So long may a request or a run take there, in percent of its time today: the memory is the
    /// cheapest that does it. What cannot is refused; without it the limit is 125, and what cannot
    /// is as fast as it can be
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u32).range(10..=100_000))]
    pub lambda_latency: Option<u32>,
    /// vCPUs that one request can use at once
    #[arg(
        long,
        value_name = "VCPUS",
        default_value_t = fit::Functions::default().parallelism,
        value_parser = clap::value_parser!(u32).range(1..=6)
    )]
    pub lambda_parallelism: u32,
    /// How fast its CPUs are, in percent of today's: nobody publishes it
    #[arg(
        long,
        value_name = "PERCENT",
        default_value_t = fit::Functions::default().cpu_speed_percent,
        value_parser = clap::value_parser!(u32).range(10..=1_000)
    )]
    pub lambda_cpu_speed: u32,
}

impl Functions {
    pub(super) fn rules(&self) -> fit::Functions {
        fit::Functions {
            latency_percent: self
                .lambda_latency
                .unwrap_or(fit::Functions::default().latency_percent),
            strict: self.lambda_latency.is_some(),
            parallelism: self.lambda_parallelism,
            cpu_speed_percent: self.lambda_cpu_speed,
        }
    }
}

/// Named appetites for risk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Appetite {
    Frugal,
    Balanced,
    Safe,
}

impl Appetite {
    pub const ALL: [Appetite; 3] = [Appetite::Frugal, Appetite::Balanced, Appetite::Safe];

    pub const fn name(self) -> &'static str {
        match self {
            Appetite::Frugal => "frugal",
            Appetite::Balanced => "balanced",
            Appetite::Safe => "safe",
        }
    }

    /// What was found on published traces (`docs/sizing.md`).
    pub const fn policy(self) -> RiskPolicy {
        let (memory_ppm, cpu_ppm, failure_dollars, hour_cents) = match self {
            Appetite::Frugal => (200_000, 500_000, 100, 10),
            Appetite::Balanced => (180_000, 80_000, 300, 100),
            Appetite::Safe => (80_000, 10_000, 1_000, 1_000),
        };
        RiskPolicy {
            memory_ppm,
            cpu_ppm,
            failure_cost: Usd(failure_dollars * 1_000_000),
            throttled_hour_cost: Usd(hour_cents * 10_000),
        }
    }
}

impl Sizing {
    fn appetite(&self) -> Option<RiskPolicy> {
        let preset = self.risk.policy();
        (!self.no_risk).then(|| RiskPolicy {
            memory_ppm: self.memory_risk.unwrap_or(preset.memory_ppm),
            cpu_ppm: self.cpu_risk.unwrap_or(preset.cpu_ppm),
            failure_cost: self.failure_cost.unwrap_or(preset.failure_cost),
            throttled_hour_cost: self.throttled_hour_cost.unwrap_or(preset.throttled_hour_cost),
        })
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
            risk: sizing.appetite(),
            risk_days: sizing.risk_days,
            cpu_percentile_per_mille: sizing.cpu_percentile,
            cpu_headroom_percent: sizing.cpu_headroom,
            memory_margin_percent: sizing.memory_margin,
            averages_cpu_percent: sizing.averages_cpu_headroom,
            averages_memory_percent: sizing.averages_memory_headroom,
            min_readings: sizing.min_readings,
            floor: sizing.floor,
        },
        month: Month { hours: global.month_hours, window_seconds },
        node: instances.node(),
    }
}

impl Instances {
    pub(super) fn node(&self) -> Node {
        Node {
            network: self.network.into(),
            memory_overhead_per_mille: self.instance_overhead * 10,
            reserved: MiB(self.instance_reserved),
        }
    }
}

/// `8.2`, in millionths; up to four decimals.
fn percent_ppm(text: &str) -> Result<u32, Usage> {
    let wrong = || {
        Usage("a percentage from 0.0001 to 100 with at most four decimals is expected".to_owned())
    };
    let text = text.strip_suffix('%').unwrap_or(text);
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !(digits(whole) && digits(decimals) && (1..=4).contains(&decimals.len())) {
        return Err(wrong());
    }
    let whole: u32 = whole.parse().ok().filter(|whole| *whole <= 100).ok_or_else(wrong)?;
    let decimals: u32 = format!("{decimals:0<4}").parse().map_err(|_| wrong())?;
    Some(whole * 10_000 + decimals).filter(|ppm| (1..=1_000_000).contains(ppm)).ok_or_else(wrong)
}

/// `150`, `0.50`; a million at the most.
pub(super) fn dollars(text: &str) -> Result<Usd, Usage> {
    let wrong = || Usage("dollars such as 0.50 are expected, a million at the most".to_owned());
    let micro = decimal(text, 6).and_then(|micro| i64::try_from(micro).ok());
    micro.filter(|micro| *micro <= 1_000_000_000_000).map(Usd).ok_or_else(wrong)
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
        Some(directory) => {
            let rates = super::prices::read_plan_rates(directory)?;
            Ok(Book::with(super::prices::read(directory)?, rates))
        }
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

/// A number without sign or exponent in units of its last decimal: `1.5` with three are 1,500.
pub(super) fn decimal(text: &str, decimals: usize) -> Option<i128> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let plain = !whole.is_empty() && digits(whole) && digits(part) && part.len() <= decimals;
    plain.then(|| format!("{whole}{part:0<decimals$}").parse().ok()).flatten()
}
