//! The ledger as tables and sentences.

use super::{Cell, Column, Table};
use crate::model::ledger::{BreakEven, Entry, Home, HomeTotal, Ledger, Question, Row};
use crate::model::{Architecture, Code, Platform};
use crate::units::{Usd, grouped};

/// Pico-dollars as dollars, rounded to micro-dollars.
#[must_use]
pub fn usd(pico: u128) -> Usd {
    Usd(i64::try_from((pico + 500_000) / 1_000_000).unwrap_or(i64::MAX))
}

/// The estate in each home.
#[must_use]
pub fn totals_table(ledger: &Ledger) -> Table {
    let mut table = Table::new(vec![
        Column::left("HOME", "home", 0),
        Column::right("FITS", "workloads_that_fit", 0),
        Column::right("$/MONTH", "usd_a_month", 0),
        Column::right("OTHERS", "other_workloads", 1),
        Column::right("CHEAPEST ELSEWHERE", "others_usd_a_month", 2),
        Column::right("ALL", "all_usd_a_month", 0),
    ]);
    for total in &ledger.totals {
        let HomeTotal { home, fits, pico, rest, rest_pico } = total;
        let all = rest_pico.map(|rest| usd(pico + rest));
        let some = |value| if *fits > 0 { value } else { Cell::from("-") };
        table.rows.push(vec![
            home.name().into(),
            fits.to_string().into(),
            some(Cell::money(Some(usd(*pico)))),
            rest.to_string().into(),
            if *rest == 0 { "".into() } else { Cell::money(rest_pico.map(usd)) },
            some(Cell::money(all)),
        ]);
    }
    table
}

/// Every workload with its cheapest homes, and as there is room the price in each.
#[must_use]
pub fn ledger_table(ledger: &Ledger) -> Table {
    let mut columns = vec![
        Column::left("WORKLOAD", "workload", 0),
        Column::right("TODAY", "today_usd_a_month", 1),
        Column::left("CHEAPEST ALONE", "cheapest_alone", 0),
        Column::right("$/MONTH", "cheapest_alone_usd_a_month", 0),
        Column::left("CHEAPEST OF ALL", "cheapest_of_all", 0),
        Column::right("$", "cheapest_of_all_usd_a_month", 0),
        Column::left("UNLESS", "unless", 2),
    ];
    columns.extend((3..).zip(Home::ALL).map(|(rank, home)| {
        let (title, name) = titles(home);
        Column::right(title, name, rank)
    }));
    let mut table = Table::new(columns);
    for row in &ledger.rows {
        let verdict = &row.verdict;
        let price = |home: Option<Home>| home.and_then(|home| row.price(home)).map(usd);
        let name = |home: Option<Home>| home.map_or("-", Home::name);
        let mut cells = vec![
            row.workload.clone().into(),
            Cell::money(row.today.map(usd)),
            name(verdict.firm).into(),
            Cell::money(price(verdict.firm)),
            name(verdict.any).into(),
            Cell::money(price(verdict.any)),
            unless(row).into(),
        ];
        cells.extend(row.homes.iter().map(|(_, entry)| match entry {
            Ok(price) => Cell::money(Some(usd(price.pico()))),
            Err(why) => Cell::both("-", why.code.name()),
        }));
        table.rows.push(cells);
    }
    table
}

/// Homes that could be the cheapest after all.
fn unless(row: &Row) -> String {
    let mut all: Vec<&str> = row.verdict.within_price.iter().map(|home| home.name()).collect();
    all.extend(
        row.verdict
            .within_speed
            .iter()
            .filter(|home| !row.verdict.within_price.contains(home))
            .map(|home| home.name()),
    );
    all.join(", ")
}

