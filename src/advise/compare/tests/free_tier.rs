//! What an account has free of Lambda is given away once.

use super::*;

#[test]
fn what_is_free_of_lambda_is_free_once() {
    let lambda = Home::Lambda(Architecture::X86);
    let free = Around { lambda_free_tier: true, ..AROUND };
    let parts = |workloads: &[(Workload, Profile)], around: &Around| -> [u128; 2] {
        let (ledger, _) = reckoned(workloads, &wanted(), around);
        let prices: Vec<Price> = ledger
            .rows
            .iter()
            .filter(|row| !row.workload.starts_with("lambda/"))
            .filter_map(|row| row.homes.iter().find(|one| one.0 == lambda)?.1.clone().ok())
            .collect();
        ["Lambda duration", "Lambda requests"].map(|what| {
            let charges = prices.iter().flat_map(|price| &price.charges);
            charges.filter(|one| one.what.starts_with(what)).map(|one| one.pico).sum()
        })
    };
    let less = |workloads: &[(Workload, Profile)]| {
        let [with, without] = [&free, &AROUND].map(|around| parts(workloads, around));
        [without[0] - with[0], without[1] - with[1]]
    };
    // 400,000 GB-seconds at 0.0000166667 and a million requests at 0.20, for both together.
    assert!(parts(&estate(), &AROUND)[0] > 6_666_680_000_000, "more than is free");
    let [duration, requests] = less(&estate());
    assert!(duration.abs_diff(6_666_680_000_000) < 1_000_000, "{duration}");
    assert!(requests.abs_diff(200_000_000_000) < 1_000_000, "{requests}");
    // A function of 512 MiB has 2,628,000 requests of 100 ms: 131,400 GB-seconds, and more requests
    // than are free.
    let function = Workload {
        kind: Kind::Function,
        size: None,
        function: Some(crate::model::Function {
            memory_mib: crate::units::MiB(512),
            timeout_seconds: 3,
            package: "Zip".to_owned(),
            temp_mib: None,
        }),
        ..workload("lambda/f", Protocol::Http)
    };
    let mut with_one = estate();
    with_one.push((function, steady(1.0)));
    let [duration, requests] = less(&with_one);
    assert!(duration.abs_diff((400_000 - 131_400) * 16_666_700) < 10_000_000, "{duration}");
    assert_eq!(requests, 0);
    // Its own is taken off its price, and off what it costs today.
    let row = |around: &Around| {
        let (ledger, _) = reckoned(&with_one, &wanted(), around);
        let row = ledger.rows.into_iter().find(|row| row.workload == "lambda/f").unwrap();
        (row.price(lambda).unwrap(), row.today.unwrap())
    };
    let ((with, today), (without, before)) = (row(&free), row(&AROUND));
    assert_eq!((with, without), (today, before));
    let off = 131_400 * 16_666_700 + 200_000_000_000;
    assert!((without - with).abs_diff(off) < 10_000_000, "{with} {without}");
}

/// A service of few requests has all of it: a break-even counts what they leave.
#[test]
fn a_break_even_of_requests_has_all_that_nobody_else_takes() {
    let catalog = book::catalog("us-east-1").unwrap();
    let fitter = Fitter::new(&catalog, NODE);
    let free = Around { lambda_free_tier: true, balancers: Balancers::None, ..AROUND };
    let mut profile = Profile::default();
    for hour in 0..14 * 24 {
        profile.add(
            &Reading::new(hour * 3_600, 3_600)
                .with(Signal::CpuMean, 20.0)
                .with(Signal::CpuMax, 20.0)
                .with(Signal::MemoryMax, 300.0)
                .with(Signal::Tasks, 1.0)
                .with_requests(100.0),
        );
    }
    let estate = [(workload("prod/a", Protocol::Http), profile)];
    let (ledger, advices) = reckoned(&estate, &wanted(), &free);
    let lambda = Home::Lambda(Architecture::X86);
    assert_eq!(ledger.rows[0].price(lambda), Some(0));
    let all = break_evens(&advices, &fitter, &wanted(), &free, &ledger, &Effort::brief());
    let found = all
        .iter()
        .find(|one| one.question == Question::RequestsAMonth && one.above == "fargate-x86");
    let found = found.unwrap();
    let fit = advices[0].places.iter().find(|one| one.place == Place::Lambda(Architecture::X86));
    let what = fit.unwrap().fit().unwrap().what.clone();
    let (memory, milliseconds) = what.strip_suffix(" ms").unwrap().split_once(" MiB, ").unwrap();
    let (memory, ms): (f64, f64) = (memory.parse().unwrap(), milliseconds.parse().unwrap());
    let at = f64::from(u32::try_from(found.at).unwrap());
    // One in a hundred starts an environment, for a second.
    let seconds = at * memory / 1024.0 * (ms / 1e3 + 0.01);
    let dollars = (seconds - 400_000.0) * 0.000_016_666_7 + (at - 1e6) * 0.000_000_2;
    let fargate = cents(ledger.rows[0].price(Home::Fargate(Platform::LinuxX86)).unwrap());
    let fargate: f64 = fargate.parse().unwrap();
    assert!((dollars - fargate).abs() < 0.01, "{found:?} {dollars} {fargate}");
}

/// Whichever architecture each takes.
#[test]
fn what_is_free_of_lambda_is_one_pool_of_both_architectures() {
    let estate: Vec<(Workload, Profile)> = ["a", "b", "c"]
        .into_iter()
        .map(|id| {
            let images = vec![Architecture::X86, Architecture::Arm];
            (Workload { image_architectures: images, ..workload(id, Protocol::Http) }, steady(2.0))
        })
        .collect();
    let free = Around { lambda_free_tier: true, ..AROUND };
    let [with, without] = [&free, &AROUND].map(|around| reckoned(&estate, &wanted(), around).0);
    let saved = |row: usize, architecture: Architecture| -> u128 {
        let duration = |ledger: &Ledger| -> u128 {
            let price = ledger.rows[row].parts(Home::Lambda(architecture)).unwrap();
            let charges =
                price.charges.iter().filter(|one| one.what.starts_with("Lambda duration"));
            charges.map(|one| one.pico).sum()
        };
        duration(&without) - duration(&with)
    };
    // GB-seconds: two of them on x86 at 0.0000166667, the third on ARM at 0.0000133334.
    let seconds = (saved(0, Architecture::X86) + saved(1, Architecture::X86)) / 16_666_700
        + saved(2, Architecture::Arm) / 13_333_400;
    assert!(seconds.abs_diff(400_000) < 10, "{seconds}");
}
