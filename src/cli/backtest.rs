//! Rules judged on readings that they have not seen.

use super::options::{Appetite, Format, Global, book, catalog};
use super::{Done, Usage, output, usage};
use crate::backtest::{
    Bench, Bin, Calibration, Contest, LeftOut, Level, Outcome, Strategy, calibrate, cases, contest,
    levels,
};
use crate::fit::{FargateTable, Fitter, Network, Node};
use crate::model::{Platform, Purchase, RiskPolicy};
use crate::report::risk_chart::{Calibrated, Dot, Frontier, Picture};
use crate::report::{Cell, Column, Table, csv, text};
use crate::size::risk::Parameters;
use crate::store::Snapshot;
use crate::units::MiB;
use anyhow::Context;
use serde_json::{Value, json};
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Judge sizing rules on readings that they have not seen
///
/// Every rule sizes from the first part of the store's window and is judged on the rest, after
/// rounding to Fargate sizes: the bill of that rest, and how often it fell short.
#[derive(clap::Args)]
pub(super) struct Args {
    store: PathBuf,
    /// Where the first part ends: a share of the window, or a date
    #[arg(long, default_value = "70%", value_name = "SPLIT")]
    split: Split,
    /// Size anew so many times, at equal steps from --split on, and judge each up to the next
    #[arg(long, default_value_t = 1, value_name = "TIMES", value_parser = clap::value_parser!(u32).range(1..=50))]
    rolling: u32,
    /// Parameters of the risk model, as calibrate writes them, in place of the program's own
    #[arg(long, value_name = "FILE")]
    parameters: Option<PathBuf>,
    /// Write charts here, as SVG and PNG, and every appetite's outcome as CSV
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// A point of a window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Split {
    PerMille(u32),
    At(i64),
}

impl FromStr for Split {
    type Err = Usage;

    fn from_str(text: &str) -> Result<Self, Usage> {
        let wrong =
            || Usage("a share such as 70% or a date such as 2026-11-01 is expected".to_owned());
        if let Some(share) = text.strip_suffix('%') {
            let share: u32 = share.parse().map_err(|_| wrong())?;
            return Some(share)
                .filter(|share| (1..=100).contains(share))
                .map(|share| Split::PerMille(share * 10))
                .ok_or_else(wrong);
        }
        let time = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
        time.parse::<jiff::Timestamp>().map(|time| Split::At(time.as_second())).map_err(|_| wrong())
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Split::PerMille(share) => write!(f, "{} %", share / 10),
            Split::At(at) => {
                write!(f, "{}", jiff::Timestamp::from_second(*at).unwrap_or_default())
            }
        }
    }
}

impl Split {
    /// Seconds since 1970.
    pub fn at(self, (start, end): (i64, i64)) -> i64 {
        match self {
            Split::PerMille(share) => start + (end - start) * i64::from(share) / 1000,
            Split::At(at) => at,
        }
    }
}

