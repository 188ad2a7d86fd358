//! The Price List API, from a stand-in with documents of its shape.

use super::fresh;
use super::pull::{now, run};
use super::standin::{Estate, Fault, FaultKind, REGION, Server, When, estate_of, fargate_products};
use serde_json::{Value, json};
use std::fs;

/// A product with one price, as the API has it.
fn one(service: &str, sku: &str, attributes: &Value, usd: &str) -> Value {
    json!({
        "serviceCode": service,
        "product": {"productFamily": "Any", "sku": sku, "attributes": attributes},
        "terms": {"OnDemand": {format!("{sku}.JRTCKXETXF"): {
            "sku": sku, "offerTermCode": "JRTCKXETXF", "effectiveDate": "2026-11-01T00:00:00Z",
            "priceDimensions": {format!("{sku}.JRTCKXETXF.6YS6EN2CT7"): {
                "unit": "Hrs", "beginRange": "0", "endRange": "Inf", "description": "",
                "appliesTo": [], "pricePerUnit": {"USD": usd}}},
        }}},
        "version": "20261121182130", "publicationDate": "2026-11-21T18:21:30Z"
    })
}

fn instance(sku: &str, name: &str, usd: &str) -> Value {
    let attributes = json!({
        "instanceType": name, "regionCode": REGION, "operatingSystem": "Linux", "tenancy": "Shared",
        "preInstalledSw": "NA", "capacitystatus": "Used", "operation": "RunInstances",
        "marketoption": "OnDemand", "usagetype": format!("EU-BoxUsage:{name}"),
    });
    one("AmazonEC2", sku, &attributes, usd)
}

/// A market with Fargate, three instance types, tiers of Lambda, and metrics.
fn market() -> Estate {
    let mut estate = estate_of(1, now());
    let mut tiers = one(
        "AWSLambda",
        "TIERS",
        &json!({"regionCode": REGION, "usagetype": "EU-Lambda-GB-Second"}),
        "0.0000166667",
    );
    let dimension = |from: &str, to: &str, usd: &str| json!({"unit": "Lambda-GB-Second", "beginRange": from, "endRange": to, "pricePerUnit": {"USD": usd}});
    tiers["terms"]["OnDemand"]["TIERS.JRTCKXETXF"]["priceDimensions"] = json!({
        "c": dimension("15000000000", "Inf", "0.0000133334"),
        "a": dimension("0", "6000000000", "0.0000166667"),
        "b": dimension("6000000000", "15000000000", "0.0000150000"),
    });
    estate.products.push(tiers);
    estate.products.push(instance("M5", "m5.large", "0.1070000000"));
    estate.products.push(instance("M6A", "m6.twice", "0.1000000000"));
    estate.products.push(instance("M6B", "m6.twice", "0.2000000000"));
    estate.products.push(instance("FREE", "z9.free", "0.0000000000"));
    let metrics = json!({"regionCode": REGION, "usagetype": "EU-CW:GMD-Metrics"});
    estate.products.push(one("AmazonCloudWatch", "GMD", &metrics, "0.0000100000"));
    let managed = json!({
        "regionCode": REGION, "operation": "ECSManagedInstancesUsage",
        "usagetype": "EU-ECS-Managed-Instances:m5.large-management-hours",
    });
    estate.products.push(one("AmazonECS", "FEE", &managed, "0.0115200000"));
    let offering = |payment: &str, rate: &str| {
        json!({
            "savingsPlanOffering": {"offeringId": format!("id-{payment}"), "paymentOption": payment,
                "planType": "Compute", "durationSeconds": 31_536_000, "currency": "USD"},
            "rate": rate, "unit": "Hrs", "productType": "Fargate", "serviceCode": "AmazonECS",
            "usageType": "EU-Fargate-vCPU-Hours:perCPU", "operation": "",
            "properties": [{"name": "region", "value": REGION}],
        })
    };
    estate.savings_plan_rates =
        vec![offering("No Upfront", "0.0323840000"), offering("All Upfront", "0.0303600000")];
    estate
}

const ASK: [&str; 3] = ["prices", "update", "--regions"];

