//! The price book: the figures under `data/`, embedded, each with its date, source and confidence.
//!
//! Comes in: a region's name. Goes out: a [`Catalog`], or plain rows to print.
//! A figure that is not in the files has no price here; nothing is made up.

mod catalog;
mod rows;

pub use crate::model::{PriceRow, Service};
pub use catalog::without_prices;

use crate::model::{Catalog, PlanRate};
use std::collections::{BTreeSet, HashSet};

const FARGATE: &str = include_str!("../../data/fargate.csv");
const FARGATE_SIZES: &str = include_str!("../../data/fargate_sizes.csv");
const EC2_PRICES: &str = include_str!("../../data/ec2_prices.csv");
const EC2_TYPES: &str = include_str!("../../data/ec2_types.csv");
const LAMBDA: &str = include_str!("../../data/lambda.csv");
const SURROUNDINGS: &str = include_str!("../../data/surroundings.csv");
const SAVINGS_PLANS: &str = include_str!("../../data/savings_plans.csv");
const SOURCES: &str = include_str!("../../data/sources.csv");

/// Rows that hold in every region.
const ALL_REGIONS: &str = "all";

#[derive(Debug, thiserror::Error)]
pub enum BookError {
    #[error("no price is known for region {region:?}; {hint}")]
    UnknownRegion { region: String, hint: String },
    #[error("the price book is damaged: {file}: {problem}")]
    Damaged { file: &'static str, problem: String },
}

/// The embedded figures, with newer ones in their place where there are any.
#[derive(Clone, Debug, Default)]
pub struct Book {
    newer: Vec<(Service, PriceRow)>,
    newer_rates: Vec<PlanRate>,
}

impl Book {
    /// Figures that replace those embedded of the same region, item and variant; rates that go
    /// before them.
    #[must_use]
    pub const fn with(newer: Vec<(Service, PriceRow)>, newer_rates: Vec<PlanRate>) -> Self {
        Book { newer, newer_rates }
    }

    /// What Savings Plans charge in a region: the newer rates, then those embedded.
    fn plan_rates(&self, region: &str) -> Result<Vec<PlanRate>, BookError> {
        let newer = self.newer_rates.iter().filter(|one| one.region == region).cloned();
        let mut all: Vec<PlanRate> = newer.collect();
        let embedded = rows::plan_rates()?;
        all.extend(embedded.into_iter().filter(|one| one.region == region));
        Ok(all)
    }

    /// All that is known to be sold in a region.
    ///
    /// # Errors
    /// [`BookError::UnknownRegion`] for a region without a single price.
    pub fn catalog(&self, region: &str) -> Result<Catalog, BookError> {
        catalog::catalog(self, region)
    }

    /// The rows of a region and a service, or of all.
    ///
    /// # Errors
    /// [`BookError::UnknownRegion`] where nothing at all is known of the region.
    pub fn rows(
        &self,
        region: Option<&str>,
        service: Option<Service>,
    ) -> Result<Vec<(Service, PriceRow)>, BookError> {
        if let Some(region) = region.filter(|region| !self.knows(region)) {
            return Err(unknown_region(region));
        }
        let mut all = rows::embedded(region, service)?;
        let newer: Vec<&(Service, PriceRow)> = self
            .newer
            .iter()
            .filter(|(of, row)| {
                service.is_none_or(|service| service == *of)
                    && region.is_none_or(|region| region == row.region)
            })
            .collect();
        if newer.is_empty() {
            return Ok(all);
        }
        let replaced: HashSet<(Service, (&str, &str, &str))> =
            newer.iter().map(|(service, row)| (*service, row.key())).collect();
        all.retain(|(service, row)| !replaced.contains(&(*service, row.key())));
        all.extend(newer.into_iter().cloned());
        let key = |(service, row): &(Service, PriceRow)| {
            (*service, row.region.clone(), row.item.clone(), row.variant.clone(), row.tier_from)
        };
        all.sort_by_cached_key(key);
        Ok(all)
    }

    fn knows(&self, region: &str) -> bool {
        regions().contains(region) || self.newer.iter().any(|(_, row)| row.region == region)
    }
}

/// The embedded book's answer, see [`Book::catalog`].
///
/// # Errors
/// As there.
pub fn catalog(region: &str) -> Result<Catalog, BookError> {
    Book::default().catalog(region)
}

/// Every region that has at least one embedded price, sorted.
#[must_use]
pub fn regions() -> BTreeSet<&'static str> {
    let first_columns = [FARGATE, EC2_PRICES, LAMBDA, SURROUNDINGS]
        .into_iter()
        .flat_map(|text| text.lines().skip(1))
        .filter_map(|line| line.split(',').next());
    first_columns.filter(|region| *region != ALL_REGIONS && !region.is_empty()).collect()
}

/// Every instance type that has a price somewhere, sorted by name.
pub fn instance_types() -> impl Iterator<Item = &'static str> {
    EC2_TYPES.lines().skip(1).filter_map(|line| line.split(',').next())
}

fn unknown_region(region: &str) -> BookError {
    let known = regions();
    let near = known.iter().min_by_key(|known| distance(known, region));
    let hint = match near {
        Some(near) if distance(near, region) <= 3 => format!("did you mean {near:?}?"),
        _ => format!("known are {}", known.into_iter().collect::<Vec<_>>().join(", ")),
    };
    BookError::UnknownRegion { region: region.to_owned(), hint }
}

/// Letters to change, add or drop to turn one name into the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let kept = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = kept.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests;
