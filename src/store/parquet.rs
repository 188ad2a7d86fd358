//! Parquet in and out, with polars: the only file that names it.

use super::StoreError;
use super::batch::{Batch, NO_TIME, NO_WORKLOAD, Reading, Wanted};
use super::csv::is_null;
use super::times::{self, Clock, TimeUnit, date_in_digits};
use crate::model::{PartKind, REQUEST_LIMIT, Reading as Measured, Signal, VALUE_LIMIT};
use ::csv::StringRecord;
use polars::io::parquet::metadata::FileMetadataRef;
use polars::polars_utils::compression::ZstdLevel;
use polars::prelude::{
    ArrowField as Field, Column, DataFrame, DataType, IntoColumn, NamedFrom, ParquetCompression,
    ParquetReader, ParquetWriter, PlSmallStr, PolarsResult, SerReader, Series, StringChunked,
    TimeUnit as Precision,
};
use std::borrow::Cow;
use std::fs::File;
use std::io::{Cursor, Write};
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Rows decoded at a time, at most: a row group, or a part of a large one.
const ROWS_A_BATCH: usize = 1 << 18;

pub(super) struct ParquetFile {
    path: PathBuf,
    metadata: FileMetadataRef,
    pub columns: Vec<String>,
    /// Columns of a type that polars was built without, and what is wrong with it.
    unreadable: Vec<(String, &'static str)>,
}

impl ParquetFile {
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let wrong = |error: &dyn std::fmt::Display| {
            StoreError::file(path, format!("is not a readable Parquet file: {}", one_line(error)))
        };
        let file = File::open(path).map_err(|error| StoreError::file(path, error))?;
        let mut reader = ParquetReader::new(file);
        let metadata = decoded(|| reader.get_metadata().cloned()).map_err(|error| wrong(&error))?;
        let schema = decoded(|| reader.schema()).map_err(|error| wrong(&error))?;
        let columns = schema.iter_names().map(ToString::to_string).collect();
        let unreadable = |field: &Field| {
            let dtype = format!("{:?}", field.dtype());
            let begins = |names: &[&str]| names.iter().any(|name| dtype.starts_with(name));
            let problem = if begins(&["Decimal"]) {
                "is of a decimal type; write it as float64 or integer"
            } else if begins(&["Map", "Struct", "List", "LargeList", "FixedSizeList", "Union"]) {
                "is of a nested type; text, a number or a time is expected"
            } else {
                return None;
            };
            Some((field.name.to_string(), problem))
        };
        let unreadable = schema.iter_values().filter_map(unreadable).collect();
        Ok(ParquetFile { path: path.to_owned(), metadata, columns, unreadable })
    }

    pub fn rows(&self) -> u64 {
        self.metadata.num_rows as u64
    }

