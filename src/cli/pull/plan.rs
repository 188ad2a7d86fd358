//! What a pull would ask and cost, without asking CloudWatch anything.

use super::cost;
use super::frozen::Frozen;
use super::key::{key, names};
use super::live::{self, Live};
use super::redact::Redactor;
use super::{all_places, ask, nothing_reached, now, tell_left_out, unpriced, write};
use crate::cli::options::{Format, Global, book};
use crate::cli::{Done, import, output, usage};
use crate::pull::{Plan, Puller, Watch};
use crate::report::text;
use crate::store::Base;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Show what a pull would call and cost
///
/// Asks AWS what runs, and nothing of CloudWatch. The pull makes the calls that the plan
/// counts, and no others.
#[derive(clap::Args)]
pub(in crate::cli) struct PlanArgs {
    /// The store that would be added to
    #[arg(long)]
    out: Option<PathBuf>,
    #[command(flatten)]
    live: Live,
}

pub(in crate::cli) fn plan(args: &PlanArgs, global: &Global) -> anyhow::Result<Done> {
    let calls = Arc::new(AtomicU64::new(0));
    let puller = Puller::open(&args.live.session(), &counted(live::watch(global), &calls));
    let puller = puller.map_err(|error| usage(error.to_string()))?;
    let base = args.out.as_deref().map(Base::of).transpose()?.flatten();
    let redacted = base.as_ref().is_some_and(|base| base.info.redacted);
    let key = args.out.as_deref().filter(|_| redacted).map(key).transpose()?;
    let mut redactor = Redactor::new(key);
    let known = args.out.as_deref().filter(|_| redacted).map(names).transpose()?;
    let places = all_places(&puller);
    let known = known.unwrap_or_default();
    let frozen = Frozen::new(&args.live, now(), base, known, &places, &mut redactor);
    if let Some(out) = &args.out {
        tell_left_out(&frozen, out, global);
    }
    let asked = ask(&puller, &frozen, &args.live, None, global)?;
    if asked.inventories.is_empty() {
        return nothing_reached(&asked);
    }
    let plan = frozen.plan(&asked.inventories, &mut redactor);
    let costs = cost::costs(&plan, &book(global)?, &args.live.limits, args.live.session().quota);
    let inventory_calls = calls.load(Ordering::Relaxed);
    match global.format {
        Format::Json => {
            output::print(&cost::json(&costs, (frozen.start(), frozen.end), inventory_calls))?;
        }
        Format::Table => {
            let screen = output::screen(global);
            let mut out = text::draw(&cost::table(&costs), screen);
            for line in explanations(&frozen, &plan, inventory_calls) {
                out.push_str(&text::wrapped(&line, screen.width, ""));
            }
            output::print(&out)?;
        }
        Format::Csv | Format::Markdown => output::print_table(&cost::table(&costs), global)?,
    }
    let mut findings = unpriced(&costs);
    findings.extend(write::of_places(&asked));
    import::tell(&findings, global);
    Ok(Done::Well)
}

fn explanations(frozen: &Frozen, plan: &Plan, inventory_calls: u64) -> Vec<String> {
    let mut periods: Vec<u32> = plan.batches.iter().map(|one| one.segment.period).collect();
    periods.sort_unstable();
    periods.dedup();
    let periods: Vec<String> = periods.iter().map(ToString::to_string).collect();
    let first = plan.batches.iter().map(|one| one.segment.start).min().unwrap_or(frozen.end);
    let time = |at: i64| jiff::Timestamp::from_second(at).unwrap_or_default();
    vec![
        String::new(),
        if periods.is_empty() {
            "There is nothing new to ask GetMetricData.".to_owned()
        } else {
            format!(
                "GetMetricData from {} to {}, periods of {} seconds. SECONDS is the least that the quotas \
                 allow, USD what AWS charges for the metrics.",
                time(first),
                time(frozen.end),
                periods.join(", ")
            )
        },
        format!(
            "Asking what runs took {inventory_calls} calls, which cost nothing; a pull makes them again."
        ),
    ]
}

fn counted(watch: Watch, calls: &Arc<AtomicU64>) -> Watch {
    let calls = Arc::clone(calls);
    Arc::new(move |call| {
        calls.fetch_add(1, Ordering::Relaxed);
        watch(call);
    })
}
