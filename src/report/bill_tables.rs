//! A bill beside the replay, as a table and sentences.

use super::replay_tables::stamp;
use super::{Cell, Column, Table};
use crate::model::{BillTold, Reconciled, Replay, Scene, Sides, Spent};
use crate::units::Usd;

/// What was billed and replayed for the same hours; nothing without a bill's lines.
#[must_use]
pub fn bill_table(replay: &Replay) -> Option<Table> {
    let Some(BillTold::Lines(lines)) = &replay.billed else { return None };
    if lines.hours == 0 {
        return None;
    }
    let mut table = Table::new(vec![
        Column::left("BILL", "bill", 0),
        Column::right("BILLED", "billed_usd", 0),
        Column::right("REPLAYED", "replayed_usd", 0),
        Column::right("NOT EXPLAINED", "not_explained_usd", 0),
        Column::right("OF THE BILL", "not_explained_percent", 1),
    ]);
    let listed = Spent::ALL.iter().map(|spent| (spent.name(), lines.list[*spent as usize]));
    for (name, sides) in listed.filter(|(_, sides)| *sides != Sides::default()) {
        table.rows.push(row(&format!("{name}, list"), sides));
    }
    table.rows.push(row("effective", lines.effective));
    Some(table)
}

fn row(name: &str, sides: Sides) -> Vec<Cell> {
    let money = |pico: i128| Cell::money(Some(usd(pico)));
    vec![
        name.into(),
        money(sides.billed),
        money(sides.played),
        money(sides.residual()),
        Cell::known(percent(sides).map(|percent| format!("{percent:.1} %"))),
    ]
}

/// Of the bill; nothing of none.
fn percent(sides: Sides) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "shown to people")]
    let percent = sides.residual() as f64 * 100.0 / sides.billed as f64;
    // Not -0.0.
    (sides.billed != 0).then_some(if percent.abs() < 0.05 { 0.0 } else { percent })
}

/// Half a micro-dollar away from zero.
fn usd(pico: i128) -> Usd {
    let half = if pico < 0 { -500_000 } else { 500_000 };
    Usd(i64::try_from((pico + half) / 1_000_000).unwrap_or(i64::MAX))
}

/// What was billed beside what the scene current comes to: one residual.
pub(super) fn bill_lines(replay: &Replay) -> Vec<String> {
    match &replay.billed {
        None => Vec::new(),
        Some(BillTold::Typed(billed)) => typed(replay, *billed).into_iter().collect(),
        Some(BillTold::Lines(lines)) if lines.hours == 0 => vec![apart(replay, lines)],
        Some(BillTold::Lines(lines)) => compared(lines),
    }
}

fn typed(replay: &Replay, billed: i128) -> Option<String> {
    let current = replay.scenes.iter().filter_map(|scene| scene.as_ref().ok());
    let current = current.into_iter().find(|scene| scene.scene == Scene::Current)?;
    // With what is committed and taken off, where that was told.
    let told = current.committed.as_ref().map(|told| told.effective_pico);
    let listed = || current.pico() - current.around_pico();
    let played = i128::try_from(told.unwrap_or_else(listed)).unwrap_or(i128::MAX);
    let sides = Sides { billed, played };
    Some(format!(
        "Billed for the window: {}. Replayed as it ran, without what stands around: {}. {}",
        usd(billed),
        usd(played),
        residual(sides)
    ))
}

fn residual(sides: Sides) -> String {
    let part =
        percent(sides).map_or_else(String::new, |part| format!(" ({part:.1} % of the bill)"));
    let rest = usd(sides.residual());
    let why = match rest.cents() {
        0 => "",
        _ => {
            ": what was not measured, sizes that changed, workloads without a price, \
             discounts and commitments that were not told, and lines that are not compared"
        }
    };
    format!("Not explained: {rest}{part}{why}.")
}

fn compared(lines: &Reconciled) -> Vec<String> {
    let mut out = vec![format!(
        "The bill, {} hours of it that the window holds whole, {} to {}: {} effective, of which {} was \
         committed and not used. Replayed as it ran: {}. {}",
        lines.hours,
        stamp(lines.from_hour),
        stamp(lines.to_hour),
        usd(lines.effective.billed),
        usd(lines.unused_pico),
        usd(lines.effective.played),
        residual(lines.effective)
    )];
    out.extend(below_list(lines));
    if lines.prorated_pico != 0 {
        out.push(format!(
            "{} of it is of lines that are longer than its other periods, and counted by the part of \
             their time.",
            usd(lines.prorated_pico)
        ));
    }
    let aside: Vec<String> =
        lines.left_out.iter().map(|(why, pico)| format!("{why} {}", usd(*pico))).collect();
    if !aside.is_empty() {
        out.push(format!("Of the bill's same hours, not compared: {}.", aside.join(", ")));
    }
    out
}

/// What is paid below list prices and nobody told of.
fn below_list(lines: &Reconciled) -> Option<String> {
    let all = |of: fn(&Sides) -> i128| lines.list.iter().map(of).sum::<i128>();
    let (billed, played) = (all(|one| one.billed), all(|one| one.played));
    let off = billed - (lines.effective.billed - lines.unused_pico);
    // The replay has no discount, and the bill one of a cent or more.
    (played == lines.effective.played && usd(off).cents() > 0).then(|| {
        format!(
            "The bill is {} below its list prices. Where that is a contract say --discount, where it \
             is Savings Plans or reservations --commitments.",
            usd(off)
        )
    })
}

fn apart(replay: &Replay, lines: &Reconciled) -> String {
    let last = replay.first_hour + i64::try_from(replay.hours).unwrap_or(0);
    let of = match lines.bill_hours {
        Some((from, to)) => format!("is of {} to {}", stamp(from), stamp(to)),
        None => "holds no use at all".to_owned(),
    };
    format!(
        "The bill {of}, the window of {} to {}: no hour, day or month of the bill lies whole within it, \
         so that nothing can be compared. Export it by the hour or for these days.",
        stamp(replay.first_hour),
        stamp(last)
    )
}