    /// Hands over batch after batch, with the rows read so far.
    pub fn each(
        &mut self,
        wanted: &Wanted,
        unit: TimeUnit,
        reading: &mut Reading<'_>,
        mut take: impl FnMut(&Batch, &mut Reading<'_>, u64),
    ) -> Result<(), StoreError> {
        self.readable(wanted)?;
        let mut projection: Vec<usize> = wanted.numbers.iter().map(|(place, _)| *place).collect();
        projection.extend(wanted.at);
        projection.push(wanted.workload);
        projection.sort_unstable();
        projection.dedup();
        for (start, rows) in self.parts() {
            let wrong = |error: &dyn std::fmt::Display| {
                StoreError::file(
                    &self.path,
                    format!("rows from {}: {}", start + 1, one_line(error)),
                )
            };
            let file = File::open(&self.path).map_err(|error| wrong(&error))?;
            let mut reader = ParquetReader::new(file)
                .with_projection(Some(projection.clone()))
                .with_slice(Some((start, rows)))
                .set_rechunk(true);
            reader.set_metadata(self.metadata.clone());
            let frame = decoded(|| reader.finish()).map_err(|error| wrong(&error))?;
            let batch = self.batch(&frame, wanted, unit, reading, start as u64 + 1)?;
            take(&batch, reading, (start + frame.height()) as u64);
        }
        Ok(())
    }

    /// Hands over row after row as text, with its number: columns in the order of their places.
    pub fn each_text(
        &mut self,
        places: &[usize],
        mut take: impl FnMut(u64, &StringRecord) -> Result<(), String>,
    ) -> Result<(), StoreError> {
        let names: Vec<String> = places.iter().map(|place| self.columns[*place].clone()).collect();
        self.decodable(names.iter())?;
        for (start, rows) in self.parts() {
            let wrong = |problem: &str| StoreError::file(&self.path, problem);
            let file =
                File::open(&self.path).map_err(|error| StoreError::file(&self.path, error))?;
            let mut reader = ParquetReader::new(file)
                .with_columns(Some(names.clone()))
                .with_slice(Some((start, rows)))
                .set_rechunk(true);
            reader.set_metadata(self.metadata.clone());
            let frame = decoded(|| reader.finish()).map_err(|error| wrong(&one_line(&error)))?;
            let mut columns = Vec::with_capacity(names.len());
            for name in &names {
                let column = frame.column(name).map_err(|error| wrong(&one_line(&error)))?;
                columns.push(self.texts(column)?);
            }
            let mut row = StringRecord::new();
            for number in 0..frame.height() {
                row.clear();
                for column in &columns {
                    row.push_field(column[number].as_ref());
                }
                take((start + number + 1) as u64, &row).map_err(|problem| wrong(&problem))?;
            }
        }
        Ok(())
    }

    /// Whatever it holds as people write it; what is missing is empty.
    fn texts<'f>(&self, column: &'f Column) -> Result<Vec<Cow<'f, str>>, StoreError> {
        if let Ok(text) = column.str() {
            return Ok(text.iter().map(|text| Cow::Borrowed(text.unwrap_or(""))).collect());
        }
        if matches!(column.dtype(), DataType::Datetime(..)) {
            let times = self.times(column, TimeUnit::Auto)?.into_iter();
            let text =
                |at: i64| jiff::Timestamp::from_second(at).map(|at| Cow::Owned(at.to_string()));
            return Ok(times.map(|at| text(at).unwrap_or_default()).collect());
        }
        if column.dtype().is_float() {
            let shown = |value: f64| {
                if value.is_nan() { Cow::default() } else { Cow::Owned(value.to_string()) }
            };
            let values = self.numbers(column)?;
            return Ok(values.into_iter().map(shown).collect());
        }
        let text = column.cast(&DataType::String);
        let text = text.map_err(|_| self.wrong_type(column, "text, a number or a time"))?;
        let text = text.str().map_err(|_| self.wrong_type(column, "text, a number or a time"))?;
        Ok(text.iter().map(|text| Cow::Owned(text.unwrap_or("").to_owned())).collect())
    }

    /// Can every column that is wanted be read?
    fn readable(&self, wanted: &Wanted) -> Result<(), StoreError> {
        let mut places = wanted.numbers.iter().map(|(place, _)| *place);
        let all = places.by_ref().chain(wanted.at).chain([wanted.workload]);
        self.decodable(all.map(|place| &self.columns[place]))
    }

    fn decodable<'n>(&self, mut names: impl Iterator<Item = &'n String>) -> Result<(), StoreError> {
        let found = names.find_map(|name| self.unreadable.iter().find(|(one, _)| one == name));
        found.map_or(Ok(()), |(column, problem)| {
            Err(StoreError::Column {
                path: self.path.clone(),
                column: column.clone(),
                problem: (*problem).to_owned(),
            })
        })
    }

    /// First row and number of rows of each part: no part crosses a row group, which
    /// would be decoded twice.
    fn parts(&self) -> Vec<(usize, usize)> {
        let mut parts = Vec::new();
        let mut start = 0;
        #[expect(
            clippy::redundant_closure_for_method_calls,
            reason = "polars does not name the type"
        )]
        for rows in self.metadata.row_groups.iter().map(|group| group.num_rows()) {
            let each = rows.div_ceil(rows.div_ceil(ROWS_A_BATCH).max(1)).max(1);
            parts.extend((0..rows).step_by(each).map(|at| (start + at, each.min(rows - at))));
            start += rows;
        }
        parts
    }

    fn batch(
        &self,
        frame: &DataFrame,
        wanted: &Wanted,
        unit: TimeUnit,
        reading: &mut Reading<'_>,
        first_row: u64,
    ) -> Result<Batch, StoreError> {
        let column = |place: usize| -> Result<&Column, StoreError> {
            let name = &self.columns[place];
            frame.column(name).map_err(|error| StoreError::file(&self.path, one_line(&error)))
        };
        let lines: Vec<u64> = (first_row..).take(frame.height()).collect();
        let workloads = self.workloads(column(wanted.workload)?, reading)?;
        let at = match wanted.at {
            Some(place) => self.times(column(place)?, unit)?,
            None => (reading.rows_so_far..).take(frame.height()).collect(),
        };
        reading.rows_so_far += i64::try_from(frame.height()).expect("rows of a batch");
        let mut numbers = Vec::new();
        for (place, name) in &wanted.numbers {
            let mut values = self.numbers(column(*place)?)?;
            values.truncate(frame.height());
            for (value, line) in values.iter_mut().zip(&lines) {
                if !value.is_finite() {
                    *value = if value.to_bits() == ABSENT.to_bits() {
                        reading.absent(name, *line)
                    } else {
                        reading.invalid(name, *line)
                    };
                }
            }
            numbers.push(values);
        }
        let lengths = numbers.iter().map(Vec::len).chain([workloads.len(), at.len()]);
        if lengths.into_iter().any(|length| length != frame.height()) {
            let problem = "is damaged: its columns are of unequal length";
            return Err(StoreError::file(&self.path, problem));
        }
        Ok(Batch { lines, workloads, at, numbers, torn: 0 })
    }

    fn wrong_type(&self, column: &Column, expected: &str) -> StoreError {
        StoreError::Column {
            path: self.path.clone(),
            column: column.name().to_string(),
            problem: format!("has type {}; {expected} is expected", column.dtype()),
        }
    }

    fn workloads(
        &self,
        column: &Column,
        reading: &mut Reading<'_>,
    ) -> Result<Vec<u32>, StoreError> {
        let wrong = || self.wrong_type(column, "text");
        let text = match column.dtype() {
            DataType::String => column.clone(),
            dtype
                if dtype.is_integer()
                    || matches!(dtype, DataType::Categorical(..) | DataType::Enum(..)) =>
            {
                column.cast(&DataType::String).map_err(|_| wrong())?
            }
            _ => return Err(wrong()),
        };
        let text: &StringChunked = text.str().map_err(|_| wrong())?;
        let mut number = |name: Option<&str>| match name {
            Some(name) if is_tidy(name) => reading.workload(name),
            Some(name) => reading.workload(name.trim()),
            None => NO_WORKLOAD,
        };
        Ok(text.iter().map(&mut number).collect())
    }

    fn times(&self, column: &Column, unit: TimeUnit) -> Result<Vec<i64>, StoreError> {
        let wrong = || self.wrong_type(column, "a time, a number or text");
        let in_day = match column.dtype() {
            DataType::Datetime(precision, _) => Some(match precision {
                Precision::Milliseconds => 1_000,
                Precision::Microseconds => 1_000_000,
                Precision::Nanoseconds => 1_000_000_000,
            }),
            _ => None,
        };
        if let Some(in_second) = in_day {
            let physical = column.to_physical_repr();
            let stamps = physical.i64().map_err(|_| wrong())?;
            let second = |stamp: Option<i64>| {
                stamp
                    .map(|stamp| stamp.div_euclid(in_second))
                    .filter(|at| *at >= 0)
                    .unwrap_or(NO_TIME)
            };
            return Ok(stamps.iter().map(second).collect());
        }
        if let Ok(text) = column.str() {
            let mut clock = Clock::default();
            let mut second = |text: Option<&str>| text.and_then(|text| clock.read(text, unit));
            return Ok(text.iter().map(|text| second(text).unwrap_or(NO_TIME)).collect());
        }
        if !column.dtype().is_primitive_numeric() {
            return Err(wrong());
        }
        if column.dtype().is_integer() && unit == TimeUnit::Auto {
            let whole = column.cast(&DataType::Int64).map_err(|_| wrong())?;
            let whole = whole.i64().map_err(|_| wrong())?;
            let date = |value: Option<i64>| value.and_then(|one| date_in_digits(&one.to_string()));
            if whole.iter().find(Option::is_some).and_then(date).is_some() {
                return Ok(whole.iter().map(|value| date(value).unwrap_or(NO_TIME)).collect());
            }
        }
        let numbers = column.cast(&DataType::Float64).map_err(|_| wrong())?;
        let second = |value: Option<f64>| value.and_then(|value| times::from_number(value, unit));
        let numbers = numbers.f64().map_err(|_| wrong())?;
        Ok(numbers.iter().map(|value| second(value).unwrap_or(NO_TIME)).collect())
    }

    fn numbers(&self, column: &Column) -> Result<Vec<f64>, StoreError> {
        let wrong = || self.wrong_type(column, "a number");
        if column.dtype() == &DataType::Null {
            return Ok(vec![ABSENT; column.len()]);
        }
        if let Ok(text) = column.str() {
            let number = |text: Option<&str>| match text.map(str::trim) {
                None | Some("") => ABSENT,
                Some(text) if is_null(text) => ABSENT,
                Some(text) => text.parse().unwrap_or(f64::INFINITY),
            };
            return Ok(text.iter().map(number).collect());
        }
        if !column.dtype().is_primitive_numeric() {
            return Err(wrong());
        }
        floats(column).ok_or_else(wrong)
    }
}

