//! Readings gathered by day, then put in order, each moment of a workload once.
//!
//! Beyond [`ROWS_IN_MEMORY`] the days are put aside in a file each and fetched again one
//! by one, so that memory does not grow with the import.

use super::mapping::Target;
use super::oddities::Oddities;
use super::parquet::DayColumns;
use crate::model::{Code, Extra, Finding, Reading, Signal, WideReading};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::PathBuf;

pub(super) const ROWS_IN_MEMORY: usize = 8_000_000;
const SIGNALS: usize = Signal::ALL.len();
/// Signals, requests, extras.
const NUMBERS: usize = SIGNALS + 1 + Extra::ALL.len();
const DAY_SECONDS: i64 = 86_400;

/// Where a row stood: file number and line in one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place(u64);

impl Place {
    const LINE_BITS: u32 = 40;

    pub const fn new(file: usize, line: u64) -> Self {
        Place((file as u64) << Self::LINE_BITS | line)
    }

    const fn file(self) -> u64 {
        self.0 >> Self::LINE_BITS
    }

    const fn line(self) -> u64 {
        self.0 & ((1 << Self::LINE_BITS) - 1)
    }
}

/// A row on its way in. NaN is absent; it does not leave this file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    workload: u32,
    at: i64,
    /// Zero where it is yet to be found out.
    period: u32,
    place: Place,
    numbers: [f64; NUMBERS],
}

impl Row {
    pub const fn new(workload: u32, at: i64, period: u32, place: Place) -> Self {
        Row { workload, at, period, place, numbers: [f64::NAN; NUMBERS] }
    }

    #[inline]
    pub fn set(&mut self, target: Target, value: f64) {
        match target {
            Target::Signal(signal) => self.numbers[signal as usize] = value,
            Target::Requests => self.numbers[SIGNALS] = value,
            _ => {}
        }
    }

    pub fn set_period(&mut self, seconds: u32) {
        self.period = seconds;
    }

    /// A reading that is at hand already.
    pub fn of(workload: u32, wide: &WideReading) -> Self {
        let reading = &wide.reading;
        let mut row = Row::new(workload, reading.at, reading.period_seconds, Place::new(0, 0));
        for signal in Signal::ALL {
            if let Some(value) = reading.get(signal) {
                row.numbers[signal as usize] = value;
            }
        }
        if let Some(requests) = reading.requests() {
            row.numbers[SIGNALS] = requests;
        }
        for (place, value) in (SIGNALS + 1..).zip(wide.extras) {
            if let Some(value) = value {
                row.numbers[place] = value;
            }
        }
        row
    }
}

/// The column of a number.
fn column(place: usize) -> &'static str {
    match (Signal::ALL.get(place), place.checked_sub(SIGNALS + 1)) {
        (Some(signal), _) => signal.column(),
        (None, None) => Target::Requests.name(),
        (None, Some(extra)) => Extra::ALL[extra].column(),
    }
}

impl Row {
    /// As a reading of its own. A period that is not known counts no time.
    #[inline]
    pub fn reading(&self) -> Reading {
        let mut reading = Reading::new(self.at, self.period);
        for (place, value) in self.numbers.iter().enumerate().filter(|(_, value)| !value.is_nan()) {
            match Signal::ALL.get(place) {
                Some(signal) => reading.set(*signal, *value),
                None if place == SIGNALS => reading.set_requests(*value),
                None => {}
            }
        }
        reading
    }
}

/// One day's rows, column by column.
#[derive(Debug, Default)]
pub(super) struct Day {
    /// Days since 1970.
    pub day: i64,
    workloads: Vec<u32>,
    pub at: Vec<i64>,
    periods: Vec<u32>,
    places: Vec<u64>,
    /// Shorter than the others where the rest is absent.
    numbers: [Vec<f64>; NUMBERS],
}

impl Day {
    #[inline]
    fn push(&mut self, row: &Row) {
        let before = self.at.len();
        for (column, value) in self.numbers.iter_mut().zip(row.numbers) {
            if !value.is_nan() {
                column.resize(before, f64::NAN);
                column.push(value);
            }
        }
        self.workloads.push(row.workload);
        self.at.push(row.at);
        self.periods.push(row.period);
        self.places.push(row.place.0);
    }

