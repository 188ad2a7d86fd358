//! A store, or the sample, into an estate's answer.

use super::options::{Global, Instances, Sizing, book, catalog, settings};
use super::{output, usage};
use crate::advise::{self, Asked, Beside};
use crate::book::without_prices;
use crate::fit::{Fitter, Functions};
use crate::model::{
    Advice, Catalog, Estate, Finding, Instance, Kind, PartKind, Profile, Run, Runs, Sample,
    Workload,
};
use crate::reduce::Reduction;
use crate::sample;
use crate::size::rules::Rule;
use crate::store::{PartProfiles, Snapshot, scan_embedded};
use anyhow::Context;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;

const SAMPLE_WORKLOADS: &str = include_str!("../../data/sample/workloads.json");
const SAMPLE_READINGS: &[u8] = include_bytes!("../../data/sample/readings.parquet");

/// Workloads with their profiles, and where they came from.
pub(super) struct Loaded {
    pub source: String,
    pub synthetic: bool,
    pub window_seconds: u64,
    pub workloads: Vec<Workload>,
    /// What was odd when the readings were imported.
    pub findings: Vec<Finding>,
    pub profiles: HashMap<String, Profile>,
    /// Of containers that were measured on their own, by workload.
    pub containers: PartProfiles,
    /// Readings of those that scale by themselves, in order.
    pub scaling: BTreeMap<String, Vec<Sample>>,
}

/// The store, or without one the sample; with `--verbose` how long that took.
#[expect(clippy::disallowed_methods, reason = "the command line asks the clock")]
pub(super) fn load(store: Option<&Path>, global: &Global) -> anyhow::Result<Loaded> {
    let start = std::time::Instant::now();
    let loaded = read(store)?;
    if global.verbose {
        let readings: u64 = loaded.profiles.values().map(Profile::readings).sum();
        let (source, seconds) = (&loaded.source, start.elapsed().as_secs_f64());
        output::note(&format!("{source}: {readings} readings in {seconds:.3} s"), global);
    }
    Ok(loaded)
}

fn read(store: Option<&Path>) -> anyhow::Result<Loaded> {
    let Some(path) = store else { return embedded() };
    if path.is_file() {
        let name = path.display();
        return Err(usage(format!(
            "{name} is a file, not a store; first: loadline import {name} --out STORE"
        )));
    }
    let snapshot = Snapshot::open(path)?;
    let profiles = snapshot.profiles()?;
    let whole = snapshot.info.window_seconds();
    let (window_seconds, split) = advise::window_seconds(profiles.values(), whole);
    let profiles = with_runs(&snapshot, profiles)?;
    let mut findings = snapshot.findings();
    findings.extend(split);
    Ok(Loaded {
        source: format!("{} ({})", path.display(), snapshot.info.source),
        synthetic: snapshot.info.synthetic,
        window_seconds,
        findings,
        containers: snapshot.part_profiles(PartKind::Container)?,
        scaling: scaling(&snapshot)?,
        workloads: with_unlisted(snapshot.workloads, &profiles),
        profiles,
    })
}

fn embedded() -> anyhow::Result<Loaded> {
    let workloads: Vec<Workload> =
        serde_json::from_str(SAMPLE_WORKLOADS).context("the embedded sample is damaged")?;
    let mut reduction = Reduction::default();
    let scales = advise::scale(&workloads);
    let mut scaling: BTreeMap<String, Vec<Sample>> = BTreeMap::new();
    scan_embedded(SAMPLE_READINGS, |workload, reading| {
        reduction.add(workload, reading);
        if scales.contains(workload) {
            scaling.entry(workload.to_owned()).or_default().push(Sample::of(reading));
        }
    })?;
    Ok(Loaded {
        source: sample::SOURCE.to_owned(),
        synthetic: true,
        window_seconds: u64::try_from(sample::DAYS).expect("days") * 86_400,
        workloads,
        findings: Vec::new(),
        profiles: reduction.into_profiles(),
        containers: PartProfiles::new(),
        scaling,
    })
}

