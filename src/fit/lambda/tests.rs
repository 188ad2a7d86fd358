use super::*;
use crate::model::Protocol;
use crate::units::CpuUnits;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const USUAL: Functions =
    Functions { latency_percent: 125, strict: true, parallelism: 1, cpu_speed_percent: 100 };

fn demand(cpu: u32, memory: u32) -> Demand {
    Demand { cpu: CpuUnits(cpu), memory: MiB(memory) }
}

fn handler(request_milliseconds: Option<u32>) -> Workload {
    Workload { request_milliseconds, protocol: Some(Protocol::Http), ..Workload::named("api") }
}

const fn requests(count: u64, cpu_milliseconds: Option<u64>) -> Requests {
    Requests { count, cpu_milliseconds, idle_milliseconds: 0 }
}

fn found(
    workload: &Workload,
    demand: Demand,
    requests: impl Into<Option<Requests>>,
    functions: Functions,
) -> Result<(u32, u64), Code> {
    let found = fit(workload, demand, requests.into().as_ref(), functions);
    let found = found.map(|fit| (fit.memory.0, fit.billed_milliseconds));
    found.map_err(|finding| finding.code)
}

#[track_caller]
fn check(
    workload: &Workload,
    demand: Demand,
    requests: impl Into<Option<Requests>>,
    expected: Result<(u32, u64), Code>,
) {
    assert_eq!(found(workload, demand, requests, USUAL), expected);
}

#[test]
fn the_smallest_memory_that_answers_in_time_is_cheapest_for_what_waits() {
    let api = handler(Some(100));
    // 20 ms of CPU may stretch to 45: 20 / 45 of 1,769 MiB.
    check(&api, demand(256, 300), requests(1000, Some(20_000)), Ok((787, 80 + 45)));
    check(&api, demand(1024, 300), requests(1000, Some(20_000)), Ok((787, 80 + 45)));
    check(&api, demand(256, 900), requests(1000, Some(20_000)), Ok((900, 80 + 40)));
    let slower = Functions { latency_percent: 160, ..USUAL };
    let one = || requests(1000, Some(20_000));
    assert_eq!(found(&api, demand(256, 300), one(), slower), Ok((443, 80 + 80)));
    // Nothing waits: with any memory it costs the same, but for what is rounded up. 1,450 MiB for
    // 122 ms are exactly 100 ms of 1,769.
    check(&api, demand(256, 300), requests(1000, None), Ok((1450, 122)));
    check(&api, demand(4096, 4000), requests(1000, None), Ok((4000, 100)));
    // Half as fast a CPU takes twice the memory.
    let slow = Functions { cpu_speed_percent: 50, ..USUAL };
    assert_eq!(found(&api, demand(256, 300), one(), slower), Ok((443, 160)));
    assert_eq!(found(&api, demand(256, 300), one(), slow), Ok((1573, 80 + 45)));
}

#[test]
fn what_is_done_side_by_side_is_done_one_after_the_other() {
    let api = handler(Some(100));
    // 300 ms of CPU in 100 ms.
    let busy = || requests(1000, Some(300_000));
    check(&api, demand(4096, 300), busy(), Err(Code::LambdaTooSlow));
    // Unless it is asked for, it is as fast as it can be.
    let lenient = Functions { strict: false, ..USUAL };
    assert_eq!(found(&api, demand(4096, 300), busy(), lenient), Ok((1769, 300)));
    assert_eq!(found(&api, demand(4096, 3_000), busy(), lenient), Ok((3_000, 300)));
    let patient = Functions { latency_percent: 300, ..USUAL };
    assert_eq!(found(&api, demand(4096, 300), busy(), patient), Ok((1769, 300)));
    // Unless a request can use more than one: three do it in 100 ms, 2.4 in the 125 allowed.
    let side_by_side = Functions { parallelism: 3, ..USUAL };
    assert_eq!(found(&api, demand(4096, 300), busy(), side_by_side), Ok((4350, 122)));
    // Of a task with one vCPU a request used one.
    let one = Workload { size: Some(crate::model::Size::new(1024, 2048)), ..api.clone() };
    let some = || requests(1000, Some(60_000));
    // 40 ms wait, 60 compute; on three vCPUs 20, with 85 left on a part of one.
    assert_eq!(found(&one, demand(1024, 300), some(), side_by_side), Ok((1249, 40 + 85)));
    // Of a task with three: 80 ms wait, 20 compute.
    assert_eq!(found(&api, demand(3072, 300), some(), side_by_side), Ok((2359, 80 + 45)));
    // They are used between requests: of 300 ms 250 may be, of which nothing is paid.
    let idle = Requests { idle_milliseconds: 250_000, ..busy() };
    check(&api, demand(4096, 300), idle, Ok((1450, 122)));
    let some = Requests { idle_milliseconds: 180_000, ..busy() };
    check(&api, demand(4096, 300), some, Ok((1740, 122)));
}