    /// As a file's columns; what was never measured is left out.
    pub fn columns<'n>(self, names: &[&'n str]) -> DayColumns<'n> {
        let numbers = self.numbers.into_iter().enumerate();
        DayColumns {
            workloads: self.workloads.iter().map(|number| names[*number as usize]).collect(),
            parts: None,
            at: self.at,
            periods: self.periods,
            numbers: numbers
                .filter(|(_, values)| !values.is_empty())
                .map(|(place, values)| (column(place), values))
                .collect(),
        }
    }

    /// Column after column, each with its length; read again on the same machine only.
    fn write_aside(&self, out: &mut impl Write) -> io::Result<()> {
        let mut lengths = [0_u64; NUMBERS + 1];
        for (length, column) in lengths.iter_mut().zip(&self.numbers) {
            *length = column.len() as u64;
        }
        lengths[NUMBERS] = self.at.len() as u64;
        out.write_all(bytemuck::cast_slice(&lengths))?;
        out.write_all(bytemuck::cast_slice(&self.workloads))?;
        out.write_all(bytemuck::cast_slice(&self.at))?;
        out.write_all(bytemuck::cast_slice(&self.periods))?;
        out.write_all(bytemuck::cast_slice(&self.places))?;
        for column in &self.numbers {
            out.write_all(bytemuck::cast_slice(column))?;
        }
        out.flush()
    }

    /// Sorts by workload and time, and joins rows of the same moment.
    fn put_in_order(&mut self, period: u32, ranks: &[u32], oddities: &mut Oddities) {
        let rows = self.at.len();
        for column in self.numbers.iter_mut().filter(|column| !column.is_empty()) {
            column.resize(rows, f64::NAN);
        }
        for one in self.periods.iter_mut().filter(|one| **one == 0) {
            *one = period;
        }
        let rank = |row: usize| ranks[self.workloads[row] as usize];
        let key = |row: &usize| (rank(*row), self.at[*row]);
        if (1..rows).all(|row| key(&(row - 1)) < key(&row)) {
            return;
        }
        let mut order: Vec<usize> = (0..rows).collect();
        // Stable: of rows of the same moment the first read comes first.
        order.sort_by_key(key);
        let mut sorted = Day { day: self.day, ..Day::default() };
        for row in order {
            let same = sorted.at.last() == Some(&self.at[row])
                && sorted.workloads.last() == Some(&self.workloads[row]);
            if same {
                sorted.join(self, row, oddities);
            } else {
                sorted.copy(self, row);
            }
        }
        *self = sorted;
    }

    fn copy(&mut self, from: &Day, row: usize) {
        self.workloads.push(from.workloads[row]);
        self.at.push(from.at[row]);
        self.periods.push(from.periods[row]);
        self.places.push(from.places[row]);
        for (column, values) in self.numbers.iter_mut().zip(&from.numbers) {
            if let Some(value) = values.get(row) {
                column.push(*value);
            }
        }
    }

    /// Joins a row into the last one, which is of the same moment: the larger values stay.
    fn join(&mut self, from: &Day, row: usize, oddities: &mut Oddities) {
        let mut differs = false;
        for (column, values) in self.numbers.iter_mut().zip(&from.numbers) {
            let (Some(mine), Some(theirs)) = (column.last_mut(), values.get(row)) else { continue };
            // What only one of them measured is no contradiction.
            differs |= !mine.is_nan() && !theirs.is_nan() && mine.to_bits() != theirs.to_bits();
            // `max` takes the other where one is NaN.
            *mine = mine.max(*theirs);
        }
        if let Some(period) = self.periods.last_mut() {
            differs |= *period != from.periods[row];
            *period = (*period).max(from.periods[row]);
        }
        let place = Place(from.places[row]);
        let code = if differs { Code::RowConflicting } else { Code::RowRepeated };
        oddities.count_in(place.file(), code, "", place.line());
    }
}

/// All days so far.
#[derive(Debug, Default)]
pub(super) struct Days {
    days: Vec<Day>,
    /// Where each day since 1970 stands in `days`.
    numbers: BTreeMap<i64, usize>,
    last: usize,
    rows: usize,
    /// So many rows are kept in memory.
    limit: usize,
    /// Where days are put aside, and which have been.
    aside: PathBuf,
    put_aside: BTreeMap<i64, PathBuf>,
}

impl Days {
    /// `aside` is a directory of our own, made when it is needed.
    pub fn new(aside: PathBuf, limit: usize) -> Self {
        Days { limit, aside, ..Days::default() }
    }

    pub const fn is_empty(&self) -> bool {
        self.days.is_empty()
    }

    #[inline]
    pub fn push(&mut self, row: &Row) -> io::Result<()> {
        let day = row.at.div_euclid(DAY_SECONDS);
        if self.days.get(self.last).is_none_or(|last| last.day != day) {
            self.find(day);
        }
        self.days[self.last].push(row);
        self.rows += 1;
        if self.rows >= self.limit { self.put_days_aside() } else { Ok(()) }
    }

    fn find(&mut self, day: i64) {
        self.last = *self.numbers.entry(day).or_insert_with(|| {
            self.days.push(Day { day, ..Day::default() });
            self.days.len() - 1
        });
    }

    #[cold]
    fn put_days_aside(&mut self) -> io::Result<()> {
        std::fs::create_dir_all(&self.aside)?;
        for day in self.days.iter_mut().filter(|day| !day.at.is_empty()) {
            let path = self.aside.join(format!("day-{}", day.day));
            let file = OpenOptions::new().create(true).append(true).open(&path)?;
            day.write_aside(&mut BufWriter::with_capacity(1 << 20, file))?;
            self.put_aside.insert(day.day, path);
            *day = Day { day: day.day, ..Day::default() };
        }
        self.rows = 0;
        Ok(())
    }

