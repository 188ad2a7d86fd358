use super::*;
use crate::book;
use crate::units::{CpuUnits, MiB};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const NODE: Node =
    Node { network: Network::Awsvpc, memory_overhead_per_mille: 50, reserved: MiB(256) };

fn demand(cpu: u32, memory: u32) -> Demand {
    Demand { cpu: CpuUnits(cpu), memory: MiB(memory) }
}

fn need(workload: &Workload, cpu: u32, memory: u32) -> Need<'_> {
    Need { workload, demand: demand(cpu, memory), requests: None }
}

#[track_caller]
fn check_size(cpu: u32, memory: u32, expected: Option<(u32, u32)>) {
    let catalog = book::catalog("us-east-1").unwrap();
    let fitter = Fitter::new(&catalog, NODE);
    let table = fitter.table(Platform::LinuxX86, Purchase::OnDemand).unwrap();
    let expected = expected.map(|(cpu, memory)| Size::new(cpu, memory));
    assert_eq!(table.cheapest(demand(cpu, memory)), expected, "{cpu} {memory}");
}

#[test]
fn the_nearest_size_is_not_always_the_next() {
    check_size(1, 1, Some((256, 512)));
    check_size(256, 512, Some((256, 512)));
    check_size(256, 513, Some((256, 1024)));
    check_size(257, 512, Some((512, 1024)));
    check_size(256, 1025, Some((256, 2048)));
    check_size(256, 2049, Some((512, 3072)));
    check_size(1024, 8193, Some((2048, 9216)));
    check_size(4096, 30_721, Some((8192, 32_768)));
    check_size(4097, 1, Some((8192, 16_384)));
    check_size(16_384, 122_881, Some((32_768, 249_856)));
    check_size(16_385, 1, Some((32_768, 61_440)));
    check_size(32_768, 249_856, Some((32_768, 249_856)));
    check_size(32_769, 1, None);
    check_size(1, 249_857, None);
    check_size(u32::MAX, u32::MAX, None);
    check_size(0, 0, Some((256, 512)));
}

/// A second method: look at every size.
fn by_scanning(
    sold: &[crate::model::FargateSize],
    need: Demand,
    windows: bool,
    rates: (u64, u64),
) -> Option<Size> {
    let mut best: Option<(u128, Size)> = None;
    for one in sold {
        let holds = one.size.cpu >= need.cpu && one.size.memory >= need.memory;
        let price = u128::from(one.size.cpu.0) * u128::from(rates.0)
            + u128::from(one.size.memory.0) * u128::from(rates.1);
        if holds
            && (if windows { one.windows } else { one.linux })
            && best.is_none_or(|(p, _)| price < p)
        {
            best = Some((price, one.size));
        }
    }
    best.map(|(_, size)| size)
}

/// Demands at, one under and one over the edges of sizes.
fn edges() -> impl Strategy<Value = u32> {
    let edge = prop_oneof![
        (0_u32..9).prop_map(|step| 128 << step),
        (1_u32..500).prop_map(|step| step * 512),
        Just(61_440_u32),
        Just(122_880),
        Just(249_856),
        any::<u32>(),
    ];
    (edge, -1_i32..=1).prop_map(|(edge, off)| edge.saturating_add_signed(off))
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), ..ProptestConfig::with_cases(500) })]
    #[test]
    fn the_table_answers_as_a_scan_does(
        cpu in edges(),
        memory in edges(),
        vcpu_pico in prop_oneof![Just(40_480_000_000_u64), 1_u64..100_000_000_000],
        memory_pico in prop_oneof![Just(4_445_000_000_u64), 1_u64..100_000_000_000],
        windows in any::<bool>(),
    ) {
        let sold = sold();
        let rates = crate::model::TaskRates {
            vcpu: crate::units::UsdPerVcpuHour::pico(vcpu_pico * 1024),
            memory: crate::units::UsdPerGbHour::pico(memory_pico * 1024),
        };
        let platform = if windows { Platform::WindowsX86 } else { Platform::LinuxArm };
        let table = FargateTable::new(sold, platform, rates);
        prop_assert_eq!(
            table.cheapest(demand(cpu, memory)),
            by_scanning(sold, demand(cpu, memory), windows, (vcpu_pico, memory_pico))
        );
    }

    #[test]
    fn no_instance_is_cheaper_than_the_one_chosen(cpu in 1_u32..40_000, memory in 1_u32..300_000) {
        let catalog = ohio();
        let nodes = Nodes::new(&catalog.instances, Architecture::Arm, NODE);
        let own = nodes.cheapest(demand(cpu, memory), 0);
        let share = nodes.cheapest_share(demand(cpu, memory), 0);
        // Worked out here, without `Room`: a check that shares it would share its mistakes.
        let mut cheapest: Option<u64> = None;
        let mut cheapest_share: Option<(u64, u64)> = None;
        for offer in &catalog.instances {
            let Some(shape) = offer.shape else { continue };
            let arm = shape.architecture == Architecture::Arm;
            if !arm || !shape.current_generation || shape.bare_metal { continue }
            let cpus = u64::from(shape.cpu.0) * u64::from(shape.baseline_per_mille.unwrap_or(1000)) / 1000;
            let left = (u64::from(shape.memory.0) * 950 / 1000).saturating_sub(256);
            let Some(enis) = shape.max_enis else { continue };
            let tasks = (cpus / u64::from(cpu)).min(left / u64::from(memory)).min(u64::from(enis) - 1);
            if tasks == 0 { continue }
            let price = offer.price.price.as_pico();
            cheapest = Some(cheapest.map_or(price, |other| other.min(price)));
            if cheapest_share.is_none_or(|(p, n)| u128::from(price) * u128::from(n) < u128::from(p) * u128::from(tasks)) {
                cheapest_share = Some((price, tasks));
            }
        }
        prop_assert_eq!(own.map(|offer| offer.price.price.as_pico()), cheapest);
        let each = |price: u64, tasks: u64| u128::from(price) * 1_000_000 / u128::from(tasks);
        prop_assert_eq!(
            share.map(|(offer, tasks)| each(offer.price.price.as_pico(), u64::from(tasks))),
            cheapest_share.map(|(price, tasks)| each(price, tasks))
        );
    }
}

