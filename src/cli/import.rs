//! Other people's files into a store.

#![expect(clippy::doc_markdown, reason = "these comments are what --help shows")]

use super::options::{Global, size};
use super::{Done, output, usage};
use crate::model::{Finding, Severity, Size, Workload};
use crate::store::{Import, ImportOptions, Mapping, Preset, Progress};
use anyhow::Context;
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Turn CSV or Parquet files of readings into a store
///
/// Columns named as in a store need no mapping: workload, at, period_seconds, tasks,
/// cpu_units_mean, cpu_units_max, memory_mib_mean, memory_mib_max, requests, alloc_cpu,
/// alloc_memory. Others are named with --map or a preset.
#[derive(clap::Args)]
pub(super) struct Args {
    /// CSV with a header, or Parquet
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Directory to write; must not exist
    #[arg(long)]
    out: PathBuf,
    #[command(flatten)]
    reading: Reading,
    /// JSON list of what is known of workloads, as in a store's workloads.json
    #[arg(long)]
    workloads: Option<PathBuf>,
    /// Account that the readings are of
    #[arg(long, default_value = "unknown", value_parser = plain_name)]
    account: String,
    /// Region that the readings are of
    #[arg(long, value_parser = plain_name)]
    from_region: Option<String>,
    /// End with code 4 where anything was odd (notes do not count)
    #[arg(long)]
    strict: bool,
}

/// How files are to be read.
#[derive(clap::Args)]
pub(super) struct Reading {
    /// A known shape of files
    #[arg(long, value_enum, conflicts_with = "map")]
    preset: Option<PresetArg>,
    /// target=column:unit, ...; units vcpu, cpu-units, percent (of the allocation), mib,
    /// gib, kib, bytes; of times seconds, milliseconds, iso
    #[arg(long)]
    map: Option<String>,
    /// The size of every workload where no column says it: CPU units / MiB
    #[arg(long, value_parser = size)]
    size: Option<Size>,
    /// How long a reading stands for, where no column says it; found out without
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    period_seconds: Option<u32>,
}

#[derive(Clone, Copy, ValueEnum)]
enum PresetArg {
    /// Bitbrains: cpu_vcpu, memory_mib, alloc_vcpu, alloc_memory_mib
    Bitbrains,
    /// Azure public trace: cpu_percent, cpu_percent_max
    Azure,
    /// Borg tasks: CPU and memory in percent, mean and maximum
    Borg,
    /// CloudWatch series: cpu_percent, requests
    Cloudwatch,
    /// Requests a minute
    WebRequests,
    /// Lambda REPORT lines: max_memory_used_mb, memory_size_mb
    LambdaReport,
}

impl From<PresetArg> for Preset {
    fn from(preset: PresetArg) -> Self {
        match preset {
            PresetArg::Bitbrains => Preset::Bitbrains,
            PresetArg::Azure => Preset::Azure,
            PresetArg::Borg => Preset::Borg,
            PresetArg::Cloudwatch => Preset::Cloudwatch,
            PresetArg::WebRequests => Preset::WebRequests,
            PresetArg::LambdaReport => Preset::LambdaReport,
        }
    }
}

pub(super) fn run(args: &Args, global: &Global) -> anyhow::Result<Done> {
    let options = ImportOptions {
        workloads: args.workloads.as_deref().map_or_else(|| Ok(Vec::new()), known_workloads)?,
        account: args.account.clone(),
        region: args.from_region.clone(),
        ..args.reading.options()?
    };
    let mut import = Import::into_store(&options, &args.out)?;
    read(&mut import, &args.files, global)?;
    let imported = import.finish(&args.files)?;
    tell(&imported.findings, global);
    let (rows, readings) = (imported.rows, imported.readings);
    let workloads = imported.snapshot.workloads.len();
    let out = args.out.display();
    output::note(
        &format!(
            "{out}: {workloads} workloads, {readings} readings of {rows} rows. Next: loadline analyze {out}"
        ),
        global,
    );
    let odd = |finding: &Finding| finding.code.severity() != Severity::Note;
    let incomplete = args.strict && imported.findings.iter().any(odd);
    Ok(if incomplete { Done::Incomplete } else { Done::Well })
}

/// Reads all files, with a progress bar each.
pub(super) fn read(
    import: &mut Import<'_>,
    files: &[PathBuf],
    global: &Global,
) -> anyhow::Result<()> {
    for file in files {
        let bar = bar(file, global);
        import.file(file, &mut |progress| advance(&bar, progress))?;
        bar.finish_and_clear();
    }
    Ok(())
}

/// Says what was odd.
pub(super) fn tell(findings: &[Finding], global: &Global) {
    let text = output::findings_text(findings.iter(), 100);
    if !text.is_empty() {
        output::note(text.trim_end(), global);
    }
}

impl Reading {
    pub fn options(&self) -> anyhow::Result<ImportOptions> {
        let mut mapping = match (&self.preset, &self.map) {
            (Some(preset), _) => Preset::from(*preset).mapping()?,
            (None, Some(spec)) => Mapping::parse(spec).map_err(|error| usage(error.to_string()))?,
            (None, None) => Mapping::own(),
        };
        mapping.size = self.size;
        mapping.period_seconds = self.period_seconds.or(mapping.period_seconds);
        Ok(ImportOptions {
            mapping,
            now: now(),
            account: "unknown".to_owned(),
            region: None,
            workloads: Vec::new(),
            rows_in_memory: None,
        })
    }
}

fn known_workloads(path: &Path) -> anyhow::Result<Vec<Workload>> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("--workloads: {}", path.display()))?;
    let all: Vec<Workload> =
        serde_json::from_str(&text).with_context(|| format!("--workloads: {}", path.display()))?;
    if let Some(problem) = all.iter().find_map(|one| one.check().err()) {
        anyhow::bail!("--workloads: {}: {problem}", path.display());
    }
    let mut seen = std::collections::HashSet::new();
    match all.iter().find(|one| !seen.insert(one.id.as_str())) {
        Some(twice) => {
            anyhow::bail!("--workloads: {}: {:?} stands in it twice", path.display(), twice.id)
        }
        None => Ok(all),
    }
}

/// A name that can be part of a directory's.
fn plain_name(text: &str) -> Result<String, super::Usage> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !text.is_empty() && text.chars().all(plain) {
        return Ok(text.to_owned());
    }
    Err(super::Usage("letters, digits, - and _ are expected".to_owned()))
}

#[expect(clippy::disallowed_methods, reason = "the command line asks the clock")]
fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.ok().and_then(|since| i64::try_from(since.as_secs()).ok()).unwrap_or(i64::MAX - 86_400)
}

/// Drawn on stderr, on a terminal only, from the first second on.
fn bar(file: &Path, global: &Global) -> ProgressBar {
    if global.quiet {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(1), ProgressDrawTarget::stderr_with_hz(5));
    let style = ProgressStyle::with_template("{prefix} {wide_bar} {percent}% {msg} {eta} left");
    bar.set_style(style.expect("a template of our own"));
    bar.set_prefix(file.file_name().unwrap_or_default().to_string_lossy().into_owned());
    bar
}

fn advance(bar: &ProgressBar, progress: Progress) {
    if bar.elapsed() < Duration::from_secs(1) {
        return;
    }
    bar.set_length(progress.all);
    bar.set_position(progress.done.min(progress.all));
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "shown to people"
    )]
    let rate = (progress.rows as f64 / bar.elapsed().as_secs_f64()) as u64;
    bar.set_message(format!("{rate} rows/s"));
}