#[test]
fn live_prices_come_into_the_book_and_are_used() {
    let server = Server::start(market());
    let here = fresh("prices-update");
    let ran = run(&server, &here, &[&ASK[..], &[REGION]].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    let said = ran.err.replace("\n  ", " ");
    assert!(
        said.contains("PRICE_AMBIGUOUS: m6.twice in eu-west-1 (M6A (EU-BoxUsage:m6.twice), M6B"),
        "{said}"
    );
    let show = |options: &[&str]| {
        let arguments = [
            &["prices", "show", "--region", REGION, "--prices", "prices", "--format", "json"],
            options,
        ]
        .concat();
        run(&server, &here, &arguments).json()
    };
    let m5 = show(&["--item", "m5.large", "--service", "ec2"]);
    let shared =
        m5.as_array().unwrap().iter().find(|row| row["variant"] == "linux/shared").unwrap();
    assert_eq!((&shared["usd"], &shared["date"]), (&"0.107".into(), &"2026-11-21".into()));
    let free = show(&["--service", "ec2"]);
    assert!(free.as_array().unwrap().iter().all(|row| row["item"] != "z9.free"));
    let tiers = show(&["--item", "duration", "--service", "lambda"]);
    let tiers: Vec<&Value> = tiers
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| {
            row["item"] == "duration" && row["variant"].as_str().unwrap().starts_with("x86")
        })
        .collect();
    assert_eq!(tiers.len(), 3, "{tiers:?}");
    let savings = fs::read_to_string(here.join("prices/savings_plans.csv")).unwrap();
    assert!(savings.contains("Compute,1,No Upfront,0.0323840000"), "{savings}");
    let fees = show(&["--item", "ecs-managed-instances"]);
    let of_m5 =
        fees.as_array().unwrap().iter().find(|row| row["variant"] == "fee-m5.large").unwrap();
    assert_eq!((&of_m5["usd"], &of_m5["unit"]), (&"0.01152".into(), &"USD/hour".into()));
    // A plan now knows what the metrics cost there.
    let plan = ["plan", "--prices", "prices", "--format", "json", "--days", "1"];
    let plan = run(&server, &here, &plan).json();
    assert!(plan["totals"]["usd"].as_str().unwrap().parse::<f64>().unwrap() > 0.0);
    // And an estimate uses them.
    let estimate = [
        "estimate", "ec2", "m5.large", "--count", "1", "--region", REGION, "--prices", "prices",
        "--format", "json",
    ];
    assert_eq!(run(&server, &here, &estimate).json()["total_usd"], "78.11");
    // Once more changes nothing.
    let before = fs::read(here.join("prices/prices.csv")).unwrap();
    run(&server, &here, &[&ASK[..], &[REGION]].concat()).ok();
    assert_eq!(fs::read(here.join("prices/prices.csv")).unwrap(), before);
}

