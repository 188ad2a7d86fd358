//! A service's own scaling policies, as far as they can be played with another size.

use super::service::Kept;
use crate::model::{
    Alarm, Code, Container, Finding, Sample, Scaling, ScalingPolicy, Size, StepScaling, Workload,
};
use crate::replay::{
    self, Adjustment, Bounds, Gathered, Metric, Policies, Rule, Schedule, StepChange,
};

/// What Application Auto Scaling waits where nothing is set, seconds.
const COOLDOWN: u32 = 300;
/// CloudWatch's alarms over seconds are another kind, and cost more.
const MINUTE: u32 = 60;

/// With what its policies are to be played.
#[derive(Clone, Copy, Debug)]
pub(super) struct With<'s> {
    pub size: Size,
    /// Where memory is measured against soft limits, and CPU is no cap.
    pub on_instances: bool,
    pub samples: &'s [Sample],
}

/// What its readings tell.
#[derive(Clone, Copy)]
struct Told {
    requests: bool,
    memory_means: bool,
}

/// How today's policies would keep the number of tasks with another size; nothing where it does
/// not scale, or runs as it ran.
///
/// # Errors
/// Where its policies cannot be played.
pub(super) fn own(
    workload: &Workload,
    with: With<'_>,
    window: (i64, i64),
) -> Result<Option<Kept>, Finding> {
    let With { size, on_instances, samples } = with;
    // Without a policy the number does not follow the size.
    let scales = |one: &&Scaling| {
        let room = one.maximum_tasks > one.minimum_tasks || !one.schedules.is_empty();
        room && !one.policies.is_empty()
    };
    let Some(scaling) = workload.scaling.as_ref().filter(scales) else {
        return Ok(None);
    };
    if workload.size == Some(size) {
        return Ok(None);
    }
    if let Some(what) = scaling.suspended.first() {
        return Err(Finding::new(Code::ScalingNotPlayed, format!("suspended: {what}")));
    }
    let told = Told {
        requests: samples.iter().any(|one| !one.requests.is_nan()),
        memory_means: samples.iter().any(|one| !one.memory_mean.is_nan()),
    };
    let not_played = |(name, why): (&str, String)| {
        Finding::new(Code::ScalingNotPlayed, format!("{name}: {why}"))
    };
    let mut rules = Vec::new();
    for policy in &scaling.policies {
        let read = rule(policy, told).map_err(|why| not_played((&policy.name, why)))?;
        rules.push(read);
    }
    let policies = Policies {
        size,
        reserved_share: if on_instances { reserved_share(workload) } else { 1.0 },
        cpu_capped: !on_instances,
        memory_slope: 0.0,
        minimum: scaling.minimum_tasks,
        maximum: scaling.maximum_tasks,
        rules,
    };
    let bounds = bounds(scaling, window).map_err(not_played)?;
    Ok(Some(Kept::ByPolicies(policies, bounds)))
}

/// When scheduled actions change which bounds; else whose and why not.
fn bounds(scaling: &Scaling, window: (i64, i64)) -> Result<Vec<Bounds>, (&str, String)> {
    let mut schedules = Vec::new();
    for one in &scaling.schedules {
        let read = Schedule::read(&one.expression, one.timezone.as_deref());
        let read = read.map_err(|why| (one.name.as_str(), why.to_string()))?;
        let read = read.within(one.start, one.end);
        schedules.push((read, one.minimum_tasks, one.maximum_tasks));
    }
    Ok(replay::bounds(&schedules, window.0, window.1))
}

fn rule(policy: &ScalingPolicy, told: Told) -> Result<Rule, String> {
    match (policy.kind.as_str(), &policy.steps) {
        ("TargetTrackingScaling", _) => tracking(policy, told),
        ("StepScaling", Some(steps)) => stepped(policy, steps, told),
        ("StepScaling", None) => Err("its steps are not in the store; pull again".to_owned()),
        (other, _) => Err(format!("{other} is not played")),
    }
}

fn tracking(policy: &ScalingPolicy, told: Told) -> Result<Rule, String> {
    let metric = match policy.metric.as_deref() {
        Some("ECSServiceAverageCPUUtilization") => Metric::Cpu,
        Some("ECSServiceAverageMemoryUtilization") => told.memory()?,
        Some("ALBRequestCountPerTarget") => counted(told)?,
        Some(other) => return Err(format!("{other} is not played")),
        None => return Err("its metric is not known".to_owned()),
    };
    let target = number(policy.target.as_deref()).filter(|target| *target > 0.0);
    Ok(Rule::Tracking {
        metric,
        target: target.ok_or("its target is not known")?,
        scale_in: !policy.scale_in_disabled,
        scale_in_cooldown: policy.scale_in_cooldown_seconds.unwrap_or(COOLDOWN),
    })
}