/// Everything that is printed.
struct Judgement {
    levels: Vec<Level>,
    split: i64,
    times: u32,
    window: (i64, i64),
    presets: Vec<(&'static str, Level)>,
    contests: Vec<Contest>,
    oracle: Outcome,
    left_out: Vec<(LeftOut, usize)>,
    /// Of the sizes that the presets take, and of those that any level takes.
    calibration: Calibration,
    frontier: Calibration,
}

pub(super) fn run(args: &Args, global: &Global) -> anyhow::Result<Done> {
    let snapshot = Snapshot::open(&args.store)?;
    let window = (snapshot.info.window_start, snapshot.info.window_end);
    let split = args.split.at(window);
    if !(window.0 < split && split < window.1) {
        return Err(usage("--split lies outside the readings"));
    }
    let parameters = match &args.parameters {
        Some(path) => {
            let text = std::fs::read_to_string(path);
            let text = text.with_context(|| format!("cannot read {}", path.display()))?;
            Parameters::read(&text).with_context(|| path.display().to_string())?
        }
        None => Parameters::shipped().clone(),
    };
    let book = book(global)?;
    let catalog = catalog(&book, global.region())?;
    let node = Node { network: Network::Awsvpc, memory_overhead_per_mille: 0, reserved: MiB(0) };
    let fitter = Fitter::new(&catalog, node);
    let table = fitter.table(Platform::LinuxX86, Purchase::OnDemand).with_context(|| {
        format!("PRICE_MISSING: Fargate Linux x86 on demand in {}", global.region())
    })?;
    let series = snapshot.samples()?;
    let judgement = judged(&series, (window, split, args.rolling), table, &parameters, global);
    if judgement.oracle.workloads == 0 {
        let reasons: Vec<String> = judgement
            .left_out
            .iter()
            .map(|(reason, count)| format!("{count}: {}", reason.words()))
            .collect();
        anyhow::bail!("no workload can be judged ({})", reasons.join("; "));
    }
    match global.format {
        Format::Json => {
            output::print(&(serde_json::to_string_pretty(&as_json(&judgement))? + "\n"))?;
        }
        Format::Table => {
            let screen = output::screen(global);
            let mut out = String::new();
            for line in heading(&judgement, &args.store.display().to_string(), global) {
                out.push_str(&text::wrapped(&line, screen.width, ""));
            }
            out.push('\n');
            out.push_str(&text::draw(&strategies(&judgement), screen));
            out.push('\n');
            out.push_str(&text::draw(&bins("MEMORY RISK", &judgement.calibration.memory), screen));
            out.push('\n');
            out.push_str(&text::draw(&bins("CPU TIME OVER", &judgement.calibration.cpu), screen));
            output::print(&out)?;
        }
        Format::Csv | Format::Markdown => output::print_table(&strategies(&judgement), global)?,
    }
    if let Some(out) = &args.out {
        draw(&judgement, out)?;
        output::note(&format!("charts: {}", out.join("backtest-*").display()), global);
    }
    Ok(Done::Well)
}

/// Bills against failures, and predicted against observed risk.
fn draw(judgement: &Judgement, out: &Path) -> anyhow::Result<()> {
    #[expect(clippy::cast_precision_loss, reason = "shown to people")]
    let failures = |outcome: &Outcome| outcome.violations_ppm()[0] as f64 / 1e4;
    let dot = |name: &str, outcome: &Outcome| Dot {
        name: name.to_owned(),
        usd: outcome.usd.to_f64(),
        failures: failures(outcome),
    };
    let frontier = Frontier {
        title: "Bills against memory failures: every appetite for risk, and other rules".to_owned(),
        levels: judgement
            .levels
            .iter()
            .map(|level| (level.outcome.usd.to_f64(), failures(&level.outcome)))
            .collect(),
        presets: judgement.presets.iter().map(|(name, level)| dot(name, &level.outcome)).collect(),
        rules: judgement
            .contests
            .iter()
            .map(|contest| dot(contest.rule.name(), &contest.outcome))
            .collect(),
    };
    let calibrated = Calibrated {
        title: "Memory risk, predicted and observed, with workloads".to_owned(),
        bins: judgement
            .frontier
            .memory
            .iter()
            .map(|bin| (bin.predicted_ppm / 1e4, bin.observed_ppm / 1e4, bin.workloads))
            .collect(),
    };
    let what = || format!("cannot write charts into {}", out.display());
    std::fs::create_dir_all(out).with_context(what)?;
    std::fs::write(out.join("backtest-frontier.svg"), frontier.svg()?).with_context(what)?;
    std::fs::write(out.join("backtest-calibration.svg"), calibrated.svg()?).with_context(what)?;
    std::fs::write(
        out.join("backtest-frontier.csv"),
        csv::draw(&frontier_table(&judgement.levels))?,
    )
    .with_context(what)?;
    frontier.png(&out.join("backtest-frontier.png"))?;
    calibrated.png(&out.join("backtest-calibration.png"))?;
    Ok(())
}

/// One row an appetite.
fn frontier_table(levels: &[Level]) -> Table {
    let mut table = Table::new(vec![
        Column::right("MEMORY RISK", "memory_risk_percent", 0),
        Column::right("CPU RISK", "cpu_risk_percent", 0),
        Column::right("FAILURE $", "failure_cost_usd", 0),
        Column::right("HOUR $", "throttled_hour_cost_usd", 0),
        Column::right("BILL $", "usd", 0),
        Column::right("ANY MEM", "workloads_with_memory_failure", 0),
        Column::right("MEM OVER", "memory_readings_over", 0),
        Column::right("CPU OVER", "cpu_readings_over", 0),
    ]);
    let row = |level: &Level| {
        let Level { policy, outcome } = level;
        vec![
            percent(u64::from(policy.memory_ppm)).into(),
            percent(u64::from(policy.cpu_ppm)).into(),
            policy.failure_cost.cents_string().into(),
            policy.throttled_hour_cost.cents_string().into(),
            outcome.usd.cents_string().into(),
            outcome.memory_failures.to_string().into(),
            outcome.memory_over.to_string().into(),
            outcome.cpu_over.to_string().into(),
        ]
    };
    table.rows = levels.iter().map(row).collect();
    table
}

fn judged(
    series: &std::collections::BTreeMap<String, Vec<crate::model::Sample>>,
    (window, split, times): ((i64, i64), i64, u32),
    table: &FargateTable,
    parameters: &Parameters,
    global: &Global,
) -> Judgement {
    let origin = |number: u32| split + (window.1 - split) * i64::from(number) / i64::from(times);
    let (mut all, mut without) = (Vec::new(), Vec::new());
    for number in 0..times {
        // The last stretch holds the last reading too.
        let end = if number + 1 == times { i64::MAX } else { origin(number + 1) };
        let (cases, left_out) = cases(series, (origin(number), end), table.largest());
        all.extend(cases);
        without.extend(left_out);
    }
    let reasons =
        [LeftOut::TooShort, LeftOut::NotMeasured, LeftOut::TooLarge, LeftOut::TooManyTasks];
    let left_out = reasons
        .into_iter()
        .map(|reason| (reason, without.iter().filter(|(_, one)| *one == reason).count()))
        .filter(|(_, count)| *count > 0)
        .collect();
    let bench = Bench::new(all, table, parameters, global.month_hours);
    let grid = levels(&bench);
    let policies: Vec<RiskPolicy> = grid.iter().map(|level| level.policy).collect();
    let level =
        |policy: RiskPolicy| Level { policy, outcome: bench.outcome(Strategy::Risk(policy)) };
    Judgement {
        split,
        times,
        window,
        presets: Appetite::ALL.map(|one| (one.name(), level(one.policy()))).to_vec(),
        contests: contest(&bench, &grid),
        oracle: bench.outcome(Strategy::Oracle),
        left_out,
        calibration: calibrate(&bench, &Appetite::ALL.map(Appetite::policy)),
        frontier: calibrate(&bench, &policies),
        levels: grid,
    }
}

fn heading(judgement: &Judgement, store: &str, global: &Global) -> Vec<String> {
    let time = |at: i64| {
        let stamp = jiff::Timestamp::from_second(at).unwrap_or_default();
        stamp.strftime("%Y-%m-%d %H:%M").to_string()
    };
    let mut lines = vec![format!(
        "{store}: sized from {} to {}, judged to {}; {} workloads, Fargate Linux x86 on demand in {}.",
        time(judgement.window.0),
        time(judgement.split),
        time(judgement.window.1),
        judgement.oracle.workloads,
        global.region()
    )];
    if judgement.times > 1 {
        let times = judgement.times;
        lines.push(format!("Sized anew {times} times; each time every workload counts as one."));
    }
    for (reason, count) in &judgement.left_out {
        lines.push(format!("{count} workloads left out: {}.", reason.words()));
    }
    lines
}

fn strategies(judgement: &Judgement) -> Table {
    let mut table = Table::new(vec![
        Column::left("STRATEGY", "strategy", 0),
        Column::right("BILL $", "usd", 0),
        Column::right("ANY MEM %", "workloads_with_memory_failure_percent", 0),
        Column::right("MEM OVER %", "memory_readings_over_percent", 0),
        Column::right("CPU OVER %", "cpu_readings_over_percent", 0),
        Column::right("THROTTLED H", "throttled_hours", 2),
        Column::left("BEATEN BY", "beaten_by", 1),
    ]);
    for (name, level) in &judgement.presets {
        table.rows.push(row(name, &level.outcome, limits(&level.policy)));
    }
    for contest in &judgement.contests {
        let beaten = match (&contest.beaten_by, &contest.nearest) {
            (Some(level), _) => limits(&level.policy),
            (None, Some(level)) => format!("none; nearest {}", limits(&level.policy)),
            (None, None) => "none".to_owned(),
        };
        table.rows.push(row(contest.rule.name(), &contest.outcome, beaten));
        if let Some(level) = contest.beaten_by.or(contest.nearest) {
            table.rows.push(row("  ours there", &level.outcome, String::new()));
        }
    }
    table.rows.push(row("oracle", &judgement.oracle, String::new()));
    table
}

/// `memory 9%, CPU 4%, failure $100, hour $0.50`.
fn limits(policy: &RiskPolicy) -> String {
    let percent = |ppm: u32| {
        let text = format!("{}.{:04}", ppm / 10_000, ppm % 10_000);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    format!(
        "memory {}%, CPU {}%, failure ${}, hour ${}",
        percent(policy.memory_ppm),
        percent(policy.cpu_ppm),
        policy.failure_cost.0 / 1_000_000,
        policy.throttled_hour_cost.cents_string()
    )
}

fn row(name: &str, outcome: &Outcome, note: String) -> Vec<Cell> {
    let [failures, memory, cpu] = outcome.violations_ppm();
    vec![
        name.into(),
        outcome.usd.cents_string().into(),
        percent(failures).into(),
        percent(memory).into(),
        percent(cpu).into(),
        (outcome.throttled_seconds / 3_600).to_string().into(),
        note.into(),
    ]
}

fn percent(ppm: u64) -> String {
    format!("{}.{:04}", ppm / 10_000, ppm % 10_000)
}

fn bins(what: &'static str, bins: &[Bin]) -> Table {
    let mut table = Table::new(vec![
        Column::left(what, "predicted_from_percent", 0),
        Column::right("TO %", "predicted_to_percent", 0),
        Column::right("WORKLOADS", "workloads", 0),
        Column::right("SIZES", "sizes", 0),
        Column::right("PREDICTED %", "predicted_percent", 0),
        Column::right("OBSERVED %", "observed_percent", 0),
    ]);
    for bin in bins {
        table.rows.push(vec![
            percent(u64::from(bin.from_ppm)).into(),
            percent(u64::from(bin.to_ppm)).into(),
            bin.workloads.to_string().into(),
            bin.sizes.to_string().into(),
            format!("{:.3}", bin.predicted_ppm / 1e4).into(),
            format!("{:.3}", bin.observed_ppm / 1e4).into(),
        ]);
    }
    table
}

fn as_json(judgement: &Judgement) -> Value {
    let policy = |policy: &RiskPolicy| {
        json!({
            "memory_risk": f64::from(policy.memory_ppm) / 1e6,
            "cpu_risk": f64::from(policy.cpu_ppm) / 1e6,
            "failure_cost_usd": policy.failure_cost.cents_string(),
            "throttled_hour_cost_usd": policy.throttled_hour_cost.cents_string(),
        })
    };
    let mut strategies: Vec<Value> = Vec::new();
    for (name, level) in &judgement.presets {
        let mut one = outcome_json(name, &level.outcome);
        one["policy"] = policy(&level.policy);
        strategies.push(one);
    }
    for contest in &judgement.contests {
        let mut one = outcome_json(contest.rule.name(), &contest.outcome);
        let level = |level: &Option<Level>| match level {
            Some(level) => {
                let mut one = outcome_json("risk", &level.outcome);
                one["policy"] = policy(&level.policy);
                one
            }
            None => Value::Null,
        };
        one["beaten_by"] = level(&contest.beaten_by);
        one["nearest"] = level(&contest.nearest);
        strategies.push(one);
    }
    strategies.push(outcome_json("oracle", &judgement.oracle));
    let bins = |bins: &[Bin]| -> Value {
        let bin = |bin: &Bin| {
            json!({
                "from": f64::from(bin.from_ppm) / 1e6, "to": f64::from(bin.to_ppm) / 1e6,
                "workloads": bin.workloads, "sizes": bin.sizes,
                "predicted": bin.predicted_ppm / 1e6, "observed": bin.observed_ppm / 1e6,
            })
        };
        json!({
            "bins": bins.iter().map(bin).collect::<Vec<_>>(),
            "mean_absolute_difference": Calibration::mean_difference_ppm(bins).map(|ppm| ppm / 1e6),
        })
    };
    json!({
        "schema_version": 1,
        "window_start": judgement.window.0,
        "split": judgement.split,
        "rolling": judgement.times,
        "window_end": judgement.window.1,
        "workloads": judgement.oracle.workloads,
        "left_out": judgement.left_out.iter().map(|(reason, count)| {
            json!({"reason": reason.words(), "workloads": count})
        }).collect::<Vec<_>>(),
        "strategies": strategies,
        "calibration": {
            "memory": bins(&judgement.calibration.memory),
            "cpu": bins(&judgement.calibration.cpu),
        },
        "calibration_of_all_levels": {
            "memory": bins(&judgement.frontier.memory),
            "cpu": bins(&judgement.frontier.cpu),
        },
    })
}

fn outcome_json(name: &str, outcome: &Outcome) -> Value {
    let [failures, memory, cpu] = outcome.violations_ppm();
    #[expect(clippy::cast_precision_loss, reason = "millionths")]
    let share = |ppm: u64| ppm as f64 / 1e6;
    json!({
        "strategy": name,
        "usd": outcome.usd.cents_string(),
        "workloads": outcome.workloads,
        "workloads_with_memory_failure": outcome.memory_failures,
        "share_with_memory_failure": share(failures),
        "memory_readings": outcome.memory_readings,
        "memory_readings_over": outcome.memory_over,
        "share_memory_readings_over": share(memory),
        "cpu_readings": outcome.cpu_readings,
        "cpu_readings_over": outcome.cpu_over,
        "share_cpu_readings_over": share(cpu),
        "throttled_minutes": outcome.throttled_seconds / 60,
        "too_large_for_any_size": outcome.too_large,
    })
}
