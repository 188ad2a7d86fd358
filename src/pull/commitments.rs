//! What an account has committed to: Savings Plans, and Reserved Instances of each region.

use super::attempt::Operation;
use super::client::{Client, Group};
use super::failure::Failure;
use super::paging::Pages;
use super::partition::partition;
use super::signed::{Ask, Service, text_of};
use crate::model::{HeldInstances, HeldPlan, Payment, PlanType, Terms};
use crate::units::UsdPerHour;
use serde_json::{Value, json};

const SAVINGS: Service = Service {
    id: "savingsplans",
    host: "savingsplans",
    signing_name: "savingsplans",
    global: true,
};
const PLANS: Operation =
    Operation { name: "DescribeSavingsPlans", action: "savingsplans:DescribeSavingsPlans" };
const EC2: Service = Service { id: "EC2", host: "ec2", signing_name: "ec2", global: false };
const RESERVED: Operation =
    Operation { name: "DescribeReservedInstances", action: "ec2:DescribeReservedInstances" };
const YEAR: u64 = 31_536_000;

/// What was understood, and in words what is not applied.
pub(super) type Read<T> = (Vec<T>, Vec<String>);

/// The plans of an account, which hold in all regions.
pub(super) async fn plans(client: &Client) -> Result<Read<HeldPlan>, Failure> {
    let (mut all, mut left) = (Vec::new(), Vec::new());
    if partition(&client.place.region) != "aws" {
        left.push("Savings Plans: where to ask for them in its partition is not known".to_owned());
        return Ok((all, left));
    }
    let signed = client.signed.in_region("us-east-1");
    let mut pages = Pages::new(PLANS, client);
    while let Some(token) = pages.next()? {
        let mut body = json!({ "states": ["active"], "maxResults": 1000 });
        if let Some(token) = token {
            body["nextToken"] = token.into();
        }
        let ask = Ask::Post { path: "/DescribeSavingsPlans", body };
        let answer = client.call(PLANS, Group::Others, || signed.send(SAVINGS, &ask)).await?;
        for one in answer["savingsPlans"].as_array().into_iter().flatten() {
            match plan(one) {
                Ok(Some(plan)) => all.push(plan),
                Ok(None) => {}
                Err(why) => {
                    let id = one["savingsPlanId"].as_str().unwrap_or("a Savings Plan");
                    left.push(format!("{id}: {why}"));
                }
            }
        }
        pages.came(answer["nextToken"].as_str());
    }
    Ok((all, left))
}

/// Nothing where it is not for compute.
fn plan(one: &Value) -> Result<Option<HeldPlan>, String> {
    let text = |name: &str| one[name].as_str().unwrap_or_default();
    let plan = match text("savingsPlanType") {
        "Compute" => PlanType::Compute,
        "EC2Instance" => PlanType::Ec2Instance,
        _ => return Ok(None),
    };
    if text("currency") != "USD" {
        return Err(format!("it is in {:?}, not in USD", text("currency")));
    }
    let payment = text("paymentOption").to_lowercase().replace(' ', "-");
    let payment = Payment::from_name(&payment).ok_or("how it is paid is not understood")?;
    let years = one["termDurationInSeconds"].as_u64().map(|seconds| (seconds + YEAR / 2) / YEAR);
    let years = years.filter(|years| matches!(years, 1 | 3)).ok_or("its term is not understood")?;
    let usd_an_hour: UsdPerHour =
        text("commitment").parse().map_err(|_| "its commitment is not understood")?;
    let of = (text("ec2InstanceFamily").to_owned(), text("region").to_owned());
    if plan == PlanType::Ec2Instance && (of.0.is_empty() || of.1.is_empty()) {
        return Err("its family or region is not known".to_owned());
    }
    let terms = Terms { years: u32::try_from(years).unwrap_or(1), payment };
    let of = (plan == PlanType::Ec2Instance).then_some(of);
    Ok(Some(HeldPlan { plan, usd_an_hour, terms, of }))
}

/// The reservations of an account in a region.
pub(super) async fn reserved(client: &Client) -> Result<Read<HeldInstances>, Failure> {
    let body = "Action=DescribeReservedInstances&Version=2016-11-15\
                &Filter.1.Name=state&Filter.1.Value.1=active";
    let ask = Ask::Form { body: body.to_owned() };
    let answer =
        client.call(RESERVED, Group::Others, || client.signed.send_for_text(EC2, &ask)).await?;
    let (mut all, mut left) = (Vec::new(), Vec::new());
    // Its id is the first element of each.
    for part in answer.split("<reservedInstancesId>").skip(1) {
        let id = part.split('<').next().unwrap_or_default();
        match instances(part, &client.place.region) {
            Ok(one) => all.push(one),
            Err(why) => left.push(format!("{id}: {why}")),
        }
    }
    Ok((all, left))
}

