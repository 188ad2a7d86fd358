//! The price book held against AWS.

use super::live::Live;
use crate::cli::options::{self, Global};
use crate::cli::{Done, import, output};
use crate::model::{PriceRow, Service};
use crate::report::{Cell, Column, Table};
use crate::units::UsdPerHour;
use std::collections::BTreeMap;

/// Compare the price book with AWS and list what differs
///
/// Ends with code 3 where prices differ and --strict asks for it.
#[derive(clap::Args)]
pub(super) struct Args {
    /// End with code 3 where a price differs, with 4 where one could not be compared
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    live: Live,
}

/// What a price is of, with its tier.
type Key<'r> = (Service, (&'r str, &'r str, &'r str), Option<u64>);

fn key((service, row): &(Service, PriceRow)) -> Key<'_> {
    (*service, row.key(), row.tier_from)
}

pub(super) fn run(args: &Args, global: &Global) -> anyhow::Result<Done> {
    let live = args.live.ask(false, global)?;
    import::tell(&live.findings, global);
    if live.rows.is_empty() {
        anyhow::bail!("no price came; nothing could be compared");
    }
    let book = options::book(global)?.rows(None, None)?;
    let book: BTreeMap<Key<'_>, &PriceRow> = book.iter().map(|row| (key(row), &row.1)).collect();
    let mut rows = Vec::new();
    let (mut same, mut differs) = (0, 0);
    for one in &live.rows {
        let known = book.get(&key(one));
        if known.is_some_and(|known| same_price(&known.usd, &one.1.usd)) {
            same += 1;
            continue;
        }
        differs += usize::from(known.is_some());
        rows.push(line(one, known.copied()));
    }
    let compared = format!(
        "{same} prices are the same, {differs} differ, {} are not in the book",
        rows.len() - differs
    );
    output::print_table(&Table { columns: columns(), rows, totals: Vec::new() }, global)?;
    output::note(&compared, global);
    Ok(match (args.strict, differs, live.findings.len()) {
        (true, 1.., _) => Done::Exceeded,
        (true, 0, 1..) => Done::Incomplete,
        _ => Done::Well,
    })
}

/// Whatever zeros stand at the end.
fn same_price(a: &str, b: &str) -> bool {
    let price = |text: &str| text.parse::<UsdPerHour>().ok();
    price(a).is_some() && price(a) == price(b)
}

fn columns() -> Vec<Column> {
    vec![
        Column::left("REGION", "region", 0),
        Column::left("SERVICE", "service", 0),
        Column::left("ITEM", "item", 0),
        Column::left("VARIANT", "variant", 0),
        Column::right("BOOK $", "book_usd", 0),
        Column::right("LIVE $", "live_usd", 0),
        Column::left("BOOK'S DATE", "book_date", 1),
        Column::left("LIVE DATE", "live_date", 1),
    ]
}

fn line((service, live): &(Service, PriceRow), known: Option<&PriceRow>) -> Vec<Cell> {
    let tier = live.tier_from.map_or_else(String::new, |from| format!(" from {from}"));
    vec![
        live.region.clone().into(),
        service.name().into(),
        live.item.clone().into(),
        format!("{}{tier}", live.variant).into(),
        Cell::known(known.map(|row| row.usd.clone())),
        live.usd.clone().into(),
        Cell::known(known.map(|row| row.date.clone())),
        live.date.clone().into(),
    ]
}
