//! Product documents of Fargate, as the Price List writes them.

use super::faults::mix;
use serde_json::{Value, json};

/// A product with one on-demand price.
#[must_use]
pub fn product(
    service: &str,
    family: &str,
    sku: &str,
    attributes: &Value,
    (unit, price): (&str, &str),
) -> Value {
    let term = format!("{sku}.JRTCKXETXF");
    let rate = format!("{term}.6YS6EN2CT7");
    let dimension = json!({
        "unit": unit, "beginRange": "0", "endRange": "Inf", "description": "Made up for tests",
        "appliesTo": [], "rateCode": &rate, "pricePerUnit": {"USD": price},
    });
    let offer = json!({
        "priceDimensions": {rate: dimension}, "sku": sku,
        "effectiveDate": "2026-11-01T00:00:00Z", "offerTermCode": "JRTCKXETXF",
        "termAttributes": {},
    });
    json!({
        "product": {"productFamily": family, "attributes": attributes, "sku": sku},
        "serviceCode": service,
        "terms": {"OnDemand": {term: offer}},
        "version": "20261121182130",
        "publicationDate": "2026-11-21T18:21:30Z",
    })
}

/// What AWS lists of Fargate for a region, the rows that are easily mistaken among them.
/// The prefix is that of the usage types (`EU`, `USE1`). The prices are for tests, and none of
/// them is another's.
#[must_use]
pub fn fargate_products(region: &str, prefix: &str) -> Vec<Value> {
    let rows: [(&str, &str, Value, (&str, &str)); 9] = [
        ("vCPU-Hours:perCPU", "Compute", json!({"cputype": "perCPU"}), ("hours", "0.0404800000")),
        ("GB-Hours", "Compute", json!({"memorytype": "perGB"}), ("hours", "0.0044450000")),
        (
            "ARM-vCPU-Hours:perCPU",
            "Compute",
            json!({"cputype": "perCPU", "cpuArchitecture": "ARM"}),
            ("hours", "0.0323800000"),
        ),
        (
            "ARM-GB-Hours",
            "Compute",
            json!({"memorytype": "perGB", "cpuArchitecture": "ARM"}),
            ("hours", "0.0035600000"),
        ),
        (
            "Windows-vCPU-Hours:perCPU",
            "Compute",
            json!({"cputype": "perCPU", "operatingSystem": "Windows"}),
            ("hours", "0.0465520000"),
        ),
        (
            "Windows-GB-Hours",
            "Compute",
            json!({"memorytype": "perGB", "operatingSystem": "Windows"}),
            ("hours", "0.0051117500"),
        ),
        (
            "Windows-OS-Hours:perCPU",
            "Compute",
            json!({"cputype": "perCPU OS License Fee", "operatingSystem": "Windows"}),
            ("hours", "0.0460000000"),
        ),
        (
            "EphemeralStorage-GB-Hours",
            "Compute",
            json!({"storagetype": "default"}),
            ("GB-Hours", "0.0001110000"),
        ),
        ("", "Compute Metering", json!({"cputype": "perCPU"}), ("hours", "0.0000000000")),
    ];
    rows.into_iter()
        .map(|(usage, family, attributes, price)| {
            let usage = match usage {
                "" => format!("{prefix}-ECS-EC2-vCPU-Hours"),
                usage => format!("{prefix}-Fargate-{usage}"),
            };
            let sku = sku(&usage, region);
            let attributes = with_place(attributes, region, &usage);
            product("AmazonECS", family, &sku, &attributes, price)
        })
        .collect()
}

/// Sixteen letters and digits that no other usage type and region have.
fn sku(usage: &str, region: &str) -> String {
    let number =
        usage.bytes().chain(region.bytes()).fold(0, |so_far, byte| mix(so_far ^ u64::from(byte)));
    format!("{number:016X}")
}

fn with_place(mut attributes: Value, region: &str, usage: &str) -> Value {
    attributes["regionCode"] = region.into();
    attributes["usagetype"] = usage.into();
    attributes["servicecode"] = "AmazonECS".into();
    attributes["servicename"] = "Amazon Elastic Container Service".into();
    attributes["locationType"] = "AWS Region".into();
    attributes["tenancy"] = "Shared".into();
    attributes["operation"] = "".into();
    attributes
}
