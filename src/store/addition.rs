//! Days added to a store, or a store made new, by whoever pulls.
//!
//! Complete or absent: what is new lies under names that nothing lists until `store.json`
//! is replaced, in one rename. Names carry a digest of the content, so that the same
//! content has the same name, and other content never overwrites it.

use super::StoreError;
use super::days::{Day, Days, Row, Window};
use super::oddities::Oddities;
use super::parquet::{self, DayColumns};
use super::snapshot::{INSTANCES, NEXT, Snapshot, StoreInfo, digest, write_flushed};
use super::times::date_of;
use crate::model::{Instance, Part, PartKind, WideReading, Workload};
use crate::reduce::Names;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Beyond so many rows days are put aside; a pull's memory does not grow with its window.
const ROWS_IN_MEMORY: usize = 500_000;

/// A store as it was before something is added to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    pub info: StoreInfo,
    pub workloads: Vec<Workload>,
    #[serde(default)]
    pub instances: Vec<Instance>,
}

impl Base {
    /// The store at `out`, if there is one.
    ///
    /// # Errors
    /// Where something else is there.
    pub fn of(out: &Path) -> Result<Option<Self>, StoreError> {
        if !out.exists() {
            return Ok(None);
        }
        let snapshot = Snapshot::open(out)?;
        let instances = snapshot.instances()?;
        let Snapshot { info, workloads, .. } = snapshot;
        Ok(Some(Base { info, workloads, instances }))
    }
}

/// The readings of one account and region, on their way into days.
#[derive(Debug)]
pub struct Rows {
    readings: Days,
    apart: Days,
    parts: [Parts; 2],
}

/// Readings of parts of workloads, each part with a number of its own.
#[derive(Debug)]
struct Parts {
    kind: PartKind,
    days: Days,
    /// Workload and part, apart by a mark that is in no name.
    names: Names,
}

/// Stands between a workload's name and a part's: the least of all characters, so that they
/// are in order by one and then the other.
const BETWEEN: char = '\0';

impl Rows {
    /// A reading of the workload with this number.
    ///
    /// # Errors
    /// Where a day cannot be put aside.
    pub fn push(&mut self, workload: u32, reading: &WideReading) -> io::Result<()> {
        self.readings.push(&Row::of(workload, reading))
    }

    /// The same, in percent of a size that is not known.
    ///
    /// # Errors
    /// Where a day cannot be put aside.
    pub fn push_apart(&mut self, workload: u32, reading: &WideReading) -> io::Result<()> {
        self.apart.push(&Row::of(workload, reading))
    }

    /// A reading of one part of the workload with this name.
    ///
    /// # Errors
    /// Where a day cannot be put aside.
    pub fn push_part(
        &mut self,
        workload: &str,
        part: &Part,
        reading: &WideReading,
    ) -> io::Result<()> {
        let parts = &mut self.parts[part.kind() as usize];
        let number = parts.names.number(&format!("{workload}{BETWEEN}{}", part.name()));
        parts.days.push(&Row::of(number, reading))
    }
}

/// What is being added.
#[derive(Debug)]
pub struct Addition {
    out: PathBuf,
    /// Where files go: the store itself, or a directory that will be it.
    into: PathBuf,
    aside: PathBuf,
    /// Which addition of the store this is.
    number: usize,
    files: BTreeMap<String, String>,
    window: (i64, i64),
}

impl Addition {
    /// Adds to `base`, whatever has been added to it since. `work` is a directory beside
    /// `out`.
    ///
    /// # Errors
    /// Where what an earlier addition left behind cannot be removed.
    pub fn new(out: &Path, work: &Path, base: Option<&Base>) -> Result<Self, StoreError> {
        let aside = work.join("aside");
        let new = work.join("store");
        for left in [&aside, &new] {
            if left.exists() {
                fs::remove_dir_all(left).map_err(|error| StoreError::file(left, error))?;
            }
        }
        if let Some(base) = base {
            let lost =
                base.info.files.keys().find(|name| name.contains('/') && !out.join(name).exists());
            if let Some(name) = lost {
                let problem = format!(
                    "{name} is gone, which an unfinished pull adds to; remove {}",
                    work.display()
                );
                return Err(StoreError::NotAStore { path: out.to_owned(), problem });
            }
        }
        let into = if out.exists() { out.to_owned() } else { new };
        let mut files = base.map(|base| base.info.files.clone()).unwrap_or_default();
        files.retain(|name, _| name.contains('/'));
        let window = base
            .map_or((i64::MAX, i64::MIN), |base| (base.info.window_start, base.info.window_end));
        let number = base.map_or(0, |base| base.info.pulls.len());
        Ok(Addition { out: out.to_owned(), into, aside, number, files, window })
    }

