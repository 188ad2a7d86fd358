//! The ledger for programs.

use crate::model::Finding;
use crate::model::ledger::{
    BreakEven, Entry, EstateVerdict, Home, HomeTotal, Ledger, Question, Row, exact,
};
use serde::{Serialize, Serializer};
use serde_json::json;

#[derive(Serialize)]
struct LedgerJson<'l> {
    region: &'l str,
    month_hours: u32,
    homes: Vec<TotalJson>,
    estate: EstateJson,
    #[serde(serialize_with = "rows")]
    workloads: &'l [Row],
    assumptions: &'l [String],
}

#[derive(Serialize)]
struct TotalJson {
    home: &'static str,
    workloads_that_fit: usize,
    usd_a_month: String,
    other_workloads: usize,
    others_usd_a_month: Option<String>,
}

#[derive(Serialize)]
struct RowJson<'l> {
    id: &'l str,
    today_usd_a_month: Option<String>,
    findings: Vec<FindingJson<'l>>,
    cheapest_alone: Option<&'static str>,
    cheapest_of_all: Option<&'static str>,
    within_ten_percent_of_price: Vec<&'static str>,
    within_thirty_percent_of_cpu_speed: Vec<&'static str>,
    of_all_within_ten_percent_of_price: Vec<&'static str>,
    of_all_within_thirty_percent_of_cpu_speed: Vec<&'static str>,
    homes: Vec<EntryJson<'l>>,
}

#[derive(Serialize)]
struct FindingJson<'l> {
    code: &'static str,
    detail: &'l str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum EntryJson<'l> {
    Price {
        home: &'static str,
        what: &'l str,
        usd_a_month: String,
        marginal_usd_a_month: Option<String>,
        charges: Vec<ChargeJson<'l>>,
        assumptions: &'l [String],
    },
    Reason {
        home: &'static str,
        code: &'static str,
        detail: &'l str,
        means: &'static str,
    },
}

#[derive(Serialize)]
struct EstateJson {
    today_usd_a_month: String,
    today_not_known_of: usize,
    cheapest: Option<&'static str>,
    cheapest_usd_a_month: Option<String>,
    within_ten_percent_of_price: Vec<&'static str>,
    within_thirty_percent_of_cpu_speed: Vec<&'static str>,
    each_alone_usd_a_month: String,
    each_alone_or_on_spot_usd_a_month: String,
    alone_not_known_of: usize,
    workloads_with_too_few_readings: usize,
}

#[derive(Serialize)]
struct ChargeJson<'l> {
    what: &'l str,
    usd_a_month: String,
}

#[must_use]
pub fn ledger(ledger: &Ledger) -> String {
    let value = LedgerJson {
        region: &ledger.region,
        month_hours: ledger.month_hours,
        homes: ledger.totals.iter().map(total).collect(),
        estate: estate(&ledger.verdict),
        workloads: &ledger.rows,
        assumptions: &ledger.assumptions,
    };
    let mut text = serde_json::to_string_pretty(&value).expect("plain values");
    text.push('\n');
    text
}

fn estate(verdict: &EstateVerdict) -> EstateJson {
    let names = |homes: &[Home]| homes.iter().map(|home| home.name()).collect();
    EstateJson {
        today_usd_a_month: exact(verdict.today_pico),
        today_not_known_of: verdict.today_unknown,
        cheapest: verdict.cheapest.map(|(home, _)| home.name()),
        cheapest_usd_a_month: verdict.cheapest.map(|(_, pico)| exact(pico)),
        within_ten_percent_of_price: names(&verdict.within_price),
        within_thirty_percent_of_cpu_speed: names(&verdict.within_speed),
        each_alone_usd_a_month: exact(verdict.alone_pico),
        each_alone_or_on_spot_usd_a_month: exact(verdict.with_spot_pico),
        alone_not_known_of: verdict.alone_unknown,
        workloads_with_too_few_readings: verdict.thin,
    }
}

fn total(one: &HomeTotal) -> TotalJson {
    TotalJson {
        home: one.home.name(),
        workloads_that_fit: one.fits,
        usd_a_month: exact(one.pico),
        other_workloads: one.rest,
        others_usd_a_month: one.rest_pico.map(exact),
    }
}

/// One after the other: all at once would be many times the ledger.
fn rows<S: Serializer>(rows: &&[Row], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(rows.iter().map(row))
}

fn row(row: &Row) -> RowJson<'_> {
    let names = |homes: &[Home]| homes.iter().map(|home| home.name()).collect();
    RowJson {
        id: &row.workload,
        today_usd_a_month: row.today.map(exact),
        findings: row.findings.iter().map(finding).collect(),
        cheapest_alone: row.verdict.firm.map(Home::name),
        cheapest_of_all: row.verdict.any.map(Home::name),
        within_ten_percent_of_price: names(&row.verdict.within_price),
        within_thirty_percent_of_cpu_speed: names(&row.verdict.within_speed),
        of_all_within_ten_percent_of_price: names(&row.verdict.any_within_price),
        of_all_within_thirty_percent_of_cpu_speed: names(&row.verdict.any_within_speed),
        homes: row.homes.iter().map(|(home, one)| entry(*home, one)).collect(),
    }
}

fn finding(one: &Finding) -> FindingJson<'_> {
    FindingJson { code: one.code.name(), detail: &one.detail }
}

fn entry(home: Home, entry: &Entry) -> EntryJson<'_> {
    let home = home.name();
    match entry {
        Ok(price) => EntryJson::Price {
            home,
            what: &price.what,
            usd_a_month: exact(price.pico()),
            marginal_usd_a_month: price.marginal.map(exact),
            charges: price
                .charges
                .iter()
                .map(|one| ChargeJson { what: &one.what, usd_a_month: exact(one.pico) })
                .collect(),
            assumptions: &price.assumptions,
        },
        Err(why) => EntryJson::Reason {
            home,
            code: why.code.name(),
            detail: &why.detail,
            means: why.code.means(),
        },
    }
}

/// Where the cheapest home changes.
#[must_use]
pub fn break_evens(all: &[BreakEven]) -> String {
    let each = all.iter().map(|one| {
        let (what, unit) = match &one.question {
            Question::TasksAnInstance { .. } => ("tasks_an_instance", "millionths"),
            Question::HoursADay { .. } | Question::Hours => ("hours_a_day", "millionths"),
            Question::RequestsAMonth => ("requests_a_month", "requests"),
            Question::SpotShare => ("spot_share", "millionths"),
            Question::Discount { .. } => ("discount", "millionths"),
            Question::Commitment { .. } => ("commitment", "millionths_of_a_dollar_an_hour"),
            Question::Density => ("packing_density", "millionths"),
            Question::Tasks => ("tasks", "tasks"),
        };
        let on = match &one.question {
            Question::TasksAnInstance { instance_type, .. }
            | Question::HoursADay { instance_type } => Some(instance_type.as_str()),
            Question::Discount { on } | Question::Commitment { on } => Some(on.as_str()),
            Question::RequestsAMonth
            | Question::SpotShare
            | Question::Density
            | Question::Tasks
            | Question::Hours => None,
        };
        json!({
            "workload": one.workload,
            "what_changes": what,
            "on": on,
            "unit": unit,
            "break_even": one.at,
            "now": one.now,
            "cheaper_below": one.below,
            "cheaper_above": one.above,
            "usd_a_month": one.both.map(exact),
        })
    });
    let mut text = serde_json::to_string_pretty(&each.collect::<Vec<_>>()).expect("plain values");
    text.push('\n');
    text
}
