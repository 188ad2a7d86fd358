//! Bills made from what was played: they explain themselves to the pico-dollar, and a line that
//! is taken away is missing by its own amount.

use super::*;
use crate::advise::compare::Around;
use crate::advise::fixtures::with_m5_large;
use crate::advise::replay::commitments::Contract;
use crate::book;
use crate::model::{
    BilledPico, Committed, HourReplay, Instance, Profile, Reading, Scene, Sides, Signal,
};
use proptest::prelude::*;

const ACCOUNT: &str = "123456789012";
const FIRST: i64 = 24 * 20_000;

/// A window of so many hours from some hours after midnight on.
fn window(after: i64, hours: i64) -> Window {
    let mut profile = Profile::default();
    for hour in 0..hours {
        let at = (FIRST + after + hour) * HOUR;
        profile.add(&Reading::new(at, 3_600).with(Signal::CpuMean, 1.0));
    }
    Window::of(std::iter::once(&profile)).expect("readings")
}

/// Fargate at this in every hour, two instances and their volumes at that, a function too.
fn scene(window: &Window, fargate: u128) -> SceneReplay {
    let hours = (window.first_hour..).take(window.hours()).map(|hour| HourReplay {
        hour,
        pico: [fargate + u128::try_from(hour % 7).expect("later"), 2 * 1_000 + 2 * 5, 300],
        instance_seconds: 2 * 3_600,
        // A bill says it elsewhere.
        around_pico: 77_000,
        ..HourReplay::default()
    });
    SceneReplay {
        scene: Scene::Current,
        hours: hours.collect(),
        rows: Vec::new(),
        instance_types: Vec::new(),
        month_pico: 0,
        committed: None,
        around_unknown: None,
    }
}

fn estate() -> Estate {
    static ESTATE: std::sync::LazyLock<Estate> = std::sync::LazyLock::new(small);
    ESTATE.clone()
}

fn small() -> Estate {
    let named = |id: &str, kind: Kind, cluster: Option<&str>| Workload {
        kind,
        account: Some(ACCOUNT.to_owned()),
        cluster: cluster.map(str::to_owned),
        ..Workload::named(id)
    };
    let all = [
        named("prod/web", Kind::Service, Some("prod")),
        named("lambda/mail", Kind::Function, None),
    ];
    let instances = ["i-1", "i-2"].map(|id| Instance {
        account: ACCOUNT.to_owned(),
        region: "us-east-1".to_owned(),
        cluster: "prod".to_owned(),
        instance_type: None,
        ec2_instance_id: Some(id.to_owned()),
        capacity_provider: None,
        status: String::new(),
        running_tasks: 0,
        registered: None,
        remaining: None,
    });
    estate_of(&all, &instances)
}

fn estate_of(all: &[Workload], instances: &[Instance]) -> Estate {
    let (wanted, contract) = (with_m5_large(), Contract::default());
    let asked = Asked {
        scenes: &[Scene::Current],
        wanted: &wanted,
        instance_start_seconds: 180,
        instances,
        contract: &contract,
        own_policies: false,
        around: &Around::NOTHING,
    };
    let estate = Estate::of(all.iter(), &asked, &book::catalog("us-east-1").expect("in the book"));
    assert!(estate.volume_pico > 0);
    Estate { volume_pico: 5, ..estate }
}

fn of(spent: Spent, owner: &str, (first, end): (i64, i64)) -> BilledLine<'_> {
    BilledLine {
        from: first * HOUR,
        to: end * HOUR,
        charge: Charge::Of(spent),
        account: ACCOUNT,
        region: "us-east-1",
        owner,
    }
}

fn add(bill: &mut Billed, line: BilledLine<'_>, list: i128, effective: i128) {
    bill.add(estate().sorted(&line), BilledPico { list, effective });
}

/// What the scene comes to, billed for so many hours each.
fn bill_of(scene: &SceneReplay, each: i64) -> Billed {
    let mut bill = Billed::default();
    for hour in &scene.hours {
        let first = hour.hour.div_euclid(each) * each;
        let period = (first, first + each);
        let owners = [(Spent::Fargate, "prod"), (Spent::Instances, "i-1"), (Spent::Lambda, "mail")];
        for (spent, owner) in owners {
            let volumes = if spent == Spent::Instances { 10 } else { 0 };
            let pico = i128::try_from(hour.pico[spent as usize]).expect("small") - volumes;
            add(&mut bill, of(spent, owner, period), pico, pico);
        }
    }
    bill
}

