//! The store on disk: `store.json`, `workloads.json`, and a Parquet file a day.
//!
//! A store is complete or absent: it is written aside, flushed to disk, and renamed.
//! Reading checks the digest of every file.

use super::StoreError;
use super::parquet::{self, DayColumns};
use super::times::date_of;
use crate::model::{Code, Finding, Instance, PartKind, Profile, Reading, Sample, Workload};
use crate::reduce::{Names, Reduction};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

const SCHEMA_VERSION: u32 = 1;
pub(super) const INSTANCES: &str = "instances.json";

/// What stands in `store.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreInfo {
    pub schema_version: u32,
    /// First reading's start and last reading's end, seconds since 1970.
    pub window_start: i64,
    pub window_end: i64,
    pub accounts: Vec<String>,
    pub regions: Vec<String>,
    pub source: String,
    /// The readings were made up.
    #[serde(default)]
    pub synthetic: bool,
    /// Every pull that added to it, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pulls: Vec<Pulled>,
    /// `ACCOUNT/REGION` whose workloads have short ids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<String>,
    /// Names are pseudonyms.
    #[serde(default, skip_serializing_if = "is_false")]
    pub redacted: bool,
    /// Of requests whose duration was measured, by workload.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub answers: BTreeMap<String, Answers>,
    /// By workload, up to when it was pulled: seconds since 1970.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub through: BTreeMap<String, i64>,
    /// What was odd when it was written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<StoredFinding>,
    /// SHA-256 of every file, by its path in the store.
    pub files: BTreeMap<String, String>,
}

impl StoreInfo {
    #[must_use]
    pub fn new(window: (i64, i64), account: &str, region: &str, source: String) -> Self {
        StoreInfo {
            schema_version: SCHEMA_VERSION,
            window_start: window.0,
            window_end: window.1,
            accounts: vec![account.to_owned()],
            regions: vec![region.to_owned()],
            source,
            synthetic: false,
            pulls: Vec::new(),
            home: None,
            redacted: false,
            answers: BTreeMap::new(),
            through: BTreeMap::new(),
            findings: Vec::new(),
            files: BTreeMap::new(),
        }
    }

    #[must_use]
    pub fn window_seconds(&self) -> u64 {
        self.window_end.saturating_sub(self.window_start).max(0).unsigned_abs()
    }
}

/// What one pull asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pulled {
    /// `ACCOUNT/REGION` of each place that was pulled.
    pub places: Vec<String>,
    pub stretches: Vec<Stretch>,
    /// Metrics as they are billed.
    pub metrics: u64,
    pub calls: u64,
}

/// Requests and the time that all of them took together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    pub count: u64,
    pub milliseconds: u64,
}

impl Answers {
    /// Both together.
    pub const fn add(&mut self, count: u64, milliseconds: u64) {
        self.count = self.count.saturating_add(count);
        self.milliseconds = self.milliseconds.saturating_add(milliseconds);
    }

    /// Mean duration, rounded up; nothing where none was measured.
    #[must_use]
    pub fn mean_milliseconds(&self) -> Option<u32> {
        let mean = self
            .milliseconds
            .checked_div(self.count)
            .map(|_| self.milliseconds.div_ceil(self.count));
        mean.and_then(|mean| u32::try_from(mean.max(1)).ok())
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// A stretch of time with the period of its readings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stretch {
    pub start: i64,
    pub end: i64,
    pub period_seconds: u32,
}

/// A finding as `store.json` keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredFinding {
    pub code: String,
    pub subject: Option<String>,
    pub detail: String,
}

impl From<&Finding> for StoredFinding {
    fn from(finding: &Finding) -> Self {
        StoredFinding {
            code: finding.code.name().to_owned(),
            subject: finding.subject.clone(),
            detail: finding.detail.clone(),
        }
    }
}

/// Profiles of parts, by workload and by the part's name.
pub type PartProfiles = BTreeMap<String, BTreeMap<String, Profile>>;

/// A store that was opened and checked.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub path: PathBuf,
    pub info: StoreInfo,
    pub workloads: Vec<Workload>,
}

