//! The worlds that are played: under a constant load each costs what the ledger says.

use super::*;
use crate::advise::compare::{Balancers, Spot, ledger};
use crate::model::Protocol;
use crate::model::ledger::{Home, Ledger};

const SPOT: Spot = Spot { share: 80, fallback: 10, rework: 2 };

fn around() -> Around {
    Around {
        spot: SPOT,
        balancers: Balancers::Shared,
        public_addresses: true,
        nat_gateways: 1,
        ..Around::NOTHING
    }
}

/// Two environments; one service speaks no HTTP.
fn estate() -> Vec<Recorded> {
    let of = |id: &str, environment: &str, tasks: f64| {
        let mut one = steady(id, tasks);
        one.workload.environment = Some(environment.to_owned());
        one
    };
    let mut queue = of("prod/queue", "prod", 1.0);
    queue.workload.protocol = Some(Protocol::Tcp);
    vec![of("prod/web", "prod", 2.0), queue, of("dev/web", "dev", 1.0)]
}

fn ledgered(staged: &Staged, told: &Told) -> Ledger {
    let catalog = catalog();
    let fitter = Fitter::new(&catalog, NODE);
    ledger(&told.advices, &fitter, &staged.wanted, &staged.around, &Effort::brief())
}

#[test]
fn a_constant_load_costs_in_every_world_what_the_ledger_says() {
    let staged = Staged { around: around(), ..staged() };
    let scenes = [
        (Scene::Fargate, Home::Fargate(Platform::LinuxX86)),
        (Scene::FargateSpot, Home::FargateSpot(crate::model::Architecture::X86)),
        (Scene::Ec2Fixed, Home::Ecs),
        (Scene::EksFargate, Home::EksFargate),
        (Scene::ComposeOneHost, Home::ComposeOneHost),
        (Scene::ComposeTwoHosts, Home::ComposeTwoHosts),
        (Scene::BeanstalkBalanced, Home::BeanstalkBalanced),
        (Scene::BeanstalkEcs, Home::BeanstalkEcs),
    ];
    let told = staged.play(&estate(), &scenes.map(|(scene, _)| scene));
    let ledger = ledgered(&staged, &told);
    for (played, (scene, home)) in told.scenes.iter().zip(scenes) {
        let total = ledger.totals.iter().find(|one| one.home == home).unwrap();
        assert_eq!((played.scene, total.rest), (scene, 0));
        // Parts of a workload are rounded up, each.
        let apart = played.month_pico.abs_diff(total.pico);
        assert!(apart < 20_000, "{}: {} {}", scene.name(), played.month_pico, total.pico);
        assert!(played.around_pico() > 0);
        let hours: u128 = played.hours.iter().map(HourReplay::total).sum();
        assert_eq!(played.pico(), hours);
        assert!(played.rows.iter().all(|row| row.stays.is_none()));
    }
}

#[test]
fn what_stands_around_by_hand() {
    let staged = Staged { around: around(), ..staged() };
    let told = staged.play(&estate(), &[Scene::Fargate, Scene::Lambda, Scene::EksFargate]);
    let hour = |scene: usize| told.scenes[scene].hours[7].around_pico;
    // Two balancers of 0.0225 with two addresses of 0.005 each; four tasks with one.
    assert_eq!(hour(0), 2 * (22_500_000_000 + 10_000_000_000) + 4 * 5_000_000_000);
    // The queue alone stays on Fargate, and speaks no HTTP.
    assert_eq!(hour(1), 5_000_000_000);
    // Pods have no address: a gateway of 0.045 with one in either environment; a control plane.
    assert_eq!(
        hour(2),
        2 * (22_500_000_000 + 10_000_000_000)
            + 2 * 50_000_000_000
            + 100_000_000_000
            // Two name servers of 0.25 x 0.04048 + 0.5 x 0.004445.
            + 2 * 12_342_500_000
    );
}

#[test]
fn what_is_around_and_has_no_price_is_in_no_sum() {
    let (around, all) = (around(), estate());
    let bare = staged().play(&all, &[Scene::Fargate]);
    let played = |around: &Around| {
        let mut catalog = catalog();
        catalog.alb = None;
        let fitter = Fitter::new(&catalog, NODE);
        let staged = staged();
        let asked = Asked {
            scenes: &[Scene::Fargate],
            wanted: &staged.wanted,
            instance_start_seconds: 180,
            instances: &[],
            contract: &staged.contract,
            own_policies: false,
            around,
        };
        let window = Window::of(all.iter().map(|one| &one.profile)).unwrap();
        let mut player =
            Player::new(&bare.advices, &fitter, &staged.settings, &asked, window, &Effort::brief());
        for (advice, one) in bare.advices.iter().zip(&all) {
            player.play(advice, &one.profile, &one.samples);
        }
        player.finish().pop().unwrap().unwrap()
    };
    let without = played(&around);
    assert_eq!(without.around_unknown.as_ref().unwrap().code, Code::PriceMissing);
    assert_eq!(without.pico(), bare.scenes[0].pico());
    let asked_for_none = Around { balancers: Balancers::None, ..around };
    assert_eq!(played(&asked_for_none).around_unknown, None);
}