    /// Adds the readings that `fill` hands over. Workloads are numbered as in `names`.
    ///
    /// # Errors
    /// Where something cannot be written, or `fill` fails.
    pub fn place(
        &mut self,
        (account, region): (&str, &str),
        names: &[&str],
        fill: impl FnOnce(&mut Rows) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let days = |name: &str| Days::new(self.aside.join(name), ROWS_IN_MEMORY);
        let parts = PartKind::ALL.map(|kind| Parts {
            kind,
            days: days(kind.directory()),
            names: Names::default(),
        });
        let mut rows = Rows { readings: days("readings"), apart: days("apart"), parts };
        fill(&mut rows)?;
        let below = format!("account={account}/region={region}");
        let directory = format!("readings/{below}");
        let window = self.days(rows.readings, names, |day| (directory.clone(), day))?;
        self.window.0 = self.window.0.min(window.range.0);
        self.window.1 = self.window.1.max(window.range.1);
        let directory = format!("apart/{below}");
        self.days(rows.apart, names, |mut day| {
            day.numbers.iter_mut().for_each(|(name, _)| *name = as_percent(name));
            (directory.clone(), day)
        })?;
        for Parts { kind, days, names } in rows.parts {
            let directory = format!("{}/{below}", kind.directory());
            let names: Vec<&str> = names.iter().collect();
            self.days(days, &names, |day| (directory.clone(), split(day, kind)))?;
        }
        if self.aside.exists() {
            fs::remove_dir_all(&self.aside).map_err(|e| StoreError::file(&self.aside, e))?;
        }
        Ok(())
    }

    /// Writes days, each where `shape` says and with the columns that it makes of them.
    fn days<'n>(
        &mut self,
        days: Days,
        names: &[&'n str],
        shape: impl Fn(DayColumns<'n>) -> (String, DayColumns<'n>),
    ) -> Result<Window, StoreError> {
        days.finish(0, names, &mut Oddities::default(), |day: Day| {
            let date = date_of(day.day);
            let (directory, columns) = shape(day.columns(names));
            self.day(&directory, &date, columns)
        })
    }

    fn day(
        &mut self,
        directory: &str,
        date: &str,
        columns: DayColumns<'_>,
    ) -> Result<(), StoreError> {
        let mut bytes = Vec::new();
        parquet::write_day(columns, &mut bytes)
            .map_err(|problem| StoreError::File { path: self.into.join(directory), problem })?;
        let digest = digest(&bytes);
        let number = self.number;
        let name = format!("{directory}/date={date}/part-{number}-{}.parquet", &digest[..8]);
        write_flushed(&self.into.join(&name), &bytes)?;
        self.files.insert(name, digest);
        Ok(())
    }

    /// First start and last end of all readings; nothing where there are none.
    #[must_use]
    pub fn window(&self) -> Option<(i64, i64)> {
        (self.window.0 <= self.window.1).then_some(self.window)
    }

    /// From here on the store is what was added to the base.
    ///
    /// # Errors
    /// Where something cannot be written; the store is then what it was.
    pub fn finish(
        mut self,
        info: StoreInfo,
        workloads: &[Workload],
        instances: &[Instance],
    ) -> Result<Snapshot, StoreError> {
        let pretty = |text: Result<String, serde_json::Error>| text.expect("plain data") + "\n";
        let mut beside = vec![("workloads.json", pretty(serde_json::to_string_pretty(workloads)))];
        if !instances.is_empty() {
            beside.push((INSTANCES, pretty(serde_json::to_string_pretty(instances))));
        }
        for (name, text) in &beside {
            self.files.insert((*name).to_owned(), digest(text.as_bytes()));
        }
        let files = std::mem::take(&mut self.files);
        let info = StoreInfo { files, ..info };
        let text = pretty(serde_json::to_string_pretty(&info));
        let next = |name: &str| self.into.join(format!("{name}{NEXT}"));
        for (name, text) in &beside {
            write_flushed(&next(name), text.as_bytes())?;
        }
        write_flushed(&next("store.json"), text.as_bytes())?;
        let names = beside.iter().map(|(name, _)| *name);
        for name in ["store.json"].into_iter().chain(names) {
            let to = self.into.join(name);
            fs::rename(next(name), &to).map_err(|error| StoreError::file(&to, error))?;
        }
        sweep(&self.into, &self.into, &info)?;
        if self.into != self.out {
            let moved = fs::rename(&self.into, &self.out);
            moved.map_err(|error| StoreError::file(&self.out, error))?;
        }
        Ok(Snapshot { path: self.out, info, workloads: workloads.to_vec() })
    }
}