impl Snapshot {
    /// Opens a store; the digests of readings are checked as they are read.
    ///
    /// # Errors
    /// [`StoreError::NotAStore`] with what is wrong.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let not = |problem: String| StoreError::NotAStore { path: path.to_owned(), problem };
        if !path.exists() {
            return Err(not("there is no such directory".into()));
        }
        let text = fs::read_to_string(path.join("store.json"))
            .map_err(|error| not(format!("store.json: {error}; make one with loadline import")))?;
        let info: StoreInfo =
            serde_json::from_str(&text).map_err(|error| not(format!("store.json: {error}")))?;
        if info.schema_version != SCHEMA_VERSION {
            let found = info.schema_version;
            return Err(not(format!(
                "it has schema version {found}, this program reads {SCHEMA_VERSION}"
            )));
        }
        let bytes = checked(path, &info, "workloads.json").map_err(not)?;
        let workloads: Vec<Workload> = serde_json::from_slice(&bytes)
            .map_err(|error| not(format!("workloads.json: {error}")))?;
        if let Some(twice) = repeated(&workloads) {
            return Err(not(format!("workloads.json: {twice:?} stands in it twice")));
        }
        if let Some(problem) = workloads.iter().find_map(|one| one.check().err()) {
            return Err(not(format!("workloads.json: {problem}")));
        }
        Ok(Snapshot { path: path.to_owned(), info, workloads })
    }

    /// Container instances of EC2 clusters, as the last pull saw them.
    ///
    /// # Errors
    /// Where their file is missing, changed or damaged.
    pub fn instances(&self) -> Result<Vec<Instance>, StoreError> {
        if !self.info.files.contains_key(INSTANCES) {
            return Ok(Vec::new());
        }
        let wrong = |problem: String| StoreError::NotAStore { path: self.path.clone(), problem };
        let bytes = checked(&self.path, &self.info, INSTANCES).map_err(wrong)?;
        serde_json::from_slice(&bytes).map_err(|error| wrong(format!("{INSTANCES}: {error}")))
    }

    /// What was odd when the store was written, as far as this program knows the codes.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let finding = |stored: &StoredFinding| {
            let code = Code::from_name(&stored.code)?;
            Some(Finding { code, subject: stored.subject.clone(), detail: stored.detail.clone() })
        };
        self.info.findings.iter().filter_map(finding).collect()
    }

    /// Folds all readings into profiles by workload.
    ///
    /// # Errors
    /// Where a file is missing, changed or damaged.
    pub fn profiles(&self) -> Result<HashMap<String, Profile>, StoreError> {
        let whole = self.folded("readings/", |name, reduction| {
            self.each_of(name, |bytes| {
                let take = |workload: &str, reading: &Reading| reduction.add(workload, reading);
                parquet::each_reading(bytes, take)
            })
        })?;
        Ok(whole.into_profiles())
    }

    /// What rules of sizing look at, by workload and in order of time.
    ///
    /// # Errors
    /// Where a file is missing, changed or damaged.
    pub fn samples(&self) -> Result<BTreeMap<String, Vec<Sample>>, StoreError> {
        self.samples_of(|_| true)
    }

    /// The same of some workloads only.
    ///
    /// # Errors
    /// Where a file is missing, changed or damaged.
    pub fn samples_of(
        &self,
        taken: impl Fn(&str) -> bool,
    ) -> Result<BTreeMap<String, Vec<Sample>>, StoreError> {
        let mut all: BTreeMap<String, Vec<Sample>> = BTreeMap::new();
        let files = self.info.files.keys().filter(|name| name.starts_with("readings/"));
        for name in files {
            let (mut names, mut last) = (Names::default(), Vec::<Option<Vec<Sample>>>::new());
            self.each_of(name, |bytes| {
                parquet::each_reading(bytes, |workload, reading| {
                    let number = names.number(workload) as usize;
                    if number == last.len() {
                        last.push(taken(workload).then(Vec::new));
                    }
                    if let Some(samples) = &mut last[number] {
                        samples.push(Sample::of(reading));
                    }
                })
            })?;
            let taken = names.iter().zip(last).filter_map(|(name, one)| Some((name, one?)));
            for (name, samples) in taken {
                match all.get_mut(name) {
                    Some(known) => known.extend(samples),
                    None => drop(all.insert(name.to_owned(), samples)),
                }
            }
        }
        // Places and parts of a day stand apart; within a workload time may step back.
        for samples in all.values_mut() {
            samples.sort_by_key(|one| one.at);
        }
        Ok(all)
    }

    /// The same of the parts of workloads that were measured on their own, by workload and
    /// name.
    ///
    /// # Errors
    /// Where a file is missing, changed or damaged.
    pub fn part_profiles(&self, kind: PartKind) -> Result<PartProfiles, StoreError> {
        let directory = format!("{}/", kind.directory());
        let whole = self.folded(&directory, |name, reduction| {
            let mut both = String::new();
            self.each_of(name, |bytes| {
                parquet::each_part(bytes, kind, |workload, part, reading| {
                    both.clear();
                    both.extend([workload, "\0", part]);
                    reduction.add(&both, reading);
                })
            })
        })?;
        let mut all = PartProfiles::new();
        for (name, profile) in whole.into_profiles() {
            let (workload, part) = name.split_once('\0').unwrap_or((&name, ""));
            all.entry(workload.to_owned()).or_default().insert(part.to_owned(), profile);
        }
        Ok(all)
    }

    /// Folds all files below a directory, several at a time.
    fn folded(
        &self,
        directory: &str,
        fold: impl Fn(&str, &mut Reduction) -> Result<(), StoreError> + Sync,
    ) -> Result<Reduction, StoreError> {
        let files: Vec<&String> =
            self.info.files.keys().filter(|name| name.starts_with(directory)).collect();
        let next = AtomicUsize::new(0);
        // Of several errors the one of the first file is told, whoever meets it first.
        let failures: Mutex<BTreeMap<usize, StoreError>> = Mutex::new(BTreeMap::new());
        let whole: Mutex<Reduction> = Mutex::new(Reduction::default());
        let work = || {
            let mut part = Reduction::default();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(name) = files.get(number) else { break };
                if let Err(error) = fold(name, &mut part) {
                    failures.lock().expect("no worker panics").insert(number, error);
                }
            }
            whole.lock().expect("no worker panics").merge(part);
        };
        let workers =
            std::thread::available_parallelism().map_or(1, usize::from).min(files.len().max(1));
        std::thread::scope(|scope| {
            for _ in 1..workers {
                scope.spawn(work);
            }
            work();
        });
        let failures = failures.into_inner().expect("no worker panics");
        match failures.into_values().next() {
            Some(error) => Err(error),
            None => Ok(whole.into_inner().expect("no worker panics")),
        }
    }

    fn each_of(
        &self,
        name: &str,
        read: impl FnOnce(Cursor<Vec<u8>>) -> Result<(), String>,
    ) -> Result<(), StoreError> {
        let wrong = |problem: String| StoreError::NotAStore { path: self.path.clone(), problem };
        let bytes = checked(&self.path, &self.info, name).map_err(wrong)?;
        read(Cursor::new(bytes)).map_err(|error| wrong(format!("{name}: {error}")))
    }
}