const fn titles(home: Home) -> (&'static str, &'static str) {
    match home {
        Home::Fargate(Platform::LinuxX86) => ("FARGATE", "fargate-x86"),
        Home::Fargate(Platform::LinuxArm) => ("FARGATE ARM", "fargate-arm"),
        Home::Fargate(Platform::WindowsX86) => ("FARGATE WINDOWS", "fargate-windows"),
        Home::FargateSpot(Architecture::X86) => ("SPOT", "fargate-x86-spot"),
        Home::FargateSpot(Architecture::Arm) => ("SPOT ARM", "fargate-arm-spot"),
        Home::Ecs => ("ECS EC2", "ecs-ec2"),
        Home::ManagedInstances => ("MANAGED INST.", "managed-instances"),
        Home::EksNodes => ("EKS EC2", "eks-ec2"),
        Home::EksFargate => ("EKS FARGATE", "eks-fargate"),
        Home::EksAutoMode => ("EKS AUTO", "eks-auto-mode"),
        Home::Lambda(Architecture::X86) => ("LAMBDA", "lambda-x86"),
        Home::Lambda(Architecture::Arm) => ("LAMBDA ARM", "lambda-arm"),
        Home::LambdaManagedInstances => ("LAMBDA MANAGED", "lambda-managed-instances"),
        Home::ComposeOneHost => ("COMPOSE 1", "compose-one-host"),
        Home::ComposeTwoHosts => ("COMPOSE 2", "compose-two-hosts"),
        Home::BeanstalkSingle => ("BEANSTALK 1", "beanstalk-single"),
        Home::BeanstalkBalanced => ("BEANSTALK", "beanstalk-balanced"),
        Home::BeanstalkEcs => ("BEANSTALK ECS", "beanstalk-ecs"),
    }
}

/// One workload: every home with its price or the reason's code.
#[must_use]
pub fn row_table(row: &Row) -> Table {
    let mut table = Table::new(vec![
        Column::left("HOME", "home", 0),
        Column::left("WHAT", "what", 0),
        Column::right("$/MONTH", "usd_a_month", 0),
        Column::right("MARGINAL", "marginal_usd_a_month", 2),
        Column::left("WHY NOT", "why_not", 0),
    ]);
    let mut marginals = false;
    for (home, entry) in &row.homes {
        let (what, pico, marginal, why) = match entry {
            Ok(price) => (price.what.as_str(), Some(price.pico()), price.marginal, ""),
            Err(why) => ("-", None, None, why.code.name()),
        };
        marginals |= marginal.is_some();
        table.rows.push(vec![
            home.name().into(),
            what.into(),
            pico.map_or_else(|| Cell::both("-", ""), |pico| Cell::money(Some(usd(pico)))),
            marginal.map_or_else(|| "".into(), |pico| Cell::money(Some(usd(pico)))),
            why.into(),
        ]);
    }
    if !marginals {
        table.columns.remove(3);
        for row in &mut table.rows {
            row.remove(3);
        }
    }
    table
}

/// What the prices are made of, and why there are none.
#[must_use]
pub fn made_of_lines(row: &Row) -> Vec<String> {
    let mut lines: Vec<(String, Vec<&str>)> = Vec::new();
    for (home, entry) in &row.homes {
        let text = match entry {
            Ok(price) => {
                let parts =
                    price.charges.iter().map(|one| format!("{} {}", one.what, usd(one.pico)));
                let mut text = parts.collect::<Vec<_>>().join(", ");
                for assumption in &price.assumptions {
                    text.push_str("; ");
                    text.push_str(assumption);
                }
                text
            }
            Err(why) => format!("{} {}", reason(why.code, &why.detail), why.code.means()),
        };
        // The same is said once.
        match lines.iter_mut().find(|(said, _)| *said == text) {
            Some((_, homes)) => homes.push(home.name()),
            None => lines.push((text, vec![home.name()])),
        }
    }
    lines.into_iter().map(|(text, homes)| format!("{}: {text}", homes.join(", "))).collect()
}

fn reason(code: Code, detail: &str) -> String {
    if detail.is_empty() {
        format!("{}.", code.name())
    } else {
        format!("{} ({detail}).", code.name())
    }
}

/// What is not priced, by code.
#[must_use]
pub fn refused(entry: &Entry) -> Option<Code> {
    entry.as_ref().err().map(|why| why.code)
}