fn instances(part: &str, region: &str) -> Result<HeldInstances, String> {
    let text = |name: &str| text_of(part, name).unwrap_or_default();
    let product = text("productDescription");
    if !matches!(product, "Linux/UNIX" | "Linux/UNIX (Amazon VPC)") {
        return Err(format!("reservations of {product:?} are not applied"));
    }
    if text("instanceTenancy") != "default" {
        return Err("reservations of dedicated tenancy are not applied".to_owned());
    }
    if !matches!(text("currencyCode"), "USD" | "") {
        return Err(format!("it is in {:?}, not in USD", text("currencyCode")));
    }
    let charges = text_of(part, "recurringCharges").unwrap_or_default();
    let mut pico: u64 = 0;
    for charge in charges.split("<item>").skip(1) {
        if text_of(charge, "frequency") != Some("Hourly") {
            return Err("what recurs is not by the hour".to_owned());
        }
        pico += dollars(text_of(charge, "amount").unwrap_or_default())?;
    }
    pico += dollars(text("usagePrice"))?;
    let seconds: u64 = text("duration").parse().map_err(|_| "its term is not understood")?;
    let hours = (seconds / 3_600).max(1);
    pico += (dollars(text("fixedPrice"))? + hours / 2) / hours;
    if pico == 0 {
        // A modified one lists what it cost with the one that it was before.
        return Err("what it costs is not told: it was modified".to_owned());
    }
    let count = text("instanceCount").parse().ok().filter(|count| *count > 0);
    Ok(HeldInstances {
        instance_type: text("instanceType").to_owned(),
        count: count.ok_or("its count is not understood")?,
        usd_an_hour: UsdPerHour::pico(pico),
        region: region.to_owned(),
        zonal: text("scope") == "Availability Zone",
    })
}

/// Pico-dollars; nothing said is nothing paid.
fn dollars(text: &str) -> Result<u64, String> {
    let text = if text.is_empty() { "0" } else { text };
    let price: Result<UsdPerHour, _> = text.parse();
    price.map(UsdPerHour::as_pico).map_err(|_| format!("{text:?} is no amount"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_are_understood_or_told() {
        let whole = json!({
            "savingsPlanType": "EC2Instance", "currency": "USD", "paymentOption": "Partial Upfront",
            "termDurationInSeconds": 94_608_000, "commitment": "1.25", "region": "eu-west-1",
            "ec2InstanceFamily": "m5",
        });
        let one = plan(&whole).unwrap().unwrap();
        assert_eq!(one.of, Some(("m5".to_owned(), "eu-west-1".to_owned())));
        assert_eq!(one.terms, Terms { years: 3, payment: Payment::PartialUpfront });
        assert_eq!(one.usd_an_hour.to_string(), "1.25");
        for (name, value, says) in [
            ("currency", json!("CNY"), "CNY"),
            ("paymentOption", json!("Later"), "paid"),
            ("termDurationInSeconds", json!(63_072_000), "term"),
            ("commitment", json!("much"), "commitment"),
            ("region", json!(null), "region"),
        ] {
            let mut wrong = whole.clone();
            wrong[name] = value;
            assert!(plan(&wrong).unwrap_err().contains(says), "{name}");
        }
        let mut other = whole;
        other["savingsPlanType"] = json!("SageMaker");
        assert_eq!(plan(&other), Ok(None));
    }

    #[test]
    fn what_was_paid_upfront_is_spread() {
        let of = |upfront: &str, hourly: &str, product: &str| {
            let xml = format!(
                "r-1</reservedInstancesId><instanceType>m5.large</instanceType><scope>Region</scope>\
                 <duration>31536000</duration><fixedPrice>{upfront}</fixedPrice>\
                 <usagePrice>0.0</usagePrice><instanceCount>3</instanceCount>\
                 <productDescription>{product}</productDescription>\
                 <instanceTenancy>default</instanceTenancy><currencyCode>USD</currencyCode>\
                 <recurringCharges><item><frequency>Hourly</frequency><amount>{hourly}</amount>\
                 </item></recurringCharges>"
            );
            instances(&xml, "us-east-1")
        };
        let half = of("263.0", "0.03", "Linux/UNIX").unwrap();
        // 263 dollars over 8,760 hours are 0.030023 an hour.
        assert_eq!(half.usd_an_hour.as_pico(), 30_000_000_000 + 30_022_831_050);
        assert_eq!((half.count, half.zonal), (3, false));
        assert!(of("0", "0.03", "Windows").unwrap_err().contains("Windows"));
        assert!(of("?", "0.03", "Linux/UNIX").is_err());
        assert!(of("0", "0.0", "Linux/UNIX").unwrap_err().contains("modified"));
    }
}