/// Readings that the binary carries.
///
/// # Errors
/// Where they cannot be read.
pub fn scan_embedded(
    bytes: &'static [u8],
    take: impl FnMut(&str, &Reading),
) -> Result<(), StoreError> {
    parquet::each_reading(Cursor::new(bytes), take)
        .map_err(|error| StoreError::file(Path::new("the embedded sample"), error))
}

fn repeated(workloads: &[Workload]) -> Option<&str> {
    let mut seen = std::collections::HashSet::new();
    workloads.iter().map(|one| one.id.as_str()).find(|id| !seen.insert(*id))
}

/// A file's bytes, if they are those that were written.
fn checked(path: &Path, info: &StoreInfo, name: &str) -> Result<Vec<u8>, String> {
    let expected =
        info.files.get(name).ok_or_else(|| format!("store.json does not list {name}"))?;
    if name.split('/').any(|part| part == "..") || Path::new(name).is_absolute() {
        return Err(format!("store.json lists {name:?}, which lies outside the store"));
    }
    let bytes = fs::read(path.join(name));
    let bytes = match bytes {
        Ok(bytes) if &digest(&bytes) == expected => return Ok(bytes),
        other => other,
    };
    // Whoever added to the store was stopped after it was complete and before this file
    // had its name.
    let next = fs::read(path.join(format!("{name}{NEXT}"))).ok();
    if let Some(bytes) = next.filter(|bytes| &digest(bytes) == expected) {
        return Ok(bytes);
    }
    match bytes {
        Ok(_) => Err(format!("{name} was changed since it was written; make the store again")),
        Err(error) => Err(format!("{name}: {error}")),
    }
}

/// Ends the name of a file that is yet to take the place of another.
pub(super) const NEXT: &str = ".next";

