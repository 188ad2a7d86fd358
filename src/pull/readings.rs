//! Points of a workload's metrics, made into readings in whole units.
//!
//! Percentages are of the size that was in force; where that is not known, readings are
//! kept apart.

use super::metrics::Points;
use super::series::{Measure, Metric, Statistic};
use super::window::Segment;
use crate::model::{
    Code, Extra, Kind, Part, REQUEST_LIMIT, Reading, Signal, SizeSince, VALUE_LIMIT, WideReading,
    Workload,
};
use std::collections::{BTreeMap, BTreeSet};

/// One metric of a workload with the points of each of its statistics.
pub type Measured<'m> = (&'m Metric, Vec<Points>);

/// What the points came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Converted {
    /// In order of time.
    pub readings: Vec<WideReading>,
    /// The same, with percent in place of CPU units and MiB.
    pub apart: Vec<WideReading>,
    pub facts: Facts,
}

/// What was learned on the way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// What has to be said of the readings.
    pub codes: BTreeSet<Code>,
    /// It is behind an application load balancer, which speaks HTTP.
    pub has_requests: bool,
    /// End of the newest reading, and the tasks that samples said ran then.
    newest: Option<(i64, f64)>,
    /// Milliseconds of all answers, and how many there were.
    milliseconds: f64,
    answers: f64,
}

impl Facts {
    /// Requests whose duration was measured, and the milliseconds that all took together.
    #[must_use]
    pub fn answers(&self) -> Option<(u64, u64)> {
        let possible = self.answers >= 1.0 && self.answers < 1e18 && self.milliseconds < 1e18;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked")]
        possible.then_some((self.answers.round() as u64, self.milliseconds.ceil() as u64))
    }

    pub fn add(&mut self, other: &Facts) {
        self.codes.extend(&other.codes);
        self.has_requests |= other.has_requests;
        self.milliseconds += other.milliseconds;
        self.answers += other.answers;
        self.newest = match (self.newest, other.newest) {
            (Some(mine), Some(theirs)) => Some(if theirs.0 > mine.0 { theirs } else { mine }),
            (mine, theirs) => mine.or(theirs),
        };
    }

    /// Does ECS, which was asked at `now`, say another number of tasks than the samples of
    /// the last minutes? In words.
    #[must_use]
    pub fn disagreement(&self, running: u32, now: i64) -> Option<String> {
        let (end, sampled) = self.newest.filter(|(end, _)| now - end <= LATELY)?;
        let running = f64::from(running);
        let minutes = (now - end) / 60;
        ((sampled - running).abs() > (running / 2.0).max(1.0))
            .then(|| format!("{sampled:.1} by samples, {running} running {minutes} minutes later"))
    }
}

/// Seconds between readings and the inventory within which the two are compared.
const LATELY: i64 = 1_200;

/// All values of one moment, by what they measure.
#[derive(Clone, Debug, Default)]
struct Moment(BTreeMap<(Measure, Statistic), Vec<f64>>);

impl Moment {
    fn one(&self, measure: Measure, statistic: Statistic) -> Option<f64> {
        self.0.get(&(measure, statistic)).and_then(|values| values.first().copied())
    }

    fn all(&self, measure: Measure, statistic: Statistic) -> &[f64] {
        self.0.get(&(measure, statistic)).map_or(&[], Vec::as_slice)
    }
}

/// Readings of a workload over one stretch. `ran`: it is known to have run before.
#[must_use]
pub fn convert(
    workload: &Workload,
    segment: Segment,
    measured: &[Measured<'_>],
    ran: bool,
) -> Converted {
    let moments = moments(measured.iter().filter(|(metric, _)| metric.part.is_none()));
    let mut out = Converted::default();
    for (at, moment) in &moments {
        reading(workload, segment, (*at, moment), &mut out);
    }
    if workload.kind == Kind::Function {
        fill(segment, segment.start, &mut out, |reading| reading.with_requests(0.0));
    } else if may_be_nothing(workload) && (ran || !out.readings.is_empty()) {
        let since = workload.sizes.first().map_or(segment.start, |first| first.since);
        let filled = fill(segment, since, &mut out, |reading| reading.with(Signal::Tasks, 0.0));
        out.facts.codes.extend(filled.then_some(Code::ZeroTasksAssumed));
    }
    out
}

/// Everything that was measured, by moment.
fn moments<'m>(measured: impl Iterator<Item = &'m Measured<'m>>) -> BTreeMap<i64, Moment> {
    let mut moments: BTreeMap<i64, Moment> = BTreeMap::new();
    for (metric, series) in measured {
        for (statistic, points) in metric.statistics.iter().zip(series) {
            for (at, value) in points.at.iter().zip(&points.values) {
                let moment = moments.entry(*at).or_default();
                moment.0.entry((metric.measure, *statistic)).or_default().push(*value);
            }
        }
    }
    moments
}

