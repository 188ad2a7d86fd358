//! A second opinion on live AWS: servers that others wrote, so that the program is not fitted
//! to our own stand-in. ministack has ECS, Lambda, CloudWatch and STS; moto has Application
//! Auto Scaling. They come from Python's package index into the target directory, and are
//! filled by `tests/peers/populate.py`. Without Python or the index the tests say so and pass.

mod expected;
mod limited;
mod python;
mod server;

use super::{Ran, fresh, pull};
use expected::{Service, batch, function, service};
use loadline::model::{Architecture, Capacity, Profile, Size, Workload};
use loadline::store::Snapshot;
use server::Peer;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const REGION: &str = "eu-west-1";
const HOME_ACCOUNT: &str = "111111111111";
const OTHER_ACCOUNT: &str = "222222222222";
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;
/// Services without tasks, as many as `populate.py` makes.
const SPARES: usize = 103;
const SCALED_SPARES: u32 = 70;
/// Of one run of the program; it takes seconds.
const LIMIT: Duration = Duration::from_mins(3);
/// Quotas that do not slow a test down.
const FAST: [&str; 6] =
    ["--quota-points", "1000000000", "--quota-calls", "10000", "--quota-share", "100"];

/// The end of the day that the peers have readings of.
fn end_of_readings() -> i64 {
    (pull::now() - HOUR) / HOUR * HOUR
}

/// A peer that serves everything, and perhaps one that serves scaling in its place.
struct Peers {
    everything: Peer,
    scaling: Option<Peer>,
}

impl Peers {
    /// The program with no other AWS than these.
    fn run(&self, here: &Path, arguments: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_loadline"));
        for (name, _) in std::env::vars() {
            let lower = name.to_ascii_lowercase();
            if lower.starts_with("aws_")
                || lower.starts_with("loadline_")
                || lower.ends_with("_proxy")
            {
                command.env_remove(name);
            }
        }
        command.args(arguments).current_dir(here).env("HOME", here);
        command.env("AWS_ENDPOINT_URL", self.everything.url());
        if let Some(scaling) = &self.scaling {
            command.env("AWS_ENDPOINT_URL_APPLICATION_AUTO_SCALING", scaling.url());
        }
        // The peer takes a key of twelve digits for an account.
        command.envs([("AWS_ACCESS_KEY_ID", HOME_ACCOUNT), ("AWS_SECRET_ACCESS_KEY", "testing")]);
        command.envs([("AWS_REGION", REGION), ("AWS_EC2_METADATA_DISABLED", "true")]);
        limited::run(command, here, LIMIT).unwrap()
    }

    fn pull(&self, here: &Path, end: i64, more: &[&str]) -> Ran {
        let end = end.to_string();
        self.run(here, &[&["pull", "--until", &end][..], &FAST, more].concat())
    }
}

#[test]
fn what_another_server_holds_is_what_comes_out() {
    let Some(python) = python::interpreter() else { return };
    let here = fresh("peers");
    let end = end_of_readings();
    let everything = Peer::start(python, "ministack", end, &here);
    let peers = Peers { everything, scaling: None };
    readings_are_those_put_in(&peers, &here, end);
    every_workload_is_listed_once(&here);
    a_second_pull_asks_nothing(&peers, &here, end);
    a_later_pull_goes_on(&peers, &here, end);
    the_store_can_be_analyzed(&peers, &here);
    a_role_leads_to_another_account(&peers, &here, end);
}

