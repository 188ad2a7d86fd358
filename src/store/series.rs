//! Readings that are at hand already, into a store or one file.

use super::StoreError;
use super::days::{Days, ROWS_IN_MEMORY, Row};
use super::mapping::Target;
use super::oddities::Oddities;
use super::parquet::{self, DayColumns};
use super::snapshot::{Snapshot, StoreInfo, Writer};
use crate::model::{Reading, Signal, WideReading, Workload};
use std::path::Path;

/// A workload with its readings.
pub type Series<'a> = (&'a Workload, &'a [Reading]);

/// Writes a store of made-up readings.
///
/// # Errors
/// Where `out` exists or cannot be written.
pub fn write_synthetic(
    out: &Path,
    source: &str,
    all: &[Series<'_>],
) -> Result<Snapshot, StoreError> {
    let mut writer = Writer::create(out)?;
    let mut days = Days::new(writer.aside(), ROWS_IN_MEMORY);
    for (number, (_, readings)) in (0..).zip(all) {
        for reading in *readings {
            let wide = WideReading { reading: *reading, ..WideReading::default() };
            days.push(&Row::of(number, &wide))?;
        }
    }
    let names: Vec<&str> = all.iter().map(|(workload, _)| workload.id.as_str()).collect();
    let (account, region) = ("synthetic", "unknown");
    let window = days.finish(0, &names, &mut Oddities::default(), |day| {
        writer.day(account, region, day.day, day.columns(&names))
    })?;
    let info = StoreInfo::new(window.range, account, region, source.to_owned());
    let workloads: Vec<Workload> = all.iter().map(|(workload, _)| (*workload).clone()).collect();
    writer.finish(StoreInfo { synthetic: true, ..info }, &workloads)
}

/// All readings as one Parquet file, workload after workload.
///
/// # Errors
/// Where they cannot be encoded.
pub fn one_file(all: &[Series<'_>]) -> Result<Vec<u8>, StoreError> {
    let mut columns = DayColumns::default();
    let rows =
        || all.iter().flat_map(|(workload, readings)| readings.iter().map(move |r| (workload, r)));
    columns.workloads = rows().map(|(workload, _)| workload.id.as_str()).collect();
    columns.at = rows().map(|(_, reading)| reading.at).collect();
    columns.periods = rows().map(|(_, reading)| reading.period_seconds).collect();
    for signal in Signal::ALL {
        let value = |reading: &Reading| reading.get(signal).unwrap_or(f64::NAN);
        columns.numbers.push((signal.column(), rows().map(|(_, r)| value(r)).collect()));
    }
    let requests = rows().map(|(_, reading)| reading.requests().unwrap_or(f64::NAN)).collect();
    columns.numbers.push((Target::Requests.name(), requests));
    let mut bytes = Vec::new();
    parquet::write_day(columns, &mut bytes)
        .map_err(|problem| StoreError::file(Path::new("readings.parquet"), problem))?;
    Ok(bytes)
}
