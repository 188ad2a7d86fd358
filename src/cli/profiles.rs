//! The counts that profiles are made of, as any SQL engine computes them too.

use super::options::{Format, Global};
use super::{Done, import, load, output, usage};
use crate::model::{PartKind, Profile, Signal};
use crate::report::{Cell, Column, Table};
use crate::store::{Import, Snapshot};
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
    /// Of a store, profiles of the containers or tasks that were measured on their own
    #[arg(long, value_enum, value_name = "PARTS")]
    of: Option<Of>,
    #[command(flatten)]
    reading: import::Reading,
}

pub(super) fn run(args: &Args, global: &Global) -> anyhow::Result<Done> {
    if let Some(of) = args.of {
        return of_parts(&args.what, of.kind(), global);
    }
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

#[derive(Clone, Copy, clap::ValueEnum)]
enum Of {
    Containers,
    Tasks,
}

impl Of {
    const fn kind(self) -> PartKind {
        match self {
            Of::Containers => PartKind::Container,
            Of::Tasks => PartKind::Task,
        }
    }
}

/// The same of parts, with a column for their names.
fn of_parts(what: &[PathBuf], kind: PartKind, global: &Global) -> anyhow::Result<Done> {
    let [store] = what else { return Err(usage("--of takes one store")) };
    let parts = Snapshot::open(store)?.part_profiles(kind)?;
    let names = [NAMES[0], kind.column(), NAMES[1], NAMES[2], NAMES[3]];
    let rows = parts.iter().flat_map(|(workload, parts)| {
        parts.iter().flat_map(move |(part, profile)| {
            counts(profile).map(move |[signal, edge, count]| {
                [workload.clone(), part.clone(), signal, edge, count]
            })
        })
    });
    if global.format == Format::Csv {
        output::print_rows(&names, rows)?;
    } else {
        let mut table = Table::new(vec![
            Column::left("WORKLOAD", names[0], 0),
            Column::left("PART", names[1], 0),
            Column::left("SIGNAL", names[2], 0),
            Column::right("EDGE (1/16)", names[3], 0),
            Column::right("COUNT", names[4], 0),
        ]);
        table.rows = rows.map(|row| row.map(Cell::from).to_vec()).collect();
        output::print_table(&table, global)?;
    }
    Ok(Done::Well)
}

const NAMES: [&str; 4] = ["workload", "signal", "edge_sixteenths", "count"];

/// Workload, signal, lower edge in sixteenths, and count of every filled bucket.
fn rows(profiles: &BTreeMap<String, Profile>) -> impl Iterator<Item = [String; 4]> {
    profiles.iter().flat_map(|(name, profile)| {
        counts(profile).map(move |[signal, edge, count]| [name.clone(), signal, edge, count])
    })
}

fn counts(profile: &Profile) -> impl Iterator<Item = [String; 3]> {
    Signal::ALL.into_iter().flat_map(move |signal| {
        let buckets = profile.signal(signal).buckets();
        buckets.map(move |(edge, count)| {
            [signal.column().to_owned(), edge.to_string(), count.to_string()]
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
