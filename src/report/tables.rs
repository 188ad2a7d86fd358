//! Which rows a report has.

use super::{Cell, Column, Table};
use crate::model::{
    Advice, Bill, Candidate, Code, ContainerUse, Estate, Finding, Placement, Severity, Size,
    Verdict,
};
use crate::units::Fine;
use std::collections::BTreeMap;

/// One row a workload: today, recommended, what that saves, and where it is cheapest.
#[must_use]
pub fn recommendation_table(estate: &Estate) -> Table {
    let mut table = Table::new(vec![
        Column::left("WORKLOAD", "workload", 0),
        Column::left("NOW", "current_size", 0),
        Column::left("RECOMMENDED", "recommended_size", 0),
        Column::right("NOW $", "current_usd_per_month", 0),
        Column::right("THEN $", "recommended_usd_per_month", 0),
        Column::right("SAVED $", "savings_usd_per_month", 1),
        Column::left("CHEAPEST", "cheapest_place", 2),
        Column::right("AT $", "cheapest_usd_per_month", 3),
        Column::left("IS", "class", 4),
        Column::right("MEM RISK", "memory_risk_percent", 3),
        Column::right("CPU RISK", "cpu_risk_percent", 3),
        Column::right("TASKS", "tasks", 6),
        Column::right("CPU P99", "cpu_units_p99", 7),
        Column::right("MEM MAX", "memory_mib_max", 7),
        Column::right("DAYS", "days", 8),
        Column::left("NEXT CHEAPER", "next_cheaper", 5),
        Column::left("NEXT SAFER", "next_safer", 5),
        Column::left("FINDINGS", "findings", 9),
    ]);
    table.rows = estate.advices.iter().map(recommendation_row).collect();
    let totals = estate.totals();
    if totals.compared > 0 {
        let sums = [totals.current, totals.recommended, totals.savings()];
        let mut row: Vec<Cell> = ["TOTAL", "", ""].map(Cell::from).to_vec();
        row.extend(sums.map(|usd| Cell::money(Some(usd))));
        row.resize(table.columns.len(), "".into());
        table.totals.push(row);
    }
    table
}

fn recommendation_row(advice: &Advice) -> Vec<Cell> {
    let size = |size: Option<Size>| Cell::known(size.map(Size::short));
    let cheapest = advice.cheapest();
    let predicted = advice.predicted().unwrap_or_default();
    let [cheaper, safer] = advice.neighbours();
    let codes: Vec<&str> = advice.findings.iter().map(|finding| finding.code.name()).collect();
    let whole = |value: Option<Fine>| Cell::known(value.map(|value| value.ceil().to_string()));
    vec![
        advice.workload.id.as_str().into(),
        size(advice.workload.size),
        size(advice.recommended.as_ref().map(|one| one.size)),
        Cell::money(advice.current_usd()),
        Cell::money(advice.recommended_usd()),
        Cell::money(advice.savings()),
        Cell::known(cheapest.map(|placement| placement.place.name().to_owned())),
        Cell::money(cheapest.and_then(Placement::total)),
        advice.class.name().into(),
        risk(predicted.memory_ppm),
        risk(predicted.cpu_ppm),
        thousandths(advice.observed.tasks_per_mille).into(),
        whole(advice.observed.cpu.map(|one| one.p99)),
        whole(advice.observed.memory.map(|one| one.maximum)),
        days(advice).into(),
        neighbour(advice, cheaper),
        neighbour(advice, safer),
        codes.join(" ").into(),
    ]
}

/// A percentage, of millionths.
fn risk(ppm: Option<u32>) -> Cell {
    let plain = ppm.map_or_else(String::new, |ppm| format!("{}.{:04}", ppm / 10_000, ppm % 10_000));
    Cell::both(ppm.map_or_else(|| "-".to_owned(), percent), plain)
}

/// `256/512 $9.01 (12 %, 0.31 %)`: what it would cost, memory risk, CPU risk.
fn neighbour(advice: &Advice, one: Option<&Candidate>) -> Cell {
    let Some(one) = one else { return Cell::both("-", "") };
    let of = |ppm: Option<u32>| ppm.map_or_else(|| "-".to_owned(), percent);
    let (memory, cpu) = (of(one.risk.memory_ppm), of(one.risk.cpu_ppm));
    let usd = Cell::money(advice.at(one)).shown;
    format!("{} {usd} ({memory}, {cpu})", one.size.short()).into()
}

