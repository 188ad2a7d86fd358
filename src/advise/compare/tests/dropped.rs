//! What is asked for costs money: without it nothing is dearer. Of few tasks all packings are tried;
//! of many the best is not known.

use super::*;
use crate::advise::fleet::DeploymentRoom;
use crate::fit::Functions;
use crate::model::PlacementConstraint;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// A service or a job, made up.
#[derive(Clone, Debug)]
struct Made {
    cpu: u32,
    memory: u32,
    tasks: u32,
    http: bool,
    job: bool,
    distinct: bool,
    port: Option<u16>,
    storage_gib: Option<u32>,
}

fn made() -> impl Strategy<Value = Made> {
    let cpu = prop_oneof![Just(10_u32), Just(213), Just(853), 20_u32..3_000];
    let memory = prop_oneof![Just(100_u32), Just(445), Just(1_780), 64_u32..9_000];
    let port = prop_oneof![3 => Just(None), 1 => (8_000_u16..8_003).prop_map(Some)];
    let storage = prop_oneof![3 => Just(None), 1 => (20_u32..60).prop_map(Some)];
    let flags = (any::<bool>(), proptest::bool::weighted(0.2), proptest::bool::weighted(0.3));
    (cpu, memory, 1_u32..4, flags, port, storage).prop_map(
        |(cpu, memory, tasks, (http, job, distinct), port, storage_gib)| Made {
            cpu,
            memory,
            tasks,
            http,
            job,
            distinct,
            port,
            storage_gib,
        },
    )
}

impl Made {
    fn recorded(&self, number: usize) -> (Workload, Profile) {
        let constraint = self.distinct.then_some(PlacementConstraint::DistinctInstance);
        let host = Host {
            ports: self.port.into_iter().collect(),
            placement_constraints: constraint.into_iter().collect(),
            ..Host::default()
        };
        let protocol = if self.http { Protocol::Http } else { Protocol::Tcp };
        let workload = Workload {
            kind: if self.job { Kind::Task } else { Kind::Service },
            host: Some(host),
            ephemeral_gib: self.storage_gib,
            environment: Some(if number.is_multiple_of(2) { "prod" } else { "dev" }.to_owned()),
            ..workload(&format!("w{number}"), protocol)
        };
        let mut profile = Profile::default();
        let hours = if self.job { 3 } else { 14 * 24 };
        for hour in 0..hours {
            profile.add(
                &Reading::new(hour * 3_600, 3_600)
                    .with(Signal::CpuMean, f64::from(self.cpu) / 2.0)
                    .with(Signal::CpuMax, f64::from(self.cpu))
                    .with(Signal::MemoryMax, f64::from(self.memory))
                    .with(Signal::Tasks, f64::from(self.tasks))
                    .with_requests(3_600.0),
            );
        }
        (workload, profile)
    }
}

/// All that is asked for.
#[derive(Clone, Debug)]
struct Asks {
    all: Vec<Made>,
    wanted: Wanted,
    around: Around,
    functions: Functions,
}

fn asks() -> impl Strategy<Value = Asks> {
    let asked = (1_u32..4, any::<bool>(), 0_usize..3, 50_u32..=100, any::<bool>(), 1_u32..4);
    let around = (any::<bool>(), 0_u32..3, 0_u32..3, 0_u32..30);
    let functions = (100_u32..200, 1_u32..3);
    (proptest::collection::vec(made(), 1..4), asked, around, functions).prop_map(
        |(all, asked, around, functions)| {
            let (zones, survive_a_zone, room, target_capacity, own_interfaces, most) = asked;
            let (public_addresses, balancers, nat_gateways, rework) = around;
            Asks {
                all,
                wanted: Wanted {
                    zones,
                    survive_a_zone: survive_a_zone && zones > 1,
                    deployment_room: [
                        DeploymentRoom::None,
                        DeploymentRoom::One,
                        DeploymentRoom::Full,
                    ][room],
                    target_capacity,
                    network: if own_interfaces { Network::Awsvpc } else { Network::Bridge },
                    most_an_instance: Some(most).filter(|most| *most < 3),
                    families: vec!["m5".to_owned(), "c6a".to_owned()],
                    ..wanted()
                },
                around: Around {
                    spot: Spot { share: 80, fallback: 10, rework },
                    balancers: [Balancers::None, Balancers::Shared, Balancers::Each]
                        [balancers as usize],
                    public_addresses,
                    nat_gateways,
                    ..AROUND
                },
                functions: Functions {
                    latency_percent: functions.0,
                    strict: true,
                    parallelism: functions.1,
                    cpu_speed_percent: 100,
                },
            }
        },
    )
}

