//! A replay as tables and sentences.

use super::bill_tables::bill_lines;
use super::ledger_tables::usd;
use super::{Cell, Column, Table};
use crate::model::{
    Code, Committed, Finding, HourReplay, Ran, Replay, ReplayRow, Scene, SceneReplay, Severity,
    Spent,
};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

const HOUR: u64 = 3_600;

/// Every scene: what the window cost, a month like it, and what fell short.
#[must_use]
pub fn scenes_table(replay: &Replay) -> Table {
    let mut table = Table::new(vec![
        Column::left("SCENE", "scene", 0),
        Column::right("WINDOW", "window_usd", 1),
        Column::right("$/MONTH", "usd_a_month", 0),
        Column::right("AROUND", "around_usd", 2),
        Column::right("DEAREST HOUR", "dearest_hour_usd", 4),
        Column::right("TASKS", "tasks_mean", 3),
        Column::right("INSTANCES", "instances_most", 3),
        Column::right("SHORT OF CPU", "short_of_cpu_minutes", 0),
        Column::right("MEMORY FAILURES", "memory_failures", 0),
        Column::right("WAITED", "waited_task_minutes", 4),
        Column::right("STAY", "stay_elsewhere", 2),
        Column::right("NO PRICE", "workloads_without_price", 2),
    ]);
    for scene in &replay.scenes {
        table.rows.push(match scene {
            Ok(scene) => scene_row(replay, scene),
            Err((scene, _)) => {
                let mut row: Vec<Cell> = vec![scene.name().into()];
                row.extend((0..11).map(|_| Cell::known(None)));
                row
            }
        });
    }
    table
}

fn scene_row(replay: &Replay, scene: &SceneReplay) -> Vec<Cell> {
    let dearest = scene.hours.iter().map(HourReplay::total).max().unwrap_or(0);
    let tasks: u64 = scene.hours.iter().map(|hour| hour.task_milliseconds).sum();
    let mean = tasks / replay.live_seconds.max(1);
    let instances = scene.most_instances();
    let stay = scene.rows.iter().filter(|row| row.stays.is_some()).count();
    // Where nothing has a price there is no sum.
    let priced = scene.rows.iter().any(|row| row.outcome.is_ok());
    let money = |pico: u128| Cell::money(priced.then(|| usd(pico)));
    let (short, waited) = (scene.short_seconds().known(), scene.waiting_seconds());
    vec![
        scene.scene.name().into(),
        money(scene.pico()),
        money(scene.month_pico),
        Cell::money((priced && scene.around_unknown.is_none()).then(|| usd(scene.around_pico()))),
        money(dearest),
        thousandths(mean),
        some(instances),
        short.map_or_else(
            || Cell::known(None),
            |short| Cell::both(minutes(short), (short / 60).to_string()),
        ),
        Cell::known(scene.memory_failures().known().map(|count| count.to_string())),
        if instances > 0 && scene.scene.fleet().is_some() {
            Cell::both(minutes(waited), (waited / 60).to_string())
        } else {
            "".into()
        },
        some(stay as u64),
        some(scene.unknown().count() as u64),
    ]
}

fn some(count: u64) -> Cell {
    Cell::both(if count == 0 { String::new() } else { count.to_string() }, count.to_string())
}

/// `2`, `2.125`.
fn thousandths(milli: u64) -> Cell {
    let (whole, part) = (milli / 1000, milli % 1000);
    let plain = format!("{whole}.{part:03}");
    Cell::both(format!("{whole}.{}", part / 100), plain)
}

/// `3 min`, `2 h 05 min`.
fn minutes(seconds: u64) -> String {
    let minutes = seconds.div_ceil(60);
    if minutes < 60 {
        return format!("{minutes} min");
    }
    format!("{} h {:02} min", minutes / 60, minutes % 60)
}