    /// Hands over day after day in order; says what the window is and what is missing.
    pub fn finish<E: From<io::Error>>(
        mut self,
        period: u32,
        names: &[&str],
        oddities: &mut Oddities,
        mut take: impl FnMut(Day) -> Result<(), E>,
    ) -> Result<Window, E> {
        let mut window = Window::new(names.len());
        let ranks = ranks(names);
        for (number, place) in std::mem::take(&mut self.numbers) {
            let rest = std::mem::take(&mut self.days[place]);
            let mut day = match self.put_aside.get(&number) {
                Some(path) => fetched(number, path)?,
                None => Day { day: number, ..Day::default() },
            };
            day = appended(day, rest);
            day.put_in_order(period, &ranks, oddities);
            window.note(&day);
            take(day)?;
        }
        Ok(window)
    }
}

/// Where each workload stands among their sorted names, so that a store does not depend on
/// the order in which they came.
fn ranks(names: &[&str]) -> Vec<u32> {
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by_key(|number| names[*number]);
    let mut ranks = vec![0; names.len()];
    for (rank, number) in (0..).zip(order) {
        ranks[number] = rank;
    }
    ranks
}

fn appended(mut day: Day, rest: Day) -> Day {
    if day.at.is_empty() {
        return rest;
    }
    let before = day.at.len();
    for (column, more) in day.numbers.iter_mut().zip(&rest.numbers) {
        if !more.is_empty() {
            column.resize(before, f64::NAN);
            column.extend_from_slice(more);
        }
    }
    day.workloads.extend(rest.workloads);
    day.at.extend(rest.at);
    day.periods.extend(rest.periods);
    day.places.extend(rest.places);
    day
}

/// All chunks of a day that were put aside, in the order in which they were.
fn fetched(number: i64, path: &PathBuf) -> io::Result<Day> {
    let mut input = BufReader::with_capacity(1 << 20, File::open(path)?);
    let mut day = Day { day: number, ..Day::default() };
    let mut lengths = [0_u64; NUMBERS + 1];
    while !input.fill_buf()?.is_empty() {
        input.read_exact(bytemuck::cast_slice_mut(&mut lengths))?;
        let length = |place: usize| usize::try_from(lengths[place]).map_err(io::Error::other);
        let rows = length(NUMBERS)?;
        let mut chunk = Day { day: number, ..Day::default() };
        chunk.workloads.resize(rows, 0);
        chunk.at.resize(rows, 0);
        chunk.periods.resize(rows, 0);
        chunk.places.resize(rows, 0);
        input.read_exact(bytemuck::cast_slice_mut(&mut chunk.workloads))?;
        input.read_exact(bytemuck::cast_slice_mut(&mut chunk.at))?;
        input.read_exact(bytemuck::cast_slice_mut(&mut chunk.periods))?;
        input.read_exact(bytemuck::cast_slice_mut(&mut chunk.places))?;
        for (place, column) in chunk.numbers.iter_mut().enumerate() {
            column.resize(length(place)?, 0.0);
            input.read_exact(bytemuck::cast_slice_mut(column))?;
        }
        day = appended(day, chunk);
    }
    Ok(day)
}

/// What the readings cover.
#[derive(Debug)]
pub(super) struct Window {
    /// First start and last end.
    pub range: (i64, i64),
    ends: Vec<i64>,
    gaps: u64,
    gap_seconds: u64,
    holed: std::collections::BTreeSet<u32>,
}

impl Window {
    fn new(workloads: usize) -> Self {
        Window {
            range: (i64::MAX, i64::MIN),
            ends: vec![i64::MIN; workloads],
            gaps: 0,
            gap_seconds: 0,
            holed: std::collections::BTreeSet::new(),
        }
    }

    fn note(&mut self, day: &Day) {
        for row in 0..day.at.len() {
            let (start, period) = (day.at[row], i64::from(day.periods[row]));
            let end = start + period;
            let workload = day.workloads[row];
            let before = &mut self.ends[workload as usize];
            // Half a period late is jitter.
            if *before != i64::MIN && start - *before > period / 2 {
                self.gaps += 1;
                self.gap_seconds += start.abs_diff(*before);
                self.holed.insert(workload);
            }
            *before = end;
            self.range = (self.range.0.min(start), self.range.1.max(end));
        }
    }

    pub fn findings(&self) -> Option<Finding> {
        (self.gaps > 0).then(|| {
            let hours = self.gap_seconds.div_ceil(3_600);
            let workloads = self.holed.len();
            let detail =
                format!("{} gaps of {hours} hours together in {workloads} workloads", self.gaps);
            Finding::new(Code::Gaps, detail)
        })
    }
}