#[test]
fn beanstalk_has_as_many_instances_as_its_largest_service_has_tasks() {
    let rising = |id: &str, more: f64| {
        let tasks = |hour: i64| if hour % 24 < 12 { 1.0 } else { more };
        recorded(
            web(id),
            (0..DAYS * 24).map(|hour| reading(hour * HOUR, 3_600, 100.0, tasks(hour))),
        )
    };
    let all = [rising("a", 3.0), rising("b", 5.0)];
    let told = told(&all, &[Scene::BeanstalkBalanced], &[]);
    let hours = &told.scenes[0].hours;
    let of = |hour: usize| (hours[hour].instance_seconds, hours[hour].most_instances);
    assert_eq!((of(3), of(15)), ((2 * 3_600, 2), (5 * 3_600, 5)));
    let each = hours[3].total() / 2;
    assert_eq!(hours[15].total(), each * 5);
}

/// An hour each day, of what a steady service leaves free.
fn nightly(cpu: f64) -> Recorded {
    let job = Workload {
        kind: Kind::Task,
        size: Some(Size::new(256, 512)),
        ..Workload::named("nightly")
    };
    let readings = (0..DAYS).flat_map(|day| {
        (0..12).map(move |step| {
            Reading::new(day * 86_400 + 7_200 + step * 300, 300)
                .with(Signal::CpuMean, cpu)
                .with(Signal::CpuMax, cpu)
                .with(Signal::MemoryMax, 200.0)
        })
    });
    recorded(job, readings)
}

#[test]
fn jobs_use_the_room_that_is_free() {
    let scenes = [Scene::Ec2, Scene::ManagedInstances, Scene::EksEc2, Scene::EksAutoMode];
    let staged = Staged { around: Around::NOTHING, ..staged() };
    let alone = staged.play(&[steady("a", 2.0)], &scenes);
    let both = staged.play(&[steady("a", 2.0), nightly(100.0)], &scenes);
    for (one, two) in alone.scenes.iter().zip(&both.scenes) {
        let name = one.scene.name();
        assert_eq!(one.pico(), two.pico(), "{name}");
        let row = two.rows.iter().find(|row| row.workload == "nightly").unwrap();
        assert!(row.stays.is_none() && row.outcome.as_ref().unwrap().pico.is_none(), "{row:?}");
        assert_eq!(two.waiting_seconds(), 0, "{name}");
    }
    // What has no room waits for an instance that comes for it.
    let large = staged.play(&[steady("a", 2.0), nightly(1_500.0)], &scenes[..1]);
    let (scene, bare) = (&large.scenes[0], &alone.scenes[0]);
    assert!(scene.pico() > bare.pico() && scene.waiting_seconds() > 0);
    assert!(scene.most_instances() > bare.most_instances());
}

#[test]
fn without_what_is_asked_for_no_world_is_dearer() {
    let played = |around: Around, target_capacity: u32| {
        let wanted = Wanted { target_capacity, ..wanted() };
        Staged { wanted, around, ..staged() }.play(&estate(), &Scene::ALL).scenes
    };
    let with = played(around(), 60);
    let no_rework = Around { spot: Spot { rework: 0, ..SPOT }, ..around() };
    let no_gateways = Around { nat_gateways: 0, ..around() };
    let no_balancers = Around { balancers: Balancers::None, ..around() };
    let less = [
        (no_rework, 60),
        (no_gateways, 60),
        (no_balancers, 60),
        (around(), 100),
        (Around::NOTHING, 100),
    ];
    for (around, target) in less {
        for (with, without) in with.iter().zip(played(around, target)) {
            assert!(without.pico() <= with.pico(), "{}", with.scene.name());
        }
    }
}

/// What does not speak HTTP stays on Fargate.
#[test]
fn instances_that_lambda_keeps_cost_what_the_ledger_says_and_follow_the_tasks() {
    let staged = Staged { around: around(), ..staged() };
    let told = staged.play(&estate(), &[Scene::LambdaManagedInstances]);
    let ledger = ledgered(&staged, &told);
    let (scene, home) = (&told.scenes[0], Home::LambdaManagedInstances);
    let total = ledger.totals.iter().find(|one| one.home == home).unwrap();
    let queue = ledger.rows.iter().find(|row| row.workload == "prod/queue").unwrap();
    let rest = queue.price(Home::Fargate(Platform::LinuxX86)).unwrap();
    assert_eq!((total.fits, total.rest), (2, 1));
    let all = total.pico + rest;
    assert!(scene.month_pico.abs_diff(all) < 20_000, "{} {all}", scene.month_pico);
    let hours: u128 = scene.hours.iter().map(HourReplay::total).sum();
    assert_eq!((scene.pico(), scene.hours[3].instance_seconds), (hours, 6 * 3_600));
    // A hundred tasks by day take more.
    let busy = recorded(
        web("busy"),
        (0..DAYS * 24).map(|hour| {
            reading(hour * HOUR, 3_600, 100.0, if hour % 24 < 12 { 1.0 } else { 100.0 })
        }),
    );
    let told = staged.play(&[busy], &[Scene::LambdaManagedInstances]);
    let hours = &told.scenes[0].hours;
    assert!(hours[3].most_instances == 3 && hours[15].most_instances > 5, "{:?}", hours[15]);
}

