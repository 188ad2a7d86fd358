//! The journal's batches into the store: workload after workload, place after place.

use super::Asked;
use super::frozen::Frozen;
use super::keep::names;
use super::key::keep_names;
use super::redact::Redactor;
use crate::model::{Code, Finding, Instance, Kind, Protocol, Workload};
use crate::pull::{
    FUNCTIONS, Facts, Fetched, Found, INSTANCES, Insights, Inventory, Place, Plan, Points, Segment,
    convert, convert_parts,
};
use crate::store::{
    Addition, Answers, Journal, Pulled, Rows, Snapshot, StoreError, StoreInfo, StoredFinding,
    Stretch,
};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What became of it.
pub(super) struct Written {
    pub workloads: usize,
    pub readings: u64,
    pub findings: Vec<Finding>,
}

/// Everything that is complete goes into the store; a workload of which a batch is missing
/// does not.
pub(super) fn write(
    out: &Path,
    journal: &Journal,
    frozen: &Frozen,
    asked: &Asked,
    plan: &Plan,
    fetched: &Fetched,
    redactor: &mut Redactor,
) -> anyhow::Result<Written> {
    let base = frozen.base.as_ref();
    let mut addition = Addition::new(out, journal.path(), base)?;
    let mut through = base.map(|base| base.info.through.clone()).unwrap_or_default();
    let mut answers = base.map(|base| base.info.answers.clone()).unwrap_or_default();
    let mut pulled = PulledWorkloads::new(journal, plan);
    let mut workloads: BTreeMap<String, Workload> = BTreeMap::new();
    for workload in base.iter().flat_map(|base| &base.workloads) {
        workloads.insert(workload.id.clone(), workload.clone());
    }
    let mut instances: Vec<Instance> = base.map_or_else(Vec::new, |base| base.instances.clone());
    let mut findings = of_places(asked);
    let mut readings = 0;
    for inventory in &asked.inventories {
        let place = redactor.place(&inventory.place);
        let named: Vec<Workload> = inventory
            .found
            .iter()
            .map(|found| redactor.workload(found, &inventory.place))
            .collect();
        let ids: Vec<&str> = named.iter().map(|one| one.id.as_str()).collect();
        let mut facts: Vec<Option<Facts>> = Vec::new();
        addition.place((&place.account, &place.region), &ids, |rows| {
            for (number, found) in (0..).zip(&inventory.found) {
                let id = ids[number as usize];
                let ran = base.is_some_and(|base| base.info.through.contains_key(id));
                let row = Row { number, id };
                let (of_one, count) = pulled.rows(row, found, ran, rows, redactor)?;
                readings += count;
                facts.push(of_one);
            }
            Ok(())
        })?;
        for ((workload, found), facts) in named.iter().zip(&inventory.found).zip(facts) {
            let mut workload = workload.clone();
            findings.extend(of_workload(&workload, found, facts.as_ref(), frozen.now));
            if let Some((count, milliseconds)) = facts.as_ref().and_then(Facts::answers) {
                answers.entry(workload.id.clone()).or_default().add(count, milliseconds);
            }
            workload.request_milliseconds =
                answers.get(&workload.id).and_then(Answers::mean_milliseconds);
            let before = workloads.get(&workload.id);
            learn(&mut workload, facts.as_ref(), before);
            if facts.is_some() && pulled.has_metrics(found) {
                let through = through.entry(workload.id.clone()).or_insert(frozen.end);
                *through = (*through).max(frozen.end);
            }
            workloads.insert(workload.id.clone(), workload);
        }
        let failed: BTreeSet<String> =
            inventory.failed_clusters.iter().map(|name| redactor.cluster(name)).collect();
        if frozen.sees_everything() {
            let listed = inventory.found.iter().zip(&ids).filter(|(found, _)| !found.remembered);
            let listed: BTreeSet<&str> = listed.map(|(_, id)| *id).collect();
            let unseen = |workload: &Workload| match workload.kind {
                Kind::Function => inventory.missing.contains(FUNCTIONS),
                _ => workload.cluster.as_ref().is_some_and(|name| failed.contains(name)),
            };
            mark_gone(&mut workloads, &place, &listed, unseen, frozen.end);
        }
        // Where they could not be asked for, those of the last time are kept.
        if !inventory.missing.contains(INSTANCES) {
            let asked: BTreeSet<String> =
                inventory.clusters.iter().map(|(name, _)| redactor.cluster(name)).collect();
            let everything = frozen.sees_everything();
            instances.retain(|one| {
                let here = one.account == place.account && one.region == place.region;
                let gone = everything && !failed.contains(&one.cluster);
                !(here && (gone || asked.contains(&one.cluster)))
            });
            instances.extend(inventory.instances.iter().map(|one| redactor.instance(one)));
        }
    }
    findings.extend(of_fetching(fetched));
    let mut findings: Vec<Finding> =
        findings.into_iter().map(|one| redactor.finding(one)).collect();
    findings.sort();
    findings.dedup();
    let window = addition.window().unwrap_or((frozen.start(), frozen.end));
    if redactor.is_on() {
        let found = asked.inventories.iter().flat_map(|one| &one.found).map(|one| &one.workload);
        let all: BTreeMap<&str, &Workload> =
            frozen.names.iter().chain(found).map(|one| (one.id.as_str(), one)).collect();
        keep_names(out, &all.into_values().cloned().collect::<Vec<_>>())?;
    }
    let info = info(frozen, plan, asked, &findings, window, redactor);
    let info = StoreInfo { answers, through, ..info };
    let workloads: Vec<Workload> = workloads.into_values().collect();
    let Snapshot { workloads, .. } = addition.finish(info, &workloads, &instances)?;
    Ok(Written { workloads: workloads.len(), readings, findings })
}

