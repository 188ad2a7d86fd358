//! What a plan costs: calls, metrics, points, seconds and dollars, place by place.

use super::live::Limits;
use crate::book::{Book, Service};
use crate::pull::{Place, Plan, Quota, Volume};
use crate::report::{Cell, Column, Table};
use crate::units::{Quantity, ThousandMetrics, Usd, UsdPerThousandMetrics};
use serde_json::json;

const ITEM: &str = "get-metric-data-per-1000-metrics";

/// The price of a thousand metrics in a region: as given, else as the book has it.
pub(super) fn price(book: &Book, limits: &Limits, region: &str) -> Option<UsdPerThousandMetrics> {
    if limits.metric_price.is_some() {
        return limits.metric_price;
    }
    let rows = book.rows(Some(region), Some(Service::Surroundings)).ok()?;
    rows.into_iter().find(|(_, row)| row.variant == ITEM)?.1.usd.parse().ok()
}

pub(super) fn usd(price: UsdPerThousandMetrics, metrics: u64) -> Option<Usd> {
    let thousands: Quantity<ThousandMetrics> = Quantity::ratio(u128::from(metrics), 1_000);
    price.times(thousands).ok().map(|amount| amount.usd)
}

/// One place of a plan.
#[derive(Clone, Copy)]
pub(super) struct Costs<'p> {
    pub place: &'p Place,
    pub volume: Volume,
    pub usd: Option<Usd>,
    pub seconds: u64,
}

pub(super) fn costs<'p>(
    plan: &'p Plan,
    book: &Book,
    limits: &Limits,
    quota: Quota,
) -> Vec<Costs<'p>> {
    let of = |(place, volume): (&'p Place, Volume)| Costs {
        place,
        volume,
        usd: price(book, limits, &place.region).and_then(|price| usd(price, volume.metrics)),
        seconds: volume.seconds_at_quota(quota.our_calls(), quota.our_points()),
    };
    plan.volumes().into_iter().map(of).collect()
}

/// Dollars of all places; nothing where one has no price.
pub(super) fn total(all: &[Costs<'_>]) -> Option<Usd> {
    all.iter().map(|one| one.usd).sum()
}

pub(super) fn table(all: &[Costs<'_>]) -> Table {
    let number = |value: u64| Cell::from(value.to_string());
    let dollars = |usd: Option<Usd>| Cell::known(usd.map(Usd::micro_string));
    let row = |one: &Costs<'_>| {
        let volume = one.volume;
        let mut row = vec![one.place.account.clone().into(), one.place.region.clone().into()];
        row.extend([volume.workloads, volume.calls, volume.metrics, volume.points].map(number));
        row.extend([number(one.seconds), dollars(one.usd)]);
        row
    };
    let volume = sum(all);
    let mut totals = vec![Cell::from("TOTAL"), Cell::from("")];
    totals.extend([volume.workloads, volume.calls, volume.metrics, volume.points].map(number));
    totals.extend([number(seconds(all)), dollars(total(all))]);
    Table {
        columns: vec![
            Column::left("ACCOUNT", "account", 0),
            Column::left("REGION", "region", 0),
            Column::right("WORKLOADS", "workloads", 0),
            Column::right("CALLS", "calls", 0),
            Column::right("METRICS", "metrics", 0),
            Column::right("POINTS", "points", 1),
            Column::right("SECONDS", "seconds", 0),
            Column::right("USD", "usd", 0),
        ],
        rows: all.iter().map(row).collect(),
        totals: vec![totals],
    }
}

pub(super) fn sum(all: &[Costs<'_>]) -> Volume {
    let mut sum = Volume::default();
    for one in all {
        sum.workloads += one.volume.workloads;
        sum.calls += one.volume.calls;
        sum.metrics += one.volume.metrics;
        sum.points += one.volume.points;
    }
    sum
}

/// Places are asked at the same time.
fn seconds(all: &[Costs<'_>]) -> u64 {
    all.iter().map(|one| one.seconds).max().unwrap_or(0)
}

/// The same for programs.
pub(super) fn json(all: &[Costs<'_>], window: (i64, i64), inventory_calls: u64) -> String {
    let figures = |volume: Volume, seconds: u64, usd: Option<Usd>| {
        json!({
            "workloads": volume.workloads, "calls": volume.calls, "metrics": volume.metrics,
            "points": volume.points, "seconds": seconds, "usd": usd.map(Usd::micro_string),
        })
    };
    let place = |one: &Costs<'_>| {
        let mut figures = figures(one.volume, one.seconds, one.usd);
        figures["account"] = one.place.account.clone().into();
        figures["region"] = one.place.region.clone().into();
        figures
    };
    let plan = json!({
        "schema_version": 1, "window_start": window.0, "window_end": window.1,
        "inventory_calls": inventory_calls,
        "places": all.iter().map(place).collect::<Vec<_>>(),
        "totals": figures(sum(all), seconds(all), total(all)),
    });
    serde_json::to_string_pretty(&plan).expect("plain data") + "\n"
}