fn readings_are_those_put_in(peers: &Peers, here: &Path, end: i64) {
    for period in [300, 60] {
        let out = format!("by-{period}");
        let options = ["--days", "1", "--period", &period.to_string(), "--out", &out];
        let said = peers.pull(here, end, &options);
        assert_eq!(said.code, 0, "{}", said.err);
        // The peer knows neither scaling nor what sizes there were; both are said, and the
        // rest goes on.
        assert!(said.err.contains("PULL_PART_MISSING: 111111111111/eu-west-1"), "{}", said.err);
        assert!(said.err.contains("DescribeScalableTargets"), "{}", said.err);
        assert!(said.err.contains("SIZE_HISTORY_UNKNOWN: stage/worker\n"), "{}", said.err);
        let profiles = Snapshot::open(&here.join(&out)).unwrap().profiles().unwrap();
        let whole = (end - DAY, end, period);
        for (id, one, window) in [
            ("prod/web", Service::new(0, 2, 512, 1_024).balanced(), whole),
            ("prod/queue", Service::new(2, 3, 256, 512), whole),
            // Its size is known from the middle of the day on.
            ("stage/worker", Service::new(4, 1, 1_024, 2_048), (end - DAY / 2, end, period)),
            // Memory is of soft limits where there are any.
            ("stage/legacy", Service::new(6, 2, 256, 512), whole),
        ] {
            assert_eq!(profiles[id], service(&one, window), "{id} in {period} s");
        }
        let runs = [(end - DAY, end - DAY + 1_200), (end - 7_200, end - 6_600)];
        assert_eq!(profiles["prod/task/nightly"], batch(&runs, period), "in {period} s");
        assert_eq!(profiles["lambda/resize"], function(whole), "in {period} s");
    }
    plain_numbers(&Snapshot::open(&here.join("by-60")).unwrap().profiles().unwrap()["prod/web"]);
}

/// The same as above without our own arithmetic: steps run from 1 to 31, of 16 CPU units and
/// 32 MiB each, and come evenly.
fn plain_numbers(web: &Profile) {
    use loadline::model::Signal::{CpuMax, MemoryMax, Tasks};
    let maximum = |signal| web.signal(signal).maximum().unwrap().ceil();
    assert_eq!((maximum(CpuMax), maximum(MemoryMax), maximum(Tasks)), (496, 992, 3));
    assert_eq!(web.readings(), 1_440);
    // Two tasks, and three for a third of the day.
    assert_eq!(web.task_seconds(), Some((DAY.unsigned_abs() * 7 / 3, DAY.unsigned_abs())));
}

fn every_workload_is_listed_once(here: &Path) {
    let workloads = Snapshot::open(&here.join("by-60")).unwrap().workloads;
    let sized = |id: &str, cpu, memory| (id.to_owned(), Some(Size::new(cpu, memory)));
    let mut wanted = vec![
        ("lambda/resize".to_owned(), None),
        sized("prod/queue", 256, 512),
        sized("prod/task/nightly", 1_024, 4_096),
        sized("prod/web", 512, 1_024),
        sized("stage/legacy", 256, 768),
    ];
    wanted.extend((0..SPARES).map(|number| sized(&format!("stage/spare-{number:03}"), 256, 512)));
    wanted.push(sized("stage/worker", 1_024, 2_048));
    let found: Vec<_> = workloads.iter().map(|one| (one.id.clone(), one.size)).collect();
    assert_eq!(found, wanted);
    let one = |id: &str| workloads.iter().find(|one| one.id == id).unwrap();
    let web = one("prod/web");
    assert_eq!((web.architecture, web.tasks), (Architecture::Arm, Some(2)));
    assert_eq!((web.containers.len(), web.request_milliseconds), (2, Some(250)));
    assert_eq!((&*web.tags["team"], web.environment.as_deref()), ("shop", Some("production")));
    let shares = |one: &Workload| -> Vec<_> {
        one.launch.iter().map(|one| (one.capacity, one.weight, one.base)).collect()
    };
    assert_eq!(
        shares(one("prod/queue")),
        [(Capacity::FargateSpot, 3, 0), (Capacity::Fargate, 1, 1)]
    );
    assert_eq!(shares(one("stage/legacy")), [(Capacity::Ec2, 1, 0)]);
    let nightly = one("prod/task/nightly");
    assert_eq!(nightly.longest_run_seconds, Some(1_200));
    assert_eq!(nightly.stops.iter().map(|one| one.tasks).sum::<u32>(), 2);
    let resize = one("lambda/resize");
    assert_eq!((resize.architecture, resize.request_milliseconds), (Architecture::Arm, Some(96)));
    assert_eq!(resize.function.as_ref().unwrap().memory_mib.0, 512);
}

fn a_second_pull_asks_nothing(peers: &Peers, here: &Path, end: i64) {
    let before = files(&here.join("by-60"));
    let said = peers.pull(here, end, &["--days", "1", "--period", "60", "--out", "by-60", "-v"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.contains("DescribeServices "), "{}", said.err);
    assert!(!said.err.contains("GetMetricData 111111111111/"), "{}", said.err);
    assert!(said.err.contains(" 0 calls of GetMetricData"), "{}", said.err);
    assert!(before == files(&here.join("by-60")), "the store is as it was");
}

/// Every file below a directory, with its content.
fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            all.insert(path.display().to_string(), fs::read(&path).unwrap());
        }
    }
    all
}