/// Readings of the parts of a workload, each in order of time. They come in CPU units and
/// MiB, whatever the size was.
#[must_use]
pub fn convert_parts<'m>(
    segment: Segment,
    measured: &[Measured<'m>],
) -> (BTreeMap<&'m Part, Vec<WideReading>>, BTreeSet<Code>) {
    let mut by_part: BTreeMap<&Part, Vec<&Measured<'_>>> = BTreeMap::new();
    for one in measured {
        if let Some(part) = &one.0.part {
            by_part.entry(part).or_default().push(one);
        }
    }
    let mut codes = BTreeSet::new();
    let mut readings_of = |measured: Vec<&Measured<'_>>| {
        let mut readings = Vec::new();
        for (at, moment) in moments(measured.into_iter()) {
            let (wide, too_large) = part_reading(segment, at, &moment);
            codes.extend(too_large.then_some(Code::ValueTooLarge));
            readings.push(wide);
        }
        readings
    };
    let readings =
        by_part.into_iter().map(|(part, measured)| (part, readings_of(measured))).collect();
    (readings, codes)
}

/// One moment of a part, and whether some value was beyond belief.
fn part_reading(segment: Segment, at: i64, moment: &Moment) -> (WideReading, bool) {
    let mut wide =
        WideReading { reading: Reading::new(at, segment.period), ..WideReading::default() };
    let units = |statistic| {
        (moment.one(Measure::CpuUnits, statistic), moment.one(Measure::MemoryMib, statistic))
    };
    let levels = [Statistic::Average, Statistic::Maximum, Statistic::Minimum].map(units);
    let too_large = set(&mut wide, levels);
    if let Some(samples) = moment.one(Measure::CpuUnits, Statistic::SampleCount) {
        let tasks = samples * 60.0 / f64::from(segment.period);
        wide.reading.set(Signal::Tasks, tasks.min(VALUE_LIMIT - 1.0));
    }
    (wide, too_large)
}

fn reading(
    workload: &Workload,
    segment: Segment,
    (at, moment): (i64, &Moment),
    out: &mut Converted,
) {
    use Statistic::{Average, Maximum, Minimum, P99, Sum};
    let mut wide =
        WideReading { reading: Reading::new(at, segment.period), ..WideReading::default() };
    let tasks = tasks(segment, at, moment, &mut out.facts);
    if let Some(tasks) = tasks {
        wide.reading.set(Signal::Tasks, tasks.min(VALUE_LIMIT - 1.0));
    }
    let units = |statistic| {
        (moment.one(Measure::CpuUnits, statistic), moment.one(Measure::MemoryMib, statistic))
    };
    let too_large = set(&mut wide, [units(Average), units(Maximum), units(Minimum)]);
    out.facts.codes.extend(too_large.then_some(Code::ValueTooLarge));
    let requests: f64 = moment.all(Measure::RequestsPerTarget, Sum).iter().sum();
    let balanced = !moment.all(Measure::RequestsPerTarget, Sum).is_empty();
    out.facts.has_requests |= balanced;
    let requests = tasks.filter(|_| balanced).map(|tasks| requests * tasks);
    if let Some(requests) = moment.one(Measure::Invocations, Sum).or(requests) {
        wide.reading.set_requests(requests.min(REQUEST_LIMIT / 2.0));
    }
    responses(moment, &mut wide, &mut out.facts);
    let durations =
        [(Extra::ResponseMean, Average), (Extra::ResponseP99, P99), (Extra::ResponseMax, Maximum)];
    for (extra, statistic) in durations {
        if let Some(value) = moment.one(Measure::Duration, statistic) {
            wide.extras[extra as usize] = Some(value);
        }
    }
    let mean = moment.one(Measure::Duration, Average);
    if let Some((mean, count)) = mean.zip(moment.one(Measure::Invocations, Sum)) {
        out.facts.milliseconds += mean * count;
        out.facts.answers += count;
    }
    wide.extras[Extra::Errors as usize] = moment.one(Measure::Errors, Sum);
    wide.extras[Extra::Concurrency as usize] = moment.one(Measure::Concurrency, Maximum);
    percentages(workload, segment, (at, moment), wide, out);
}