/// A workload of a place: its number there, and its name in the store.
#[derive(Clone, Copy)]
struct Row<'i> {
    number: u32,
    id: &'i str,
}

/// Reads the batches of one workload after the other. They stand together, so that no more
/// than a few are in memory.
struct PulledWorkloads<'j> {
    journal: &'j Journal,
    plan: &'j Plan,
    names: Vec<String>,
    batches_of: Vec<Vec<usize>>,
    /// By the id that the inventory gave it.
    numbers: BTreeMap<&'j str, usize>,
    read: BTreeMap<usize, Vec<Points>>,
}

impl<'j> PulledWorkloads<'j> {
    fn new(journal: &'j Journal, plan: &'j Plan) -> Self {
        let numbers =
            plan.wanted.iter().enumerate().map(|(number, one)| (one.workload.as_str(), number));
        PulledWorkloads {
            journal,
            plan,
            names: names(plan),
            batches_of: plan.batches_of(),
            numbers: numbers.collect(),
            read: BTreeMap::new(),
        }
    }

    fn has_metrics(&self, found: &Found) -> bool {
        let number = self.numbers.get(found.workload.id.as_str());
        number.is_some_and(|number| !self.plan.wanted[*number].metrics.is_empty())
    }

    /// Hands over a workload's readings; nothing is known of it where a batch is missing.
    fn rows(
        &mut self,
        row: Row<'_>,
        found: &Found,
        ran: bool,
        rows: &mut Rows,
        redactor: &mut Redactor,
    ) -> Result<(Option<Facts>, u64), StoreError> {
        let number = self.numbers[found.workload.id.as_str()];
        let batches = self.batches_of[number].clone();
        if batches.iter().any(|batch| !self.journal.has(&self.names[*batch])) {
            return Ok((None, 0));
        }
        let segments: BTreeSet<(i64, i64, u32)> = batches
            .iter()
            .map(|batch| self.plan.batches[*batch].segment)
            .map(|one| (one.start, one.end, one.period))
            .collect();
        let (mut facts, mut count, mut ran) = (Facts::default(), 0, ran);
        for (start, end, period) in segments {
            let segment = Segment { start, end, period };
            let of_segment: Vec<usize> = batches
                .iter()
                .copied()
                .filter(|one| self.plan.batches[*one].segment == segment)
                .collect();
            self.load(&of_segment)?;
            let measured = self.measured(number, &of_segment);
            let converted = convert(&found.workload, segment, &measured, ran);
            ran |= !converted.readings.is_empty();
            for reading in &converted.readings {
                rows.push(row.number, reading)?;
            }
            for reading in &converted.apart {
                rows.push_apart(row.number, reading)?;
            }
            let (parts, codes) = convert_parts(segment, &measured);
            for (part, readings) in parts {
                let part = redactor.part(part);
                for reading in &readings {
                    rows.push_part(row.id, &part, reading)?;
                }
            }
            facts.codes.extend(codes);
            count += converted.readings.len() as u64;
            facts.add(&converted.facts);
        }
        Ok((Some(facts), count))
    }

    /// These batches are in memory, and no others.
    fn load(&mut self, batches: &[usize]) -> Result<(), StoreError> {
        self.read.retain(|number, _| batches.contains(number));
        for number in batches {
            if !self.read.contains_key(number) {
                let series = self.journal.series(&self.names[*number])?;
                let points =
                    series.into_iter().map(|one| Points { at: one.at, values: one.values });
                self.read.insert(*number, points.collect());
            }
        }
        Ok(())
    }

    /// The metrics of a workload that stand in these batches.
    fn measured(&self, workload: usize, batches: &[usize]) -> Vec<crate::pull::Measured<'j>> {
        let mut all = Vec::new();
        for number in batches {
            let mut at = 0;
            for (owner, metric) in &self.plan.batches[*number].metrics {
                let metric = &self.plan.wanted[*owner].metrics[*metric];
                let series = at..at + metric.statistics.len();
                at = series.end;
                if *owner == workload {
                    all.push((metric, self.read[number][series].to_vec()));
                }
            }
        }
        all
    }
}

/// Services and functions of a place that were there once and are not listed any more.
/// Tasks come and go.
fn mark_gone(
    workloads: &mut BTreeMap<String, Workload>,
    place: &Place,
    listed: &BTreeSet<&str>,
    unseen: impl Fn(&Workload) -> bool,
    at: i64,
) {
    for workload in workloads.values_mut() {
        let here = workload.account.as_ref() == Some(&place.account)
            && workload.region.as_ref() == Some(&place.region);
        let listed = listed.contains(workload.id.as_str()) || unseen(workload);
        if here && workload.kind != Kind::Task && !listed {
            workload.gone_since.get_or_insert(at);
        }
    }
}

