//! The book as plain rows, for people and for the catalog.

use super::{
    ALL_REGIONS, BookError, EC2_PRICES, FARGATE, LAMBDA, SAVINGS_PLANS, SOURCES, SURROUNDINGS,
};
use crate::model::{Payment, PlanRate, PlanType, PriceRow, Provenance, Rated, Service, Terms};
use crate::units::UsdPerHour;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::sync::Arc;

/// One line of `ec2_prices.csv`.
#[derive(Deserialize)]
pub(super) struct Ec2PriceRow<'a> {
    #[expect(dead_code, reason = "a column of the file; the slice is of one region")]
    region: &'a str,
    pub instance_type: &'a str,
    pub tenancy: &'a str,
    pub usd_per_hour: &'a str,
    pub source: &'a str,
}

#[derive(Deserialize)]
struct SourceRow {
    id: String,
    date: String,
    confidence: String,
}

/// The embedded rows of a region and a service, or of all. Nothing for what is not known.
pub(super) fn embedded(
    region: Option<&str>,
    service: Option<Service>,
) -> Result<Vec<(Service, PriceRow)>, BookError> {
    let known = super::regions();
    let mut found = Vec::new();
    for one in Service::ALL.into_iter().filter(|one| service.is_none_or(|asked| asked == *one)) {
        let of_service = match one {
            Service::Ec2 => ec2_rows(region, &known)?,
            Service::Fargate => in_region(parse("fargate.csv", FARGATE)?, region),
            Service::Lambda => in_region(parse("lambda.csv", LAMBDA)?, region),
            Service::Surroundings => in_region(parse("surroundings.csv", SURROUNDINGS)?, region),
        };
        found.extend(of_service.into_iter().map(|row| (one, row)));
    }
    Ok(found)
}

fn in_region(rows: Vec<PriceRow>, region: Option<&str>) -> Vec<PriceRow> {
    let wanted =
        |row: &PriceRow| region.is_none_or(|name| row.region == name || row.region == ALL_REGIONS);
    rows.into_iter().filter(wanted).collect()
}

fn ec2_rows(
    region: Option<&str>,
    known: &std::collections::BTreeSet<&'static str>,
) -> Result<Vec<PriceRow>, BookError> {
    let sources = sources()?;
    let mut all = Vec::new();
    for name in known.iter().filter(|name| region.is_none_or(|asked| asked == **name)) {
        each_ec2_price(name, |row| {
            let (date, confidence) = sources.get(row.source).cloned().unwrap_or_default();
            all.push(PriceRow {
                region: (*name).to_owned(),
                item: row.instance_type.to_owned(),
                variant: format!("linux/{}", row.tenancy),
                tier_from: None,
                tier_to: None,
                usd: row.usd_per_hour.to_owned(),
                unit: "USD/hour".to_owned(),
                date,
                source: row.source.to_owned(),
                confidence,
                note: String::new(),
            });
        })?;
    }
    Ok(all)
}

/// Calls back with each EC2 price of a region. The file is sorted by region, so that
/// only its slice is parsed.
pub(super) fn each_ec2_price(
    region: &str,
    mut take: impl FnMut(Ec2PriceRow<'_>),
) -> Result<(), BookError> {
    let file = "ec2_prices.csv";
    let Some(start) = EC2_PRICES.find(&format!("\n{region},")) else { return Ok(()) };
    let header = EC2_PRICES.lines().next().unwrap_or_default();
    let rest = &EC2_PRICES[start + 1..];
    let end = rest
        .match_indices('\n')
        .find(|(at, _)| !rest[at + 1..].starts_with(&format!("{region},")))
        .map_or(rest.len(), |(at, _)| at + 1);
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).from_reader(&rest.as_bytes()[..end]);
    let header = csv::StringRecord::from(header.split(',').collect::<Vec<_>>());
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|error| damaged(file, &error))? {
        take(record.deserialize(Some(&header)).map_err(|error| damaged(file, &error))?);
    }
    Ok(())
}

#[derive(Deserialize)]
struct PlanRow {
    region: String,
    plan: String,
    years: u32,
    payment: String,
    item: String,
    variant: String,
    usd: String,
    date: String,
    source: String,
    confidence: String,
}

/// The embedded rates of Savings Plans.
pub(super) fn plan_rates() -> Result<Vec<PlanRate>, BookError> {
    const FILE: &str = "savings_plans.csv";
    let rows: Vec<PlanRow> = parse(FILE, SAVINGS_PLANS)?;
    let rate = |row: PlanRow| {
        let wrong = || damaged(FILE, &format!("{} {} {}", row.plan, row.item, row.variant));
        let price: UsdPerHour = row.usd.parse().map_err(|error| damaged(FILE, &error))?;
        let payment = Payment::from_name(&row.payment).ok_or_else(wrong)?;
        Ok(PlanRate {
            plan: PlanType::from_name(&row.plan).ok_or_else(wrong)?,
            terms: Terms { years: row.years, payment },
            rated: Rated::from_names(&row.item, &row.variant).ok_or_else(wrong)?,
            pico: price.as_pico(),
            region: row.region,
            provenance: Arc::new(Provenance {
                date: row.date,
                source: row.source,
                confidence: row.confidence,
            }),
        })
    };
    rows.into_iter().map(rate).collect()
}

/// Date and confidence of each source.
pub(super) fn sources() -> Result<HashMap<String, (String, String)>, BookError> {
    let rows: Vec<SourceRow> = parse("sources.csv", SOURCES)?;
    Ok(rows.into_iter().map(|row| (row.id, (row.date, row.confidence))).collect())
}

pub(super) fn parse<T: DeserializeOwned>(
    file: &'static str,
    text: &str,
) -> Result<Vec<T>, BookError> {
    csv::Reader::from_reader(text.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .map_err(|error| damaged(file, &error))
}

pub(super) fn damaged(file: &'static str, problem: &dyn std::fmt::Display) -> BookError {
    BookError::Damaged { file, problem: problem.to_string() }
}
