//! The synthetic sample estate, made anew.

use super::options::Global;
use super::{Done, output};
use crate::sample;
use crate::store::{Series, one_file, write_synthetic};
use anyhow::Context;
use std::fs;
use std::path::PathBuf;

/// Write the synthetic sample estate as a store
#[derive(clap::Args)]
pub(super) struct Args {
    /// Directory to write; must not exist (with --embedded its two files are replaced)
    #[arg(long)]
    out: PathBuf,
    /// Another seed makes another estate
    #[arg(long, default_value_t = sample::SEED)]
    seed: u64,
    /// Write the two files that the program carries instead of a store
    #[arg(long)]
    embedded: bool,
}

pub(super) fn run(args: &Args, global: &Global) -> anyhow::Result<Done> {
    let estate = sample::estate(args.seed);
    let series: Vec<Series<'_>> =
        estate.iter().map(|series| (&series.workload, series.readings.as_slice())).collect();
    let readings: usize = series.iter().map(|(_, readings)| readings.len()).sum();
    if args.embedded {
        let failed = || format!("cannot write to {}", args.out.display());
        fs::create_dir_all(&args.out).with_context(failed)?;
        let workloads: Vec<_> = series.iter().map(|(workload, _)| workload).collect();
        let text = serde_json::to_string_pretty(&workloads)? + "\n";
        fs::write(args.out.join("workloads.json"), text).with_context(failed)?;
        fs::write(args.out.join("readings.parquet"), one_file(&series)?).with_context(failed)?;
    } else {
        let source = format!("{}, seed {}", sample::SOURCE, args.seed);
        write_synthetic(&args.out, &source, &series)?;
    }
    let (count, out) = (series.len(), args.out.display());
    output::note(&format!("{count} synthetic workloads, {readings} readings: {out}"), global);
    Ok(Done::Well)
}
