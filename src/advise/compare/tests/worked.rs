//! AWS's own worked examples, by way of the ledger.

use super::*;
use crate::advise::{Month, Settings};
use crate::model::Function;
use crate::units::MiB;

/// A month of so many hours, of which all of the window is measured; nothing stands around.
fn over(hours: u32, workload: &Workload, profile: &Profile, wanted: &Wanted) -> Row {
    let catalog = book::catalog("us-east-1").unwrap();
    let fitter = Fitter::new(&catalog, NODE);
    let month = Month { hours, window_seconds: u64::from(hours) * 3_600 };
    let advice = advise(workload, profile, &fitter, &Settings { month, ..SETTINGS });
    let wanted = Wanted { month_hours: hours, ..wanted.clone() };
    let ledger = ledger(&[advice], &fitter, &wanted, &Around::NOTHING, &Effort::brief());
    ledger.rows.into_iter().next().unwrap()
}

/// A job of some tasks, so many seconds a day for thirty days.
fn daily(tasks: f64, seconds: u32, cpu: f64, memory: f64) -> Profile {
    let mut profile = Profile::default();
    for day in 0..30_i64 {
        for step in 0..seconds / 600 {
            let at = day * 86_400 + 7_200 + i64::from(step) * 600;
            profile.add(
                &Reading::new(at, 600)
                    .with(Signal::CpuMean, cpu)
                    .with(Signal::CpuMax, cpu)
                    .with(Signal::MemoryMax, memory)
                    .with(Signal::Tasks, tasks),
            );
        }
    }
    profile
}

fn job(size: Size, ephemeral_gib: Option<u32>) -> Workload {
    Workload {
        kind: Kind::Task,
        size: Some(size),
        ephemeral_gib,
        protocol: None,
        ..workload("prod/job", Protocol::None)
    }
}

/// Fargate's pricing page, examples 1 and 2: 1.01, 0.22 and 0.03; on ARM 0.81, 0.18 and 0.03.
#[test]
fn five_tasks_for_ten_minutes_a_day() {
    let (x86, profile) = (job(Size::new(1024, 2048), Some(30)), daily(5.0, 600, 900.0, 1_700.0));
    let row = over(720, &x86, &profile, &wanted());
    assert_eq!(cents(row.today.unwrap()), "1.26");
    let arm = Workload { architecture: Architecture::Arm, ..x86 };
    assert_eq!(cents(over(720, &arm, &profile, &wanted()).today.unwrap()), "1.02");
}

/// Example 3: ten pods of 0.25 vCPU and 1 GB for an hour a day, 3.04 and 1.33; and a cluster.
#[test]
fn ten_pods_for_an_hour_a_day() {
    let pods = job(Size::new(256, 1024), None);
    let row = over(720, &pods, &daily(10.0, 3_600, 100.0, 600.0), &wanted());
    let price = row.parts(Home::EksFargate).unwrap();
    assert_eq!(price.what, "256/1024");
    let fargate = price.charges.iter().filter(|one| one.what.starts_with("Fargate"));
    assert_eq!(cents(fargate.map(|one| one.pico).sum()), "4.37");
    let plane = price.charges.iter().find(|one| one.what == "control plane").unwrap();
    assert_eq!(cents(plane.pico), "72.00", "720 hours of 0.10");
}

/// Lambda's pricing page: 7,440,000 requests of two seconds with 1 GB, without the free tier.
#[test]
fn a_function_of_ten_thousand_requests_an_hour() {
    let function = Workload {
        kind: Kind::Function,
        size: None,
        request_milliseconds: Some(2_000),
        function: Some(Function {
            memory_mib: MiB(1_024),
            timeout_seconds: 3,
            package: "Zip".to_owned(),
            temp_mib: None,
        }),
        ..workload("mail", Protocol::Http)
    };
    let mut profile = Profile::default();
    for hour in 0..744 {
        profile.add(&Reading::new(hour * 3_600, 3_600).with_requests(10_000.0));
    }
    let row = over(744, &function, &profile, &wanted());
    assert_eq!(cents(row.price(Home::Lambda(Architecture::X86)).unwrap()), "249.49");
}

/// The fee of Managed Instances as the pricing page has it (12 %): 0.306 and 0.03672 an hour, and
/// the data volume of 80 GiB.
#[test]
fn a_managed_instance_with_its_fee_and_volume() {
    let wanted = Wanted { families: vec!["c6a.2xlarge".to_owned()], volume_gib: 30, ..wanted() };
    let service = workload("prod/queue", Protocol::Tcp);
    let row = over(730, &service, &steady(1.0), &wanted);
    let price = row.parts(Home::ManagedInstances).unwrap();
    let of = |what: &str| price.charges.iter().find(|one| one.what == what).unwrap().pico;
    assert_eq!(
        (cents(of(shared::INSTANCES)), cents(of(shared::AROUND))),
        ("250.19".to_owned(), "6.40".to_owned())
    );
}