/// What the readings tell of the workload itself.
fn learn(workload: &mut Workload, facts: Option<&Facts>, before: Option<&Workload>) {
    if facts.is_some_and(|facts| facts.has_requests) {
        workload.protocol = Some(Protocol::Http);
    } else {
        workload.protocol = workload.protocol.or(before.and_then(|before| before.protocol));
    }
}

fn of_workload(
    workload: &Workload,
    found: &Found,
    facts: Option<&Facts>,
    now: i64,
) -> Vec<Finding> {
    let nothing = workload.kind == Kind::Task && found.identity.insights == Insights::Off;
    let seen = facts.iter().flat_map(|facts| &facts.codes).copied();
    let codes = seen.chain(nothing.then_some(Code::NoUtilization));
    let of_codes = codes.map(|code| Finding::new(code, String::new()));
    let disagrees = facts.zip(found.running).and_then(|(facts, running)| {
        Some(Finding::new(Code::TasksDisagree, facts.disagreement(running, now)?))
    });
    of_codes.chain(disagrees).map(|finding| finding.about(workload.id.clone())).collect()
}

/// What could not be asked at all, or in part.
pub(super) fn of_places(asked: &Asked) -> Vec<Finding> {
    let failed = asked.failures.iter().map(|(place, failure)| {
        Finding::new(Code::PullFailed, failure.to_string()).about(place.to_string())
    });
    failed.chain(asked.inventories.iter().flat_map(Inventory::findings)).collect()
}

fn of_fetching(fetched: &Fetched) -> Vec<Finding> {
    let failed = fetched.failures.iter().map(|(place, (failure, missing))| {
        let detail = format!("{missing} calls are missing: {failure}");
        Finding::new(Code::PullFailed, detail).about(place.to_string())
    });
    let spent = (fetched.unaffordable > 0).then(|| {
        Finding::new(Code::BudgetReached, format!("{} calls are missing", fetched.unaffordable))
    });
    failed.chain(spent).collect()
}

fn info(
    frozen: &Frozen,
    plan: &Plan,
    asked: &Asked,
    findings: &[Finding],
    window: (i64, i64),
    redactor: &mut Redactor,
) -> StoreInfo {
    let base = frozen.base.as_ref().map(|base| &base.info);
    let places: Vec<Place> =
        asked.inventories.iter().map(|one| redactor.place(&one.place)).collect();
    let mut stretches: Vec<Stretch> = Vec::new();
    for batch in &plan.batches {
        let (start, end) = (batch.segment.start, batch.segment.end);
        let stretch = Stretch { start, end, period_seconds: batch.segment.period };
        if !stretches.contains(&stretch) {
            stretches.push(stretch);
        }
    }
    stretches.sort_by_key(|one| (one.start, one.end));
    let mut pulls = base.map(|base| base.pulls.clone()).unwrap_or_default();
    // A pull that had nothing to ask leaves no trace.
    if !plan.batches.is_empty() || pulls.is_empty() {
        pulls.push(Pulled {
            places: places.iter().map(ToString::to_string).collect(),
            stretches,
            metrics: plan.batches.iter().map(|batch| batch.metrics.len() as u64).sum(),
            calls: plan.batches.len() as u64,
        });
    }
    let mut accounts = base.map(|base| base.accounts.clone()).unwrap_or_default();
    let mut regions = base.map(|base| base.regions.clone()).unwrap_or_default();
    accounts.extend(places.iter().map(|place| place.account.clone()));
    regions.extend(places.iter().map(|place| place.region.clone()));
    for all in [&mut accounts, &mut regions] {
        all.sort();
        all.dedup();
    }
    // What an earlier pull could not do is either done now or said again; what it saw in
    // the readings still holds of them.
    let stays = |one: &&StoredFinding| {
        let again = [
            Code::PullFailed,
            Code::PullPartMissing,
            Code::BudgetReached,
            Code::NoUtilization,
            Code::TasksDisagree,
        ];
        again.iter().all(|code| code.name() != one.code)
    };
    let before = base.iter().flat_map(|base| &base.findings).filter(stays).cloned();
    let mut findings: Vec<StoredFinding> = findings.iter().map(StoredFinding::from).collect();
    findings.extend(before);
    findings
        .sort_by(|a, b| (&a.code, &a.subject, &a.detail).cmp(&(&b.code, &b.subject, &b.detail)));
    findings.dedup();
    let source = format!("pulled from AWS, {} accounts, {} regions", accounts.len(), regions.len());
    let home = match base {
        Some(base) => base.home.clone(),
        None => frozen.home.as_ref().map(|place| redactor.place(place).to_string()),
    };
    let redacted = redactor.is_on();
    StoreInfo {
        accounts,
        regions,
        pulls,
        home,
        redacted,
        findings,
        ..StoreInfo::new(window, "", "", source)
    }
}