fn sold() -> &'static [crate::model::FargateSize] {
    &ohio().fargate_sizes
}

fn ohio() -> &'static Catalog {
    static OHIO: std::sync::OnceLock<Catalog> = std::sync::OnceLock::new();
    OHIO.get_or_init(|| book::catalog("us-east-2").unwrap())
}

#[test]
fn every_place_is_answered_and_answers_say_why_not() {
    let catalog = book::catalog("us-west-2").unwrap();
    let fitter = Fitter::new(&catalog, NODE);
    let queue = Workload { protocol: Some(Protocol::Tcp), ..Workload::named("queue") };
    let places = fitter.places(&need(&queue, 200, 400));
    assert_eq!(places.len(), Place::ALL.len());
    let reason = |place: Place| {
        places.iter().find(|(one, _)| *one == place).unwrap().1.as_ref().unwrap_err().code
    };
    assert_eq!(reason(Place::Fargate(Platform::LinuxArm, Purchase::OnDemand)), Code::PriceMissing);
    assert_eq!(
        reason(Place::Fargate(Platform::WindowsX86, Purchase::OnDemand)),
        Code::PlatformMismatch
    );
    assert_eq!(reason(Place::Lambda(Architecture::X86)), Code::LambdaNotRequests);
    assert!(places[0].1.is_ok());
}

#[test]
fn windows_runs_on_fargate_for_windows_alone() {
    let catalog = book::catalog("us-east-1").unwrap();
    let fitter = Fitter::new(&catalog, NODE);
    let windows = Workload { operating_system: OperatingSystem::Windows, ..Workload::named("w") };
    let fitting: Vec<_> = fitter
        .places(&need(&windows, 200, 400))
        .into_iter()
        .filter_map(|(place, choice)| choice.ok().map(|choice| (place, choice)))
        .collect();
    let smallest = Choice::Fargate(Size::new(1024, 2048));
    assert_eq!(fitting, [(Place::Fargate(Platform::WindowsX86, Purchase::OnDemand), smallest)]);
}

#[test]
fn a_gpu_is_found_on_ec2_alone() {
    let catalog = book::catalog("us-east-1").unwrap();
    let fitter = Fitter::new(&catalog, NODE);
    let trained = Workload { gpus: 1, ..Workload::named("train") };
    let need = need(&trained, 1024, 4096);
    let own = fitter.place(Place::Ec2Own(Architecture::X86), &need).unwrap();
    let Choice::Own(offer) = own else { panic!("an instance") };
    assert!(offer.shape.unwrap().gpus >= 1, "{}", offer.instance_type);
    let refused = fitter.place(Place::Fargate(Platform::LinuxX86, Purchase::OnDemand), &need);
    assert_eq!(refused.unwrap_err().code, Code::GpuNeeded);
}

#[test]
fn interfaces_limit_the_share_unless_trunking_is_on() {
    let catalog = book::catalog("us-east-1").unwrap();
    let mut offer = catalog.instance("m5.large").unwrap().clone();
    offer.shape.as_mut().unwrap().current_generation = true;
    let m5 = [offer];
    let tasks = |network| {
        let nodes = Nodes::new(&m5, Architecture::X86, Node { network, ..NODE });
        nodes.cheapest_share(demand(100, 100), 0).unwrap().1
    };
    assert_eq!(tasks(Network::Awsvpc), 2);
    assert_eq!(tasks(Network::AwsvpcTrunking), 10);
    assert_eq!(tasks(Network::Bridge), 20);
}