#[test]
fn lambda_takes_what_its_limits_allow() {
    let api = handler(Some(100));
    let fits = |image_mib, payload_kib| Workload {
        image_mib: Some(image_mib),
        payload_kib: Some(payload_kib),
        ..handler(Some(100))
    };
    let one = || requests(1, None);
    check(&fits(10_240, 6_144), demand(1024, 300), one(), Ok((1450, 122)));
    check(&fits(10_241, 1), demand(1024, 300), one(), Err(Code::LambdaImageTooLarge));
    check(&fits(1, 6_145), demand(1024, 300), one(), Err(Code::LambdaPayloadTooLarge));
    let full = Workload { ephemeral_gib: Some(21), ..handler(Some(100)) };
    check(&full, demand(256, 300), one(), Err(Code::LambdaTooMuchStorage));
    check(&api, demand(10, 10_240), one(), Ok((10_240, 100)));
    check(&api, demand(10, 10_241), one(), Err(Code::LambdaTooMuchMemory));
    check(&api, demand(10, 10), None, Err(Code::LambdaRequestsUnknown));
    check(&api, demand(10, 10), requests(0, None), Err(Code::LambdaRequestsUnknown));
    check(&handler(None), demand(10, 10), one(), Err(Code::LambdaDurationUnknown));
    // A function may take no longer, however patient one is.
    check(&handler(Some(900_000)), demand(1024, 10), one(), Ok((1769, 900_000)));
    check(&handler(Some(900_001)), demand(1024, 10), one(), Err(Code::LambdaTooLong));
    let days = Workload {
        kind: Kind::Task,
        longest_run_seconds: Some(200_000),
        ..Workload::named("crawler")
    };
    check(&days, demand(10, 10), one(), Err(Code::LambdaTooLong));
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), ..ProptestConfig::with_cases(300) })]

    /// Against every memory size there is.
    #[test]
    fn no_other_memory_is_cheaper(
        duration in prop_oneof![1_u32..20, 1_u32..3_000, 800_000_u32..1_000_000],
        cpu in prop_oneof![Just(None), (0_u64..4_000).prop_map(Some), (0_u64..200).prop_map(Some)],
        memory in 1_u32..11_000,
        latency_percent in prop_oneof![Just(100_u32), 50_u32..400],
        parallelism in 1_u32..=6,
        cpu_speed_percent in prop_oneof![Just(100_u32), 30_u32..300],
        cpu_today in prop_oneof![Just(256_u32), Just(1_024), 1_u32..8_192],
    ) {
        let functions =
            Functions { latency_percent, strict: true, parallelism, cpu_speed_percent };
        let api = handler(Some(duration));
        let counted = requests(10, cpu.map(|each| each * 10));
        let found = found(&api, demand(cpu_today, memory), counted, functions);
        let used = f64::from(cpu_today.clamp(1_024, parallelism * 1_024)) / 1024.0;
        let duration = f64::from(duration);
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let cpu = cpu.map_or(duration, |each| each as f64);
        let waits = (duration - (cpu / used).ceil()).max(0.0);
        let limit = (duration * f64::from(latency_percent) / 100.0).floor().clamp(1.0, 900_000.0);
        let takes = |memory: u32| {
            let vcpus = (f64::from(memory) / 1769.0).min(f64::from(parallelism));
            let exact = cpu * 100.0 / f64::from(cpu_speed_percent) / vcpus;
            waits + (exact - 1e-6).ceil().max(0.0)
        };
        let best = (memory.max(128)..=10_240)
            .filter(|memory| takes(*memory) <= limit)
            .map(|memory| takes(memory) * f64::from(memory))
            .fold(None, |best: Option<f64>, one| Some(best.map_or(one, |best| best.min(one))));
        match (found, best) {
            (Ok((memory, milliseconds)), Some(best)) => {
                #[expect(clippy::cast_precision_loss, reason = "small numbers")]
                let billed = milliseconds as f64;
                prop_assert!((takes(memory) - billed).abs() < 0.5, "{memory}: {}, {billed}", takes(memory));
                prop_assert!((f64::from(memory) * billed - best).abs() < 0.5, "{memory} {billed} {best}");
            }
            (Err(_), None) => {}
            other => prop_assert!(false, "{other:?}"),
        }
    }
}
