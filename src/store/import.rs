//! Other people's files into a store: map, convert, count what is odd, order, write.

use super::StoreError;
use super::batch::{BAD_NAME, Batch, NO_TIME, NO_WORKLOAD, Reading};
use super::csv::CsvFile;
use super::days::{Days, Place, ROWS_IN_MEMORY, Row};
use super::format::{Format, format_of};
use super::mapping::{Mapping, Resolved, Target};
use super::oddities::Oddities;
use super::parquet::ParquetFile;
use super::sizes::Sizes;
use super::snapshot::{Snapshot, StoreInfo, StoredFinding, Writer};
use crate::model::{Code, Finding, Profile, REQUEST_LIMIT, Signal, Size, VALUE_LIMIT, Workload};
use crate::reduce::Names;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// A step back of at least this is a clock that was set, not a row out of order.
const CLOCK_JUMP_SECONDS: i64 = 1_800;
/// A reading dated later than this after the import cannot be one.
const FUTURE_SECONDS: i64 = 86_400;

const LONGEST_PERIOD: f64 = 86_400.0;

#[derive(Clone, Debug)]
pub struct ImportOptions {
    pub mapping: Mapping,
    /// The time of the import, seconds since 1970.
    pub now: i64,
    pub account: String,
    pub region: Option<String>,
    /// What is known of workloads beside their readings, by id.
    pub workloads: Vec<Workload>,
    /// Beyond so many rows days are put aside on disk; as is usual where it is not said.
    pub rows_in_memory: Option<usize>,
}

/// How far an import has come.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    pub done: u64,
    /// In the same unit as `done`: rows of Parquet or bytes of CSV, file by file.
    pub all: u64,
    pub rows: u64,
}

#[derive(Debug)]
pub struct Imported {
    pub snapshot: Snapshot,
    pub rows: u64,
    pub readings: u64,
    pub findings: Vec<Finding>,
}

/// An import in the making.
pub struct Import<'o> {
    options: &'o ImportOptions,
    names: Names,
    oddities: Oddities,
    states: Vec<State>,
    sink: Sink,
    known_sizes: HashMap<String, Size>,
    rows: u64,
    timeless_rows: i64,
    periods: BTreeMap<i64, u64>,
    /// The disk was full while days were put aside.
    failure: Option<std::io::Error>,
}

/// Where rows go.
enum Sink {
    /// Into a store, day by day.
    Store(Writer, Days),
    /// Straight into profiles, by the workload's number; rows are taken as they come.
    Profiles(Vec<Profile>),
}

/// What is remembered of a workload while its rows pass.
#[derive(Clone, Debug, Default)]
struct State {
    last_at: Option<i64>,
    sizes: Sizes,
}

impl<'o> Import<'o> {
    /// Prepares a store at `out`, which must not exist yet.
    ///
    /// # Errors
    /// Where `out` exists or cannot be made.
    pub fn into_store(options: &'o ImportOptions, out: &Path) -> Result<Self, StoreError> {
        let writer = Writer::create(out)?;
        let days = Days::new(writer.aside(), options.rows_in_memory.unwrap_or(ROWS_IN_MEMORY));
        Ok(Self::with(options, Sink::Store(writer, days)))
    }

    /// Folds rows into profiles as they come: nothing is written, nothing is put in order,
    /// and a row that comes twice counts twice.
    #[must_use]
    pub fn into_profiles(options: &'o ImportOptions) -> Self {
        Self::with(options, Sink::Profiles(Vec::new()))
    }

    fn with(options: &'o ImportOptions, sink: Sink) -> Self {
        Import {
            options,
            names: Names::default(),
            oddities: Oddities::default(),
            states: Vec::new(),
            sink,
            known_sizes: options
                .workloads
                .iter()
                .filter_map(|one| Some((one.id.clone(), one.size?)))
                .collect(),
            rows: 0,
            timeless_rows: 0,
            periods: BTreeMap::new(),
            failure: None,
        }
    }

