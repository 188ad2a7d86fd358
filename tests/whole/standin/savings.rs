//! Savings Plans: rates of offerings.

use super::caller::Caller;
use super::estate::World;
use super::failure::Failure;
use super::pages;
use super::request::{Style, list, text, texts};
use serde_json::Value;

const STYLE: Style = Style {
    token: "nextToken",
    size: "maxResults",
    wrong_size: "ValidationException",
    wrong_token: "ValidationException",
};

/// Lists the rates that match all filters.
pub(super) fn offering_rates(world: &World, body: &Value) -> Result<Value, Failure> {
    let rates = &world.estate.savings_plan_rates;
    let found = rates.iter().filter(|rate| matches(rate, body)).cloned().collect();
    let scope = pages::scope("DescribeSavingsPlansOfferingRates", "", "", body);
    STYLE.answer(body, scope, ("searchResults", found), (1_000, 1_000))
}

/// Lists an account's plans.
pub(super) fn plans(world: &World, caller: &Caller, body: &Value) -> Result<Value, Failure> {
    let states = texts(body, "states");
    let all = world.estate.savings_plans.get(&caller.account);
    let asked = |one: &&Value| {
        states.is_empty() || text(one, "state").is_some_and(|state| states.contains(&state))
    };
    let found = all.into_iter().flatten().filter(asked).cloned().collect();
    let scope = pages::scope("DescribeSavingsPlans", &caller.account, "", body);
    STYLE.answer(body, scope, ("savingsPlans", found), (1_000, 1_000))
}

fn matches(rate: &Value, body: &Value) -> bool {
    let offering = &rate["savingsPlanOffering"];
    let among = |asked: &str, document: &Value, name: &str| {
        let asked = texts(body, asked);
        asked.is_empty() || text(document, name).is_some_and(|is| asked.contains(&is))
    };
    among("savingsPlanOfferingIds", offering, "offeringId")
        && among("savingsPlanPaymentOptions", offering, "paymentOption")
        && among("savingsPlanTypes", offering, "planType")
        && among("products", rate, "productType")
        && among("serviceCodes", rate, "serviceCode")
        && among("usageTypes", rate, "usageType")
        && among("operations", rate, "operation")
        && list(body, "filters").iter().all(|filter| has_property(rate, filter))
}

fn has_property(rate: &Value, filter: &Value) -> bool {
    let values = texts(filter, "values");
    list(rate, "properties").iter().any(|property| {
        text(property, "name") == text(filter, "name")
            && text(property, "value").is_some_and(|value| values.contains(&value))
    })
}
