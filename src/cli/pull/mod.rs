//! Live AWS into a store: plan it, pull it.
//!
//! `plan` asks what runs and prints what the metrics of it would cost; `pull` makes exactly
//! those calls and writes the store.

mod cost;
mod frozen;
mod keep;
mod key;
pub(super) mod live;
mod plan;
mod redact;
mod write;

pub(super) use plan::{PlanArgs, plan};

use super::options::{self, Global, book};
use super::progress::Stage;
use super::{Done, output, usage};
use crate::model::{Code, Finding};
use crate::pull::{Failure, Fetched, Inventory, Place, Plan, Puller};
use crate::store::{Base, Journal};
use crate::units::Usd;
use anyhow::Context;
use frozen::Frozen;
use keep::Keeper;
use key::{key, names};
use live::Live;
use redact::Redactor;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Pull utilization from AWS into a store
///
/// Reads only. It can be stopped at any moment: the same command goes on where it was, and
/// run again later it fetches only what is new.
#[derive(clap::Args)]
pub(super) struct PullArgs {
    /// Store to write, or to add to
    #[arg(long)]
    out: PathBuf,
    /// Stop before more than so many dollars are spent
    #[arg(long, value_parser = options::dollars, value_name = "USD")]
    budget: Option<Usd>,
    /// Ask for Savings Plans and Reserved Instances too, for `loadline replay`
    #[arg(long)]
    commitments: bool,
    /// End with code 4 where anything is missing
    #[arg(long)]
    strict: bool,
    /// Write pseudonyms in place of accounts and names; the key lies beside the store
    #[arg(long)]
    redact: bool,
    #[command(flatten)]
    live: Live,
}

/// What came of asking what runs.
struct Asked {
    inventories: Vec<Inventory>,
    failures: BTreeMap<Place, Failure>,
}

