//! Savings Plans offering rates: what a committed dollar buys.

use super::Asker;
use crate::model::Service as Of;
use crate::pull::attempt::Operation;
use crate::pull::failure::Failure;
use crate::pull::signed::{Ask, Service};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const SERVICE: Service = Service {
    id: "savingsplans",
    host: "savingsplans",
    signing_name: "savingsplans",
    global: true,
};
const RATES: Operation = Operation {
    name: "DescribeSavingsPlansOfferingRates",
    action: "savingsplans:DescribeSavingsPlansOfferingRates",
};

/// One rate of one offering.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SavingsRate {
    pub region: String,
    /// `Fargate`, `Lambda` or `EC2`.
    pub product: String,
    pub usage_type: String,
    pub operation: String,
    /// `Compute` or `EC2Instance`.
    pub plan_type: String,
    pub years: u32,
    pub payment: String,
    /// Dollars, a decimal string as it came.
    pub usd: String,
    pub unit: String,
    /// Rates may differ by this alone.
    pub description: String,
    /// The offering.
    pub offering: String,
}

pub(super) async fn rates(asker: &Asker<'_>, services: &[Of]) -> Result<Vec<SavingsRate>, Failure> {
    let products: Vec<&str> = services
        .iter()
        .filter_map(|service| match service {
            Of::Fargate => Some("Fargate"),
            Of::Lambda => Some("Lambda"),
            Of::Ec2 => Some("EC2"),
            Of::Surroundings => None,
        })
        .collect();
    if products.is_empty() {
        return Ok(Vec::new());
    }
    let mut all = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let mut body = json!({
            "products": products, "maxResults": 1000,
            "filters": [{"name": "region", "values": [asker.region]}],
        });
        if let Some(token) = &token {
            body["nextToken"] = token.clone().into();
        }
        let ask = Ask::Post { path: "/DescribeSavingsPlansOfferingRates", body };
        let answer = asker.ask(RATES, || asker.signed.send(SERVICE, &ask)).await?;
        let found = answer["searchResults"].as_array().into_iter().flatten();
        all.extend(found.filter_map(|one| rate(asker.region, one)));
        let next = answer["nextToken"].as_str().filter(|next| !next.is_empty()).map(str::to_owned);
        if next.is_some() && next == token {
            return Err(asker.refused(RATES, "the service gave the same page token twice"));
        }
        token = next;
        if token.is_none() {
            return Ok(all);
        }
    }
}

fn rate(region: &str, one: &Value) -> Option<SavingsRate> {
    const YEAR: u64 = 31_536_000;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let offering = &one["savingsPlanOffering"];
    let property = |name: &str| {
        let all = one["properties"].as_array().into_iter().flatten();
        all.filter(|property| property["name"] == name)
            .map(|property| text(&property["value"]))
            .next()
    };
    // Only dollars are kept; nothing is converted.
    if offering["currency"].as_str().is_some_and(|currency| currency != "USD") {
        return None;
    }
    Some(SavingsRate {
        region: region.to_owned(),
        product: text(&one["productType"]),
        usage_type: text(&one["usageType"]),
        operation: text(&one["operation"]),
        plan_type: text(&offering["planType"]),
        years: u32::try_from(offering["durationSeconds"].as_u64()? / YEAR).ok()?,
        payment: text(&offering["paymentOption"]),
        usd: one["rate"].as_str()?.to_owned(),
        unit: text(&one["unit"]),
        description: property("productDescription").unwrap_or_default(),
        offering: text(&offering["offeringId"]),
    })
}