/// Every scene under commitments; nothing where none were told or asked about.
#[must_use]
pub fn commitments_table(replay: &Replay) -> Option<Table> {
    let played = || replay.scenes.iter().filter_map(|scene| scene.as_ref().ok());
    let told: Vec<(Scene, &Committed)> =
        played().filter_map(|scene| Some((scene.scene, scene.committed.as_ref()?))).collect();
    if told.is_empty() {
        return None;
    }
    let mut table = Table::new(vec![
        Column::left("SCENE", "scene", 0),
        Column::right("LIST", "list_usd", 0),
        Column::right("CONTRACTED", "contracted_usd", 2),
        Column::right("COMMITTED", "committed_usd", 1),
        Column::right("STRANDED", "stranded_usd", 0),
        Column::right("EFFECTIVE", "effective_usd", 0),
        Column::right("BEST PLAN $/H", "best_plan_usd_an_hour", 0),
        Column::right("IT SAVES", "best_plan_saves_usd", 0),
        Column::right("USED", "best_plan_utilization", 3),
        Column::right("COVERS", "best_plan_coverage", 3),
        Column::right("REGRET -10 %", "regret_10_usd", 4),
        Column::right("-20 %", "regret_20_usd", 4),
        Column::right("-30 %", "regret_30_usd", 4),
    ]);
    for (scene, told) in told {
        let money = |pico: u128| Cell::money(Some(usd(pico)));
        // What no rate is known for may be covered after all.
        let at_most = |pico: u128| {
            let cell = money(pico);
            let bound = !told.unrated.is_empty() && told.idle_pico > 0;
            Cell { shown: format!("{}{}", if bound { "<=" } else { "" }, cell.shown), ..cell }
        };
        let mut row = vec![
            scene.name().into(),
            money(told.list_pico),
            money(told.contracted_pico),
            money(told.committed_pico),
            at_most(told.idle_pico),
            at_most(told.effective_pico),
        ];
        match &told.best {
            Some(best) if best.is_unknown() => row.extend((0..7).map(|_| Cell::known(None))),
            Some(best) => {
                let hourly = usd(best.hourly_pico);
                let part = |part: Option<f64>| {
                    Cell::known(part.map(|part| format!("{:.1} %", part * 100.0)))
                };
                let family = best.family.as_deref().map_or(String::new(), |one| format!(" {one}"));
                let hourly = hourly.micro_string();
                row.push(Cell::both(format!("${hourly}{family}"), hourly));
                row.push(money(best.saved_pico));
                row.push(part(best.utilization));
                row.push(part(best.coverage));
                row.extend(best.regret.iter().map(|(_, pico)| money(*pico)));
            }
            None => row.extend((0..7).map(|_| Cell::from(""))),
        }
        table.rows.push(row);
    }
    // Without a plan that was looked for there is nothing to show of it.
    if played().all(|scene| scene.committed.as_ref().is_none_or(|told| told.best.is_none())) {
        table.columns.truncate(6);
        for row in &mut table.rows {
            row.truncate(6);
        }
    }
    Some(table)
}

/// Every workload with a month in each scene in which it has a price of its own.
#[must_use]
pub fn workloads_table(replay: &Replay) -> Table {
    let mut columns = vec![Column::left("WORKLOAD", "workload", 0)];
    let all = || replay.scenes.iter().filter_map(|scene| scene.as_ref().ok());
    let apart: Vec<&SceneReplay> = all().filter(|one| one.scene.is_apart()).collect();
    let played = if apart.is_empty() { all().collect() } else { apart };
    columns.extend((0..).zip(&played).map(|(rank, scene)| {
        let (title, name) = titles(scene.scene);
        Column::right(title, name, rank)
    }));
    let mut table = Table::new(columns);
    let mut rows: BTreeMap<&str, Vec<Cell>> = BTreeMap::new();
    for (place, scene) in played.iter().enumerate() {
        for row in &scene.rows {
            let cells = rows.entry(&row.workload).or_default();
            cells.resize(place, Cell::known(None));
            cells.push(month(row));
        }
    }
    for (workload, mut cells) in rows {
        cells.resize(played.len(), Cell::known(None));
        cells.insert(0, workload.into());
        table.rows.push(cells);
    }
    table
}

/// A month's dollars; `on instances` where all share them; a code where nothing is known.
fn month(row: &ReplayRow) -> Cell {
    match &row.outcome {
        Ok(Ran { month_pico: Some(pico), .. }) => {
            let money = Cell::money(Some(usd(*pico)));
            // What is not on what the scene is about is marked.
            if row.stays.is_some() {
                return Cell { shown: format!("{} *", money.shown), ..money };
            }
            money
        }
        Ok(_) => Cell::both("instances", "instances"),
        Err(why) => Cell::both("-", why.code.name()),
    }
}

