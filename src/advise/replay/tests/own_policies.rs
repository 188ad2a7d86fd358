//! A service's own policies, with another size.

use super::*;

/// 400 units in all: at a target of 20 % of 256 units eight tasks; ten from eight to twenty.
#[test]
fn its_own_policy_with_its_schedule_is_played_with_the_new_size() {
    let schedule = |hour: u32, minimum| crate::model::Schedule {
        name: format!("at {hour}"),
        expression: format!("cron(0 {hour} * * ? *)"),
        timezone: Some("UTC".to_owned()),
        minimum_tasks: Some(minimum),
        maximum_tasks: None,
        ..crate::model::Schedule::default()
    };
    let steady = |scaling| {
        let workload = Workload { scaling: Some(scaling), ..web("a") };
        recorded(workload, (0..DAYS * 288).map(|step| reading(step * 300, 300, 100.0, 4.0)))
    };
    let play = |scaling| {
        Staged { own_policies: true, ..staged() }.play(&[steady(scaling)], &[Scene::Fargate])
    };
    let told = play(scaling("20", vec![schedule(8, 10), schedule(20, 1)]));
    let size = told.advices[0].recommended.as_ref().unwrap().size;
    assert_eq!(size.cpu.0, 256);
    let tasks = |hour: usize| told.scenes[0].hours[hour].task_milliseconds / 3_600;
    assert_eq!([tasks(30), tasks(33), tasks(43), tasks(46)], [8_000, 10_000, 10_000, 8_000]);
    let wrong = crate::model::Schedule { expression: "rate(1 hour)".to_owned(), ..schedule(8, 10) };
    let told = play(scaling("20", vec![wrong]));
    let why = told.scenes[0].rows[0].outcome.as_ref().unwrap_err();
    assert_eq!(why.code, Code::ScalingNotPlayed);
}

/// 400 units in all, four tasks of 512 at 20 %.
fn stepped(alarm: Alarm, fewer: Option<Alarm>) -> Scaling {
    let policy = |name: &str, change, alarm| ScalingPolicy {
        name: name.to_owned(),
        kind: "StepScaling".to_owned(),
        scale_out_cooldown_seconds: Some(60),
        scale_in_cooldown_seconds: Some(60),
        steps: Some(StepScaling {
            adjustment: "ChangeInCapacity".to_owned(),
            adjustments: vec![StepAdjustment {
                lower_bound: (change > 0).then(|| "0".to_owned()),
                upper_bound: (change < 0).then(|| "0".to_owned()),
                change,
            }],
            alarms: vec![alarm],
            ..StepScaling::default()
        }),
        ..ScalingPolicy::default()
    };
    let mut policies = vec![policy("more", 1, alarm)];
    policies.extend(fewer.map(|alarm| policy("fewer", -1, alarm)));
    Scaling { minimum_tasks: 1, maximum_tasks: 20, policies, ..Scaling::default() }
}

fn alarm(comparison: &str, threshold: &str) -> Alarm {
    Alarm {
        metric: Some("AWS/ECS CPUUtilization".to_owned()),
        of_the_service: true,
        statistic: Some("Average".to_owned()),
        comparison: comparison.to_owned(),
        threshold: Some(threshold.to_owned()),
        period_seconds: Some(60),
        evaluation_periods: 2,
        ..Alarm::default()
    }
}

