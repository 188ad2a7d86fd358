//! One figure of a price book, as people and files have it.

use serde::{Deserialize, Serialize};

/// Whose prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    Fargate,
    Ec2,
    Lambda,
    /// EKS, Managed Instances and what stands around a workload.
    Surroundings,
}

impl Service {
    pub const ALL: [Service; 4] =
        [Service::Fargate, Service::Ec2, Service::Lambda, Service::Surroundings];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Service::Fargate => "fargate",
            Service::Ec2 => "ec2",
            Service::Lambda => "lambda",
            Service::Surroundings => "surroundings",
        }
    }
}

/// One figure of the book, exactly as it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceRow {
    pub region: String,
    pub item: String,
    pub variant: String,
    pub tier_from: Option<u64>,
    pub tier_to: Option<u64>,
    /// Dollars, a decimal string.
    pub usd: String,
    pub unit: String,
    pub date: String,
    /// Ids of the list of sources, joined by `;`.
    pub source: String,
    pub confidence: String,
    pub note: String,
}

impl PriceRow {
    /// What it is a price of, whatever the tier.
    #[must_use]
    pub fn key(&self) -> (&str, &str, &str) {
        (&self.region, &self.item, &self.variant)
    }
}
