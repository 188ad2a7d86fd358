//! Parameters of the risk model, fitted on stores.

use super::options::Global;
use super::{Done, output, usage};
use crate::backtest::Training;
use crate::cli::backtest::Split;
use crate::model::Sample;
use crate::store::{Snapshot, digest};
use anyhow::Context;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Fit the parameters of the risk model on stores with a long history
///
/// Prints them as data/risk.csv has them. What lies after --until is not looked at, so that
/// it can be judged on.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Stores to learn from
    #[arg(required = true)]
    stores: Vec<PathBuf>,
    /// Stores of which memory alone is used, beside the others
    #[arg(long, value_name = "STORE")]
    memory_from: Vec<PathBuf>,
    /// Look at nothing after this: a share of the window, or a date
    #[arg(long, default_value = "100%", value_name = "SPLIT")]
    until: Split,
    /// Percent of the workloads to use, chosen by --seed
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100))]
    share: u32,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// File to write instead
    #[arg(long)]
    out: Option<PathBuf>,
}

pub(super) fn run(args: &Args, global: &Global) -> anyhow::Result<Done> {
    let mut training = Training::default();
    let mut workloads = 0;
    let stores = args.stores.iter().map(|store| (store, true));
    for (store, with_cpu) in stores.chain(args.memory_from.iter().map(|store| (store, false))) {
        let snapshot = Snapshot::open(store)?;
        let window = (snapshot.info.window_start, snapshot.info.window_end);
        let end = args.until.at(window);
        let mut series: BTreeMap<String, Vec<Sample>> = snapshot.samples()?;
        series.retain(|id, _| is_taken(id, args));
        for samples in series.values_mut() {
            samples.retain(|one| one.at < end);
        }
        workloads += series.len();
        training.add(&series, (window.0, end), with_cpu);
    }
    let parameters = training.fitted().ok_or_else(|| {
        usage("these stores hold no workload with CPU and memory over twelve days or more")
    })?;
    let (memory, cpu) = training.examples();
    let what = format!(
        "fitted on {workloads} workloads of {} stores up to {} of their windows, {} % of them by seed {}: {memory} examples of memory, {cpu} of CPU",
        args.stores.len() + args.memory_from.len(),
        args.until,
        args.share,
        args.seed
    );
    output::note(&what, global);
    let text = parameters.written(&[what]);
    match &args.out {
        Some(path) => std::fs::write(path, text)
            .with_context(|| format!("cannot write {}", path.display()))?,
        None => output::print(&text)?,
    }
    Ok(Done::Well)
}

/// The same workloads for the same seed, on any machine.
fn is_taken(id: &str, args: &Args) -> bool {
    let digest = digest(format!("{}\0{id}", args.seed).as_bytes());
    let number = u32::from_str_radix(&digest[..6], 16).expect("hexadecimal");
    number % 100 < args.share
}
