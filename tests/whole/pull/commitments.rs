//! What accounts have committed to, into the store and from there into a replay.

use super::super::standin::{ACCOUNT, Fault, FaultKind, REGION, Server, When, estate_of};
use super::super::{fresh, run_in};
use super::{now, pull};
use serde_json::{Value, json};

fn plan(kind: &str, commitment: &str, state: &str) -> Value {
    json!({
        "savingsPlanId": format!("plan-{kind}"), "savingsPlanType": kind, "state": state,
        "paymentOption": "No Upfront", "currency": "USD", "commitment": commitment,
        "termDurationInSeconds": 31_536_000, "region": REGION, "ec2InstanceFamily": "m5",
    })
}

fn reserved(product: &str) -> String {
    format!(
        "<reservedInstancesId>r-{product}</reservedInstancesId><instanceType>t3.small</instanceType>\
         <scope>Region</scope><duration>31536000</duration><fixedPrice>87.6</fixedPrice>\
         <usagePrice>0.0</usagePrice><instanceCount>2</instanceCount>\
         <productDescription>{product}</productDescription><state>active</state>\
         <instanceTenancy>default</instanceTenancy><currencyCode>USD</currencyCode>\
         <recurringCharges><item><frequency>Hourly</frequency><amount>0.003</amount></item>\
         </recurringCharges>"
    )
}

fn server(now: i64) -> Server {
    let mut estate = estate_of(4, now);
    let plans = [
        plan("Compute", "0.015", "active"),
        plan("EC2Instance", "1.5", "active"),
        plan("SageMaker", "9", "active"),
        plan("Compute", "7", "retired"),
    ];
    estate.savings_plans.insert(ACCOUNT.to_owned(), plans.to_vec());
    let region = estate.region(ACCOUNT, REGION);
    region.reserved_instances = vec![reserved("Linux/UNIX"), reserved("Windows")];
    Server::start(estate)
}

const WINDOW: [&str; 5] = ["--days", "1", "--period", "3600", "--commitments"];

#[test]
fn what_is_held_is_pulled_and_replayed() {
    let now = now();
    let server = server(now);
    let here = fresh("pull-commitments");
    let ran = pull(&server, &here, now - 3_600, &WINDOW);
    let told = ran.err.replace("\n  ", " ");
    assert_eq!(ran.code, 0, "{told}");
    assert!(told.contains("2 Savings Plans, 1 reservations"), "{told}");
    assert!(told.contains("reservations of \"Windows\" are not applied"), "{told}");
    let file = std::fs::read_to_string(here.join("store/commitments.toml")).unwrap();
    // 87.6 dollars over 8,760 hours are a cent an hour.
    for line in
        ["usd_an_hour = \"0.015\"", "usd_an_hour = \"0.013\"", "family = \"m5\"", "count = 2"]
    {
        assert!(file.contains(line), "{line}: {file}");
    }
    assert!(!file.contains("\"7\""), "{file}");
    let replay = ["replay", "store", "--scenes", "current", "--format", "json"];
    let committed = |more: &[&str]| {
        let ran = run_in(&here, &[&replay[..], more].concat());
        let told = ran.err.clone();
        (ran.json()["scenes"][0]["commitments"]["committed_usd"].clone(), told)
    };
    let (usd, told) = committed(&[]);
    // 0.015, 1.5 and twice 0.013 in each of 24 hours.
    assert_eq!(usd, json!("36.984"), "{told}");
    assert!(told.contains("PULL_PART_MISSING"), "{told}");
    let (usd, told) = committed(&["--commitments", "none"]);
    assert!(usd.is_null() && !told.contains("PULL_PART_MISSING"), "{usd} {told}");
}

#[test]
fn what_is_denied_is_told_and_the_rest_is_kept() {
    let now = now();
    let server = server(now);
    for (operation, action, kept) in [
        ("DescribeSavingsPlans", "savingsplans:DescribeSavingsPlans", "t3.small"),
        ("DescribeReservedInstances", "ec2:DescribeReservedInstances", "ec2-instance"),
    ] {
        let here = fresh(&format!("commitments-{operation}"));
        let options = [&WINDOW[..], &["--strict"]].concat();
        let fault = Fault::new(FaultKind::AccessDenied, When::Always).of_operation(operation);
        server.faults(vec![fault.clone()]);
        let ran = pull(&server, &here, now - 3_600, &options);
        let told = ran.err.replace("\n  ", " ");
        assert_eq!(ran.code, 4, "{told}");
        assert!(told.contains(action), "{told}");
        let path = here.join("store/commitments.toml");
        let file = std::fs::read_to_string(&path).unwrap();
        assert!(file.contains(kept) && file.contains(action), "{file}");
        let replay = run_in(&here, &["replay", "store", "--scenes", "current"]);
        let out = replay.out.replace("\n  ", " ");
        assert!(out.contains("of the commitments could not be read"), "{out}");
        // What was known once is not lost.
        server.faults(Vec::new());
        pull(&server, &here, now - 1_800, &WINDOW);
        let whole = std::fs::read_to_string(&path).unwrap();
        assert!(!whole.contains(action) && whole.contains("t3.small"), "{whole}");
        server.faults(vec![fault]);
        let again = pull(&server, &here, now - 900, &options);
        assert!(again.err.contains("stays as it was"), "{}", again.err);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), whole);
    }
}