pub(super) fn days(advice: &Advice) -> String {
    let tenths = advice.observed.covered_seconds * 10 / 86_400;
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// `2.75`, rounded down.
pub(super) fn thousandths(per_mille: u64) -> String {
    format!("{}.{:02}", per_mille / 1000, per_mille % 1000 / 10)
}

/// What is to be said of the totals, beyond their numbers.
#[must_use]
pub fn totals_lines(estate: &Estate) -> Vec<String> {
    let totals = estate.totals();
    let mut lines = Vec::new();
    if totals.compared > 0 {
        lines.push(format!(
            "{} a month today, {} as recommended: {} saved ({} of {} workloads).",
            totals.current,
            totals.recommended,
            totals.savings(),
            totals.compared,
            estate.advices.len()
        ));
    }
    if totals.others > 0 {
        lines.push(format!(
            "{} more whose cost today is not known would cost {} a month.",
            workloads(totals.others),
            totals.others_recommended
        ));
    }
    if totals.without > 0 {
        lines.push(format!("{} without a recommendation.", workloads(totals.without)));
    }
    lines
}

fn workloads(count: usize) -> String {
    if count == 1 { "1 workload".to_owned() } else { format!("{count} workloads") }
}

/// Findings of one code together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grouped {
    pub code: Code,
    pub findings: Vec<Finding>,
}

impl Grouped {
    /// `NO_FULL_WEEK (3): dev/a, dev/b, dev/c`, then what it means and what to do.
    #[must_use]
    pub fn lines(&self) -> [String; 2] {
        const NAMED: usize = 4;
        let particulars = |finding: &Finding| match (&finding.subject, finding.detail.is_empty()) {
            (Some(subject), true) => subject.clone(),
            (Some(subject), false) => format!("{subject} ({})", finding.detail),
            (None, _) => finding.detail.clone(),
        };
        let named: Vec<String> = self.findings.iter().take(NAMED).map(particulars).collect();
        let rest = self.findings.len().saturating_sub(NAMED);
        let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
        let colon = if named.iter().all(String::is_empty) { "" } else { ": " };
        [
            format!("{}{colon}{}{more}", self.code, named.join(", ")),
            format!("{} {}", self.code.means(), self.code.next_step()),
        ]
    }
}

/// By code, warnings first. Reasons against places stand in the places themselves.
#[must_use]
pub fn grouped_findings<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<Grouped> {
    let mut groups: BTreeMap<Code, Vec<Finding>> = BTreeMap::new();
    for finding in findings {
        groups.entry(finding.code).or_default().push(finding.clone());
    }
    let mut all: Vec<Grouped> =
        groups.into_iter().map(|(code, findings)| Grouped { code, findings }).collect();
    all.sort_by_key(|group| match group.code.severity() {
        Severity::Reason => 0,
        Severity::Warning => 1,
        Severity::Note => 2,
    });
    all
}

/// Every place: a price, or why not. What was taken for granted is numbered and listed
/// apart.
#[must_use]
pub fn place_table(places: &[Placement]) -> (Table, Vec<String>) {
    let mut table = Table::new(vec![
        Column::left("PLACE", "place", 0),
        Column::left("WHAT", "what", 0),
        Column::right("$ A MONTH", "usd_per_month", 0),
        Column::right("OF IT ROUNDING", "rounding_usd_per_month", 1),
        Column::left("BUT", "note", 0),
    ]);
    let mut notes: Vec<String> = Vec::new();
    for placement in places {
        let place = placement.place.name().into();
        table.rows.push(match &placement.verdict {
            Verdict::Fits(fit) => {
                let numbers: Vec<String> = fit
                    .assumptions
                    .iter()
                    .map(|one| format!("({})", number_of(&mut notes, one)))
                    .collect();
                let rounding = fit.size.map(|_| fit.rounding);
                vec![
                    place,
                    fit.what.as_str().into(),
                    Cell::money(Some(fit.bill.total())),
                    rounding.map_or_else(|| "".into(), |usd| Cell::money(Some(usd))),
                    Cell::both(numbers.join(" "), fit.assumptions.join("; ")),
                ]
            }
            Verdict::Refused(finding) => {
                let nothing = || Cell::both("-", "");
                vec![place, nothing(), nothing(), "".into(), finding.to_string().into()]
            }
        });
    }
    let notes = (1..).zip(notes).map(|(number, note)| format!("({number}) {note}")).collect();
    (table, notes)
}

fn number_of(notes: &mut Vec<String>, note: &str) -> usize {
    let known = notes.iter().position(|other| other == note);
    known.unwrap_or_else(|| {
        notes.push(note.to_owned());
        notes.len() - 1
    }) + 1
}

/// The recommended size among its neighbours; nothing where no risk can be predicted.
#[must_use]
pub fn candidate_table(advice: &Advice) -> Option<Table> {
    if advice.candidates.is_empty() {
        return None;
    }
    let mut table = Table::new(vec![
        Column::left("SIZE", "size", 0),
        Column::right("$ A MONTH A TASK", "usd_per_month", 0),
        Column::right("MEMORY RISK", "memory_risk", 0),
        Column::right("CPU TIME OVER", "cpu_risk", 0),
        Column::left("", "recommended", 0),
    ]);
    let recommended = advice.recommended.as_ref().map(|one| one.size);
    for one in &advice.candidates {
        let mark = if Some(one.size) == recommended { "recommended" } else { "" };
        table.rows.push(vec![
            one.size.short().into(),
            Cell::money(Some(one.usd_per_month)),
            Cell::known(one.risk.memory_ppm.map(percent)),
            Cell::known(one.risk.cpu_ppm.map(percent)),
            mark.into(),
        ]);
    }
    Some(table)
}