const fn titles(scene: Scene) -> (&'static str, &'static str) {
    match scene {
        Scene::Current => ("CURRENT", "current_usd_a_month"),
        Scene::Fargate => ("FARGATE", "fargate_usd_a_month"),
        Scene::FargateArm => ("FARGATE ARM", "fargate_arm_usd_a_month"),
        Scene::FargateSpot => ("FARGATE SPOT", "fargate_spot_usd_a_month"),
        Scene::Ec2 => ("EC2", "ec2_usd_a_month"),
        Scene::Ec2Fixed => ("EC2 FIXED", "ec2_fixed_usd_a_month"),
        Scene::ManagedInstances => ("MANAGED", "managed_instances_usd_a_month"),
        Scene::EksEc2 => ("EKS EC2", "eks_ec2_usd_a_month"),
        Scene::EksAutoMode => ("EKS AUTO", "eks_auto_mode_usd_a_month"),
        Scene::EksFargate => ("EKS FARGATE", "eks_fargate_usd_a_month"),
        Scene::Lambda => ("LAMBDA", "lambda_usd_a_month"),
        Scene::LambdaManagedInstances => ("LAMBDA MANAGED", "lambda_managed_instances_usd_a_month"),
        Scene::ComposeOneHost => ("COMPOSE", "compose_one_host_usd_a_month"),
        Scene::ComposeTwoHosts => ("COMPOSE TWO", "compose_two_hosts_usd_a_month"),
        Scene::BeanstalkSingle => ("BEANSTALK", "beanstalk_single_usd_a_month"),
        Scene::BeanstalkBalanced => ("BEANSTALK LB", "beanstalk_balanced_usd_a_month"),
        Scene::BeanstalkEcs => ("BEANSTALK ECS", "beanstalk_ecs_usd_a_month"),
    }
}

/// One workload in every scene.
#[must_use]
pub fn row_table(replay: &Replay, workload: &str) -> Table {
    let mut table = Table::new(vec![
        Column::left("SCENE", "scene", 0),
        Column::left("RUNS AS", "runs_as", 0),
        Column::right("WINDOW", "window_usd", 1),
        Column::right("$/MONTH", "usd_a_month", 0),
        Column::right("TASKS", "tasks_mean", 2),
        Column::right("MOST", "tasks_most", 3),
        Column::right("SHORT OF CPU", "short_of_cpu_minutes", 1),
        Column::right("MEMORY FAILURES", "memory_failures", 1),
        Column::right("FILLED", "filled_minutes", 4),
        Column::left("WHY", "code", 0),
    ]);
    for scene in replay.scenes.iter().filter_map(|scene| scene.as_ref().ok()) {
        for row in scene.rows.iter().filter(|row| row.workload == workload) {
            let mut cells: Vec<Cell> = vec![scene.scene.name().into(), row.runs_as.clone().into()];
            match &row.outcome {
                Ok(ran) => cells.extend(ran_cells(replay, row, ran)),
                Err(why) => {
                    cells.extend((0..7).map(|_| Cell::known(None)));
                    cells.push(why.code.name().into());
                }
            }
            table.rows.push(cells);
        }
    }
    table
}

fn ran_cells(replay: &Replay, row: &ReplayRow, ran: &Ran) -> [Cell; 8] {
    let money = |pico: Option<u128>| match pico {
        Some(pico) => Cell::money(Some(usd(pico))),
        None => Cell::both("shared", ""),
    };
    let mean = ran.task_milliseconds / replay.live_seconds.max(1);
    let by_request = row.runs_as.starts_with("lambda");
    let tasks = |cell: Cell| if by_request { "".into() } else { cell };
    let short =
        ran.short_seconds.map(|seconds| Cell::both(minutes(seconds), (seconds / 60).to_string()));
    let unmeasured = || if by_request { "".into() } else { Cell::known(None) };
    [
        money(ran.pico),
        money(ran.month_pico),
        tasks(thousandths(mean)),
        match ran.most_at_once {
            Some(most) => most.to_string().into(),
            None => tasks(ran.most_tasks_milli.div_ceil(1000).to_string().into()),
        },
        short.unwrap_or_else(unmeasured),
        ran.memory_failures.map_or_else(unmeasured, |count| count.to_string().into()),
        Cell::both(
            if ran.filled_seconds == 0 { String::new() } else { minutes(ran.filled_seconds) },
            (ran.filled_seconds / 60).to_string(),
        ),
        row.stays.as_ref().map_or("", |why| why.code.name()).into(),
    ]
}