fn stepped(policy: &ScalingPolicy, steps: &StepScaling, told: Told) -> Result<Rule, String> {
    let change = match steps.adjustment.as_str() {
        "ChangeInCapacity" => StepChange::By,
        "PercentChangeInCapacity" => StepChange::Percent,
        "ExactCapacity" => StepChange::Exact,
        other => return Err(format!("{other} is not an adjustment that is known")),
    };
    let unread = steps.unread_alarms;
    if unread > 0 {
        return Err(format!("{unread} of its alarms could not be read"));
    }
    if steps.alarms.is_empty() {
        return Err("its alarms are not in the store".to_owned());
    }
    let aggregation = steps.aggregation.as_deref().unwrap_or("Average");
    let mut alarms = Vec::new();
    for one in steps.alarms.iter().filter(|one| !one.actions_disabled) {
        let statistic = one.statistic.as_deref().unwrap_or(aggregation);
        // A sum of a minute is its average too: there is one value.
        if statistic != aggregation && !(statistic == "Sum" && aggregation == "Average") {
            return Err(format!("its alarm takes {statistic}, its steps {aggregation}"));
        }
        alarms.push(alarm(one, told)?);
    }
    Ok(Rule::Stepped {
        alarms,
        change,
        minimum: steps.minimum_adjustment.unwrap_or(0),
        adjustments: adjustments(steps)?,
        cooldown: policy.scale_out_cooldown_seconds.unwrap_or(COOLDOWN),
    })
}

fn adjustments(steps: &StepScaling) -> Result<Vec<Adjustment>, String> {
    let bound = |text: &Option<String>, without: f64| match text {
        None => Ok(without),
        Some(text) => {
            let bound = number(Some(text));
            bound.ok_or_else(|| format!("{text:?} is no bound of a step"))
        }
    };
    let mut all = Vec::new();
    for one in &steps.adjustments {
        let lower = bound(&one.lower_bound, f64::NEG_INFINITY)?;
        let upper = bound(&one.upper_bound, f64::INFINITY)?;
        if lower >= upper {
            return Err(format!("a step from {lower} to {upper} is none"));
        }
        all.push(Adjustment { lower, upper, change: one.change });
    }
    if all.is_empty() {
        return Err("it has no steps".to_owned());
    }
    Ok(all)
}

fn alarm(alarm: &Alarm, told: Told) -> Result<replay::Alarm, String> {
    let named = alarm.metric.as_deref().ok_or("an alarm's metric is worked out from others")?;
    let statistic = alarm.statistic.as_deref().unwrap_or("none");
    let (metric, gathered) = match (named, statistic) {
        ("AWS/ECS CPUUtilization", "Average") => (Metric::Cpu, Gathered::Mean),
        ("AWS/ECS CPUUtilization", "Maximum") => (Metric::HottestCpu, Gathered::Maximum),
        ("AWS/ECS MemoryUtilization", "Average") => (told.memory()?, Gathered::Mean),
        ("AWS/ECS MemoryUtilization", "Maximum") => (Metric::FullestMemory, Gathered::Maximum),
        ("AWS/ApplicationELB RequestCountPerTarget", "Sum") => (counted(told)?, Gathered::Sum),
        _ => return Err(format!("an alarm on {named} ({statistic}) is not played")),
    };
    if !alarm.of_the_service {
        return Err(format!("an alarm on {named} is of something else than the service"));
    }
    let (above, inclusive) = match alarm.comparison.as_str() {
        "GreaterThanOrEqualToThreshold" => (true, true),
        "GreaterThanThreshold" => (true, false),
        "LessThanOrEqualToThreshold" => (false, true),
        "LessThanThreshold" => (false, false),
        other => return Err(format!("an alarm by {other} is not played")),
    };
    let period = alarm.period_seconds.filter(|period| *period >= MINUTE && period % MINUTE == 0);
    let (periods, datapoints) = (alarm.evaluation_periods, alarm.datapoints);
    let datapoints = datapoints.unwrap_or(periods);
    if !(1..=periods).contains(&datapoints) {
        return Err(format!("an alarm asks for {datapoints} of {periods} periods"));
    }
    Ok(replay::Alarm {
        metric,
        gathered,
        threshold: number(alarm.threshold.as_deref()).ok_or("an alarm's threshold is not known")?,
        above,
        inclusive,
        period_seconds: period.ok_or("an alarm's period is not known, or not of minutes")?,
        datapoints,
        periods,
    })
}

impl Told {
    fn memory(self) -> Result<Metric, String> {
        if self.memory_means {
            Ok(Metric::Memory)
        } else {
            Err("means of memory are not in the store".to_owned())
        }
    }
}

fn counted(told: Told) -> Result<Metric, String> {
    if told.requests {
        Ok(Metric::RequestsPerTask)
    } else {
        Err("requests are not in the store".to_owned())
    }
}

fn number(text: Option<&str>) -> Option<f64> {
    text?.parse().ok().filter(|number: &f64| number.is_finite())
}

/// What memory is measured against on instances, as a share of the size: soft limits where
/// containers have them, and the same share of another size.
fn reserved_share(workload: &Workload) -> f64 {
    let reserved = |one: &Container| one.memory_reservation.or(one.memory).map(|one| one.0);
    let each: Option<Vec<u32>> = workload.containers.iter().map(reserved).collect();
    let soft = workload.containers.iter().any(|one| one.memory_reservation.is_some());
    let all = each.filter(|_| soft).map(|each| each.iter().map(|one| u64::from(*one)).sum::<u64>());
    let size = workload.size.map(|size| u64::from(size.memory.0)).filter(|size| *size > 0);
    match all.zip(size).filter(|(all, _)| *all > 0) {
        #[expect(clippy::cast_precision_loss, reason = "MiB of a task")]
        Some((all, size)) => (all as f64 / size as f64).min(1.0),
        None => 1.0,
    }
}
