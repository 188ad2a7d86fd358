//! Verdicts in words: of a workload, and of the estate.

use super::ledger_tables::usd;
use crate::model::ledger::{EstateVerdict, Home, Ledger, Price, Row};
use crate::units::Usd;

/// What is to be said of a workload, in words.
#[must_use]
pub fn row_lines(row: &Row, moving: Option<Moving>) -> Vec<String> {
    let verdict = &row.verdict;
    let Some(firm) = verdict.firm else {
        return vec![format!(
            "{}: no home that it can move to by itself has a price.",
            row.workload
        )];
    };
    let pico = row.price(firm).unwrap_or(0);
    let mut first = format!(
        "{}: by itself it is cheapest on {}, {} a month",
        row.workload,
        firm.name(),
        usd(pico)
    );
    if let Some(today) = row.today {
        let saved = usd(today).0 - usd(pico).0;
        let (amount, how) = if saved > 0 { (saved, "less") } else { (-saved, "more") };
        first.push_str(&[", ", &Usd(amount).to_string(), " ", how, " than today"].concat());
    }
    first.push('.');
    let mut lines = Vec::new();
    if row.findings.is_empty() {
        first = format!("{first} {}", sureness(&verdict.within_price, &verdict.within_speed));
    }
    lines.push(first);
    if let Some(any) = verdict.any.filter(|any| *any != firm) {
        let but = match any {
            Home::FargateSpot(_) => "which ends at two minutes' notice",
            _ => "if the whole of it moved there",
        };
        let pico = usd(row.price(any).unwrap_or(0));
        let mut line = format!("Cheapest of all is {}, {but}: {pico}.", any.name());
        if row.findings.is_empty() {
            let sure = sureness(&verdict.any_within_price, &verdict.any_within_speed);
            line = format!("{line} {sure}");
        }
        lines.push(line);
    }
    // It keeps the workload, and what does not may be cheaper still.
    let near: Vec<&str> = verdict
        .any_within_price
        .iter()
        .filter(|home| !home.is_firm())
        .map(|home| home.name())
        .collect();
    if verdict.any == Some(firm) && !near.is_empty() && row.findings.is_empty() {
        lines.push(format!(
            "It is the cheapest of all. If prices were 10 % off that could be {}, which end at two \
             minutes' notice or need the rest to move too.",
            near.join(", ")
        ));
    }
    if !row.findings.is_empty() {
        let codes: Vec<&str> = row.findings.iter().map(|one| one.code.name()).collect();
        let codes = codes.join(", ");
        lines.push(format!(
            "That rests on too little: {codes}. Do not act on it before there is more."
        ));
    }
    let shares = row.homes.iter().any(|(home, entry)| {
        let charged = |price: &Price| price.charges.iter().any(|one| one.what == "load balancer");
        matches!(home, Home::Fargate(_)) && entry.as_ref().is_ok_and(charged)
    });
    if shares && matches!(firm, Home::Lambda(_)) {
        lines.push(
            "What it pays of a load balancer is saved only when all that share it leave, and a front \
             end of Lambda is not priced."
                .to_owned(),
        );
    }
    lines.push(takes(firm).to_owned());
    if let Some((moving, today)) = moving.zip(row.today) {
        lines.push(moving.line(today, pico));
    }
    lines
}

/// Which home it would be if prices or CPUs were a little different.
fn sureness(by_price: &[Home], by_speed: &[Home]) -> String {
    let names =
        |homes: &[Home]| homes.iter().map(|home| home.name()).collect::<Vec<_>>().join(", ");
    match (by_price.is_empty(), by_speed.is_empty()) {
        (true, true) => "That holds if prices are 10 % off either way, and if a CPU elsewhere is \
                         30 % slower or faster."
            .to_owned(),
        (false, _) => format!("If prices were 10 % off it could be {}.", names(by_price)),
        (true, false) => {
            format!("If a CPU there were 30 % slower or faster it could be {}.", names(by_speed))
        }
    }
}

