//! Hours played again: target tracking side by side, a cluster, an estate; and every home of many.
//!
//! Each bench asserts the answer it times. `cargo bench --bench hours -- --test` runs each once.

use criterion::{BenchmarkId, Criterion, Throughput};
use loadline::advise::compare::{self, Around, Balancers, Marginal, Spot, Watched};
use loadline::advise::fleet::{DeploymentRoom, Effort, Wanted};
use loadline::advise::replay::commitments::Contract;
use loadline::advise::replay::{Asked, Player, Window};
use loadline::advise::{self, Month, Settings};
use loadline::book;
use loadline::fit::{Fitter, Network, Node};
use loadline::model::{
    Advice, Policy, Profile, Protocol, Reading, Sample, Scene, Signal, Size, Workload, World,
};
use loadline::replay::{Change, Need, Rules, Setting, Step, cluster, scaled, short_steps};
use loadline::units::{MiB, SplitMix64};
use std::hint::black_box;
use std::time::Duration;

const NODE: Node =
    Node { network: Network::AwsvpcTrunking, memory_overhead_per_mille: 50, reserved: MiB(256) };
const SETTINGS: Settings = Settings {
    policy: Policy {
        risk: None,
        risk_days: 30,
        cpu_percentile_per_mille: 990,
        cpu_headroom_percent: 20,
        memory_margin_percent: 15,
        averages_cpu_percent: 250,
        averages_memory_percent: 25,
        min_readings: 100,
        floor: Size::new(64, 128),
    },
    month: Month { hours: 730, window_seconds: 30 * 86_400 },
    node: NODE,
};
const DAYS: i64 = 30;

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    tracking(&mut criterion);
    instances(&mut criterion);
    estate(&mut criterion);
    homes(&mut criterion);
    criterion.final_summary();
}

/// 10,000 services of 30 days at five minutes under target tracking, many at a time.
fn tracking(criterion: &mut Criterion) {
    const SERVICES: usize = 10_000;
    const SERIES: usize = 50;
    let mut random = SplitMix64(7);
    let all: Vec<Vec<Step>> = (0..SERIES)
        .map(|_| {
            let step = |number: i64| {
                let hour = f64::from(u32::try_from(number % 288).expect("below")) / 288.0;
                let wave = 1.5 - (hour * std::f64::consts::TAU).cos();
                Step {
                    at: number * 300,
                    seconds: 300,
                    cpu: 2_000.0 * wave * (0.8 + 0.4 * random.part()),
                    skew: 1.1,
                    memory: 500.0,
                    tasks: 4.0,
                    full: false,
                }
            };
            (0..DAYS * 288).map(step).collect()
        })
        .collect();
    let settings: Vec<Setting> = (0..16)
        .map(|number| Setting {
            cpu_units: 512 << (number % 2),
            target_percent: 40 + 5 * (number / 2),
            minimum: 2,
            maximum: 50,
        })
        .collect();
    let expected: Vec<Vec<usize>> = all
        .iter()
        .map(|steps| settings.iter().map(|one| scaled(steps, *one).short).collect())
        .collect();
    let mut group = criterion.benchmark_group("replay/target-tracking");
    let steps = SERVICES as u64 * 30 * 288;
    group.throughput(Throughput::Elements(steps));
    group.bench_function("10000 services x 30 days, side by side", |bench| {
        bench.iter(|| {
            for number in 0..SERVICES / settings.len() {
                let series = number % SERIES;
                let short = short_steps(black_box(&all[series]), &settings);
                assert_eq!(short, expected[series]);
            }
        });
    });
    group.throughput(Throughput::Elements(steps / 100));
    group.bench_function("100 services x 30 days, one after the other", |bench| {
        bench.iter(|| {
            for number in 0..SERVICES / 100 {
                let (series, lane) = (number / 16 % SERIES, number % 16);
                let out = scaled(black_box(&all[series]), settings[lane]);
                assert_eq!(out.short, expected[series][lane]);
            }
        });
    });
}

/// A thousand services whose tasks change every five minutes or so, for 30 days.
fn instances(criterion: &mut Criterion) {
    let mut random = SplitMix64(11);
    let mut below = |limit: u64| random.draw() % limit;
    let needs: Vec<Need> = (0..1_000)
        .map(|_| Need {
            room: [128 + below(1_900), 256 + below(3_800), 1, 0],
            most_an_instance: u32::MAX,
        })
        .collect();
    let mut changes: Vec<Change> =
        (0..1_000).map(|service| Change { at: 0, service, tasks: 2 }).collect();
    for step in 1..DAYS * 288 {
        for _ in 0..20 {
            let (service, tasks) = (below(1_000), below(8));
            changes.push(Change {
                at: step * 300,
                service: usize::try_from(service).expect("below"),
                tasks: u32::try_from(tasks).expect("below"),
            });
        }
    }
    let rules = Rules { instance: [8_192, 30_000, 50, 0], target_percent: 100, start_seconds: 180 };
    criterion.bench_function("replay/cluster/1000 services x 30 days", |bench| {
        bench.iter(|| {
            let hours = cluster(&needs, black_box(&changes), (0, 720 * 3_600), &rules);
            assert!(hours.iter().all(|hour| hour.most_instances > 100));
        });
    });
}