/// Every hour of every scene.
#[must_use]
pub fn hours_table(replay: &Replay) -> Table {
    let mut table = Table::new(vec![
        Column::left("HOUR", "hour_utc", 0),
        Column::left("SCENE", "scene", 0),
        Column::right("$", "usd", 0),
        Column::right("FARGATE", "fargate_usd", 3),
        Column::right("INSTANCES", "instances_usd", 3),
        Column::right("LAMBDA", "lambda_usd", 3),
        Column::right("AROUND", "around_usd", 3),
        Column::right("TASKS", "tasks_mean", 1),
        Column::right("INSTANCES", "instances_mean", 1),
        Column::right("SHORT OF CPU", "short_of_cpu_minutes", 2),
        Column::right("WAITED", "waited_task_minutes", 2),
    ]);
    for place in 0..replay.hours {
        for scene in replay.scenes.iter().filter_map(|scene| scene.as_ref().ok()) {
            let Some(hour) = scene.hours.get(place) else { continue };
            let dollars = |pico: u128| {
                let micro = usd(pico);
                Cell::both(format!("${}", micro.micro_string()), micro.micro_string())
            };
            table.rows.push(vec![
                stamp(hour.hour).into(),
                scene.scene.name().into(),
                dollars(hour.total()),
                dollars(hour.pico[Spent::Fargate as usize]),
                dollars(hour.pico[Spent::Instances as usize]),
                dollars(hour.pico[Spent::Lambda as usize]),
                dollars(hour.around_pico),
                thousandths(hour.task_milliseconds / HOUR),
                thousandths(hour.instance_seconds * 1000 / HOUR),
                (hour.short_seconds / 60).to_string().into(),
                (hour.waiting_seconds / 60).to_string().into(),
            ]);
        }
    }
    table
}

/// `2026-09-01T05:00Z`.
#[must_use]
pub fn stamp(hour: i64) -> String {
    let at = hour.checked_mul(3_600).and_then(|at| Timestamp::from_second(at).ok());
    at.map_or_else(|| hour.to_string(), |at| at.strftime("%Y-%m-%dT%H:%MZ").to_string())
}

/// What the tables do not say: the window, what is billed beyond it, what has no price.
#[must_use]
pub fn replay_lines(replay: &Replay) -> Vec<String> {
    let last = replay.first_hour + i64::try_from(replay.hours).unwrap_or(0);
    let mut lines = vec![format!(
        "The window: {} hours, {} to {}. A month is one of {} hours like it.",
        replay.hours,
        stamp(replay.first_hour),
        stamp(last),
        replay.month_hours
    )];
    lines.extend(bill_lines(replay));
    lines.extend(stranded(replay));
    lines.extend(unrated(replay));
    lines.extend(of_scenes(replay));
    lines.push(format!("Taken for granted: {}.", replay.assumptions.join("; ")));
    lines
}

/// What is said of scenes, the same of several at once.
fn of_scenes(replay: &Replay) -> Vec<String> {
    let mut told: Vec<(Vec<&str>, String)> = Vec::new();
    for scene in &replay.scenes {
        let (name, lines) = match scene {
            Ok(scene) => (scene.scene.name(), scene_lines(scene)),
            Err((scene, why)) => {
                let code = why.code.name();
                (scene.name(), vec![format!(" not played: {code}: {}", why.detail)])
            }
        };
        for line in lines {
            match told.iter_mut().find(|(_, same)| *same == line) {
                Some((names, _)) => names.push(name),
                None => told.push((vec![name], line)),
            }
        }
    }
    let all = replay.scenes.len();
    let names = |names: Vec<&str>| match names.len() {
        many if many == all && many > 3 => "all scenes".to_owned(),
        _ => names.join(", "),
    };
    told.into_iter().map(|(scenes, line)| format!("{}{line}", names(scenes))).collect()
}

/// What a move would leave of commitments unused beyond what is unused today.
fn stranded(replay: &Replay) -> Vec<String> {
    let scenes = || replay.scenes.iter().filter_map(|scene| scene.as_ref().ok());
    let told = |scene: &SceneReplay| scene.committed.as_ref().map(|told| told.idle_pico);
    let Some(today) = scenes().find(|one| one.scene == Scene::Current).and_then(told) else {
        return Vec::new();
    };
    let more = scenes().filter_map(|scene| {
        let idle = told(scene)?.saturating_sub(today);
        (usd(idle).0 > 0).then(|| {
            let (committed, unrated) = scene
                .committed
                .as_ref()
                .map_or((0, false), |told| (told.committed_pico, !told.unrated.is_empty()));
            let bound = if unrated { "at most " } else { "" };
            format!(
                "Moving to {} strands {bound}{} more of the {} that are committed for the window.",
                scene.scene.name(),
                usd(idle),
                usd(committed)
            )
        })
    });
    more.collect()
}

fn unrated_of(told: &Committed) -> impl Iterator<Item = &str> {
    let best = told.best.iter().flat_map(|best| &best.unrated);
    told.unrated.iter().chain(best).map(String::as_str)
}