fn a_later_pull_goes_on(peers: &Peers, here: &Path, end: i64) {
    for until in [end - 5 * HOUR, end - 2 * HOUR, end] {
        let options = ["--days", "1", "--period", "60", "--out", "later", "--services", "web"];
        let said = peers.pull(here, until, &options);
        assert_eq!(said.code, 0, "{}", said.err);
    }
    let profiles = Snapshot::open(&here.join("later")).unwrap().profiles().unwrap();
    let web = Service::new(0, 2, 512, 1_024).balanced();
    assert_eq!(profiles["prod/web"], service(&web, (end - DAY, end, 60)));
}

fn the_store_can_be_analyzed(peers: &Peers, here: &Path) {
    let json = peers.run(here, &["analyze", "by-60", "--format", "json"]).json();
    assert_eq!(json["region"], REGION);
    let all = json["workloads"].as_array().unwrap();
    let ids: BTreeSet<&str> = all.iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!((ids.len(), all.len()), (SPARES + 6, SPARES + 6));
    let cost = json["totals"]["current_usd_per_month"].as_str().unwrap();
    assert!(cost.parse::<f64>().unwrap() > 1.0, "{cost}");
}

fn a_role_leads_to_another_account(peers: &Peers, here: &Path, end: i64) {
    let accounts = format!("{HOME_ACCOUNT},{OTHER_ACCOUNT}");
    let options = ["--assume-role", "reader", "--accounts", &accounts, "--services", "web"];
    let more = ["--days", "1", "--period", "60", "--out", "accounts"];
    let said = peers.pull(here, end, &[options, more].concat());
    assert_eq!(said.code, 0, "{}", said.err);
    let profiles = Snapshot::open(&here.join("accounts")).unwrap().profiles().unwrap();
    let window = (end - DAY, end, 60);
    let home = Service::new(0, 2, 512, 1_024).balanced();
    let other = Service::new(12, 1, 256, 512);
    let id = |account: &str| format!("{account}/{REGION}/prod/web");
    assert_eq!(profiles.len(), 2, "{:?}", profiles.keys());
    assert_eq!(profiles[&id(HOME_ACCOUNT)], service(&home, window));
    assert_eq!(profiles[&id(OTHER_ACCOUNT)], service(&other, window));
}

#[test]
fn scaling_is_read_from_a_server_of_its_own() {
    let Some(python) = python::interpreter() else { return };
    let here = fresh("peers-scaling");
    let end = end_of_readings();
    let scaling = Some(Peer::start(python, "moto", end, &here));
    let everything = Peer::start(python, "ministack", end, &here);
    let peers = Peers { everything, scaling };
    let said = peers.pull(&here, end, &["--days", "1", "--period", "3600", "--out", "store"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(!said.err.contains("PULL_PART_MISSING"), "{}", said.err);
    let workloads = Snapshot::open(&here.join("store")).unwrap().workloads;
    let one = |id: &str| workloads.iter().find(|one| one.id == id).unwrap().scaling.as_ref();
    let web = one("prod/web").unwrap();
    assert_eq!((web.minimum_tasks, web.maximum_tasks), (1, 6));
    let policy = &web.policies[0];
    assert_eq!((policy.name.as_str(), policy.kind.as_str()), ("by-cpu", "TargetTrackingScaling"));
    assert_eq!(policy.metric.as_deref(), Some("ECSServiceAverageCPUUtilization"));
    assert_eq!(policy.target.as_deref(), Some("62.5"));
    let cooldowns = (policy.scale_in_cooldown_seconds, policy.scale_out_cooldown_seconds);
    assert_eq!(cooldowns, (Some(300), Some(60)));
    let morning = &web.schedules[0];
    assert_eq!((morning.name.as_str(), morning.minimum_tasks), ("morning", Some(3)));
    assert_eq!(morning.expression, "cron(0 8 * * ? *)");
    // Over the end of a page, which the peer makes of fifty.
    for number in 0..SCALED_SPARES {
        let spare = one(&format!("stage/spare-{number:03}")).unwrap();
        assert_eq!((spare.minimum_tasks, spare.maximum_tasks), (1, 1 + number));
    }
    assert_eq!(one(&format!("stage/spare-{SCALED_SPARES:03}")), None);
}
