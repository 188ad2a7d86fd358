//! Bills as AWS writes them, a few lines each; amounts worked out by hand.

use super::Statement;
use crate::model::{BilledLine, BilledPico, Charge, Spent};
use csv::StringRecord;

fn strings(text: &str) -> Vec<String> {
    text.split(',').map(str::to_owned).collect()
}

/// A line of a test lives as long as the tests.
fn read(header: &str, row: &str) -> Result<super::Line<'static>, String> {
    let row: StringRecord = row.split(',').collect();
    let row: &'static StringRecord = Box::leak(Box::new(row));
    Statement::of(&strings(header)).expect("a bill").line(row)
}

fn line(header: &str, row: &str) -> (BilledLine<'static>, BilledPico) {
    read(header, row).expect("can be read").expect("counts")
}

const FOCUS: &str = "ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ChargeClass,EffectiveCost,ListCost,BillingCurrency,x_ServiceCode,ServiceName,SkuMeter,x_Operation,ConsumedUnit,PricingCategory,CommitmentDiscountStatus,ResourceId,RegionId,SubAccountId";

fn focus(rest: &str) -> String {
    format!("2026-10-05T00:00:00Z,2026-10-05T01:00:00Z,{rest}")
}

#[test]
fn a_line_of_focus_says_what_it_is_for() {
    let row = focus(
        "Usage,,0.03,0.04048,USD,AmazonECS,Amazon Elastic Container Service,Fargate-vCPU-Hours:perCPU,FargateTask,vCPU-Hours,Committed,Used,arn:aws:ecs:us-east-1:123456789012:task/prod/0a,us-east-1,123456789012",
    );
    let (of, pico) = line(FOCUS, &row);
    assert_eq!((of.from, of.to), (1_791_158_400, 1_791_162_000));
    assert_eq!(of.charge, Charge::Of(Spent::Fargate));
    assert_eq!((of.account, of.region), ("123456789012", "us-east-1"));
    assert_eq!(of.owner, "prod");
    assert_eq!(pico, BilledPico { list: 40_480_000_000, effective: 30_000_000_000 });
}

#[test]
fn spot_counts_at_what_it_cost() {
    let row = focus(
        "Usage,,0.0125,0.04048,USD,AmazonECS,x,SpotUsage-Fargate-vCPU-Hours:perCPU,FargateTask,vCPU-Hours,Dynamic,,,us-east-1,1",
    );
    let (_, pico) = line(FOCUS, &row);
    assert_eq!(pico, BilledPico { list: 12_500_000_000, effective: 12_500_000_000 });
}

#[test]
fn only_hours_of_instances_are_instances() {
    let instance = |meter: &str, unit: &str, resource: &str| {
        let row = focus(&format!(
            "Usage,,1,2,USD,AmazonEC2,Amazon Elastic Compute Cloud,{meter},RunInstances,{unit},Standard,,{resource},us-east-1,1"
        ));
        line(FOCUS, &row).0
    };
    let ec2 = Charge::Of(Spent::Instances);
    assert_eq!(instance("BoxUsage:m5.large", "Hours", "i-0a").charge, ec2);
    assert_eq!(instance("", "Hrs", "arn:aws:ec2:us-east-1:1:instance/i-0a").owner, "i-0a");
    assert_eq!(instance("DataTransfer-Out-Bytes", "GB", "i-0a").charge, Charge::Other);
    assert_eq!(instance("EBS:VolumeUsage.gp3", "GB-Mo", "vol-0a").charge, Charge::Other);
}

#[test]
fn what_is_no_use_stands_aside() {
    for (rest, charge) in [
        (
            "Usage,,0.5,0,USD,ComputeSavingsPlans,x,,,Hours,Committed,Unused,arn,global,1",
            Charge::Unused,
        ),
        ("Usage,,1,0,USD,AmazonEC2,x,,,Hours,Committed,Unused,arn,us-east-1,1", Charge::Unused),
        ("Usage,,1,0,USD,AmazonRDS,x,,,Hours,Committed,Unused,arn,us-east-1,1", Charge::Other),
        ("Usage,,1,0,USD,MachineLearningSavingsPlans,x,,,,,Unused,,,1", Charge::Other),
        ("Purchase,,0,0,USD,x,AWS Savings Plans,,,,Standard,,arn,,1", Charge::Purchase),
        ("Tax,,3,0,USD,AmazonECS,x,Fargate,,,,,,us-east-1,1", Charge::Tax),
        ("Credit,,-3,0,USD,AmazonECS,x,Fargate,,,,,,us-east-1,1", Charge::Credit),
        ("Usage,Correction,-3,0,USD,AmazonECS,x,Fargate,,,,,,us-east-1,1", Charge::Credit),
        ("Usage,,3,3,USD,AmazonEKS,x,Fargate-vCPU-Hours:perCPU,,,,,,us-east-1,1", Charge::Other),
        ("Usage,,3,3,USD,AWSLambda,x,DataTransfer-Out-Bytes,,,,,,us-east-1,1", Charge::Other),
    ] {
        let (of, _) = line(FOCUS, &focus(rest));
        assert_eq!(of.charge, charge, "{rest}");
    }
}

