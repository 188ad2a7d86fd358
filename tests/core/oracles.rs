//! AWS's published examples, to the cent, from unrounded lines. Each test names its example.

use loadline::bill::{self, FargateUse, LambdaUse, Provisioned, Support};
use loadline::book;
use loadline::model::{Architecture, Bill, Catalog, Platform, Purchase, Size};
use loadline::units::{GbSecond, Hour, Quantity, Request};

fn catalog(region: &str) -> Catalog {
    book::catalog(region).expect("a known region")
}

/// Each line in cents, and the total in cents: of the lines before rounding.
#[track_caller]
fn check(bill: &Bill, lines: &[&str], total: &str) {
    let cents = |pico: i128| {
        let cents = (pico + 5_000_000_000) / 10_000_000_000;
        format!("{}.{:02}", cents / 100, cents % 100)
    };
    let shown: Vec<String> = bill.lines.iter().map(|line| cents(line.amount.pico)).collect();
    assert_eq!(shown, lines);
    assert_eq!(cents(bill.total_pico()), total);
    let micro: i64 = bill.lines.iter().map(|line| line.amount.usd.0).sum();
    assert_eq!(bill.total().0, micro, "a total is the sum of its lines");
}

fn tasks(region: &str, platform: Platform, size: (u32, u32), storage: u32, seconds: u128) -> Bill {
    let used = FargateUse {
        platform,
        purchase: Purchase::OnDemand,
        size: Size::new(size.0, size.1),
        ephemeral_gib: storage,
        task_hours: Quantity::<Hour>::ratio(seconds, 3_600),
    };
    bill::fargate(&catalog(region), &used).expect("a price")
}

#[test]
fn f1_five_x86_tasks_ten_minutes_a_day() {
    let bill = tasks("us-east-1", Platform::LinuxX86, (1024, 2048), 30, 5 * 600 * 30);
    check(&bill, &["1.01", "0.22", "0.03"], "1.26");
}

#[test]
fn f2_the_same_on_arm() {
    let bill = tasks("us-east-1", Platform::LinuxArm, (1024, 2048), 30, 5 * 600 * 30);
    check(&bill, &["0.81", "0.18", "0.03"], "1.02");
}

#[test]
fn f3_ten_small_pods_an_hour_a_day() {
    let bill = tasks("us-east-1", Platform::LinuxX86, (256, 1024), 20, 10 * 3_600 * 30);
    check(&bill, &["3.04", "1.33"], "4.37");
}

#[test]
fn f4_windows_at_the_prices_of_the_price_list() {
    let bill = tasks("us-east-1", Platform::WindowsX86, (1024, 2048), 20, 10 * 3_600 * 30);
    check(&bill, &["13.97", "3.07", "13.80"], "30.83");
}

#[test]
fn c1_one_task_a_minute_a_day_in_ohio() {
    let task_hours = Quantity::<Hour>::parse("30.4167").unwrap().each(60, 3_600);
    let used = FargateUse {
        platform: Platform::LinuxX86,
        purchase: Purchase::OnDemand,
        size: Size::new(1024, 8192),
        ephemeral_gib: 20,
        task_hours,
    };
    let bill = bill::fargate(&catalog("us-east-2"), &used).unwrap();
    check(&bill, &["0.02", "0.02"], "0.04");
}

#[test]
fn c3_and_c4_an_eks_cluster_in_ohio() {
    let hours = Quantity::<Hour>::whole(730);
    let standard = bill::cluster(&catalog("us-east-2"), Support::Standard, hours).unwrap();
    check(&standard, &["73.00"], "73.00");
    let extended = bill::cluster(&catalog("us-east-2"), Support::Extended, hours).unwrap();
    check(&extended, &["73.00", "365.00"], "438.00");
}

fn functions(memory: u32, ms: u64, requests: u64, temp: u32, free_tier: bool) -> LambdaUse {
    let requests = Quantity::<Request>::whole(requests);
    LambdaUse {
        architecture: Architecture::X86,
        requests,
        gb_seconds: bill::gb_seconds(memory, ms, requests),
        temp_gb_seconds: bill::temp_gb_seconds(temp, ms, requests),
        provisioned: None,
        free_tier,
    }
}

fn lambda(used: &LambdaUse) -> Bill {
    bill::lambda(&catalog("us-east-1"), used).expect("a price")
}

#[test]
fn l1_three_million_requests() {
    check(&lambda(&functions(1536, 120, 3_000_000, 512, true)), &["2.33", "0.40"], "2.73");
}

#[test]
fn l2_ten_thousand_an_hour_without_the_free_tier() {
    check(&lambda(&functions(1024, 2_000, 7_440_000, 512, false)), &["248.00", "1.49"], "249.49");
}

#[test]
fn l3_with_temporary_storage() {
    let bill = lambda(&functions(4096, 280, 6_000_000, 2048, true));
    check(&bill, &["105.33", "1.00", "0.08"], "106.41");
}

#[test]
fn l4_provisioned_for_eight_hours() {
    let warm = Quantity::<Request>::whole(500_000);
    let cold = Quantity::<Request>::whole(2_500_000);
    let kept = Quantity::<Request>::whole(100);
    let used = LambdaUse {
        gb_seconds: bill::gb_seconds(1536, 120, cold),
        provisioned: Some(Provisioned {
            configured: bill::gb_seconds(1536, 8 * 3_600_000, kept),
            duration: bill::gb_seconds(1536, 100, warm),
        }),
        ..functions(1536, 120, 3_000_000, 512, true)
    };
    check(&lambda(&used), &["0.83", "0.40", "18.00", "0.73"], "19.96");
}