/// What it takes to live there.
const fn takes(home: Home) -> &'static str {
    match home {
        Home::Fargate(_) | Home::FargateSpot(_) | Home::EksFargate => {
            "On Fargate a task takes 30 to 60 seconds to start, and there is no host to look at."
        }
        Home::Lambda(_) | Home::LambdaManagedInstances => {
            "On Lambda each environment answers one request at a time, for 15 minutes at the most; \
             what is kept in memory between requests and background threads have to go."
        }
        _ => "Instances have to be patched, replaced and filled by whoever runs them.",
    }
}

/// What moving costs, where the user says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moving {
    pub hours: u32,
    pub usd_an_hour: u32,
}

impl Moving {
    fn line(self, today: u128, then: u128) -> String {
        let cost = u128::from(self.hours) * u128::from(self.usd_an_hour) * 1_000_000_000_000;
        let paid = match today.checked_sub(then).filter(|saved| *saved > 0) {
            Some(saved) => format!("paid back in {} months", cost.div_ceil(saved)),
            None => "never paid back".to_owned(),
        };
        let (hours, each) = (self.hours, self.usd_an_hour);
        format!("{hours} hours at ${each} are {}: {paid}.", usd(cost))
    }
}

/// What is to be said of the estate.
#[must_use]
pub fn ledger_lines(ledger: &Ledger, moving: Option<Moving>) -> Vec<String> {
    let verdict = &ledger.verdict;
    let mut lines = Vec::new();
    let today = (verdict.today_unknown == 0).then_some(verdict.today_pico);
    if let Some((home, pico)) = verdict.cheapest {
        lines.push(cheapest(verdict, home, pico));
        lines.push(sureness(&verdict.within_price, &verdict.within_speed));
        lines.push(takes(home).to_owned());
    }
    let alone = usd(verdict.alone_pico);
    lines.push(match verdict.alone_unknown {
        0 => {
            let less = today.map(|today| than(today, verdict.alone_pico)).unwrap_or_default();
            let spot = match verdict.with_spot_pico {
                less if less < verdict.alone_pico => {
                    format!(", with Spot where that is cheaper {}", usd(less))
                }
                _ => String::new(),
            };
            format!("Each where it is cheapest by itself: {alone} a month{less}{spot}.")
        }
        missing => format!(
            "Where each is cheapest by itself: {alone} a month for {}; {missing} have no home of their \
             own with a known price.",
            verdict.alone_known
        ),
    });
    if verdict.thin > 0 {
        lines.push(format!(
            "The prices of {} workloads rest on too little (--workload W says why): do not act on them \
             before there is more.",
            verdict.thin
        ));
    }
    if let Some((moving, today)) = moving.zip(today) {
        let then = verdict.cheapest.map_or(verdict.alone_pico, |(_, pico)| pico);
        lines.push(moving.line(today, then));
    }
    lines.push(format!("Taken for granted: {}.", ledger.assumptions.join("; ")));
    lines
}

fn cheapest(verdict: &EstateVerdict, home: Home, pico: u128) -> String {
    let but = match home {
        Home::FargateSpot(_) => " (which ends at two minutes' notice)",
        _ => "",
    };
    let first = match verdict.today_unknown {
        0 => format!("The estate costs {} a month today. ", usd(verdict.today_pico)),
        missing => format!("What {missing} of the workloads cost today is not known. "),
    };
    let less = match verdict.today_unknown {
        0 => than(verdict.today_pico, pico),
        _ => String::new(),
    };
    format!(
        "{first}Cheapest with what fits on {}{but} there and the rest where it is cheapest by itself: \
         {}{less}; no other one home makes it cheaper with the images there are.",
        home.name(),
        usd(pico)
    )
}

/// `, $18.02 less than today (12.3 %)`.
fn than(today: u128, then: u128) -> String {
    let saved = usd(today).0 - usd(then).0;
    let (amount, how) = if saved >= 0 { (saved, "less") } else { (-saved, "more") };
    #[expect(clippy::cast_precision_loss, reason = "shown to people")]
    let part = match usd(today).0 {
        0 => String::new(),
        all => format!(" ({:.1} %)", amount as f64 * 100.0 / all as f64),
    };
    format!(", {} {how} than today{part}", Usd(amount))
}