#[test]
fn a_bill_of_what_was_played_is_explained_to_the_pico_dollar() {
    let window = window(0, 48);
    let scene = scene(&window, 1_000_000);
    let all = reconciled(&bill_of(&scene, 1), &scene, &window, &estate());
    assert_eq!((all.hours, all.from_hour, all.to_hour), (48, FIRST, FIRST + 48));
    for sides in all.list.into_iter().chain([all.effective]) {
        assert!(sides.billed > 0 && sides.residual() == 0, "{sides:?}");
    }
    assert!(all.left_out.is_empty());
}

#[test]
fn days_at_the_edges_are_left_to_both() {
    // From six o'clock on: the first day and the last one are there in part.
    let window = window(6, 72);
    let scene = scene(&window, 1_000_000);
    let all = reconciled(&bill_of(&scene, 24), &scene, &window, &estate());
    assert_eq!((all.hours, all.from_hour, all.to_hour), (48, FIRST + 24, FIRST + 72));
    assert_eq!(all.effective.residual(), 0);
    // And of a bill by the month nothing is left, which is no bill of nothing.
    let none = reconciled(&bill_of(&scene, 24 * 30), &scene, &window, &estate());
    assert_eq!((none.hours, none.effective), (0, Sides::default()));
    assert!(none.bill_hours.is_some());
}

#[test]
fn hours_that_the_bill_does_not_reach_are_not_missing_from_it() {
    let window = window(0, 48);
    let scene = scene(&window, 1_000_000);
    let mut bill = bill_of(&scene, 1);
    bill.lines.retain(|line, _| line.from < (FIRST + 30) * HOUR);
    let all = reconciled(&bill, &scene, &window, &estate());
    assert_eq!((all.hours, all.effective.residual()), (30, 0));
    // In one that it does reach, with something else, it is.
    let elsewhere =
        BilledLine { charge: Charge::Other, ..of(Spent::Fargate, "", (FIRST + 30, FIRST + 31)) };
    add(&mut bill, elsewhere, 7, 7);
    let all = reconciled(&bill, &scene, &window, &estate());
    assert_eq!(all.hours, 31);
    assert!(all.effective.residual() < 0);
    assert_eq!(all.left_out, [("other services".to_owned(), 7)]);
}

#[test]
fn only_lines_of_the_estate_are_compared() {
    let window = window(0, 24);
    let scene = scene(&window, 1_000_000);
    let mut bill = bill_of(&scene, 1);
    let hour = (FIRST, FIRST + 1);
    let fargate = || of(Spent::Fargate, "prod", hour);
    for line in [
        BilledLine { region: "eu-west-1", ..fargate() },
        BilledLine { region: "", ..fargate() },
        BilledLine { account: "210987654321", ..fargate() },
        BilledLine { owner: "other", ..fargate() },
        of(Spent::Instances, "i-9", hour),
        of(Spent::Lambda, "other", hour),
        BilledLine { charge: Charge::Tax, ..fargate() },
        BilledLine { charge: Charge::Credit, ..fargate() },
        BilledLine { charge: Charge::Purchase, ..fargate() },
    ] {
        add(&mut bill, line, 9, 9);
    }
    let all = reconciled(&bill, &scene, &window, &estate());
    assert_eq!(all.effective.residual(), 0);
    assert_eq!(all.left_out.len(), 9);
    assert!(all.left_out.iter().all(|(_, pico)| *pico == 9), "{:?}", all.left_out);
}

#[test]
fn commitments_are_compared_as_they_are_paid() {
    let window = window(0, 24);
    let mut scene = scene(&window, 1_000_000);
    // Seven tenths of it, and 50 an hour that nothing used.
    let paid = |hour: &HourReplay| (hour.total() - 10) * 7 / 10 + 10 + 50;
    let hourly_effective_pico = scene.hours.iter().map(paid).collect();
    scene.committed = Some(Committed { hourly_effective_pico, ..Committed::default() });
    let mut bill = Billed::default();
    for hour in &scene.hours {
        let pico = i128::try_from(hour.total() - 10).expect("small");
        let line = of(Spent::Fargate, "prod", (hour.hour, hour.hour + 1));
        add(&mut bill, line, pico, pico * 7 / 10);
    }
    // The fee of a whole month of 720 hours.
    let fee =
        BilledLine { charge: Charge::Unused, ..of(Spent::Fargate, "", (FIRST - 96, FIRST + 624)) };
    add(&mut bill, fee, 0, 50 * 720);
    let all = reconciled(&bill, &scene, &window, &estate());
    assert_eq!(all.unused_pico, 50 * 24);
    assert_eq!(all.effective.residual(), 0);
}

