//! One workload a row, one rule a column: what each would take, and what that costs.

use super::{Cell, Column, Table};
use crate::model::{Advice, Estate};
use crate::units::Usd;
use std::collections::BTreeMap;

/// Sizes by rule, ours first; in the last row what all of them cost, over the workloads for
/// which every rule has a size.
#[must_use]
pub fn rules_table(ours: &Estate, others: &[(&'static str, Estate)]) -> Table {
    let mut columns = vec![
        Column::left("WORKLOAD", "workload", 0),
        Column::left("NOW", "current_size", 0),
        Column::left("LOADLINE", "loadline", 0),
    ];
    let ranks = [1, 1, 2, 3, 4, 2];
    for (place, (name, _)) in others.iter().enumerate() {
        let rank = ranks.get(place).copied().unwrap_or(5);
        columns.push(Column::left(name, name, rank));
    }
    let mut table = Table::new(columns);
    let by_id: Vec<BTreeMap<&str, &Advice>> =
        others.iter().map(|(_, estate)| by_id(estate)).collect();
    let mut sums = vec![Usd(0); others.len() + 1];
    let mut counted = 0;
    for (id, advice) in by_id_of(ours) {
        let all: Vec<&Advice> = std::iter::once(advice)
            .chain(by_id.iter().filter_map(|estate| estate.get(id).copied()))
            .collect();
        let size =
            |advice: &Advice| Cell::known(advice.recommended.as_ref().map(|one| one.size.short()));
        let mut row =
            vec![id.into(), Cell::known(advice.workload.size.map(crate::model::Size::short))];
        row.extend(all.iter().map(|advice| size(advice)));
        table.rows.push(row);
        let bills: Option<Vec<Usd>> = all.iter().map(|advice| advice.recommended_usd()).collect();
        if let Some(bills) = bills {
            counted += 1;
            sums.iter_mut().zip(bills).for_each(|(sum, usd)| *sum += usd);
        }
    }
    if counted > 0 {
        let mut row: Vec<Cell> = vec![format!("$ A MONTH OF {counted}").into(), "".into()];
        row.extend(sums.into_iter().map(|usd| Cell::money(Some(usd))));
        table.totals.push(row);
    }
    table
}

fn by_id(estate: &Estate) -> BTreeMap<&str, &Advice> {
    by_id_of(estate).collect()
}

fn by_id_of(estate: &Estate) -> impl Iterator<Item = (&str, &Advice)> {
    let mut all: Vec<&Advice> = estate.advices.iter().collect();
    all.sort_by(|a, b| a.workload.id.cmp(&b.workload.id));
    all.into_iter().map(|advice| (advice.workload.id.as_str(), advice))
}