#[test]
fn fargate_is_matched_by_its_whole_usage_type() {
    let server = Server::start(market());
    let here = fresh("prices-fargate");
    run(
        &server,
        &here,
        &[&ASK[..], &[REGION, "--services", "fargate", "--no-savings-plans"]].concat(),
    )
    .ok();
    let text = fs::read_to_string(here.join("prices/prices.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().unwrap();
    let price = |item: &str, variant: &str| {
        let found: Vec<&csv::StringRecord> =
            rows.iter().filter(|row| &row[2] == item && &row[3] == variant).collect();
        assert_eq!(found.len(), 1, "{item} {variant}");
        found[0][6].to_owned()
    };
    assert_eq!(price("vcpu", "linux-x86/on-demand"), "0.04048");
    assert_eq!(price("memory", "linux-x86/on-demand"), "0.004445");
    assert_eq!(price("vcpu", "linux-arm/on-demand"), "0.03238");
    assert_eq!(price("memory", "linux-arm/on-demand"), "0.00356");
    assert!(rows.iter().all(|row| &row[1] == REGION));
}

#[test]
fn a_check_lists_what_differs() {
    let mut estate = market();
    estate.products.retain(|one| one["serviceCode"] != "AmazonECS");
    estate.products.extend(fargate_products(REGION, "EU"));
    let server = Server::start(estate);
    let here = fresh("prices-check");
    let check =
        ["prices", "check", "--regions", REGION, "--services", "fargate,ec2", "--format", "json"];
    let rows = run(&server, &here, &check).json();
    let rows = rows.as_array().unwrap();
    // The book has m5.large in Ireland at 0.107, as this market; Fargate in it is that of Virginia.
    assert!(rows.iter().all(|row| row["item"] != "m5.large"), "{rows:?}");
    assert!(rows.iter().all(|row| row["book_usd"] != row["live_usd"]));
    let strict = run(&server, &here, &[&check[..], &["--strict"]].concat());
    let differ = rows.iter().any(|row| row["book_usd"] != "");
    assert_eq!(strict.code, if differ { 3 } else { 4 }, "{}", strict.err);
}

#[test]
fn prices_of_a_day_come_from_the_bulk_list() {
    let server = Server::start(market());
    let here = fresh("prices-as-of");
    let as_of = ["--as-of", "2026-11-22T00:00:00Z", "--services", "fargate", "--no-savings-plans"];
    let ran = run(&server, &here, &[&ASK[..], &[REGION], &as_of].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    let text = fs::read_to_string(here.join("prices/prices.csv")).unwrap();
    assert!(text.contains("0.04048"), "{text}");
    // Everything as of a day is what it is today, in a market that did not move.
    let all = [&ASK[..], &[REGION, "--no-savings-plans", "--out", "today"]].concat();
    server.clear_calls();
    let past = [&all[..all.len() - 1], &["past", "--as-of", "2026-11-22T00:00:00Z"]].concat();
    run(&server, &here, &past).ok();
    let files = |server: &Server| {
        let calls = server.calls().into_iter().map(|call| call.operation);
        let mut files: Vec<String> = calls.filter(|one| one.starts_with("/offers")).collect();
        files.sort();
        files
    };
    let taken = files(&server);
    assert!(taken.iter().any(|one| one.contains("/AmazonEC2/") && one.ends_with("/index.csv")));
    assert!(taken.iter().any(|one| one.contains("/AWSLambda/") && one.ends_with("/index.json")));
    let mut once = taken.clone();
    once.dedup();
    assert_eq!(once, taken, "each file once");
    let operations: Vec<String> = server.calls().into_iter().map(|call| call.operation).collect();
    assert!(operations.iter().all(|one| one != "GetProducts"), "{operations:?}");
    run(&server, &here, &all).ok();
    let read = |name: &str| fs::read_to_string(here.join(name).join("prices.csv")).unwrap();
    assert_eq!(read("past"), read("today"));
    let with_plans = [&ASK[..], &[REGION, "--out", "plans", "--as-of", "2026-11-22T00:00:00Z"]];
    let ran = run(&server, &here, &with_plans.concat());
    assert!(ran.err.contains("the rates of a past day"), "{}", ran.err);
    server.clear_calls();
    run(&server, &here, &[&ASK[..], &[REGION], &as_of].concat()).ok();
    let operations: Vec<String> = server.calls().into_iter().map(|call| call.operation).collect();
    assert!(operations.iter().any(|one| one == "ListPriceLists"));
    assert!(operations.iter().all(|one| one != "GetProducts"), "{operations:?}");
}

#[test]
fn partitions_without_an_endpoint_and_faults_are_said() {
    let server = Server::start(market());
    let here = fresh("prices-faults");
    let gov = run(&server, &here, &[&ASK[..], &["us-gov-west-1"]].concat());
    assert_eq!(gov.code, 1);
    assert!(gov.err.contains("PRICE_MISSING: us-gov-west-1"), "{}", gov.err);
    server.faults(vec![Fault::new(FaultKind::AccessDenied, When::Always).of_service("pricing")]);
    let denied = run(
        &server,
        &here,
        &[&ASK[..], &[REGION, "--services", "fargate", "--no-savings-plans"]].concat(),
    );
    assert_eq!(denied.code, 1);
    assert!(denied.err.contains("pricing:GetProducts"), "{}", denied.err);
    server.faults(vec![Fault::new(FaultKind::Status(500), When::Every(2)).of_service("pricing")]);
    let shaky = run(
        &server,
        &here,
        &[&ASK[..], &[REGION, "--services", "fargate", "--no-savings-plans"]].concat(),
    );
    assert_eq!(shaky.code, 0, "{}", shaky.err);
    fs::create_dir_all(here.join("bad")).unwrap();
    fs::write(here.join("bad/prices.csv"), "service,region\nfargate,x\n").unwrap();
    let bad = run(&server, &here, &["analyze", "--prices", "bad"]);
    assert_eq!((bad.code, bad.err.lines().count()), (1, 1), "{}", bad.err);
    assert!(bad.err.contains("bad/prices.csv"), "{}", bad.err);
}