/// Names of parts go into a column of their own.
fn split(mut day: DayColumns<'_>, kind: PartKind) -> DayColumns<'_> {
    let halves = day.workloads.iter().map(|name| name.split_once(BETWEEN).unwrap_or((name, "")));
    let (workloads, parts) = halves.unzip();
    day.workloads = workloads;
    day.parts = Some((kind.column(), parts));
    day
}

/// Percentages are named for what they are.
fn as_percent(column: &'static str) -> &'static str {
    match column {
        "cpu_units_mean" => "cpu_percent_mean",
        "cpu_units_max" => "cpu_percent_max",
        "cpu_units_min" => "cpu_percent_min",
        "memory_mib_mean" => "memory_percent_mean",
        "memory_mib_max" => "memory_percent_max",
        "memory_mib_min" => "memory_percent_min",
        other => other,
    }
}

/// Removes what the store does not list: an addition that was never completed.
fn sweep(root: &Path, directory: &Path, info: &StoreInfo) -> Result<(), StoreError> {
    let wrong = |error: io::Error| StoreError::file(directory, error);
    let mut entries: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(directory).map_err(wrong)? {
        entries.push(entry.map_err(wrong)?.path());
    }
    for path in entries {
        if path.is_dir() {
            sweep(root, &path, info)?;
            // Only an empty one can be removed.
            let _ = fs::remove_dir(&path);
            continue;
        }
        let name = path.strip_prefix(root).ok().and_then(Path::to_str).unwrap_or_default();
        let directory = name.split('/').next().unwrap_or_default();
        let ours = ["readings", "apart"].into_iter().chain(PartKind::ALL.map(PartKind::directory));
        let part = ours.into_iter().any(|one| one == directory && name.len() > one.len());
        if part && !info.files.contains_key(name) {
            fs::remove_file(&path).map_err(|error| StoreError::file(&path, error))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Reading, Signal};

    fn fresh(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("loadline-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(path.join("work")).unwrap();
        path
    }

    fn added(here: &Path, base: Option<&Base>, from: i64, to: i64, value: f64) -> Snapshot {
        let out = here.join("store");
        let mut addition = Addition::new(&out, &here.join("work"), base).unwrap();
        let fill = |rows: &mut Rows| {
            for at in (from..to).step_by(3_600) {
                let reading = Reading::new(at, 3_600).with(Signal::CpuMax, value);
                rows.push(0, &WideReading { reading, ..WideReading::default() })?;
            }
            Ok(())
        };
        addition.place(("1", "eu-west-1"), &["prod/web"], fill).unwrap();
        let window = addition.window().unwrap();
        let mut info = StoreInfo::new(window, "1", "eu-west-1", "test".to_owned());
        info.pulls = base.map(|base| base.info.pulls.clone()).unwrap_or_default();
        addition.finish(info, &[Workload::named("prod/web")], &[]).unwrap()
    }

    fn all_files(directory: &Path) -> Vec<(PathBuf, Vec<u8>)> {
        let mut all = Vec::new();
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                all.extend(all_files(&path));
            } else {
                all.push((path.clone(), fs::read(&path).unwrap()));
            }
        }
        all.sort();
        all
    }

    #[test]
    fn an_addition_made_again_leaves_nothing_of_the_first() {
        let here = fresh("addition");
        added(&here, None, 0, 86_400 * 2, 5.0);
        let base = Base::of(&here.join("store")).unwrap().unwrap();
        added(&here, Some(&base), 86_400 * 2, 86_400 * 3, 7.0);
        let again = added(&here, Some(&base), 86_400 * 2, 86_400 * 4, 9.0);
        let profile = &again.profiles().unwrap()["prod/web"];
        assert_eq!((profile.readings(), again.info.window_end), (96, 86_400 * 4));
        let listed = again.info.files.len();
        assert_eq!(
            all_files(&here.join("store")).len(),
            listed + 1,
            "those listed, and store.json"
        );
        // The same from scratch is the same, byte for byte.
        let other = fresh("addition-again");
        added(&other, None, 0, 86_400 * 2, 5.0);
        let base = Base::of(&other.join("store")).unwrap().unwrap();
        added(&other, Some(&base), 86_400 * 2, 86_400 * 4, 9.0);
        let bytes = |here: &Path| {
            all_files(&here.join("store")).into_iter().map(|(_, bytes)| bytes).collect::<Vec<_>>()
        };
        assert_eq!(bytes(&here), bytes(&other));
        fs::remove_dir_all(here).unwrap();
        fs::remove_dir_all(other).unwrap();
    }

    #[test]
    fn stopped_between_two_renames_a_store_is_whole() {
        let here = fresh("renames");
        let first = added(&here, None, 0, 86_400, 5.0);
        let store = here.join("store");
        fs::rename(store.join("workloads.json"), store.join("workloads.json.next")).unwrap();
        let opened = Snapshot::open(&store).unwrap();
        assert_eq!(opened.workloads, first.workloads);
        fs::write(store.join("workloads.json"), "[]").unwrap();
        assert_eq!(Snapshot::open(&store).unwrap().workloads, first.workloads);
        fs::remove_dir_all(here).unwrap();
    }
}