/// CPU and memory.
type Level = (Option<f64>, Option<f64>);
/// Mean, maximum and minimum.
type Levels = [Level; 3];

/// Says whether some value was beyond belief.
fn set(wide: &mut WideReading, [mean, maximum, minimum]: Levels) -> bool {
    let signals = [
        (Signal::CpuMean, mean.0),
        (Signal::MemoryMean, mean.1),
        (Signal::CpuMax, maximum.0),
        (Signal::MemoryMax, maximum.1),
    ];
    // Beyond this nothing is believed, and no store may hold it.
    let believed = |value: &f64| *value < VALUE_LIMIT;
    for (signal, value) in signals {
        if let Some(value) = value.filter(believed) {
            wide.reading.set(signal, value);
        }
    }
    for (extra, value) in [(Extra::CpuMin, minimum.0), (Extra::MemoryMin, minimum.1)] {
        wide.extras[extra as usize] = value.filter(believed).or(wide.extras[extra as usize]);
    }
    let all = [mean, maximum, minimum];
    all.iter().flat_map(|level| [level.0, level.1]).flatten().any(|value| !believed(&value))
}

/// Converts what is a percentage, and puts the reading where it belongs.
fn percentages(
    workload: &Workload,
    segment: Segment,
    (at, moment): (i64, &Moment),
    mut wide: WideReading,
    out: &mut Converted,
) {
    let percent = |statistic| {
        let of = |measure| moment.one(measure, statistic);
        (of(Measure::CpuPercent), of(Measure::MemoryPercent))
    };
    let levels: Levels =
        [percent(Statistic::Average), percent(Statistic::Maximum), percent(Statistic::Minimum)];
    let any = |of: fn(&Level) -> Option<f64>| levels.iter().any(|one| of(one).is_some());
    let (any_cpu, any_memory) = (any(|one| one.0), any(|one| one.1));
    let base = base(&workload.sizes, at, at + i64::from(segment.period));
    let Some((cpu, memory)) = base else {
        if any_cpu || any_memory {
            out.facts.codes.insert(Code::SizeHistoryUnknown);
            set(&mut wide, levels);
            out.apart.push(wide);
        } else {
            out.readings.push(wide);
        }
        return;
    };
    // Of what has no base the percentages are kept, apart; the rest is converted.
    let orphan_cpu =
        any_cpu && cpu.is_none() && moment.one(Measure::CpuUnits, Statistic::Average).is_none();
    let orphan_memory = any_memory
        && memory.is_none()
        && moment.one(Measure::MemoryMib, Statistic::Average).is_none();
    if orphan_cpu || orphan_memory {
        out.facts.codes.insert(Code::PercentOfNothing);
        let kept = levels
            .map(|(cpu, memory)| (cpu.filter(|_| orphan_cpu), memory.filter(|_| orphan_memory)));
        let mut apart =
            WideReading { reading: Reading::new(at, segment.period), ..WideReading::default() };
        set(&mut apart, kept);
        out.apart.push(apart);
    }
    let of = |value: Option<f64>, base: Option<f64>| Some(value? * base? / 100.0);
    let too_large = set(&mut wide, levels.map(|level| (of(level.0, cpu), of(level.1, memory))));
    out.facts.codes.extend(too_large.then_some(Code::ValueTooLarge));
    out.readings.push(wide);
}