#[test]
fn jobs_alone_bring_instances_of_their_own() {
    let scenes = [Scene::Ec2, Scene::ManagedInstances, Scene::EksEc2, Scene::EksAutoMode];
    let told = staged().play(&[nightly(100.0)], &scenes);
    for scene in &told.scenes {
        let name = scene.scene.name();
        assert!(scene.rows[0].stays.is_none() && scene.most_instances() > 0, "{name}");
        let seconds: u64 = scene.hours.iter().map(|hour| hour.instance_seconds).sum();
        // An hour a day, and until they go.
        assert!(seconds > 14 * 3_600 && seconds < 14 * 4 * 3_600, "{name} {seconds}");
    }
    let fixed = staged().play(&[nightly(100.0)], &[Scene::Ec2Fixed]);
    assert!(fixed.scenes[0].rows[0].stays.is_some());
}

#[test]
fn what_needs_a_host_is_in_no_world_without_one() {
    use crate::model::{Host, NetworkMode};
    let mut daemon = steady("daemon", 1.0);
    daemon.workload.host = Some(Host { daemon: true, ..Host::default() });
    let mut bound = steady("bound", 1.0);
    bound.workload.host = Some(Host { network_mode: Some(NetworkMode::Host), ..Host::default() });
    let scenes = [Scene::Fargate, Scene::FargateArm, Scene::FargateSpot, Scene::EksFargate];
    let told = staged().play(&[daemon, bound], &scenes);
    for scene in &told.scenes {
        for row in &scene.rows {
            let why = row.outcome.as_ref().unwrap_err();
            assert_eq!(why.code, Code::HostNeeded, "{} {}", scene.scene.name(), row.workload);
            assert_eq!(row.stays, None);
        }
    }
}

#[test]
fn a_control_plane_is_paid_where_there_is_something_to_control() {
    let mut arm = steady("arm", 1.0);
    arm.workload.architecture = crate::model::Architecture::Arm;
    arm.workload.image_architectures = vec![crate::model::Architecture::Arm];
    let told = staged().play(&[arm], &[Scene::EksFargate]);
    assert_eq!((told.scenes[0].around_pico(), told.scenes[0].rows[0].stays.is_some()), (0, true));
    let told = staged().play(&[steady("x86", 1.0)], &[Scene::EksFargate]);
    assert!(told.scenes[0].around_pico() > 0);
}

#[test]
fn what_is_gone_was_paid_for_while_it_ran() {
    let mut gone =
        recorded(web("gone"), (0..DAYS * 12).map(|hour| reading(hour * HOUR, 3_600, 100.0, 2.0)));
    gone.workload.gone_since = Some(DAYS * 12 * HOUR);
    let told = staged().play(&[steady("a", 1.0), gone], &[Scene::Current, Scene::Fargate]);
    let [current, fargate] = told.scenes.as_slice() else { panic!() };
    // Two tasks of 1 vCPU and 2 GB for half of the window.
    let task: u128 = 40_480_000_000 + 2 * 4_445_000_000;
    assert_eq!(ran(current, "gone").pico, Some(2 * task * 168));
    assert_eq!(current.pico(), 2 * task * 168 + task * 336);
    let row = fargate.rows.iter().find(|row| row.workload == "gone").unwrap();
    assert_eq!(row.outcome.as_ref().unwrap_err().code, Code::Gone);
    assert_eq!(fargate.unknown().count(), 0, "it costs nothing");
}

#[test]
fn a_host_of_what_cannot_be_played_is_not_paid() {
    let mut silent = recorded(
        Workload {
            kind: Kind::Task,
            size: Some(Size::new(4096, 16_384)),
            ..Workload::named("job")
        },
        std::iter::empty(),
    );
    silent.workload.environment = Some("other".to_owned());
    let scenes = [Scene::ComposeOneHost, Scene::ComposeTwoHosts];
    let alone = staged().play(&[steady("a", 1.0)], &scenes);
    let both = staged().play(&[steady("a", 1.0), silent], &scenes);
    for (one, two) in alone.scenes.iter().zip(&both.scenes) {
        assert_eq!((one.pico(), two.unknown().count()), (two.pico(), 1), "{}", one.scene.name());
    }
}