fn services(count: usize, hours: i64) -> Vec<(Workload, Profile, Vec<Sample>)> {
    let mut random = SplitMix64(3);
    let mut below = move |limit: u64| u32::try_from(random.draw() % limit).expect("below");
    let service = |number: usize| {
        let workload = Workload {
            size: Some(Size::new(2_048, 4_096)),
            protocol: Some(Protocol::Http),
            request_milliseconds: Some(80),
            ..Workload::named(&format!("s{number:05}"))
        };
        let (cpu, memory) = (50 + below(900), 100 + below(3_000));
        let (mut profile, mut samples) = (Profile::default(), Vec::new());
        for hour in 0..hours {
            let tasks = if hour % 24 < 10 { 2 } else { 2 + below(4) };
            let reading = Reading::new(hour * 3_600, 3_600)
                .with(Signal::CpuMean, f64::from(cpu))
                .with(Signal::CpuMax, f64::from(cpu + below(60)))
                .with(Signal::MemoryMax, f64::from(memory + below(20)))
                .with(Signal::Tasks, f64::from(tasks))
                .with_requests(f64::from(1_000 + below(1_000)));
            profile.add(&reading);
            samples.push(Sample::of(&reading));
        }
        (workload, profile, samples)
    };
    (0..count).map(service).collect()
}

fn wanted() -> Wanted {
    Wanted {
        world: World::Ec2,
        zones: 2,
        survive_a_zone: false,
        deployment_room: DeploymentRoom::One,
        target_capacity: 100,
        most_an_instance: None,
        network: Network::AwsvpcTrunking,
        memory_overhead_per_mille: 50,
        reserved_mib: 256,
        daemons: [0, 0],
        volume_gib: 30,
        families: Vec::new(),
        least_vcpu: 1,
        most_vcpu: 48,
        previous_generations: false,
        burstable: true,
        surplus_credits: false,
        registered: Vec::new(),
        any_architecture: false,
        most_types: None,
        as_today: false,
        month_hours: 730,
        auto_mode: false,
        address_pico: 0,
    }
}

fn effort() -> Effort<'static> {
    Effort::brief()
}

fn advised(all: &[(Workload, Profile, Vec<Sample>)], fitter: &Fitter<'_>) -> Vec<Advice> {
    let each = |(workload, profile, _): &(Workload, Profile, Vec<Sample>)| {
        advise::advise(workload, profile, fitter, &SETTINGS)
    };
    all.iter().map(each).collect()
}

/// A thousand services of 30 days, hour by hour, on Fargate and on instances; the fleet is packed
/// within.
fn estate(criterion: &mut Criterion) {
    let catalog = book::catalog("us-east-1").expect("a known region");
    let fitter = Fitter::new(&catalog, NODE);
    let all = services(1_000, DAYS * 24);
    let advices = advised(&all, &fitter);
    let closed: i64 = advices.iter().filter_map(Advice::current_usd).map(|usd| usd.0).sum();
    let (wanted, contract) = (wanted(), Contract::default());
    let scenes = [Scene::Current, Scene::Fargate, Scene::Ec2, Scene::Ec2Fixed];
    let asked = Asked {
        scenes: &scenes,
        wanted: &wanted,
        instance_start_seconds: 180,
        instances: &[],
        contract: &contract,
        own_policies: false,
        around: &Around::NOTHING,
    };
    let window = Window::of(all.iter().map(|one| &one.1)).expect("there are readings");
    criterion.bench_function("replay/estate/1000 services x 30 days, four scenes", |bench| {
        bench.iter(|| {
            let mut player =
                Player::new(&advices, &fitter, &SETTINGS, &asked, window.clone(), &effort());
            for (advice, (_, profile, samples)) in advices.iter().zip(&all) {
                player.play(advice, profile, black_box(samples));
            }
            let scenes = player.finish();
            let current = scenes[0].as_ref().expect("it is played");
            let month = i64::try_from(current.month_pico / 1_000_000).expect("dollars");
            assert!((month - closed).abs() < closed / 1_000_000, "{month} {closed}");
            let rows = current.rows.iter().filter_map(|row| row.outcome.as_ref().ok()?.pico);
            assert_eq!(rows.sum::<u128>(), current.pico());
        });
    });
}

/// Every home of many services.
fn homes(criterion: &mut Criterion) {
    let catalog = book::catalog("us-east-1").expect("a known region");
    let fitter = Fitter::new(&catalog, NODE);
    let wanted = wanted();
    let around = Around {
        spot: Spot { share: 100, fallback: 10, rework: 2 },
        balancers: Balancers::Shared,
        public_addresses: true,
        nat_gateways: 0,
        lambda_free_tier: false,
        watched: Watched::default(),
        marginal: Marginal::None,
    };
    let mut group = criterion.benchmark_group("compare");
    for count in [100, 1_000, 10_000] {
        let advices = advised(&services(count, 7 * 24), &fitter);
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::from_parameter(count), |bench| {
            bench.iter(|| {
                let ledger = compare::ledger(&advices, &fitter, &wanted, &around, &effort());
                assert_eq!(ledger.rows.len(), count);
                for total in &ledger.totals {
                    let here = ledger.rows.iter().filter(|row| row.price(total.home).is_some());
                    assert_eq!(here.count(), total.fits);
                }
            });
        });
    }
}