/// SHA-256, in hexadecimal.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in Sha256::digest(bytes) {
        use std::fmt::Write as _;
        write!(text, "{byte:02x}").expect("a string takes everything");
    }
    text
}

/// A store being written. Dropped before [`Writer::finish`] it leaves nothing behind.
#[derive(Debug)]
pub(super) struct Writer {
    out: PathBuf,
    partial: PathBuf,
    /// Directories above it that were made for it, the innermost first.
    parents: Vec<PathBuf>,
    files: BTreeMap<String, String>,
    done: bool,
}

impl Writer {
    pub fn create(out: &Path) -> Result<Self, StoreError> {
        if out.exists() {
            return Err(StoreError::Exists { path: out.to_owned() });
        }
        let name = out.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = name.ok_or_else(|| StoreError::file(out, "is not a name for a directory"))?;
        let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty());
        let parents = parent.map_or_else(|| Ok(Vec::new()), made_parents)?;
        let partial = fresh_directory(out, &name)?;
        let out = out.to_owned();
        Ok(Writer { out, partial, parents, files: BTreeMap::new(), done: false })
    }

    /// Where days may be put aside meanwhile.
    pub fn aside(&self) -> PathBuf {
        self.partial.join("aside")
    }

    pub fn day(
        &mut self,
        account: &str,
        region: &str,
        day: i64,
        columns: DayColumns<'_>,
    ) -> Result<(), StoreError> {
        let date = date_of(day);
        let name = format!("readings/account={account}/region={region}/date={date}/part-0.parquet");
        let mut bytes = Vec::new();
        parquet::write_day(columns, &mut bytes)
            .map_err(|error| StoreError::file(&self.partial.join(&name), error))?;
        self.write(&name, &bytes)
    }

    fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        write_flushed(&self.partial.join(name), bytes)?;
        self.files.insert(name.to_owned(), digest(bytes));
        Ok(())
    }

    pub fn finish(
        mut self,
        info: StoreInfo,
        workloads: &[Workload],
    ) -> Result<Snapshot, StoreError> {
        let text = serde_json::to_string_pretty(workloads).expect("plain data") + "\n";
        self.write("workloads.json", text.as_bytes())?;
        let info = StoreInfo { files: std::mem::take(&mut self.files), ..info };
        let text = serde_json::to_string_pretty(&info).expect("plain data") + "\n";
        write_flushed(&self.partial.join("store.json"), text.as_bytes())?;
        let aside = self.aside();
        if aside.exists() {
            fs::remove_dir_all(&aside).map_err(|error| StoreError::file(&aside, error))?;
        }
        fs::rename(&self.partial, &self.out).map_err(|error| StoreError::file(&self.out, error))?;
        self.done = true;
        Ok(Snapshot { path: self.out.clone(), info, workloads: workloads.to_vec() })
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.done {
            // Nothing can be done about a failure here; the name says what it is.
            let _ = fs::remove_dir_all(&self.partial);
            for parent in &self.parents {
                let _ = fs::remove_dir(parent);
            }
        }
    }
}

/// A directory beside `out` that nobody else has: what a killed import left behind is not
/// taken up.
fn fresh_directory(out: &Path, name: &str) -> Result<PathBuf, StoreError> {
    let process = std::process::id();
    for number in 0..1_000 {
        let partial = out.with_file_name(format!("{name}.partial-{process}-{number}"));
        match fs::create_dir(&partial) {
            Ok(()) => return Ok(partial),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(StoreError::file(&partial, error)),
        }
    }
    Err(StoreError::file(out, "has a thousand unfinished stores beside it; remove them first"))
}

/// Makes a directory with all above it; says which were not there.
fn made_parents(directory: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let named = |path: &&Path| !path.as_os_str().is_empty();
    let missing = directory.ancestors().filter(named).take_while(|path| !path.exists());
    let missing: Vec<PathBuf> = missing.map(Path::to_owned).collect();
    fs::create_dir_all(directory).map_err(|error| StoreError::file(directory, error))?;
    Ok(missing)
}

pub(super) fn write_flushed(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let wrong = |error: std::io::Error| StoreError::file(path, error);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(wrong)?;
    }
    let mut file = File::create(path).map_err(wrong)?;
    file.write_all(bytes).map_err(wrong)?;
    file.sync_all().map_err(wrong)
}