#[test]
fn l5_provisioned_for_a_day() {
    let all = Quantity::<Request>::whole(2_000_000);
    let used = LambdaUse {
        gb_seconds: Quantity::whole(0),
        provisioned: Some(Provisioned {
            configured: bill::gb_seconds(4096, 24 * 3_600_000, Quantity::whole(7)),
            duration: bill::gb_seconds(4096, 280, all),
        }),
        ..functions(4096, 280, 2_000_000, 512, false)
    };
    check(&lambda(&used), &["0.00", "0.40", "10.08", "21.78"], "32.26");
}

#[test]
fn s1_to_s5_tasks_for_a_month() {
    for (count, vcpu, memory, total) in [
        (1, "29.55", "6.49", "36.04"),
        (3, "88.65", "19.47", "108.12"),
        (5, "147.75", "32.45", "180.20"),
    ] {
        let bill = tasks("us-east-1", Platform::LinuxX86, (1024, 2048), 20, count * 730 * 3_600);
        check(&bill, &[vcpu, memory], total);
    }
    let two = tasks("us-east-1", Platform::LinuxX86, (2048, 4096), 20, 730 * 3_600);
    check(&two, &["59.10", "12.98"], "72.08");
    let four = tasks("us-east-1", Platform::LinuxX86, (4096, 8192), 20, 730 * 3_600);
    check(&four, &["118.20", "25.96"], "144.16");
}

#[test]
fn derived_months_of_one_task() {
    for (platform, size, total) in [
        (Platform::LinuxX86, (256, 512), "9.01"),
        (Platform::LinuxArm, (1024, 2048), "28.84"),
        (Platform::WindowsX86, (1024, 2048), "75.03"),
        (Platform::LinuxX86, (32_768, 249_856), "1737.36"),
    ] {
        let bill = tasks("us-east-1", platform, size, 20, 730 * 3_600);
        assert_eq!(bill.total().cents_string(), total, "{platform:?} {size:?}");
    }
}

#[test]
fn s17_tasks_in_seoul() {
    let month = 730 * 3_600;
    let one = tasks("ap-northeast-2", Platform::LinuxX86, (1024, 2048), 20, month);
    let quarter = tasks("ap-northeast-2", Platform::LinuxX86, (256, 512), 20, month);
    assert_eq!(one.total().cents_string(), "41.45");
    assert_eq!(quarter.total().cents_string(), "10.36");
}

fn volume(architecture: Architecture, millions: u64, gb_seconds: u64) -> Bill {
    lambda(&LambdaUse {
        architecture,
        requests: Quantity::whole(millions * 1_000_000),
        gb_seconds: Quantity::<GbSecond>::whole(gb_seconds),
        temp_gb_seconds: Quantity::whole(0),
        provisioned: None,
        free_tier: false,
    })
}

#[test]
fn s7_s9_and_s11_lambda_tiers() {
    let bill = volume(Architecture::X86, 15_000, 61_440_000_000);
    check(&bill, &["100000.20", "135000.00", "619203.10", "3000.00"], "857203.30");
    let bill = volume(Architecture::Arm, 11_250, 11_520_000_000);
    check(&bill, &["100000.50", "48240.40", "2250.00"], "150490.90");
    check(&volume(Architecture::X86, 0, 3_072_000_000), &["51200.10", "0.00"], "51200.10");
    check(&volume(Architecture::Arm, 0, 3_840_000_000), &["51200.26", "0.00"], "51200.26");
}

#[test]
fn a_tier_ends_where_the_next_begins() {
    let bill = volume(Architecture::X86, 0, 6_000_000_000);
    assert_eq!(bill.lines.len(), 2, "one tier and the requests");
    let bill = volume(Architecture::X86, 0, 6_000_000_001);
    assert_eq!(bill.lines[1].quantity, "1");
}

#[test]
fn s12_and_s18_small_functions() {
    let small = volume(Architecture::X86, 0, 17_500);
    check(&small, &["0.29", "0.00"], "0.29");
    check(&volume(Architecture::Arm, 0, 17_500), &["0.23", "0.00"], "0.23");
    let used = functions(1024, 100, 1_000_000, 512, false);
    let seoul = bill::lambda(&catalog("ap-northeast-2"), &used).unwrap();
    assert_eq!(seoul.total().cents_string(), "1.87");
}

#[test]
fn volume_beyond_the_sourced_tiers_has_no_price() {
    let used = LambdaUse {
        gb_seconds: Quantity::whole(6_000_000_001),
        ..functions(1024, 100, 1, 512, false)
    };
    let error = bill::lambda(&catalog("eu-west-1"), &used).unwrap_err();
    assert!(matches!(error, bill::BillError::PriceMissing { .. }), "{error}");
}

#[test]
fn s21_an_instance_for_a_month() {
    let catalog = catalog("us-east-1");
    let offer = catalog.instance("r8g.large").unwrap();
    let bill = bill::instances(offer, Quantity::ratio(730, 8)).unwrap();
    assert_eq!(bill.total().cents_string(), "10.75");
}

#[test]
fn a_missing_price_is_an_error_and_not_zero() {
    let used = FargateUse {
        platform: Platform::LinuxX86,
        purchase: Purchase::OnDemand,
        size: Size::new(256, 512),
        ephemeral_gib: 21,
        task_hours: Quantity::whole(1),
    };
    let frankfurt = catalog("eu-central-1");
    let error = bill::fargate(&frankfurt, &used).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the price book has no sourced price of Fargate linux-x86 on-demand ephemeral storage in eu-central-1"
    );
}
