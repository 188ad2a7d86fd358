//! What a finding means and what to do.

use super::options::Global;
use super::{Done, output, usage};
use crate::model::Code;
use crate::report::{Cell, Column, Table};

/// Explain the codes of findings
#[derive(clap::Args)]
pub(super) struct Args {
    /// One code; all without it
    code: Option<String>,
}

pub(super) fn run(args: &Args, global: &Global) -> anyhow::Result<Done> {
    let codes: Vec<Code> = match &args.code {
        Some(name) => vec![Code::from_name(name).ok_or_else(|| {
            usage(format!("there is no code {name:?}; loadline codes lists all"))
        })?],
        None => Code::ALL.to_vec(),
    };
    let mut table = Table::new(vec![
        Column::left("CODE", "code", 0),
        Column::left("IS A", "severity", 0),
        Column::left("MEANS", "means", 0),
        Column::left("NEXT STEP", "next_step", 0),
    ]);
    let row = |code: Code| {
        [code.name(), code.severity().name(), code.means(), code.next_step()]
            .map(Cell::from)
            .to_vec()
    };
    table.rows = codes.into_iter().map(row).collect();
    output::print_table(&table, global)?;
    Ok(Done::Well)
}