/// What a plan may cover, but no rate is known of.
fn unrated(replay: &Replay) -> Option<String> {
    let (mut names, mut scenes) = (BTreeSet::new(), Vec::new());
    for scene in replay.scenes.iter().filter_map(|scene| scene.as_ref().ok()) {
        let told = scene.committed.as_ref();
        let Some(told) = told.filter(|told| unrated_of(told).next().is_some()) else {
            continue;
        };
        names.extend(unrated_of(told));
        scenes.push(scene.scene.name());
    }
    let names: Vec<&str> = names.into_iter().collect();
    let code = Code::PlanRateMissing;
    (!names.is_empty()).then(|| {
        let (what, scenes) = (few(&names), scenes.join(", "));
        format!("{}: {what} ({scenes}). {} {}", code.name(), code.means(), code.next_step())
    })
}

/// In words, to follow its name: instances, what stays elsewhere, what has no price, each reason with its workloads.
fn scene_lines(scene: &SceneReplay) -> Vec<String> {
    let mut lines = Vec::new();
    if !scene.instance_types.is_empty() {
        let waited = match scene.waiting_seconds() {
            0 => String::new(),
            seconds => format!(", tasks waited for them {} in all", minutes(seconds)),
        };
        let types = scene.instance_types.join(", ");
        let most = several(scene.most_instances(), "instance");
        lines.push(format!(": up to {most} ({types}){waited}."));
    }
    if let Some(why) = &scene.around_unknown {
        let (code, next) = (why.code.name(), why.code.next_step());
        lines.push(format!(
            ": what stands around is not in the sums: {code} ({}). {next}",
            why.detail
        ));
    }
    let stays =
        scene.rows.iter().filter_map(|row| Some((row.workload.as_str(), row.stays.as_ref()?)));
    for (code, workloads) in by_code(stays) {
        lines.push(format!(", * on Fargate with {}: {}.", code.name(), few(&workloads)));
    }
    let warned = scene.rows.iter().flat_map(|row| {
        let warnings = row.findings.iter().filter(|one| {
            one.code.severity() == Severity::Warning
                || matches!(one.code, Code::SizeChanged | Code::Gone)
        });
        warnings.map(|one| (row.workload.as_str(), one))
    });
    for (what, measured) in [("CPU", scene.short_seconds()), ("memory", scene.memory_failures())] {
        if measured.not_measured > 0 {
            let count = measured.not_measured;
            let count = several(count as u64, "workload");
            lines.push(format!(": {what} of {count} was not measured."));
        }
    }
    for (code, workloads) in by_code(warned) {
        let (code_name, means, next) = (code.name(), code.means(), code.next_step());
        lines.push(format!(", {code_name}: {}. {means} {next}", few(&workloads)));
    }
    for ((code, detail), workloads) in by_reason(scene.unknown()) {
        let detail = if detail.is_empty() { String::new() } else { format!(" ({detail})") };
        lines.push(format!(", no price with {}{detail}: {}.", code.name(), few(&workloads)));
    }
    lines
}

/// `1 instance`, `2 instances`.
fn several(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// Details of a code are told as long as they are few.
fn by_reason<'r>(
    all: impl Iterator<Item = (&'r str, &'r Finding)>,
) -> BTreeMap<(Code, &'r str), Vec<&'r str>> {
    const FEW: usize = 3;
    let mut reasons: BTreeMap<(Code, &str), Vec<&str>> = BTreeMap::new();
    for (workload, why) in all {
        reasons.entry((why.code, &why.detail)).or_default().push(workload);
    }
    let many = |code: Code, all: &BTreeMap<(Code, &str), Vec<&str>>| {
        all.keys().filter(|(one, _)| *one == code).count() > FEW
    };
    let mut told: BTreeMap<(Code, &str), Vec<&str>> = BTreeMap::new();
    for ((code, detail), workloads) in &reasons {
        let detail = if many(*code, &reasons) { "" } else { *detail };
        told.entry((*code, detail)).or_default().extend(workloads);
    }
    told
}

fn by_code<'r>(all: impl Iterator<Item = (&'r str, &'r Finding)>) -> BTreeMap<Code, Vec<&'r str>> {
    let mut codes: BTreeMap<Code, Vec<&str>> = BTreeMap::new();
    for (workload, why) in all {
        codes.entry(why.code).or_default().push(workload);
    }
    codes
}

/// The first few names.
fn few(names: &[&str]) -> String {
    const SHOWN: usize = 5;
    let shown = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