/// What percentages of a stretch of time were of: CPU units and MiB, each where it is set.
/// Where two sizes were mixed it is the larger, so that nothing is taken for less than it
/// may have been. Nothing where the size is not known.
fn base(sizes: &[SizeSince], start: i64, end: i64) -> Option<(Option<f64>, Option<f64>)> {
    let last = sizes.iter().rposition(|one| one.since < end)?;
    let mut first = last;
    while sizes[first].since > start || sizes[first].settled.is_none_or(|at| at > start) {
        first = first.checked_sub(1)?;
    }
    let mixed = &sizes[first..=last];
    if mixed.iter().any(|one| one.unknown) {
        return None;
    }
    let larger = |of: fn(&SizeSince) -> Option<u32>| -> Option<f64> {
        let all: Option<Vec<u32>> = mixed.iter().map(of).collect();
        all?.into_iter().max().map(f64::from)
    };
    Some((larger(|one| Some(one.cpu_units?.0)), larger(|one| Some(one.memory_mib?.0))))
}

/// Tasks running, on average over the period. A sample is a task and a minute.
fn tasks(segment: Segment, at: i64, moment: &Moment, facts: &mut Facts) -> Option<f64> {
    if let Some(counted) = moment.one(Measure::Tasks, Statistic::Average) {
        return Some(counted);
    }
    let samples = moment.one(Measure::CpuPercent, Statistic::SampleCount);
    let samples = samples.or_else(|| moment.one(Measure::CpuUnits, Statistic::SampleCount))?;
    facts.codes.insert(Code::TasksFromSamples);
    let tasks = samples * 60.0 / f64::from(segment.period);
    facts.newest = Some((at + i64::from(segment.period), tasks));
    Some(tasks)
}

/// Response times of all target groups together, in milliseconds.
fn responses(moment: &Moment, wide: &mut WideReading, facts: &mut Facts) {
    let all = |statistic| moment.all(Measure::ResponseSeconds, statistic);
    let largest = |statistic| all(statistic).iter().copied().reduce(f64::max).map(|s| s * 1000.0);
    wide.extras[Extra::ResponseP99 as usize] = largest(Statistic::P99);
    wide.extras[Extra::ResponseMax as usize] = largest(Statistic::Maximum);
    let (means, counts) = (all(Statistic::Average), all(Statistic::SampleCount));
    let answers: f64 = counts.iter().sum();
    if answers > 0.0 && means.len() == counts.len() {
        let sum: f64 = means.iter().zip(counts).map(|(mean, count)| mean * 1000.0 * count).sum();
        wide.extras[Extra::ResponseMean as usize] = Some(sum / answers);
        facts.milliseconds += sum;
        facts.answers += answers;
    }
}

/// May it be that no task runs at all?
fn may_be_nothing(workload: &Workload) -> bool {
    let scaling = workload.scaling.as_ref().filter(|_| workload.kind == Kind::Service);
    scaling.is_some_and(|scaling| {
        let scheduled = scaling.schedules.iter().any(|one| one.minimum_tasks == Some(0));
        scaling.minimum_tasks == 0 || scheduled
    })
}