/// Jobs whose tasks were measured one by one have each as a run.
fn with_runs(
    snapshot: &Snapshot,
    mut profiles: HashMap<String, Profile>,
) -> anyhow::Result<HashMap<String, Profile>> {
    let jobs: Vec<&Workload> =
        snapshot.workloads.iter().filter(|one| one.kind == Kind::Task).collect();
    if jobs.is_empty() {
        return Ok(profiles);
    }
    let tasks = snapshot.part_profiles(PartKind::Task)?;
    for job in jobs {
        let runs: Vec<Run> = tasks
            .get(&job.id)
            .into_iter()
            .flat_map(BTreeMap::values)
            .filter_map(Profile::as_run)
            .collect();
        if runs.is_empty() {
            continue;
        }
        if let Some(profile) = profiles.remove(&job.id) {
            profiles.insert(job.id.clone(), profile.with_runs(Runs::of_tasks(runs)));
        }
    }
    Ok(profiles)
}

/// Readings are only kept one by one where they are played through.
fn scaling(snapshot: &Snapshot) -> anyhow::Result<BTreeMap<String, Vec<Sample>>> {
    let scales = advise::scale(&snapshot.workloads);
    if scales.is_empty() {
        return Ok(BTreeMap::new());
    }
    Ok(snapshot.samples_of(|workload| scales.contains(workload))?)
}

/// Every workload exactly once: also those that have readings but no entry.
fn with_unlisted(
    mut workloads: Vec<Workload>,
    profiles: &HashMap<String, Profile>,
) -> Vec<Workload> {
    let listed: HashSet<String> = workloads.iter().map(|one| one.id.clone()).collect();
    let unlisted = profiles.keys().filter(|id| !listed.contains(*id));
    workloads.extend(unlisted.map(|id| Workload::named(id)).collect::<Vec<_>>());
    workloads.sort_by(|a, b| a.id.cmp(&b.id));
    workloads
}

/// Whose prices hold for a workload: the region asked for, else where it runs.
fn region_of<'a>(workload: &'a Workload, global: &'a Global) -> &'a str {
    global.region.as_deref().or(workload.region.as_deref()).unwrap_or(global.region())
}

/// The prices of every region that is needed. A workload's own region may have none.
fn catalogs(workloads: &[Workload], global: &Global) -> anyhow::Result<BTreeMap<String, Catalog>> {
    let mut regions: BTreeSet<&str> =
        workloads.iter().map(|workload| region_of(workload, global)).collect();
    if regions.is_empty() {
        regions.insert(global.region());
    }
    let book = book(global)?;
    let mut all = BTreeMap::new();
    for region in regions {
        let own = global.region.as_deref() != Some(region);
        let catalog = match catalog(&book, region) {
            Err(error) if own && region != global.region() => {
                without_prices(region).map_err(|_| error)?
            }
            other => other?,
        };
        all.insert(region.to_owned(), catalog);
    }
    Ok(all)
}

/// The prices of the one region that all workloads are of.
pub(super) fn only_catalog(loaded: &Loaded, global: &Global) -> anyhow::Result<Catalog> {
    let mut all = catalogs(&loaded.workloads, global)?;
    if all.len() > 1 {
        let regions: Vec<&str> = all.keys().map(String::as_str).collect();
        return Err(usage(format!(
            "workloads are in {}: instances of one region cannot hold those of another; name the \
             region whose prices hold for all with --region (fleet: or a cluster with --cluster)",
            regions.join(", ")
        )));
    }
    let (_, catalog) = all.pop_first().context("there is no region")?;
    Ok(catalog)
}

/// Instances of clusters that a pull saw.
pub(super) fn instances(store: Option<&Path>) -> anyhow::Result<Vec<Instance>> {
    Ok(match store {
        Some(path) => Snapshot::open(path)?.instances()?,
        None => Vec::new(),
    })
}

/// First lines of a fleet's report.
pub(super) fn fleet_heading(estate: &Estate, catalog: &Catalog) -> Vec<String> {
    let mut lines = heading(estate);
    lines.truncate(1);
    lines.push(format!(
        "On demand in {}, {} hours a month, prices read {} to {}. Fargate is paid for the tasks \
         that run on average, instances for the most that run at once.",
        catalog.region, estate.month_hours, catalog.as_of.0, catalog.as_of.1
    ));
    lines
}

/// The oldest and the newest date of all.
fn dates(catalogs: &BTreeMap<String, Catalog>) -> (String, String) {
    let dated = || catalogs.values().map(|one| &one.as_of).filter(|(first, _)| !first.is_empty());
    let first = dated().map(|(first, _)| first.clone()).min();
    let last = dated().map(|(_, last)| last.clone()).max();
    (first.unwrap_or_default(), last.unwrap_or_default())
}