impl Asks {
    fn ledger(&self) -> Ledger {
        let catalog = book::catalog("us-east-1").unwrap();
        let fitter = Fitter::new(&catalog, NODE).with_functions(self.functions);
        let advices: Vec<Advice> = (0..)
            .zip(&self.all)
            .map(|(number, one)| one.recorded(number))
            .map(|(workload, profile)| advise(&workload, &profile, &fitter, &SETTINGS))
            .collect();
        ledger(&advices, &fitter, &self.wanted, &self.around, &Effort::brief())
    }

    /// Without one thing that it asks for.
    fn without(&self, number: usize) -> (&'static str, Asks) {
        let mut less = self.clone();
        less.wanted.target_capacity = 100;
        let what = match number {
            0 => {
                less.all.iter_mut().for_each(|one| one.distinct = false);
                "no two on an instance"
            }
            1 => {
                less.all.iter_mut().for_each(|one| one.port = None);
                "ports of the host"
            }
            2 => {
                less.wanted.network = Network::Bridge;
                "interfaces of their own"
            }
            3 => "room that stands by",
            4 => {
                less.wanted.deployment_room = DeploymentRoom::None;
                "room for deployments"
            }
            5 => {
                // What a lost zone's tasks find room in is room for deployments too.
                less.wanted.survive_a_zone = false;
                less.wanted.deployment_room = DeploymentRoom::None;
                "a zone that may be lost"
            }
            6 => {
                less.wanted.families = Vec::new();
                "few families"
            }
            7 => {
                less.around.balancers = Balancers::None;
                "load balancers"
            }
            8 => {
                less.around.nat_gateways = 0;
                "NAT gateways"
            }
            9 => {
                less.functions.latency_percent *= 2;
                "fast answers"
            }
            10 => {
                less.all.iter_mut().for_each(|one| one.storage_gib = None);
                "storage"
            }
            11 => {
                less.wanted.most_an_instance = None;
                "few on an instance"
            }
            12 => {
                less.wanted.zones = 1;
                less.wanted.survive_a_zone = false;
                less.wanted.deployment_room = DeploymentRoom::None;
                "zones"
            }
            _ => {
                less.around.spot.rework = 0;
                "work done again"
            }
        };
        (what, less)
    }
}

const ASKED: usize = 14;

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(11), ..ProptestConfig::with_cases(100) })]

    #[test]
    fn without_what_is_asked_for_nothing_is_dearer(asks in asks(), number in 0..ASKED) {
        let (what, less) = asks.without(number);
        let mut asks = asks;
        // What stands by is rounded up for each type, which no packing looks ahead for.
        if what != "room that stands by" {
            asks.wanted.target_capacity = 100;
        }
        let (with, without) = (asks.ledger(), less.ledger());
        let shared = [
            Home::LambdaManagedInstances,
            Home::ComposeOneHost,
            Home::ComposeTwoHosts,
            Home::BeanstalkSingle,
            Home::BeanstalkBalanced,
            Home::BeanstalkEcs,
        ];
        for (row, bare) in with.rows.iter().zip(&without.rows) {
            for ((home, entry), (_, other)) in row.homes.iter().zip(&bare.homes) {
                let Ok(price) = entry else { continue };
                let other = other.as_ref().map_err(|why| why.code.name());
                // What all share is split anew, and others may come to a host.
                if home.world().is_none() && !shared.contains(home) {
                    prop_assert!(other.is_ok(), "{what}: {} {}: {other:?}", row.workload, home.name());
                    let less = other.unwrap().pico();
                    prop_assert!(less <= price.pico(), "{what}: {} {}: {} {less}", row.workload, home.name(), price.pico());
                }
            }
        }
        for (total, bare) in with.totals.iter().zip(&without.totals).filter(|(one, two)| one.fits == two.fits) {
            prop_assert!(bare.pico <= total.pico, "{what}: {}: {} {}", total.home.name(), total.pico, bare.pico);
        }
    }
}
