//! The ledger for programs.

use crate::model::ledger::{BreakEven, Entry, Home, Ledger, Question, Row, exact};
use serde_json::{Value, json};

#[must_use]
pub fn ledger(ledger: &Ledger) -> String {
    let value = json!({
        "region": ledger.region,
        "month_hours": ledger.month_hours,
        "homes": ledger.totals.iter().map(|one| json!({
            "home": one.home.name(),
            "workloads_that_fit": one.fits,
            "usd_a_month": exact(one.pico),
            "other_workloads": one.rest,
            "others_usd_a_month": one.rest_pico.map(exact),
        })).collect::<Vec<_>>(),
        "workloads": ledger.rows.iter().map(row).collect::<Vec<_>>(),
        "assumptions": ledger.assumptions,
    });
    let mut text = serde_json::to_string_pretty(&value).expect("plain values");
    text.push('\n');
    text
}

fn row(row: &Row) -> Value {
    let names = |homes: &[Home]| homes.iter().map(|home| home.name()).collect::<Vec<_>>();
    json!({
        "id": row.workload,
        "today_usd_a_month": row.today.map(exact),
        "findings": row.findings.iter().map(|one| json!({
            "code": one.code.name(),
            "detail": one.detail,
        })).collect::<Vec<_>>(),
        "cheapest_alone": row.verdict.firm.map(Home::name),
        "cheapest_of_all": row.verdict.any.map(Home::name),
        "within_ten_percent_of_price": names(&row.verdict.within_price),
        "within_thirty_percent_of_cpu_speed": names(&row.verdict.within_speed),
        "homes": row.homes.iter().map(|(home, one)| entry(*home, one)).collect::<Vec<_>>(),
    })
}

fn entry(home: Home, entry: &Entry) -> Value {
    match entry {
        Ok(price) => json!({
            "home": home.name(),
            "what": price.what,
            "usd_a_month": exact(price.pico()),
            "marginal_usd_a_month": price.marginal.map(exact),
            "charges": price.charges.iter().map(|one| json!({
                "what": one.what,
                "usd_a_month": exact(one.pico),
            })).collect::<Vec<_>>(),
            "assumptions": price.assumptions,
        }),
        Err(why) => json!({
            "home": home.name(),
            "code": why.code.name(),
            "detail": why.detail,
            "means": why.code.means(),
        }),
    }
}

/// Where the cheapest home changes.
#[must_use]
pub fn break_evens(all: &[BreakEven]) -> String {
    let each = all.iter().map(|one| {
        let (what, unit) = match &one.question {
            Question::TasksAnInstance { .. } => ("tasks_an_instance", "millionths"),
            Question::HoursADay { .. } => ("hours_a_day", "millionths"),
            Question::RequestsAMonth => ("requests_a_month", "requests"),
            Question::SpotShare => ("spot_share", "millionths"),
            Question::Discount { .. } => ("discount", "millionths"),
        };
        let on = match &one.question {
            Question::TasksAnInstance { instance_type, .. }
            | Question::HoursADay { instance_type } => Some(instance_type.as_str()),
            Question::Discount { on } => Some(on.as_str()),
            Question::RequestsAMonth | Question::SpotShare => None,
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