/// `1.25 %`, of millionths, rounded up.
pub(super) fn percent(ppm: u32) -> String {
    let hundredths = ppm.div_ceil(100);
    format!("{}.{:02} %", hundredths / 100, hundredths % 100)
}

/// What each container is given, and what it used; nothing to show where there is but one
/// and it was not measured.
#[must_use]
pub fn container_table(containers: &[ContainerUse]) -> Option<Table> {
    let measured = containers.iter().any(|one| one.cpu.is_some() || one.memory.is_some());
    if containers.len() < 2 && !measured {
        return None;
    }
    let mut table = Table::new(vec![
        Column::left("CONTAINER", "container", 0),
        Column::right("CPU", "cpu_units", 0),
        Column::right("CPU P99", "cpu_units_p99", 0),
        Column::right("CPU MAX", "cpu_units_max", 1),
        Column::right("RESERVED MIB", "memory_reservation_mib", 0),
        Column::right("LIMIT MIB", "memory_mib", 0),
        Column::right("MEM P99", "memory_mib_p99", 1),
        Column::right("MEM MAX", "memory_mib_max", 0),
        Column::right("CPU THEN", "recommended_cpu_units", 0),
        Column::right("RESERVED THEN", "recommended_memory_reservation_mib", 0),
        Column::right("LIMIT THEN", "recommended_memory_mib", 1),
    ]);
    let set = |value: Option<u32>| {
        value.map_or_else(|| Cell::both("-", ""), |value| value.to_string().into())
    };
    let seen = |value: Option<Fine>| Cell::known(value.map(|value| value.ceil().to_string()));
    table.rows = containers
        .iter()
        .map(|one| {
            let (container, cpu, memory) = (&one.container, one.cpu.as_ref(), one.memory.as_ref());
            vec![
                container.name.as_str().into(),
                set(container.cpu.map(|cpu| cpu.0)),
                seen(cpu.map(|cpu| cpu.p99)),
                seen(cpu.map(|cpu| cpu.maximum)),
                set(container.memory_reservation.map(|memory| memory.0)),
                set(container.memory.map(|memory| memory.0)),
                seen(memory.map(|memory| memory.p99)),
                seen(memory.map(|memory| memory.maximum)),
                set(one.recommended.map(|size| size.cpu.0)),
                set(one.recommended.map(|size| size.memory_reservation.0)),
                set(one.recommended.and_then(|size| size.memory).map(|memory| memory.0)),
            ]
        })
        .collect();
    Some(table)
}

/// The lines of a bill.
#[must_use]
pub fn bill_table(bill: &Bill) -> Table {
    let mut table = Table::new(vec![
        Column::left("WHAT", "description", 0),
        Column::left("USAGE TYPE", "usage_type", 1),
        Column::right("QUANTITY", "quantity", 0),
        Column::left("UNIT", "unit", 0),
        Column::right("PRICE $", "price_usd", 0),
        Column::left("OF", "price_date", 2),
        Column::left("SOURCE", "price_source", 3),
        Column::right("AMOUNT $", "amount_usd", 0),
    ]);
    for line in &bill.lines {
        let price = &line.provenance;
        table.rows.push(vec![
            line.description.as_str().into(),
            line.usage_type.as_str().into(),
            line.quantity.as_str().into(),
            line.unit.into(),
            line.price.as_str().into(),
            price.date.as_str().into(),
            format!("{} ({})", price.source, price.confidence).into(),
            line.amount.usd.micro_string().into(),
        ]);
    }
    let mut total: Vec<Cell> = vec!["".into(); table.columns.len()];
    total[0] = "TOTAL".into();
    if let Some(last) = total.last_mut() {
        *last = bill.total().cents_string().into();
    }
    table.totals.push(total);
    table
}

/// Rows of the price book.
#[must_use]
pub fn price_table(rows: Vec<[String; 8]>) -> Table {
    let mut table = Table::new(vec![
        Column::left("REGION", "region", 0),
        Column::left("SERVICE", "service", 2),
        Column::left("ITEM", "item", 0),
        Column::left("VARIANT", "variant", 0),
        Column::right("USD", "usd", 0),
        Column::left("UNIT", "unit", 0),
        Column::left("DATE", "date", 0),
        Column::left("SOURCE", "source", 1),
    ]);
    table.rows = rows.into_iter().map(|row| row.map(Cell::from).to_vec()).collect();
    table
}