#[test]
fn a_function_is_named_by_its_arn() {
    let row = focus(
        "Usage,,1,1,USD,AWSLambda,AWS Lambda,Lambda-GB-Second,Invoke,,,,arn:aws:lambda:us-east-1:1:function:mail,us-east-1,1",
    );
    let (of, _) = line(FOCUS, &row);
    assert_eq!((of.charge, of.owner), (Charge::Of(Spent::Lambda), "mail"));
}

const REPORT: &str = "line_item_usage_start_date,line_item_usage_end_date,line_item_line_item_type,line_item_product_code,line_item_usage_type,line_item_unblended_cost,line_item_resource_id,line_item_usage_account_id,product_region_code,pricing_public_on_demand_cost,savings_plan_savings_plan_effective_cost,savings_plan_total_commitment_to_date,savings_plan_used_commitment,reservation_effective_cost,reservation_unused_amortized_upfront_fee_for_billing_period,reservation_unused_recurring_fee";

fn report(rest: &str) -> String {
    format!("2026-10-05 00:00:00,2026-10-05 01:00:00,{rest}")
}

#[test]
fn a_report_is_amortized_as_its_guide_says() {
    let fargate = "AmazonECS,USE1-Fargate-GB-Hours:perGB";
    let task = "arn:aws:ecs:us-east-1:123456789012:task/prod/0a,123456789012,us-east-1";
    let of = |kind: &str, rest: &str| {
        line(REPORT, &report(&format!("{kind},{fargate},0.1,{task},{rest}")))
    };
    let (used, pico) = of("Usage", "0.1,,,,,,");
    assert_eq!(used.charge, Charge::Of(Spent::Fargate));
    assert_eq!(used.from, 1_791_158_400);
    assert_eq!(pico, BilledPico { list: 100_000_000_000, effective: 100_000_000_000 });
    let (_, pico) = of("SavingsPlanCoveredUsage", "0.1,0.07,,,,,");
    assert_eq!(pico, BilledPico { list: 100_000_000_000, effective: 70_000_000_000 });
    let (_, pico) = of("DiscountedUsage", "0.1,,,,0.06,,");
    assert_eq!(pico, BilledPico { list: 100_000_000_000, effective: 60_000_000_000 });
    let fee = |kind: &str, product: &str, rest: &str| {
        line(REPORT, &report(&format!("{kind},{product},x,0.1,arn,123456789012,us-east-1,{rest}")))
    };
    let (idle, pico) = fee("SavingsPlanRecurringFee", "ComputeSavingsPlans", ",,0.5,0.2,,,");
    assert_eq!((idle.charge, pico.effective), (Charge::Unused, 300_000_000_000));
    let (other, _) = fee("SavingsPlanRecurringFee", "MachineLearningSavingsPlans", ",,0.5,0.2,,,");
    assert_eq!(other.charge, Charge::Other);
    assert_eq!(fee("RIFee", "AmazonRDS", ",,,,,0.25,0.5").0.charge, Charge::Other);
    let (idle, pico) = fee("RIFee", "AmazonEC2", ",,,,,0.25,0.5");
    assert_eq!((idle.charge, pico.effective), (Charge::Unused, 750_000_000_000));
    let (of_use, pico) = of("PrivateRateDiscount", ",,,,,,");
    assert_eq!(of_use.charge, Charge::Of(Spent::Fargate));
    assert_eq!(pico, BilledPico { list: 0, effective: 100_000_000_000 });
    let negated =
        read(REPORT, &report(&format!("SavingsPlanNegation,{fargate},-0.1,{task},,,,,,,")));
    assert_eq!(negated, Ok(None));
}