fn unpriced(costs: &[cost::Costs<'_>]) -> Vec<Finding> {
    let none = costs.iter().filter(|one| one.usd.is_none());
    none.map(|one| {
        let detail = "GetMetricData; give it with --metric-price";
        Finding::new(Code::PriceMissing, detail).about(one.place.region.clone())
    })
    .collect()
}

pub(super) fn pull(args: &PullArgs, global: &Global) -> anyhow::Result<Done> {
    let (out, live) = (args.out.as_path(), &args.live);
    base_of(out, args.redact)?;
    let fresh = !Journal::path_for(out).exists();
    let mut journal = Journal::open(out)?;
    let begun = Frozen::begun(&journal, live, args.redact, out)?;
    let puller = match Puller::open(&live.session(), &live::watch(global)) {
        Ok(puller) => puller,
        Err(error) => {
            if fresh {
                journal.remove()?;
            }
            return Err(usage(error.to_string()));
        }
    };
    let key = if args.redact { Some(key(out)?) } else { None };
    let redactor = &mut Redactor::new(key);
    let begun = match begun {
        Some(old) if old.is_stale(now()) => {
            conclude(out, &journal, &old, redactor, global)?;
            journal.remove()?;
            journal = Journal::open(out)?;
            None
        }
        begun => begun,
    };
    let places = all_places(&puller);
    let frozen = if let Some(frozen) = begun {
        let path = journal.path().display();
        if let Some(other) = puller.places().find(|place| !frozen.places.contains(place)) {
            return Err(usage(format!(
                "the pull in {path} was begun without {other}; use the credentials it was begun with, or remove {path}"
            )));
        }
        output::note(&format!("going on with the pull begun in {path}"), global);
        frozen
    } else {
        let known = if args.redact { names(out)? } else { Vec::new() };
        Frozen::new(live, now(), base_of(out, args.redact)?, known, &places, redactor)
    };
    tell_left_out(&frozen, out, global);
    frozen.keep(&journal)?;
    let mut asked = ask(&puller, &frozen, live, Some(&journal), global)?;
    if asked.inventories.is_empty() {
        // Nothing was fetched that would be worth keeping.
        journal.remove()?;
        return nothing_reached(&asked);
    }
    if puller.places().next().is_none() {
        return nothing_reached(&asked);
    }
    let plan = Arc::new(frozen.plan(&asked.inventories, redactor));
    let book = book(global)?;
    let costs = cost::costs(&plan, &book, &live.limits, live.session().quota);
    if let (Some(_), Some(finding)) = (args.budget, unpriced(&costs).first()) {
        return Err(usage(format!("--budget cannot be held without a price: {finding}")));
    }
    say_plan(&costs, global);
    let stage = Stage::new("metrics", "calls", global);
    let budget = keep::budget(&journal, &plan, &book, args);
    let mut keeper = Keeper::new(&journal, &plan, &stage);
    let fetched = puller.fetch(&plan, budget, &mut keeper);
    let brought = keeper.brought;
    stage.end();
    if let Some(problem) = fetched.lost {
        anyhow::bail!("{problem}");
    }
    let missing = missing_places(&journal, &plan);
    // A place that was not reached today is whole if everything of it came before.
    asked.failures.retain(|place, _| {
        missing.contains(place) || !asked.inventories.iter().any(|one| one.place == *place)
    });
    let done = write::write(out, &journal, &frozen, &asked, &plan, &fetched, redactor)?;
    let all_held = !args.commitments || keep_commitments(&puller, out, redactor, global)?;
    tell_done(&done, &stage, brought, out, global);
    let complete = missing.is_empty() && asked.failures.is_empty();
    if complete {
        journal.remove()?;
    }
    let odd = |finding: &Finding| finding.code.severity() != crate::model::Severity::Note;
    let nothing = done.readings == 0 && !plan.batches.is_empty();
    let incomplete = !complete || !all_held || nothing || done.findings.iter().any(odd);
    Ok(match (args.strict && incomplete, nothing && !complete) {
        (true, _) => Done::Incomplete,
        (false, true) => Done::Failed,
        (false, false) => Done::Well,
    })
}

/// What is held stands beside the readings, and is asked for anew each time. Is it all?
fn keep_commitments(
    puller: &Puller,
    out: &Path,
    redactor: &Redactor,
    global: &Global,
) -> anyhow::Result<bool> {
    let (mut held, told_all) = puller.commitments();
    let told: Vec<Finding> = held
        .missing
        .iter()
        .map(|why| Finding::new(Code::PullPartMissing, why.clone()).about("commitments"))
        .collect();
    super::import::tell(&told, global);
    if redactor.is_on() {
        // Whose they are, and what a service said.
        let count = held.missing.len();
        held.missing = vec!["(redacted)".to_owned(); count];
    }
    let path = super::commitments::in_store(out);
    if !told_all && path.exists() {
        let what = format!("{} stays as it was", path.display());
        output::note(&what, global);
        return Ok(false);
    }
    super::commitments::write(&path, &held)?;
    let (plans, instances) = (held.plans.len(), held.instances.len());
    output::note(
        &format!("{}: {plans} Savings Plans, {instances} reservations", path.display()),
        global,
    );
    Ok(held.missing.is_empty())
}

/// A store grows at its end only.
fn tell_left_out(frozen: &Frozen, out: &Path, global: &Global) {
    if let Some(begins) = frozen.left_out() {
        let begins = jiff::Timestamp::from_second(begins).unwrap_or_default();
        let out = out.display();
        let told = format!(
            "{out} begins at {begins}; what was before is not added: pull it into another store"
        );
        output::note(&told, global);
    }
}

/// The store that is added to, if there is one and it can be.
fn base_of(out: &Path, redact: bool) -> anyhow::Result<Option<Base>> {
    let Some(base) = Base::of(out)? else { return Ok(None) };
    let name = out.display();
    if base.info.pulls.is_empty() {
        return Err(usage(format!(
            "{name} is a store of imported readings; pull into another one"
        )));
    }
    match (base.info.redacted, redact) {
        (true, false) => Err(usage(format!("{name} is redacted; pull into it with --redact"))),
        (false, true) => {
            Err(usage(format!("{name} is not redacted; pull into another one with --redact")))
        }
        _ => Ok(Some(base)),
    }
}

/// Places of which a batch is missing.
fn missing_places(journal: &Journal, plan: &Plan) -> BTreeSet<Place> {
    let names = keep::names(plan);
    let missing = names.iter().zip(&plan.batches).filter(|(name, _)| !journal.has(name));
    missing.map(|(_, batch)| batch.place.clone()).collect()
}

/// A pull that was stopped too long ago to go on: what it had brought goes into the store.
fn conclude(
    out: &Path,
    journal: &Journal,
    frozen: &Frozen,
    redactor: &mut Redactor,
    global: &Global,
) -> anyhow::Result<()> {
    let mut inventories = Vec::new();
    for place in &frozen.places {
        inventories.extend(known_inventory(journal, place)?);
    }
    if inventories.is_empty() {
        return Ok(());
    }
    frozen.remember(&mut inventories);
    output::note(
        "the pull begun before is too old to go on; what it brought is kept, and the rest is asked for anew",
        global,
    );
    let plan = frozen.plan(&inventories, redactor);
    let asked = Asked { inventories, failures: BTreeMap::new() };
    write::write(out, journal, frozen, &asked, &plan, &Fetched::default(), redactor)?;
    Ok(())
}

fn tell_done(done: &write::Written, stage: &Stage, calls: usize, out: &Path, global: &Global) {
    super::import::tell(&done.findings, global);
    let (workloads, readings) = (done.workloads, done.readings);
    let (seconds, out) = (stage.seconds(), out.display());
    let next = if readings > 0 { format!(" Next: loadline analyze {out}") } else { String::new() };
    output::note(
        &format!(
            "{out}: {workloads} workloads, {readings} new readings, {calls} calls of GetMetricData in {seconds:.1} s.{next}"
        ),
        global,
    );
}

fn say_plan(costs: &[cost::Costs<'_>], global: &Global) {
    let volume = cost::sum(costs);
    let usd = cost::total(costs)
        .map_or_else(|| "an unknown price".to_owned(), |usd| format!("${}", usd.micro_string()));
    let (workloads, calls, metrics) = (volume.workloads, volume.calls, volume.metrics);
    output::note(
        &format!("{workloads} workloads: {metrics} metrics in {calls} calls for {usd}"),
        global,
    );
}

/// Every place that was asked for, reached or not.
fn all_places(puller: &Puller) -> Vec<Place> {
    let failed = puller.failures().iter().map(|(place, _)| place);
    let mut all: Vec<Place> = puller.places().chain(failed).cloned().collect();
    all.sort();
    all
}

/// Asks what runs, where the journal does not know it yet.
fn ask(
    puller: &Puller,
    frozen: &Frozen,
    live: &Live,
    journal: Option<&Journal>,
    global: &Global,
) -> anyhow::Result<Asked> {
    let mut inventories: Vec<Inventory> = Vec::new();
    let mut places = Vec::new();
    for place in &frozen.places {
        let known = journal.map(|journal| known_inventory(journal, place)).transpose()?.flatten();
        match known {
            Some(known) => inventories.push(known),
            None => places.push(place.clone()),
        }
    }
    let stage = Arc::new(Stage::new("inventory", "clusters", global));
    let told = Arc::clone(&stage);
    let tell: Arc<dyn Fn(u64, u64) + Send + Sync> =
        Arc::new(move |done, all| told.tell(done, all, ""));
    let scope = live.scope(frozen.home.clone(), frozen.history_from())?;
    let mut failures: BTreeMap<Place, Failure> = puller.failures().iter().cloned().collect();
    for (place, found) in puller.inventories(&places, &scope, &tell) {
        match found {
            Ok(inventory) => {
                if let Some(journal) = journal {
                    journal.keep_text(&file_of(&place), &serde_json::to_string(&inventory)?)?;
                }
                inventories.push(inventory);
            }
            Err(failure) => {
                failures.insert(place, failure);
            }
        }
    }
    stage.end();
    frozen.remember(&mut inventories);
    inventories.sort_by(|a, b| a.place.cmp(&b.place));
    Ok(Asked { inventories, failures })
}

/// What runs in a place, if it was asked before.
fn known_inventory(journal: &Journal, place: &Place) -> anyhow::Result<Option<Inventory>> {
    let Some(text) = journal.text(&file_of(place))? else { return Ok(None) };
    let what = || format!("what runs in {place}, as kept");
    Ok(Some(serde_json::from_str(&text).with_context(what)?))
}

fn file_of(place: &Place) -> String {
    format!("inventory-{}-{}.json", place.account, place.region)
}

/// Not one place answered: each reason in a line, and nothing is written.
fn nothing_reached(asked: &Asked) -> anyhow::Result<Done> {
    let mut reasons: Vec<String> = asked.failures.values().map(ToString::to_string).collect();
    reasons.dedup();
    let Some(first) = reasons.first() else {
        anyhow::bail!("there is no account and region to ask")
    };
    match reasons.len() {
        1 => anyhow::bail!("{first}"),
        more => anyhow::bail!("{first} (and {} places more that could not be reached)", more - 1),
    }
}

#[expect(clippy::disallowed_methods, reason = "the command line asks the clock")]
fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.ok().and_then(|since| i64::try_from(since.as_secs()).ok()).unwrap_or(0)
}
