//! The counts that profiles are made of, as any SQL engine computes them too.

use super::options::{Format, Global};
use super::{Done, import, load, output};
use crate::model::{Profile, Signal};
use crate::report::{Cell, Column, Table};
use crate::store::Import;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Print profiles: how many readings lie in which bucket, by workload and signal
///
/// Of a store, or straight of files (then rows are taken as they come: nothing is written,
/// and a row that comes twice counts twice).
#[derive(clap::Args)]
pub(super) struct Args {
    /// A store, or CSV or Parquet files
    #[arg(required = true)]
    what: Vec<PathBuf>,
    #[command(flatten)]
    reading: import::Reading,
}

pub(super) fn run(args: &Args, global: &Global) -> anyhow::Result<Done> {
    let profiles: BTreeMap<String, Profile> = match args.what.as_slice() {
        [store] if store.is_dir() => {
            load::load(Some(store), global)?.profiles.into_iter().collect()
        }
        files => {
            let options = args.reading.options()?;
            let mut import = Import::into_profiles(&options);
            import::read(&mut import, files, global)?;
            let (profiles, findings) = import.profiles(files)?;
            import::tell(&findings, global);
            profiles.into_iter().collect()
        }
    };
    if global.format == Format::Csv {
        // Millions of rows: written as they are made.
        output::print_rows(&NAMES, rows(&profiles))?;
    } else {
        output::print_table(&table(&profiles), global)?;
    }
    Ok(Done::Well)
}

const NAMES: [&str; 4] = ["workload", "signal", "edge_sixteenths", "count"];

/// Workload, signal, lower edge in sixteenths, and count of every filled bucket.
fn rows(profiles: &BTreeMap<String, Profile>) -> impl Iterator<Item = [String; 4]> {
    profiles.iter().flat_map(|(name, profile)| {
        Signal::ALL.into_iter().flat_map(move |signal| {
            profile.signal(signal).buckets().map(move |(edge, count)| {
                [name.clone(), signal.column().to_owned(), edge.to_string(), count.to_string()]
            })
        })
    })
}

fn table(profiles: &BTreeMap<String, Profile>) -> Table {
    let mut table = Table::new(vec![
        Column::left("WORKLOAD", NAMES[0], 0),
        Column::left("SIGNAL", NAMES[1], 0),
        Column::right("EDGE (1/16)", NAMES[2], 0),
        Column::right("COUNT", NAMES[3], 0),
    ]);
    table.rows = rows(profiles).map(|row| row.map(Cell::from).to_vec()).collect();
    table
}
