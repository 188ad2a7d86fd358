//! The seven kinds of workload, each in three environments.

use super::random::Random;
use super::{PERIOD, reading, rhythm, steps};
use crate::model::{Container, Kind, Protocol, Reading, Scaling, ScalingPolicy, Size, Workload};
use crate::units::{CpuUnits, MiB};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Job {
    Web,
    Queue,
    Worker,
    Crawler,
    Scraper,
    Etl,
    Admin,
}

/// A workload and how hard it is driven.
pub(super) struct Plan {
    pub workload: Workload,
    job: Job,
    /// Load against prod's.
    load: f64,
}

const ENVIRONMENTS: [(&str, f64); 3] = [("dev", 0.04), ("stage", 0.15), ("prod", 1.0)];

pub(super) fn all() -> Vec<Plan> {
    let jobs =
        [Job::Web, Job::Queue, Job::Worker, Job::Crawler, Job::Scraper, Job::Etl, Job::Admin];
    ENVIRONMENTS
        .iter()
        .flat_map(|(environment, load)| jobs.map(|job| plan(job, environment, *load)))
        .collect()
}

fn plan(job: Job, environment: &str, load: f64) -> Plan {
    let prod = environment == "prod";
    let (name, [small, large]) = match job {
        Job::Web => ("web", [(512, 1024), (1024, 2048)]),
        Job::Queue => ("queue", [(256, 1024), (512, 1024)]),
        Job::Worker => ("worker", [(512, 1024), (512, 1024)]),
        Job::Crawler => ("crawler", [(1024, 2048), (2048, 8192)]),
        Job::Scraper => ("scraper", [(256, 512), (256, 512)]),
        Job::Etl => ("etl", [(1024, 2048), (1024, 4096)]),
        Job::Admin => ("admin", [(256, 512), (512, 1024)]),
    };
    let (cpu, memory) = if prod { large } else { small };
    let mut workload = Workload {
        environment: Some(environment.to_owned()),
        size: Some(Size::new(cpu, memory)),
        ..Workload::named(&format!("{environment}/{name}"))
    };
    describe(job, cpu, memory, &mut workload);
    Plan { workload, job, load }
}

fn describe(job: Job, cpu: u32, memory: u32, workload: &mut Workload) {
    match job {
        Job::Web => {
            workload.protocol = Some(Protocol::Http);
            workload.request_milliseconds = Some(140);
            workload.scaling = (cpu == 1024).then(|| scaled_on_cpu(2, 8, "20"));
            workload.containers = vec![
                part("gunicorn", cpu * 3 / 4, memory * 7 / 8),
                part("nginx", cpu / 4, memory / 8),
            ];
        }
        Job::Admin => {
            workload.protocol = Some(Protocol::Http);
            workload.request_milliseconds = Some(220);
        }
        Job::Queue => workload.protocol = Some(Protocol::Tcp),
        Job::Worker => workload.protocol = Some(Protocol::None),
        Job::Crawler => ends_by_itself(workload, 4 * 86_400),
        Job::Scraper => ends_by_itself(workload, 840),
        Job::Etl => ends_by_itself(workload, 80 * 60),
    }
}

/// What the readings of the web app in prod follow.
fn scaled_on_cpu(minimum_tasks: u32, maximum_tasks: u32, target: &str) -> Scaling {
    let policy = ScalingPolicy {
        name: "cpu".to_owned(),
        kind: "TargetTrackingScaling".to_owned(),
        metric: Some("ECSServiceAverageCPUUtilization".to_owned()),
        target: Some(target.to_owned()),
        ..ScalingPolicy::default()
    };
    Scaling { minimum_tasks, maximum_tasks, policies: vec![policy], ..Scaling::default() }
}

fn ends_by_itself(workload: &mut Workload, longest_run_seconds: u32) {
    workload.kind = Kind::Task;
    workload.longest_run_seconds = Some(longest_run_seconds);
}

fn part(name: &str, cpu: u32, memory: u32) -> Container {
    Container {
        name: name.to_owned(),
        image: Some(name.to_owned()),
        cpu: Some(CpuUnits(cpu)),
        memory: None,
        memory_reservation: Some(MiB(memory)),
        gpus: 0,
        heap: None,
    }
}

pub(super) fn readings(plan: &Plan, random: &mut Random) -> Vec<Reading> {
    let size = plan.workload.size.expect("the sample has sizes");
    let (cpu, memory) = (f64::from(size.cpu.0), f64::from(size.memory.0));
    match plan.job {
        Job::Web => web(plan.load, cpu, random),
        Job::Queue => queue(plan.load, memory, random),
        Job::Worker => worker(plan.load, cpu, random),
        Job::Crawler => crawler(plan.load, cpu, random),
        Job::Scraper => {
            nightly(&Nightly { hour: 1, minutes: (10.0, 14.0), cpu: 70.0, memory: 190.0 }, random)
        }
        Job::Etl => {
            let memory = if plan.load < 1.0 { 700.0 } else { 1_900.0 };
            let run = Nightly { hour: 2, minutes: (50.0, 80.0), cpu: 690.0, memory };
            nightly(&run, random)
        }
        Job::Admin => admin(plan.load, random),
    }
}

/// Requests of a step at full load, in an ordinary peak.
const PEAK_REQUESTS: f64 = 3_000.0;
/// CPU seconds of one request.
const CPU_A_REQUEST: f64 = 0.032;
const UNITS: f64 = 1_024.0;

