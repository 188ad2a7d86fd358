//! The counts that profiles are made of, as any SQL engine computes them too.

use super::options::Global;
use super::{Done, import, load, output};
use crate::model::{Profile, Signal};
use crate::report::{Column, Table};
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
    output::print_table(&table(&profiles), global)?;
    Ok(Done::Well)
}

fn table(profiles: &BTreeMap<String, Profile>) -> Table {
    let mut table = Table::new(vec![
        Column::left("WORKLOAD", "workload", 0),
        Column::left("SIGNAL", "signal", 0),
        Column::right("EDGE (1/16)", "edge_sixteenths", 0),
        Column::right("COUNT", "count", 0),
    ]);
    for (name, profile) in profiles {
        for signal in Signal::ALL {
            let buckets = profile.signal(signal).buckets();
            table.rows.extend(buckets.map(|(edge, count)| {
                vec![
                    name.as_str().into(),
                    signal.column().into(),
                    edge.to_string().into(),
                    count.to_string().into(),
                ]
            }));
        }
    }
    table
}