#[test]
fn step_scaling_is_played_with_the_new_size() {
    let play = |scaling| {
        let workload = Workload { scaling: Some(scaling), ..web("a") };
        let all =
            recorded(workload, (0..DAYS * 288).map(|step| reading(step * 300, 300, 100.0, 4.0)));
        Staged { own_policies: true, ..staged() }.play(&[all], &[Scene::Current, Scene::Fargate])
    };
    let (over, below) = ("GreaterThanThreshold", "LessThanThreshold");
    // With 256 units four tasks are at 39 %: six are at 26 %, which is between the two.
    let told = play(stepped(alarm(over, "30"), Some(alarm(below, "25"))));
    assert_eq!(told.advices[0].recommended.as_ref().unwrap().size.cpu.0, 256);
    assert_eq!(ran(&told.scenes[1], "a").most_tasks_milli, 6_000);
    let hours = &told.scenes[1].hours;
    assert!(hours.iter().all(|hour| hour.task_milliseconds == 6_000 * 3_600));
    assert_eq!(ran(&told.scenes[0], "a").most_tasks_milli, 4_000);
    // Alone the lower alarm takes them to where it is quiet: three at 52 % of 256.
    let told = play(stepped(alarm(over, "90"), Some(alarm(below, "50"))));
    assert_eq!(told.scenes[1].hours[30].task_milliseconds, 3_000 * 3_600);
    let why = |scaling| {
        let told = play(scaling);
        let why = told.scenes[1].rows[0].outcome.as_ref().unwrap_err();
        assert_eq!(why.code, Code::ScalingNotPlayed);
        why.detail.clone()
    };
    for (wrong, says) in [
        (Alarm { metric: None, ..alarm(over, "30") }, "worked out"),
        (Alarm { of_the_service: false, ..alarm(over, "30") }, "something else"),
        (Alarm { statistic: Some("p99".to_owned()), ..alarm(over, "30") }, "takes p99"),
        (Alarm { metric: Some("Mine Jobs".to_owned()), ..alarm(over, "30") }, "Mine Jobs"),
        (Alarm { period_seconds: Some(10), ..alarm(over, "30") }, "period"),
        (Alarm { period_seconds: Some(90), ..alarm(over, "30") }, "period"),
        (Alarm { datapoints: Some(3), ..alarm(over, "30") }, "3 of 2 periods"),
        (Alarm { statistic: Some("Maximum".to_owned()), ..alarm(over, "30") }, "takes Maximum"),
        (alarm(over, "much"), "threshold"),
        (alarm("LessThanLowerThreshold", "30"), "LessThanLowerThreshold"),
    ] {
        assert!(why(stepped(wrong, None)).contains(says), "{says}");
    }
    let mut unread = stepped(alarm(over, "30"), None);
    unread.policies[0].steps.as_mut().unwrap().alarms.clear();
    assert!(why(unread.clone()).contains("alarms are not in the store"));
    unread.policies[0].steps = None;
    assert!(why(unread).contains("pull again"));
    let mut seconds = scaling("20", Vec::new());
    seconds.policies[0].metric = Some("ECSServiceAverageCPUUtilizationHighResolution".to_owned());
    assert!(why(seconds).contains("HighResolution is not played"));
    let mut memory = scaling("20", Vec::new());
    memory.policies[0].metric = Some("ECSServiceAverageMemoryUtilization".to_owned());
    assert!(why(memory).contains("means of memory are not in the store"));
    let mut broken = stepped(alarm(over, "30"), None);
    let steps = broken.policies[0].steps.as_mut().unwrap();
    steps.adjustments[0].upper_bound = Some("0".to_owned());
    assert!(why(broken.clone()).contains("from 0 to 0"));
    broken.policies[0].steps.as_mut().unwrap().adjustments[0].upper_bound = Some("nan".to_owned());
    assert!(why(broken.clone()).contains("is no bound"));
    broken.policies[0].steps.as_mut().unwrap().unread_alarms = 1;
    assert!(why(broken).contains("could not be read"));
    let suspended = vec!["DynamicScalingInSuspended".to_owned()];
    assert!(why(Scaling { suspended, ..stepped(alarm(over, "30"), None) }).contains("suspended"));
    // What starts nothing does nothing: the number stays.
    let quiet = Alarm { actions_disabled: true, ..alarm(over, "30") };
    assert_eq!(ran(&play(stepped(quiet, None)).scenes[1], "a").most_tasks_milli, 4_000);
    // At night both bounds are the same; the day's action brings others.
    let day = crate::model::Schedule {
        name: "day".to_owned(),
        expression: "cron(0 8 * * ? *)".to_owned(),
        minimum_tasks: Some(5),
        maximum_tasks: Some(20),
        ..crate::model::Schedule::default()
    };
    let night = Scaling {
        minimum_tasks: 1,
        maximum_tasks: 1,
        schedules: vec![day],
        ..scaling("20", Vec::new())
    };
    assert_eq!(ran(&play(night).scenes[1], "a").most_tasks_milli, 8_000);
}