fn web(load: f64, limit: f64, random: &mut Random) -> Vec<Reading> {
    (0..steps())
        .map(|step| {
            let busy = rhythm::busy(step);
            let tasks = match load {
                load if load < 1.0 => 1.0,
                _ if busy > 1.2 => 4.0,
                _ if busy > 0.6 => 3.0,
                _ => 2.0,
            };
            let requests = (PEAK_REQUESTS * load * busy * random.about_one(0.12)).max(0.0).floor();
            let used = requests * CPU_A_REQUEST * UNITS / f64::from(PERIOD) / tasks + 6.0;
            let hottest = (used * random.between(1.2, 1.9)).min(limit);
            let base = if load < 1.0 { 300.0 } else { 410.0 };
            let memory = base + 70.0 * busy.min(2.0) * random.about_one(0.1);
            reading(step, tasks, (used, hottest), (memory, memory * random.between(1.01, 1.07)))
                .with_requests(requests)
        })
        .collect()
}

/// `RabbitMQ`: steady, its memory creeps until it is restarted early each Monday.
fn queue(load: f64, limit: f64, random: &mut Random) -> Vec<Reading> {
    let week = 7 * 86_400 / i64::from(PERIOD);
    let creep = if load < 1.0 { 90.0 } else { 560.0 };
    (0..steps())
        .map(|step| {
            #[expect(clippy::cast_precision_loss, reason = "below 2016")]
            let age = (step % week) as f64 / 2_016.0;
            let cpu = 18.0 + 30.0 * load * rhythm::busy(step) * random.about_one(0.2);
            let memory = 230.0 + creep * age + 25.0 * random.unit();
            let fullest = (memory * 1.02).min(limit);
            reading(step, 1.0, (cpu, cpu * random.between(1.1, 1.6)), (memory.min(limit), fullest))
        })
        .collect()
}

/// Celery: bursts that follow the web's load; in exam week it runs at its ceiling.
fn worker(load: f64, limit: f64, random: &mut Random) -> Vec<Reading> {
    let mut waiting = 0.0;
    (0..steps())
        .map(|step| {
            let arriving = 85.0 * load * rhythm::busy(step) * random.about_one(0.3);
            let burst = if random.chance(0.03) { 700.0 * load * random.unit() } else { 0.0 };
            waiting += (arriving + burst).max(0.0);
            let done = f64::min(waiting, limit * 0.98);
            waiting -= done;
            let used = 4.0 + done * 0.98;
            let hottest = (used * random.between(1.05, 1.4)).min(limit);
            let memory = 310.0 + 260.0 * done / limit + 20.0 * random.unit();
            reading(step, 1.0, (used.min(limit), hottest), (memory, memory * 1.03))
        })
        .collect()
}

/// Two to four days each week, from Friday evening on, and once more when records come in.
fn crawler(load: f64, limit: f64, random: &mut Random) -> Vec<Reading> {
    let hour = 3_600 / i64::from(PERIOD);
    let mut all = Vec::new();
    for start_hour in [18 + 4 * 24, 18 + 11 * 24, 9 + 16 * 24, 18 + 18 * 24, 18 + 25 * 24] {
        #[expect(clippy::cast_possible_truncation, reason = "a few hours")]
        let hours =
            random.between(48.0, if start_hour == 9 + 16 * 24 { 50.0 } else { 95.0 }) as i64;
        let steps_of_run = hours * hour;
        for step in 0..steps_of_run {
            #[expect(clippy::cast_precision_loss, reason = "small")]
            let grown = step as f64 / (steps_of_run as f64);
            let busy = limit * (0.30 + 0.25 * random.unit());
            let memory = if load < 1.0 { 500.0 + 300.0 * grown } else { 1_700.0 + 2_100.0 * grown };
            let memory = memory + 40.0 * random.unit();
            let hottest = (busy * random.between(1.1, 1.5)).min(limit);
            let one =
                reading(start_hour * hour + step, 1.0, (busy, hottest), (memory, memory * 1.02));
            all.push(if step == 0 { one.with_requests(1.0) } else { one.with_requests(0.0) });
        }
    }
    all.sort_by_key(|reading| reading.at);
    all.dedup_by_key(|reading| reading.at);
    all
}

struct Nightly {
    hour: i64,
    minutes: (f64, f64),
    cpu: f64,
    memory: f64,
}

/// A job that Airflow starts every night.
fn nightly(job: &Nightly, random: &mut Random) -> Vec<Reading> {
    let mut all = Vec::new();
    for day in 0..super::DAYS {
        let minutes = random.between(job.minutes.0, job.minutes.1);
        #[expect(clippy::cast_possible_truncation, reason = "a few steps")]
        let steps = (minutes * 60.0 / f64::from(PERIOD)).ceil() as i64;
        let first = (day * 24 + job.hour) * 3_600 / i64::from(PERIOD);
        for step in 0..steps {
            let cpu = job.cpu * random.about_one(0.08);
            let memory = job.memory * random.between(0.85, 1.0);
            let limit = if job.cpu < 256.0 { 256.0 } else { 1_024.0 };
            let one =
                reading(first + step, 1.0, (cpu, (cpu * 1.15).min(limit)), (memory, memory * 1.01));
            all.push(one.with_requests(if step == 0 { 1.0 } else { 0.0 }));
        }
    }
    all
}

/// A dashboard that hardly anybody opens.
fn admin(load: f64, random: &mut Random) -> Vec<Reading> {
    (0..steps())
        .map(|step| {
            let opened = random.chance(0.02 * rhythm::busy(step).min(1.0));
            let requests = if opened { (40.0 * load * random.unit()).floor() } else { 0.0 };
            let cpu = 2.0 + requests * 0.05 * UNITS / f64::from(PERIOD);
            let memory = 138.0 + 6.0 * random.unit();
            reading(step, 1.0, (cpu, cpu * random.between(1.0, 3.0)), (memory, memory))
                .with_requests(requests)
        })
        .collect()
}