/// Where the cheapest home changes.
#[must_use]
pub fn break_even_table(all: &[BreakEven]) -> Table {
    let mut table = Table::new(vec![
        Column::left("WORKLOAD", "workload", 0),
        Column::left("WHAT CHANGES", "what_changes", 0),
        Column::right("BREAK-EVEN", "break_even", 0),
        Column::right("NOW", "now", 2),
        Column::left("CHEAPER BELOW", "cheaper_below", 0),
        Column::left("ABOVE", "cheaper_above", 0),
        Column::right("BOTH $/MONTH", "usd_a_month", 1),
    ]);
    for one in all {
        let now = one.now.map_or_else(|| "".into(), |now| value(&one.question, now));
        let [first, second] = one.both.map(usd);
        // Where something comes in whole ones the two sides pass each other.
        let both = if (first.0 - second.0).abs() < 5_000 {
            Cell::money(Some(second))
        } else {
            Cell::both(format!("{first} / {second}"), second.micro_string())
        };
        table.rows.push(vec![
            one.workload.clone().into(),
            asked(&one.question).into(),
            value(&one.question, one.at),
            now,
            one.below.clone().into(),
            one.above.clone().into(),
            both,
        ]);
    }
    table
}

/// What changes nothing for the estate, where something is known of it.
#[must_use]
pub fn break_even_lines(all: &[BreakEven]) -> Option<String> {
    let estate: Vec<&BreakEven> =
        all.iter().filter(|one| one.workload == BreakEven::ESTATE).collect();
    if estate.is_empty() {
        return Some(
            "Of the estate nothing that was looked at changes what is cheaper, or no workload can be \
             both on Fargate and on instances."
                .to_owned(),
        );
    }
    let asked = [
        (Question::Density, "how full the instances are"),
        (Question::Tasks, "how many tasks there are (looked at to 128 times as many or few)"),
        (Question::Hours, "how many hours a day they run beside what stays"),
        (Question::SpotShare, "what share is on Spot"),
    ];
    let missing = asked
        .into_iter()
        .filter(|(question, _)| estate.iter().all(|one| one.question != *question));
    let missing: Vec<&str> = missing.map(|(_, words)| words).collect();
    (!missing.is_empty()).then(|| {
        format!(
            "What is cheaper for the estate does not change with {}.",
            missing.join(", nor with ")
        )
    })
}

/// What changes, in words.
fn asked(question: &Question) -> String {
    match question {
        Question::TasksAnInstance { instance_type, holds } => {
            format!("tasks on a {instance_type} (holds {holds})")
        }
        Question::HoursADay { instance_type } => format!("hours a day, beside a {instance_type}"),
        Question::RequestsAMonth => "requests a month".to_owned(),
        Question::SpotShare => "share on Spot".to_owned(),
        Question::Discount { on } => format!("discount on {on}"),
        Question::Density => "of the instances taken".to_owned(),
        Question::Tasks => "tasks of all services".to_owned(),
        Question::Hours => "hours a day, beside what stays".to_owned(),
        Question::Commitment { on } => format!("Compute plan for {on}, $/h"),
    }
}

/// In its unit.
fn value(question: &Question, at: u64) -> Cell {
    let plain = format!("{}.{:06}", at / 1_000_000, at % 1_000_000);
    let millionths = |digits: u32, unit: &str| {
        let step = 10_u64.pow(6 - digits);
        let rounded = (at + step / 2) / step;
        let whole = 10_u64.pow(digits);
        let width = digits as usize;
        let short = format!("{}.{:0width$}", rounded / whole, rounded % whole);
        Cell::both(format!("{short}{unit}"), plain.clone())
    };
    match question {
        Question::TasksAnInstance { .. } => millionths(2, ""),
        Question::Commitment { .. } => {
            let cell = millionths(6, "");
            Cell { shown: format!("${}", cell.shown), ..cell }
        }
        Question::HoursADay { .. } | Question::Hours => millionths(1, " h"),
        Question::RequestsAMonth | Question::Tasks => Cell::both(grouped(at), at.to_string()),
        Question::SpotShare | Question::Discount { .. } | Question::Density => {
            let tenths = (at + 500) / 1_000;
            Cell::both(format!("{}.{} %", tenths / 10, tenths % 10), plain)
        }
    }
}