/// Readings of nothing where there are none, from some time on: of no task, or of no call
/// of a function, which CloudWatch does not count as zero. Says whether there were any.
fn fill(
    segment: Segment,
    since: i64,
    out: &mut Converted,
    nothing: impl Fn(Reading) -> Reading,
) -> bool {
    let seen: BTreeSet<i64> =
        out.readings.iter().chain(&out.apart).map(|one| one.reading.at).collect();
    let mut at = segment.start;
    let before = out.readings.len();
    while at < segment.end {
        if at >= since && !seen.contains(&at) {
            let reading = nothing(Reading::new(at, segment.period));
            out.readings.push(WideReading { reading, ..WideReading::default() });
        }
        at += i64::from(segment.period);
    }
    out.readings.sort_by_key(|one| one.reading.at);
    out.readings.len() > before
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Scaling;
    use crate::units::{CpuUnits, MiB};

    const SEGMENT: Segment = Segment { start: 0, end: 3_000, period: 300 };

    fn since(since: i64, settled: Option<i64>, cpu: u32, memory: u32) -> SizeSince {
        let set = |value: u32| (value > 0).then_some(value);
        SizeSince {
            since,
            settled,
            unknown: false,
            revision: format!("web:{since}"),
            cpu_units: set(cpu).map(CpuUnits),
            memory_mib: set(memory).map(MiB),
        }
    }

    fn web(sizes: Vec<SizeSince>) -> Workload {
        Workload { sizes, ..Workload::named("prod/web") }
    }

    fn metric(measure: Measure, statistics: &[Statistic]) -> Metric {
        Metric {
            measure,
            part: None,
            namespace: String::new(),
            name: String::new(),
            dimensions: Vec::new(),
            statistics: statistics.to_vec(),
        }
    }

    fn points(values: &[f64]) -> Points {
        let at = (0..).map(|n| n * 300).take(values.len()).collect();
        Points { at, values: values.to_vec() }
    }

    /// CPU percent: mean, maximum and samples.
    fn cpu(workload: &Workload, values: [&[f64]; 3]) -> Converted {
        use Statistic::{Average, Maximum, SampleCount};
        let metric = metric(Measure::CpuPercent, &[Average, Maximum, SampleCount]);
        convert(workload, SEGMENT, &[(&metric, values.map(points).to_vec())], false)
    }

    #[test]
    fn percentages_are_of_the_size_at_the_time() {
        let workload = web(vec![since(0, Some(0), 256, 512), since(600, Some(600), 1024, 2048)]);
        let out = cpu(&workload, [&[50.0; 4], &[100.0; 4], &[10.0; 4]]);
        let means: Vec<Option<f64>> =
            out.readings.iter().map(|one| one.reading.get(Signal::CpuMean)).collect();
        assert_eq!(means, [Some(128.0), Some(128.0), Some(512.0), Some(512.0)]);
        assert_eq!(out.readings[3].reading.get(Signal::CpuMax), Some(1024.0));
        // Ten samples in five minutes: two tasks.
        assert_eq!(out.readings[0].reading.get(Signal::Tasks), Some(2.0));
        assert_eq!(out.facts.codes, [Code::TasksFromSamples].into());
    }

    #[test]
    fn samples_are_held_against_what_ran_minutes_later() {
        let workload = web(vec![since(0, Some(0), 256, 512)]);
        // Ten samples in five minutes: two tasks, until the last reading ends.
        let out = cpu(&workload, [&[1.0; 3], &[1.0; 3], &[5.0, 5.0, 10.0]]);
        let end = 900;
        let said = |running, now| out.facts.disagreement(running, now);
        assert_eq!((said(2, end + 600), said(3, end + 600)), (None, None));
        assert_eq!(
            said(8, end + 600).as_deref(),
            Some("2.0 by samples, 8 running 10 minutes later")
        );
        assert_eq!(said(8, end + LATELY + 1), None, "too long ago to say");
    }

    #[test]
    fn while_two_sizes_are_mixed_the_larger_counts() {
        let workload = web(vec![since(0, Some(0), 1024, 2048), since(350, Some(650), 256, 512)]);
        let out = cpu(&workload, [&[50.0; 4], &[50.0; 4], &[5.0; 4]]);
        let means: Vec<Option<f64>> =
            out.readings.iter().map(|one| one.reading.get(Signal::CpuMean)).collect();
        assert_eq!(means, [Some(512.0), Some(512.0), Some(512.0), Some(128.0)]);
    }

    #[test]
    fn an_unknown_size_in_the_middle_is_no_base() {
        let unknown = SizeSince { unknown: true, ..since(300, Some(300), 0, 0) };
        let workload =
            web(vec![since(0, Some(0), 1024, 2048), unknown, since(600, Some(600), 256, 512)]);
        let out = cpu(&workload, [&[50.0; 3], &[60.0; 3], &[5.0; 3]]);
        assert_eq!((out.apart.len(), out.readings.len()), (1, 2));
        assert_eq!(out.apart[0].reading.at, 300);
        assert!(out.facts.codes.contains(&Code::SizeHistoryUnknown));
    }

    #[test]
    fn while_the_first_known_size_comes_in_nothing_is_known() {
        let workload = web(vec![since(0, Some(600), 256, 512)]);
        let out = cpu(&workload, [&[50.0; 3], &[60.0; 3], &[5.0; 3]]);
        assert_eq!((out.apart.len(), out.readings.len()), (2, 1));
    }

    #[test]
    fn a_rollout_that_another_overtook_was_never_alone() {
        let sizes = vec![
            since(0, Some(0), 2048, 4096),
            since(300, None, 256, 512),
            since(350, Some(900), 512, 1024),
        ];
        let out = cpu(&web(sizes), [&[50.0; 4], &[60.0; 4], &[5.0; 4]]);
        let means: Vec<Option<f64>> =
            out.readings.iter().map(|one| one.reading.get(Signal::CpuMean)).collect();
        assert_eq!(means, [Some(1024.0), Some(1024.0), Some(1024.0), Some(256.0)]);
    }

    #[test]
    fn what_came_before_the_first_known_size_is_kept_apart() {
        let workload = web(vec![since(600, Some(600), 1024, 2048)]);
        let out = cpu(&workload, [&[50.0; 3], &[60.0; 3], &[5.0; 3]]);
        assert_eq!((out.apart.len(), out.readings.len()), (2, 1));
        assert_eq!(out.apart[0].reading.get(Signal::CpuMean), Some(50.0), "percent");
        assert!(out.facts.codes.contains(&Code::SizeHistoryUnknown));
    }

    #[test]
    fn a_percentage_of_nothing_is_kept_apart_too() {
        let workload = web(vec![since(0, Some(0), 0, 512)]);
        let out = cpu(&workload, [&[50.0], &[60.0], &[5.0]]);
        assert_eq!(out.apart[0].reading.get(Signal::CpuMean), Some(50.0));
        assert_eq!(out.readings[0].reading.get(Signal::CpuMean), None);
        assert_eq!(out.readings[0].reading.get(Signal::Tasks), Some(1.0));
        assert!(out.facts.codes.contains(&Code::PercentOfNothing));
    }

    #[test]
    fn no_reading_is_no_task_where_a_service_may_scale_to_nothing() {
        let mut workload = web(vec![since(0, Some(0), 256, 512)]);
        assert_eq!(cpu(&workload, [&[1.0], &[1.0], &[5.0]]).readings.len(), 1);
        workload.scaling = Some(Scaling::default());
        let out = cpu(&workload, [&[1.0], &[1.0], &[5.0]]);
        assert_eq!(out.readings.len(), 10);
        assert_eq!(out.readings[9].reading.get(Signal::Tasks), Some(0.0));
        assert!(out.facts.codes.contains(&Code::ZeroTasksAssumed));
    }

    #[test]
    fn requests_are_those_of_all_targets() {
        use Statistic::{Average, Maximum, P99, SampleCount, Sum};
        let workload = web(vec![since(0, Some(0), 256, 512)]);
        let tasks = metric(Measure::Tasks, &[Average]);
        let requests = metric(Measure::RequestsPerTarget, &[Sum]);
        let times = metric(Measure::ResponseSeconds, &[Average, P99, Maximum, SampleCount]);
        let series = |values: &[f64]| values.iter().map(|one| points(&[*one])).collect::<Vec<_>>();
        let out = convert(
            &workload,
            SEGMENT,
            &[
                (&tasks, series(&[3.0])),
                (&requests, series(&[10.0])),
                (&requests, series(&[5.0])),
                (&times, series(&[0.1, 0.5, 0.9, 30.0])),
                (&times, series(&[0.2, 0.4, 1.5, 10.0])),
            ],
            false,
        );
        let one = &out.readings[0];
        assert_eq!(one.reading.requests(), Some(45.0));
        assert_eq!(one.extras[Extra::ResponseMean as usize], Some(125.0));
        assert_eq!(one.extras[Extra::ResponseP99 as usize], Some(500.0));
        assert_eq!(one.extras[Extra::ResponseMax as usize], Some(1500.0));
        assert_eq!(out.facts.answers(), Some((40, 5_000)));
        assert!(out.facts.has_requests && out.facts.codes.is_empty());
    }
}
