//! Hours under Savings Plans, reservations and a discount.

use super::*;

/// Two tasks of 1 vCPU and 2 GB; a plan of one year without upfront takes a fifth off both.
#[test]
fn plans_cover_hour_by_hour_and_what_is_not_used_is_lost() {
    use crate::bill::commitment::{Plan, PlanKind};
    use crate::model::{Payment, Terms};
    let terms = Terms { years: 1, payment: Payment::NoUpfront };
    let task: u128 = 40_480_000_000 + 2 * 4_445_000_000;
    let at_plan = task * 4 / 5;
    let plan = |hourly| (Plan { kind: PlanKind::Compute, hourly }, terms);
    let alone =
        |plans| Contract { plans, best: Some((PlanType::Compute, terms)), ..Contract::default() };
    let told = |contract: &Contract| {
        let all = [steady("a", 2.0)];
        under(&all, &[Scene::Current, Scene::Fargate], contract)
    };
    // Half of what runs is covered, and nothing is lost.
    let one = told(&alone(vec![plan(at_plan)]));
    let committed = one.scenes[0].committed.clone().unwrap();
    let near = |a: u128, b: u128| a.abs_diff(b) < 336 * 1_000_000;
    assert_eq!(committed.list_pico, 336 * 2 * task);
    assert!(near(committed.effective_pico, 336 * (task + at_plan)), "{committed:?}");
    assert_eq!((committed.committed_pico, committed.idle_pico), (336 * at_plan, 0));
    // The best beside it covers the other half: as constant as it is, all of it.
    let best = committed.best.unwrap();
    assert!(near(best.hourly_pico * 336, 336 * at_plan), "{best:?}");
    assert!(near(best.saved_pico, 336 * task / 5));
    assert!(best.utilization.unwrap() > 0.999 && best.coverage.unwrap() > 0.999);
    // With a tenth less of it the tenth is lost.
    let (percent, regret) = best.regret[0];
    assert!(percent == 90 && near(regret, 336 * at_plan / 10), "{regret}");
    // Right-sized to 256/512 the plan is much too large: the rest is stranded.
    let small: u128 = (40_480_000_000 + 2 * 4_445_000_000) / 4 * 2 * 4 / 5;
    let fargate = one.scenes[1].committed.clone().unwrap();
    assert!(near(fargate.idle_pico, 336 * (at_plan - small)), "{fargate:?}");
    assert!(near(fargate.effective_pico, 336 * at_plan));
    assert_eq!(fargate.best.unwrap().hourly_pico, 0);
    // A contract takes its part of what is on demand alone.
    let discounted = told(&Contract { discount: 1_000, ..alone(vec![plan(at_plan)]) });
    let committed = discounted.scenes[0].committed.clone().unwrap();
    assert!(near(committed.contracted_pico, 336 * 2 * task * 9 / 10));
    assert!(near(committed.effective_pico, 336 * (task * 9 / 10 + at_plan)));
}

#[test]
fn reservations_cover_instances_and_rates_that_are_not_known_are_told() {
    use crate::bill::commitment::Reserved;
    use crate::model::{Payment, Terms};
    let reserved = |count, zone: Option<&str>| Reserved {
        instance_type: "m5.large".to_owned(),
        count,
        hourly: 60_000_000_000,
        region: "us-east-1".to_owned(),
        platform: commitments::LINUX.to_owned(),
        zone: zone.map(str::to_owned),
    };
    let all = [steady("a", 6.0)];
    let of = |reserved: Vec<Reserved>, best| {
        let contract = Contract { reserved, best, ..Contract::default() };
        under(&all, &[Scene::Ec2Fixed], &contract).scenes[0].committed.clone().unwrap()
    };
    let volume = u128::from((30 * 80_000_000_000_u64).div_ceil(730));
    let one = of(vec![reserved(1, None)], None);
    assert_eq!(one.list_pico, 336 * (96_000_000_000 + volume));
    assert_eq!(one.effective_pico, 336 * (60_000_000_000 + volume));
    assert_eq!(one.idle_pico, 0);
    assert_eq!(of(vec![reserved(1, Some(commitments::ANY_ZONE))], None), one);
    assert_eq!(of(vec![reserved(3, None)], None).idle_pico, 336 * 2 * 60_000_000_000);
    // m5.large has a rate of a year without upfront; of three years all upfront it has none.
    let known = Terms { years: 1, payment: Payment::NoUpfront };
    let best = of(Vec::new(), Some((PlanType::Compute, known)));
    assert_eq!(best.best.clone().unwrap().saved_pico, 336 * 25_000_000_000);
    assert!(best.best.unwrap().unrated.is_empty());
    let unknown = Terms { years: 3, payment: Payment::AllUpfront };
    let none = of(Vec::new(), Some((PlanType::Compute, unknown)));
    assert_eq!(none.best.unwrap().unrated, ["m5.large"]);
    assert!(none.unrated.is_empty(), "nothing is held");
}

/// A cluster of one `m5.large` all the time, of which a rate of a plan of its family is known.
#[test]
fn the_best_plan_of_a_family_is_told_with_it() {
    use crate::model::{Payment, PlanRate, Rated, Terms};
    let terms = Terms { years: 1, payment: Payment::NoUpfront };
    let played = |rate: Option<u64>| {
        let mut catalog = catalog();
        catalog.plan_rates.retain(|one| one.plan != PlanType::Ec2Instance);
        let provenance = catalog.instance("m5.large").unwrap().price.provenance.clone();
        catalog.plan_rates.extend(rate.map(|pico| PlanRate {
            region: "us-east-1".to_owned(),
            plan: PlanType::Ec2Instance,
            terms,
            rated: Rated::Instance("m5.large".to_owned()),
            pico,
            provenance,
        }));
        let contract =
            Contract { best: Some((PlanType::Ec2Instance, terms)), ..Contract::default() };
        let staged = Staged { contract, ..staged() };
        let told =
            staged.play_at(&catalog, &[steady("a", 2.0)], &[Scene::Ec2Fixed, Scene::Fargate]);
        told.scenes.into_iter().map(|scene| scene.committed.unwrap().best).collect::<Vec<_>>()
    };
    let [on_instances, on_fargate] = played(Some(60_000_000_000)).try_into().unwrap();
    let best = on_instances.unwrap();
    assert_eq!((best.family.as_deref(), best.hourly_pico), (Some("m5"), 60_000_000_000));
    // 0.096 on demand, in 336 hours.
    assert_eq!(best.saved_pico, 336 * 36_000_000_000);
    assert!(best.unrated.is_empty() && !best.is_unknown());
    // Fargate is none of a family's.
    let none = on_fargate.unwrap();
    assert_eq!((none.family, none.hourly_pico, none.unrated.len()), (None, 0, 0));
    let [unknown, _] = played(None).try_into().unwrap();
    assert!(unknown.unwrap().is_unknown());
}