/// What every workload's readings make other rules ask for.
pub(super) fn samples(store: Option<&Path>) -> anyhow::Result<BTreeMap<String, Vec<Sample>>> {
    if let Some(path) = store {
        return Ok(Snapshot::open(path)?.samples()?);
    }
    let mut all: BTreeMap<String, Vec<Sample>> = BTreeMap::new();
    scan_embedded(SAMPLE_READINGS, |workload, reading| {
        all.entry(workload.to_owned()).or_default().push(Sample::of(reading));
    })?;
    Ok(all)
}

/// The readings of some workloads.
pub(super) fn samples_of(
    store: Option<&Path>,
    taken: &BTreeSet<&str>,
) -> anyhow::Result<BTreeMap<String, Vec<Sample>>> {
    match store {
        Some(path) => Ok(Snapshot::open(path)?.samples_of(|one| taken.contains(one))?),
        None => samples(None),
    }
}

/// The answer for what was loaded.
pub(super) fn estate(
    loaded: &Loaded,
    sizing: &Sizing,
    (instances, functions): (&Instances, Functions),
    global: &Global,
) -> anyhow::Result<Estate> {
    estate_as(loaded, sizing, (instances, functions), global, None)
}

/// The same with the sizes that another rule asks for.
pub(super) fn estate_as(
    loaded: &Loaded,
    sizing: &Sizing,
    (instances, functions): (&Instances, Functions),
    global: &Global,
    rule: Option<(Rule, &BTreeMap<String, Vec<Sample>>)>,
) -> anyhow::Result<Estate> {
    let catalogs = catalogs(&loaded.workloads, global)?;
    let settings = settings(sizing, instances, global, loaded.window_seconds);
    let fitters: BTreeMap<&str, Fitter<'_>> = catalogs
        .iter()
        .map(|(region, catalog)| {
            (region.as_str(), Fitter::new(catalog, settings.node).with_functions(functions))
        })
        .collect();
    let nothing = Profile::default();
    let no_containers = BTreeMap::new();
    let mut advices: Vec<Advice> = loaded
        .workloads
        .iter()
        .map(|workload| {
            let profile = loaded.profiles.get(&workload.id).unwrap_or(&nothing);
            let fitter = &fitters[region_of(workload, global)];
            let asked = rule.map(|(rule, samples)| Asked {
                rule,
                ask: samples.get(&workload.id).and_then(|samples| rule.ask(samples)),
            });
            let containers = loaded.containers.get(&workload.id).unwrap_or(&no_containers);
            let samples = loaded.scaling.get(&workload.id).map_or(&[][..], Vec::as_slice);
            let beside = Beside { asked, samples };
            let advice = advise::advise_as(workload, profile, fitter, &settings, beside);
            advise::with_containers(advice, containers, &settings.policy)
        })
        .collect();
    // Nothing saved known sorts last.
    advices.sort_by(|a, b| {
        b.savings().cmp(&a.savings()).then_with(|| a.workload.id.cmp(&b.workload.id))
    });
    Ok(Estate {
        source: loaded.source.clone(),
        synthetic: loaded.synthetic,
        region: catalogs.keys().map(String::as_str).collect::<Vec<_>>().join(", "),
        prices_as_of: dates(&catalogs),
        month_hours: global.month_hours,
        policy: settings.policy,
        advices,
        findings: loaded.findings.clone(),
    })
}

/// First lines of a report: what it is about, and whose prices.
pub(super) fn heading(estate: &Estate) -> Vec<String> {
    let source = if estate.synthetic && estate.source == sample::SOURCE {
        "Sample estate (synthetic, shipped with loadline): a university team's web app, queue, \
         worker, crawler and jobs. Your own: loadline import FILE --out STORE, then loadline analyze STORE."
            .to_owned()
    } else if estate.synthetic {
        format!("{} (synthetic)", estate.source)
    } else {
        estate.source.clone()
    };
    vec![
        source,
        format!(
            "Fargate on demand in {}, {} hours a month, prices read {} to {}.",
            estate.region, estate.month_hours, estate.prices_as_of.0, estate.prices_as_of.1
        ),
    ]
}