/// Starts and ends with a letter or the like, as most names do.
#[inline]
fn is_tidy(name: &str) -> bool {
    let ends = [name.as_bytes().first(), name.as_bytes().last()];
    ends.iter().all(|end| end.is_some_and(u8::is_ascii_graphic))
}

/// Marks what is null, apart from the NaN that arithmetic makes.
const ABSENT: f64 = f64::from_bits(0x7ff8_0000_0000_0a5e);

/// As f64, never through f32; null becomes [`ABSENT`].
fn floats(column: &Column) -> Option<Vec<f64>> {
    // Singles are widened on the way, without a column in between.
    if let Ok(singles) = column.f32() {
        return Some(match singles.cont_slice() {
            Ok(whole) => whole.iter().map(|value| f64::from(*value)).collect(),
            Err(_) => singles.iter().map(|value| value.map_or(ABSENT, f64::from)).collect(),
        });
    }
    let column = column.cast(&DataType::Float64).ok()?;
    let values = column.f64().ok()?.to_vec_null_aware();
    Some(values.either(|all| all, |some| some.into_iter().map(|v| v.unwrap_or(ABSENT)).collect()))
}

/// Is a file being decoded? A damaged one can make polars panic, which is then an error
/// like others and need not be told twice.
pub(super) static DECODING: AtomicUsize = AtomicUsize::new(0);