    /// Reads one file.
    ///
    /// # Errors
    /// Where the file cannot be read or understood at all.
    pub fn file(
        &mut self,
        path: &Path,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), StoreError> {
        self.oddities.enter(&path.display().to_string());
        // Another file may well begin before the last one ended.
        self.states.iter_mut().for_each(|state| state.last_at = None);
        let (tell, before) = (progress, self.rows);
        match format_of(path)? {
            Format::Parquet => {
                let mut file = ParquetFile::open(path)?;
                let resolved = self.resolve(path, &file.columns)?;
                let rows = file.rows();
                self.drive(&resolved, |reading, take| {
                    file.each(&resolved.wanted, resolved.unit, reading, |batch, reading, done| {
                        take(batch, reading);
                        tell(Progress { done, all: rows, rows: done });
                    })
                })?;
            }
            Format::Csv(bytes) => {
                let mut file = CsvFile::open(path)?;
                let resolved = self.resolve(path, &file.columns)?;
                let mut rows = 0;
                self.drive(&resolved, |reading, take| {
                    file.each(&resolved.wanted, resolved.unit, reading, |batch, reading, done| {
                        take(batch, reading);
                        rows += batch.lines.len() as u64;
                        tell(Progress { done, all: bytes, rows });
                    })
                })?;
            }
        }
        if self.rows == before && !self.oddities.has(Code::RowTorn) {
            return Err(StoreError::file(path, "holds a header and not one row"));
        }
        Ok(())
    }

    fn resolve(&mut self, path: &Path, columns: &[String]) -> Result<Resolved, StoreError> {
        let sizes = matches!(self.sink, Sink::Store(..));
        let resolved = self.options.mapping.resolve(path, columns, sizes)?;
        for column in &resolved.ignored {
            self.oddities.count(Code::ColumnIgnored, column, 1);
        }
        Ok(resolved)
    }