#[test]
fn lines_that_are_longer_than_the_others_count_by_their_part() {
    let window = window(0, 48);
    let scene = scene(&window, 1_000_000);
    let mut bill = bill_of(&scene, 1);
    // A month of 720 hours, of which 48 are compared.
    add(&mut bill, of(Spent::Fargate, "prod", (FIRST - 24, FIRST + 696)), 72_000, 72_000);
    // A day of something else, which makes no hour of it billed.
    let rest = (FIRST + 24, FIRST + 48);
    add(&mut bill, BilledLine { charge: Charge::Other, ..of(Spent::Fargate, "", rest) }, 24, 24);
    bill.lines.retain(|line, _| line.to - line.from > HOUR || line.from < (FIRST + 30) * HOUR);
    let all = reconciled(&bill, &scene, &window, &estate());
    assert_eq!((all.hours, all.prorated_pico), (30, 3_000));
    assert_eq!(all.effective.residual(), 3_000);
    assert_eq!(all.left_out, [("other services".to_owned(), 6)]);
}

#[test]
fn only_commitments_of_the_estate_stand_idle_here() {
    let window = window(0, 24);
    let scene = scene(&window, 1_000_000);
    let mut bill = bill_of(&scene, 1);
    let idle = |account, region| BilledLine {
        charge: Charge::Unused,
        account,
        region,
        ..of(Spent::Fargate, "", (FIRST, FIRST + 1))
    };
    for (account, region) in
        [(ACCOUNT, "global"), (ACCOUNT, ""), (ACCOUNT, "us-east-1"), ("", "us-east-1")]
    {
        add(&mut bill, idle(account, region), 0, 5);
    }
    add(&mut bill, idle("210987654321", "us-east-1"), 0, 7);
    add(&mut bill, idle(ACCOUNT, "eu-west-1"), 0, 8);
    let all = reconciled(&bill, &scene, &window, &estate());
    assert_eq!((all.unused_pico, all.effective.residual()), (20, 20));
    let aside: Vec<i128> = all.left_out.iter().map(|(_, pico)| *pico).collect();
    assert_eq!(aside, [7, 8]);
}

#[test]
fn an_estate_of_unknown_accounts_and_clusters_takes_all() {
    let estate = estate_of(&[Workload::named("web")], &[]);
    let line = of(Spent::Fargate, "whatever", (0, 1));
    assert_eq!(estate.refuses(&line), None);
    assert!(estate.refuses(&of(Spent::Instances, "i-1", (0, 1))).is_some());
}

proptest! {
    /// Taking lines away leaves exactly their amount unexplained, whatever the window.
    #[test]
    fn a_missing_line_is_missing_by_its_amount(
        after in 0_i64..24,
        hours in 25_i64..200,
        each in prop_oneof![Just(1_i64), Just(24)],
        gone in prop::collection::vec(any::<prop::sample::Index>(), 0..5),
    ) {
        let window = window(after, hours);
        let scene = scene(&window, 5_000);
        let mut bill = bill_of(&scene, each);
        // Something else in every hour, so that they are known to be billed.
        for hour in 0..=hours + 24 {
            let hour = FIRST + hour;
            let other = BilledLine { charge: Charge::Other, ..of(Spent::Fargate, "", (hour, hour + 1)) };
            add(&mut bill, other, 0, 0);
        }
        let before = reconciled(&bill, &scene, &window, &estate());
        prop_assert_eq!(before.effective.residual(), 0);
        let mut missing = 0;
        for index in gone {
            let inside: Vec<BilledFor> = bill
                .lines
                .keys()
                .filter(|line| line.charge == Charge::Of(Spent::Lambda))
                .filter(|line| line.from >= before.from_hour * HOUR && line.to <= before.to_hour * HOUR)
                .copied()
                .collect();
            if inside.is_empty() { break; }
            missing += bill.lines.remove(index.get(&inside)).map_or(0, |pico| pico.effective);
        }
        let after = reconciled(&bill, &scene, &window, &estate());
        prop_assert_eq!(after.hours, before.hours);
        prop_assert_eq!(after.effective.residual(), -missing);
    }
}