/// Runs a decoder that may panic on damaged bytes.
fn decoded<T>(decode: impl FnOnce() -> PolarsResult<T>) -> Result<T, String> {
    DECODING.fetch_add(1, Ordering::SeqCst);
    let done = std::panic::catch_unwind(AssertUnwindSafe(decode));
    DECODING.fetch_sub(1, Ordering::SeqCst);
    match done {
        Ok(result) => result.map_err(|error| one_line(&error)),
        Err(_) => Err("is damaged: it cannot be decoded".to_owned()),
    }
}

/// An error of polars on one line.
fn one_line(error: &dyn std::fmt::Display) -> String {
    error.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// One day's readings, sorted by workload and time, as a file's columns.
#[derive(Debug, Default)]
pub(super) struct DayColumns<'n> {
    pub workloads: Vec<&'n str>,
    /// The column that names a part of the workload, and what stands in it.
    pub parts: Option<(&'static str, Vec<&'n str>)>,
    pub at: Vec<i64>,
    pub periods: Vec<u32>,
    /// Name and values of what was mapped; NaN is absent.
    pub numbers: Vec<(&'static str, Vec<f64>)>,
}

/// Writes a day. The same columns always give the same bytes.
pub(super) fn write_day(day: DayColumns<'_>, out: &mut dyn Write) -> Result<(), String> {
    let height = day.at.len();
    let mut columns =
        vec![Series::new(PlSmallStr::from_static("workload"), day.workloads).into_column()];
    if let Some((name, parts)) = day.parts {
        columns.push(Series::new(PlSmallStr::from_static(name), parts).into_column());
    }
    columns.push(Series::new(PlSmallStr::from_static("at"), day.at).into_column());
    columns.push(Series::new(PlSmallStr::from_static("period_seconds"), day.periods).into_column());
    for (name, values) in day.numbers {
        let name = PlSmallStr::from_static(name);
        let series = if values.iter().any(|value| value.is_nan()) {
            let options: Vec<Option<f64>> =
                values.into_iter().map(|value| (!value.is_nan()).then_some(value)).collect();
            Series::new(name, options)
        } else {
            Series::new(name, values)
        };
        columns.push(series.into_column());
    }
    let mut frame = DataFrame::new(height, columns).map_err(|error| one_line(&error))?;
    let level = ZstdLevel::try_new(1).map_err(|error| one_line(&error))?;
    ParquetWriter::new(out)
        .with_compression(ParquetCompression::Zstd(Some(level)))
        .set_parallel(false)
        .finish(&mut frame)
        .map(|_| ())
        .map_err(|error| one_line(&error))
}

/// Hands every reading of a file in our own form to `take`, with its workload.
pub(super) fn each_reading(
    file: Cursor<impl AsRef<[u8]> + Send + Sync>,
    take: impl FnMut(&str, &Measured),
) -> Result<(), String> {
    each_row(&own(file, None)?, take)
}

/// The same of parts: with the workload and the part's name.
pub(super) fn each_part(
    file: Cursor<impl AsRef<[u8]> + Send + Sync>,
    part: PartKind,
    mut take: impl FnMut(&str, &str, &Measured),
) -> Result<(), String> {
    let frame = own(file, Some(part))?;
    let names = frame.column(part.column()).map_err(|error| one_line(&error))?;
    let names = names.str().map_err(|error| one_line(&error))?;
    let mut names = names.iter();
    let mut nameless = false;
    each_row(&frame, |workload, reading| match names.next().flatten() {
        Some(name) => take(workload, name, reading),
        None => nameless = true,
    })?;
    if nameless { Err(format!("{} is missing in some row", part.column())) } else { Ok(()) }
}

/// A file in our own form, without the columns that readings are not made of.
fn own(
    file: Cursor<impl AsRef<[u8]> + Send + Sync>,
    part: Option<PartKind>,
) -> Result<DataFrame, String> {
    decoded(|| {
        let mut reader = ParquetReader::new(file).set_rechunk(true);
        let schema = reader.schema()?;
        let known = |name: &&str| is_read(name) || part.is_some_and(|part| part.column() == *name);
        let columns = schema.iter_names().map(PlSmallStr::as_str).filter(known);
        let columns = columns.map(str::to_owned).collect();
        reader.with_columns(Some(columns)).finish()
    })
}

fn each_row(frame: &DataFrame, mut take: impl FnMut(&str, &Measured)) -> Result<(), String> {
    let column = |name: &str| frame.column(name).map_err(|error| one_line(&error));
    let at = column("at")?.i64().map_err(|error| one_line(&error))?;
    let periods = column("period_seconds")?.u32().map_err(|error| one_line(&error))?;
    let names = column("workload")?.str().map_err(|error| one_line(&error))?;
    let missing = "workload, at or period_seconds is missing in some row";
    let at = at.cont_slice().map_err(|_| missing)?;
    let periods = periods.cont_slice().map_err(|_| missing)?;
    if names.null_count() > 0 {
        return Err(missing.to_owned());
    }
    let measured = measured(frame)?;
    in_range(at, periods, &measured)?;
    let mut rows = at.iter().zip(periods).enumerate();
    for array in names.downcast_iter() {
        for (name, (row, (at, period))) in array.values_iter().zip(&mut rows) {
            let mut reading = Measured::new(*at, *period);
            for (target, values) in &measured {
                match (values[row], target) {
                    (value, _) if value.is_nan() => {}
                    (value, Some(signal)) => reading.set(*signal, value),
                    (value, None) => reading.set_requests(value),
                }
            }
            take(name, &reading);
        }
    }
    Ok(())
}

/// Is a column one that readings are made of? Others are there for other questions.
fn is_read(name: &str) -> bool {
    let signal = || Signal::ALL.iter().any(|signal| signal.column() == name);
    matches!(name, "workload" | "at" | "period_seconds" | "requests") || signal()
}

/// A file of our own holds nothing that an import refuses.
fn in_range(at: &[i64], periods: &[u32], measured: &[Values<'_>]) -> Result<(), String> {
    let row = |row: usize, what: &str| Err(format!("row {}: {what} is out of range", row + 1));
    if let Some(place) = at.iter().position(|at| !(0..LATEST).contains(at)) {
        return row(place, "at");
    }
    if let Some(place) = periods.iter().position(|period| !(1..=86_400).contains(period)) {
        return row(place, "period_seconds");
    }
    for (signal, values) in measured {
        let limit = if signal.is_some() { VALUE_LIMIT } else { REQUEST_LIMIT };
        let wrong = |value: &f64| !value.is_nan() && !(0.0..limit).contains(value);
        if let Some(place) = values.iter().position(wrong) {
            return row(place, signal.map_or("requests", Signal::column));
        }
    }
    Ok(())
}

/// The year 10000.
const LATEST: i64 = 253_402_300_800;

/// A column by its signal; requests are none of the signals.
type Values<'f> = (Option<Signal>, Cow<'f, [f64]>);

/// The columns that a file has.
fn measured(frame: &DataFrame) -> Result<Vec<Values<'_>>, String> {
    let mut all = Vec::new();
    for signal in Signal::ALL.map(Some).into_iter().chain([None]) {
        let name = signal.map_or("requests", Signal::column);
        let Ok(column) = frame.column(name) else { continue };
        let values = column.f64().map_err(|error| one_line(&error))?;
        all.push((
            signal,
            match values.cont_slice() {
                Ok(whole) => Cow::Borrowed(whole),
                Err(_) => Cow::Owned(floats(column).ok_or_else(|| format!("{name} is no number"))?),
            },
        ));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_as_text_whatever_their_columns_hold() {
        let start = 1_791_158_400_000_i64;
        let time = Series::new("start".into(), vec![Some(start), None, Some(start + 3_600_000)]);
        let time = time.cast(&DataType::Datetime(Precision::Milliseconds, None)).unwrap();
        let mut frame = DataFrame::new(
            3,
            vec![
                Series::new("name".into(), vec![Some("a"), None, Some("b, c")]).into_column(),
                time.into_column(),
                Series::new("skipped".into(), vec![1_i32, 2, 3]).into_column(),
                Series::new("cost".into(), vec![Some(0.1), Some(1e-9), None]).into_column(),
                Series::new("count".into(), vec![Some(7_i64), None, Some(-1)]).into_column(),
            ],
        )
        .unwrap();
        let path = std::env::temp_dir().join(format!("loadline-texts-{}", std::process::id()));
        ParquetWriter::new(File::create(&path).unwrap()).finish(&mut frame).unwrap();
        let mut rows = Vec::new();
        let mut file = ParquetFile::open(&path).unwrap();
        file.each_text(&[0, 1, 3, 4], |number, row| {
            rows.push((number, row.iter().map(str::to_owned).collect::<Vec<_>>()));
            if number < 3 { Ok(()) } else { Err("enough".to_owned()) }
        })
        .unwrap_err();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(
            rows,
            [
                (1, ["a", "2026-10-05T00:00:00Z", "0.1", "7"].map(str::to_owned).to_vec()),
                (2, ["", "", "0.000000001", ""].map(str::to_owned).to_vec()),
                (3, ["b, c", "2026-10-05T01:00:00Z", "", "-1"].map(str::to_owned).to_vec()),
            ]
        );
    }
}