    /// Runs a file's batches through [`Import::batch`], lending out names and oddities.
    fn drive(
        &mut self,
        resolved: &Resolved,
        run: impl FnOnce(
            &mut Reading<'_>,
            &mut dyn FnMut(&Batch, &mut Reading<'_>),
        ) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut names = std::mem::take(&mut self.names);
        let mut oddities = std::mem::take(&mut self.oddities);
        let mut reading =
            Reading { names: &mut names, oddities: &mut oddities, rows_so_far: self.timeless_rows };
        let done = run(&mut reading, &mut |batch, reading| self.batch(batch, resolved, reading));
        self.timeless_rows = reading.rows_so_far;
        self.names = names;
        self.oddities = oddities;
        match self.failure.take() {
            Some(error) => Err(error.into()),
            None => done,
        }
    }

    fn batch(&mut self, batch: &Batch, resolved: &Resolved, reading: &mut Reading<'_>) {
        self.rows += batch.lines.len() as u64 + batch.torn;
        for number in self.states.len()..reading.names.len() {
            let number = u32::try_from(number).expect("a number of a name");
            let known = self.known_sizes.get(reading.names.name(number)).copied();
            self.states.push(State { last_at: None, sizes: Sizes::new(known) });
        }
        if let Sink::Profiles(profiles) = &mut self.sink {
            profiles.resize(reading.names.len(), Profile::default());
        }
        for row in 0..batch.lines.len() {
            self.row(batch, row, resolved, reading.oddities);
        }
    }

    #[inline]
    fn row(&mut self, batch: &Batch, row: usize, resolved: &Resolved, oddities: &mut Oddities) {
        let line = batch.lines[row];
        let (workload, at) = (batch.workloads[row], batch.at[row]);
        if workload == NO_WORKLOAD {
            return oddities.count(Code::WorkloadMissing, "", line);
        }
        if workload == BAD_NAME {
            return oddities.count(Code::NameInvalid, "", line);
        }
        if at == NO_TIME {
            return oddities.count(Code::TimeInvalid, "", line);
        }
        if at > self.options.now + FUTURE_SECONDS && !self.options.mapping.timeless {
            return oddities.count(Code::FutureTime, "", line);
        }
        self.order(workload, at, line, oddities);
        let sizes = &mut self.states[workload as usize].sizes;
        let allocation = sizes.of_row(batch, row, resolved, &self.options.mapping, oddities);
        let period = self.options.mapping.period_seconds.unwrap_or(0);
        let place = Place::new(oddities.file_number(), line);
        let mut out = Row::new(workload, at, period, place);
        for (number, target, unit) in &resolved.measures {
            let value = batch.numbers[*number][row];
            if value.is_nan() {
                continue;
            }
            let of = match target {
                Target::Signal(Signal::CpuMean | Signal::CpuMax) => allocation.cpu,
                _ => allocation.memory,
            };
            let column = resolved.wanted.numbers[*number].1.as_str();
            if *target == Target::PeriodSeconds {
                match period_of(value) {
                    Some(seconds) => out.set_period(seconds),
                    None => oddities.count(Code::ValueInvalid, column, line),
                }
                continue;
            }
            match unit.convert(value, of) {
                None => oddities.count(Code::PercentWithoutSize, column, line),
                Some(value) if value < 0.0 => oddities.count(Code::ValueNegative, column, line),
                Some(value) if value >= limit_of(*target) => {
                    oddities.count(Code::ValueTooLarge, column, line);
                }
                Some(value) => out.set(*target, value),
            }
        }
        match &mut self.sink {
            Sink::Profiles(profiles) => profiles[workload as usize].add(&out.reading()),
            Sink::Store(_, days) => {
                if let Err(error) = days.push(&out) {
                    self.failure.get_or_insert(error);
                }
            }
        }
    }

    /// Is the row in order with the one before it of the same workload?
    #[inline]
    fn order(&mut self, workload: u32, at: i64, line: u64, oddities: &mut Oddities) {
        let state = &mut self.states[workload as usize];
        if let Some(last) = state.last_at {
            let step = at - last;
            if step < 0 {
                let jump = step <= -CLOCK_JUMP_SECONDS;
                oddities.count(if jump { Code::ClockJump } else { Code::RowOutOfOrder }, "", line);
            } else if step > 0
                && self.options.mapping.period_seconds.is_none()
                && self.rows < 1 << 20
            {
                *self.periods.entry(step).or_default() += 1;
            }
        }
        state.last_at = Some(at);
    }

    /// What was folded, by workload, and what was odd.
    ///
    /// # Errors
    /// Where not one reading was usable.
    ///
    /// # Panics
    /// If this import goes into a store.
    pub fn profiles(
        self,
        files: &[PathBuf],
    ) -> Result<(HashMap<String, Profile>, Vec<Finding>), StoreError> {
        let unusable = self.nothing_usable(files);
        let Sink::Profiles(profiles) = self.sink else { panic!("this import goes into a store") };
        if profiles.iter().all(|profile| profile.readings() == 0) {
            return Err(unusable);
        }
        let names = (0..).map(|number| self.names.name(number).to_owned());
        let profiles =
            profiles.into_iter().zip(names).map(|(profile, name)| (name, profile)).collect();
        Ok((profiles, self.oddities.findings()))
    }

    /// Orders what was read and writes the store, or nothing.
    ///
    /// # Errors
    /// Where not one reading is usable, or the store cannot be written.
    ///
    /// # Panics
    /// If this import goes into profiles.
    pub fn finish(mut self, files: &[PathBuf]) -> Result<Imported, StoreError> {
        let Sink::Store(mut writer, days) =
            std::mem::replace(&mut self.sink, Sink::Profiles(Vec::new()))
        else {
            panic!("this import goes into profiles")
        };
        if days.is_empty() {
            return Err(self.nothing_usable(files));
        }
        let mut findings = Vec::new();
        if self.options.mapping.timeless {
            findings.push(Finding::new(Code::TimeAssumed, String::new()));
        }
        let period = self.period(&mut findings);
        let workloads = self.workloads();
        let account = &self.options.account;
        let region = self.options.region.as_deref().unwrap_or("unknown");
        let numbers = 0..u32::try_from(self.names.len()).expect("a number for each name");
        let names: Vec<&str> = numbers.map(|number| self.names.name(number)).collect();
        let mut readings = 0;
        let window = days.finish(period, &names, &mut self.oddities, |day| {
            readings += day.at.len() as u64;
            writer.day(account, region, day.day, day.columns(&names))
        })?;
        findings.extend(window.findings());
        findings.extend(self.oddities.findings());
        findings.sort();
        let info = StoreInfo {
            findings: findings.iter().map(StoredFinding::from).collect(),
            ..StoreInfo::new(window.range, account, region, source_of(files))
        };
        let snapshot = writer.finish(info, &workloads)?;
        Ok(Imported { snapshot, rows: self.rows, readings, findings })
    }

    fn nothing_usable(&self, files: &[PathBuf]) -> StoreError {
        let codes = [
            Code::TimeInvalid,
            Code::WorkloadMissing,
            Code::NameInvalid,
            Code::FutureTime,
            Code::RowTorn,
        ];
        let path = files.first().cloned().unwrap_or_default();
        let problem = self.oddities.first_of(&codes).unwrap_or_else(|| "no rows".to_owned());
        StoreError::File { path, problem: format!("not one row could be used; {problem}") }
    }

    /// The period: as given, else the commonest step between rows.
    fn period(&self, findings: &mut Vec<Finding>) -> u32 {
        const USUAL: u32 = 300;
        if let Some(period) = self.options.mapping.period_seconds {
            return period;
        }
        let commonest = self.periods.iter().max_by_key(|(step, count)| (**count, -**step));
        let found = commonest.and_then(|(step, _)| u32::try_from(*step).ok());
        let found = found.filter(|step| f64::from(*step) <= LONGEST_PERIOD);
        found.unwrap_or_else(|| {
            findings.push(Finding::new(Code::PeriodAssumed, format!("{USUAL} seconds")));
            USUAL
        })
    }

    /// Every workload that was named, in the order of their names.
    fn workloads(&self) -> Vec<Workload> {
        let known: HashMap<&str, &Workload> =
            self.options.workloads.iter().map(|one| (one.id.as_str(), one)).collect();
        let mapping = &self.options.mapping;
        let mut all: Vec<Workload> = (0..)
            .zip(&self.states)
            .map(|(number, state)| {
                let name = self.names.name(number);
                let mut workload =
                    known.get(name).map_or_else(|| Workload::named(name), |one| (*one).clone());
                if workload.size.is_none() {
                    let (newest, others) = state.sizes.newest();
                    workload.size = newest.or(mapping.size);
                    workload.size_changes = others;
                    if workload.sizes.is_empty() {
                        workload.sizes = state.sizes.history();
                    }
                    if workload.size.is_none() && mapping.assumed_size.is_some() {
                        workload.size = mapping.assumed_size;
                        workload.size_assumed = true;
                    }
                }
                workload
            })
            .collect();
        // Known, but without a single row: listed all the same.
        let named = |one: &&Workload| !all.iter().any(|other| other.id == one.id);
        let unseen: Vec<Workload> = self.options.workloads.iter().filter(named).cloned().collect();
        all.extend(unseen);
        all.sort_by(|a, b| a.id.cmp(&b.id));
        all
    }
}

/// Whole seconds, up to a day.
fn period_of(value: f64) -> Option<u32> {
    let whole = value.fract() == 0.0 && (1.0..=LONGEST_PERIOD).contains(&value);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "just checked")]
    whole.then_some(value as u32)
}

/// Values from here on are beyond belief.
const fn limit_of(target: Target) -> f64 {
    match target {
        Target::Requests => REQUEST_LIMIT,
        _ => VALUE_LIMIT,
    }
}

fn source_of(files: &[PathBuf]) -> String {
    let name = |path: &PathBuf| {
        path.file_name()
            .map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned())
    };
    let names: Vec<String> = files.iter().map(name).collect();
    format!("imported from {}", names.join(", "))
}
