//! What `populate.py` puts in, worked out anew from the same rule.

use loadline::model::{Profile, Reading, Signal};

/// Percent of a size, as in `populate.py`.
const STEP: f64 = 3.125;

/// A window's start and end, and the seconds of a period.
pub type Window = (i64, i64, u32);

/// A service that is populated.
pub struct Service {
    number: i64,
    usual_tasks: i64,
    cpu_units: f64,
    memory_mib: f64,
    balanced: bool,
}

impl Service {
    pub fn new(number: i64, usual_tasks: i64, cpu_units: u32, memory_mib: u32) -> Self {
        let (cpu_units, memory_mib) = (f64::from(cpu_units), f64::from(memory_mib));
        Service { number, usual_tasks, cpu_units, memory_mib, balanced: false }
    }

    /// Behind a load balancer, which counts requests.
    pub fn balanced(self) -> Self {
        Service { balanced: true, ..self }
    }

    fn tasks(&self, minute: i64) -> i64 {
        let busy = (8 * 60..16 * 60).contains(&(minute % 1_440));
        self.usual_tasks + i64::from(busy)
    }

    /// Percentages of all tasks in all minutes.
    fn samples(&self, minutes: &[i64], number: i64) -> Samples {
        let all = minutes.iter().flat_map(|minute| {
            (0..self.tasks(*minute)).map(move |task| steps(*minute, task, number) * STEP)
        });
        Samples(all.collect())
    }
}

fn steps(minute: i64, task: i64, number: i64) -> f64 {
    let steps = 1 + (minute * 7 + task * 3 + number * 5) % 31;
    f64::from(i32::try_from(steps).expect("at most 31"))
}

struct Samples(Vec<f64>);

impl Samples {
    fn count(&self) -> f64 {
        f64::from(u32::try_from(self.0.len()).expect("few"))
    }

    fn sum(&self) -> f64 {
        self.0.iter().sum()
    }

    fn mean(&self) -> f64 {
        self.sum() / self.count()
    }

    fn maximum(&self) -> f64 {
        self.0.iter().copied().fold(0.0, f64::max)
    }
}

/// The minutes of each period, with its start.
fn periods((start, end, period): Window) -> impl Iterator<Item = (i64, Vec<i64>)> {
    let seconds = i64::from(period);
    (start / seconds..end / seconds).map(move |number| {
        let at = number * seconds;
        (at, (at / 60..(at + seconds) / 60).collect())
    })
}

pub fn service(service: &Service, window: Window) -> Profile {
    let mut profile = Profile::default();
    for (at, minutes) in periods(window) {
        let cpu = service.samples(&minutes, service.number);
        let memory = service.samples(&minutes, service.number + 1);
        let tasks = cpu.count() * 60.0 / f64::from(window.2);
        let requests = minutes.iter().map(|minute| steps(*minute, 0, 20) * 4.0).sum::<f64>();
        let of = |percent: f64, size: f64| percent * size / 100.0;
        let reading = Reading::new(at, window.2)
            .with(Signal::CpuMean, of(cpu.mean(), service.cpu_units))
            .with(Signal::CpuMax, of(cpu.maximum(), service.cpu_units))
            .with(Signal::MemoryMean, of(memory.mean(), service.memory_mib))
            .with(Signal::MemoryMax, of(memory.maximum(), service.memory_mib))
            .with(Signal::Tasks, tasks)
            .with_requests(service.balanced.then_some(requests * tasks));
        profile.add(&reading);
    }
    profile
}

/// The nightly task, one at a time; nothing is known of the time between its runs.
pub fn batch(runs: &[(i64, i64)], period: u32) -> Profile {
    let mut profile = Profile::default();
    for (begin, end) in runs {
        for (at, minutes) in periods((*begin, *end, period)) {
            let samples = |number, unit: f64| {
                Samples(minutes.iter().map(|minute| steps(*minute, 0, number) * unit).collect())
            };
            let (cpu, memory) = (samples(9, 32.0), samples(10, 128.0));
            let reading = Reading::new(at, period)
                .with(Signal::CpuMean, cpu.mean())
                .with(Signal::CpuMax, cpu.maximum())
                .with(Signal::MemoryMean, memory.mean())
                .with(Signal::MemoryMax, memory.maximum())
                .with(Signal::Tasks, cpu.count() * 60.0 / f64::from(period));
            profile.add(&reading);
        }
    }
    profile
}

/// The function, which is called in every second minute of the day.
pub fn function(window: Window) -> Profile {
    let mut profile = Profile::default();
    for (at, minutes) in periods(window) {
        let called = minutes.iter().filter(|minute| (*minute * 60 - window.0) % 120 == 0);
        let requests = called.map(|minute| steps(*minute, 0, 30)).sum::<f64>();
        profile.add(&Reading::new(at, window.2).with_requests(requests));
    }
    profile
}