#[test]
fn net_costs_stand_for_the_discounts_beside_them() {
    let header = "lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/LineItemType,lineItem/ProductCode,lineItem/UsageType,lineItem/UnblendedCost,lineItem/NetUnblendedCost,lineItem/AvailabilityZone";
    let row = "2026-10-05T00:00:00Z,2026-10-05T01:00:00Z,Usage,AmazonECS,Fargate-GB-Hours,0.1,0.09,us-east-1a";
    let (of, pico) = line(header, row);
    assert_eq!(pico.effective, 90_000_000_000);
    assert_eq!(of.region, "us-east-1", "by its zone");
    let discount =
        row.replace("Usage,Amazon", "EdpDiscount,Amazon").replace("0.1,0.09", "-0.01,-0.01");
    assert_eq!(read(header, &discount), Ok(None));
}

#[test]
fn what_cannot_be_read_is_said() {
    let missing = Statement::of(&strings("ChargeCategory,ChargePeriodStart"));
    assert!(missing.is_err_and(|why| why.contains("ChargePeriodEnd")));
    let other = Statement::of(&strings("workload,at,cpu"));
    assert!(other.is_err_and(|why| why.contains("neither a FOCUS export")));
    for (rest, part) in [
        ("Usage,,x,1,USD,AmazonECS,x,Fargate,,,,,,us-east-1,1", "EffectiveCost \"x\" is no amount"),
        ("Usage,,,1,USD,AmazonECS,x,Fargate,,,,,,us-east-1,1", "EffectiveCost is empty"),
        ("Usage,,1,1,EUR,AmazonECS,x,Fargate,,,,,,us-east-1,1", "is in EUR"),
        ("Rebate,,1,1,USD,AmazonECS,x,Fargate,,,,,,us-east-1,1", "\"Rebate\" is none of FOCUS"),
    ] {
        let why = read(FOCUS, &focus(rest)).expect_err("cannot be read");
        assert!(why.contains(part), "{why}");
    }
    let backwards = "2026-10-05T01:00:00Z,2026-10-05T00:00:00Z,Usage,,1,1,USD,AmazonECS,x,Fargate,,,,,,us-east-1,1";
    assert!(read(FOCUS, backwards).is_err_and(|why| why.contains("ends before it begins")));
}

#[test]
fn what_lasts_long_or_not_at_all_stands_aside() {
    let of = |from: &str, to: &str, kind: &str| {
        let rest = "AmazonEC2,BoxUsage:m5.large,7,i-1,123456789012,us-east-1,,,,,,,";
        line(REPORT, &format!("{from},{to},{kind},{rest}"))
    };
    // Three years, a year, a moment.
    let (three, pico) = of("2026-10-09T21:21:37Z", "2029-10-09T21:21:36Z", "Fee");
    assert_eq!((three.charge, pico.effective), (Charge::Purchase, 7_000_000_000_000));
    let (year, _) = of("2026-10-09T00:00:00Z", "2027-10-09T00:00:00Z", "Usage");
    assert_eq!(year.charge, Charge::Purchase);
    let (moment, _) = of("2026-10-01 00:00:00.000 UTC", "2026-10-01 00:00:00.000 UTC", "Tax");
    assert_eq!((moment.charge, moment.to - moment.from), (Charge::Tax, 1));
}

#[test]
fn what_stands_idle_is_net_where_the_report_says_it() {
    let header = format!(
        "{REPORT},reservation_net_unused_recurring_fee,savings_plan_recurring_commitment_for_billing_period,savings_plan_net_recurring_commitment_for_billing_period"
    );
    let of = |kind: &str, product: &str, rest: &str| {
        let row = report(&format!("{kind},{product},x,0.1,arn,1,us-east-1,{rest}"));
        line(&header, &row).1.effective
    };
    assert_eq!(of("RIFee", "AmazonEC2", ",,,,,,10,9,,"), 9_000_000_000_000);
    // 0.3 of 0.5 unused; of the fee of 372 a month a contract leaves 334.8.
    let plan = of("SavingsPlanRecurringFee", "ComputeSavingsPlans", ",,0.5,0.2,,,,,372,334.8");
    assert_eq!(plan, 270_000_000_000);
}

#[test]
fn an_arn_says_what_columns_do_not() {
    let row = focus(
        "Usage,,1,1,USD,AmazonECS,x,Fargate-GB-Hours,,,,,arn:aws:ecs:eu-west-1:210987654321:task/prod/0a,,",
    );
    let (of, _) = line(FOCUS, &row);
    assert_eq!((of.account, of.region, of.owner), ("210987654321", "eu-west-1", "prod"));
}
