//! Packings against the checker, and small ones against trying everything.

use super::quick::{CLOSELY, Filler};
use super::*;
use crate::model::Architecture;
use crate::units::UsdPerHour;
use proptest::prelude::*;
use std::cell::Cell;

fn bin(name: &str, architecture: Architecture, size: [u32; 3], pico: u64) -> Bin {
    let [cpu_units, memory_mib, slots] = size;
    let price = UsdPerHour::pico(pico);
    let name = name.to_owned();
    Bin { name, architecture, cpu_units, memory_mib, slots, gpus: 0, price, instance: true }
}

fn shape(cpu_units: u32, memory_mib: u32, copies: u32) -> Shape {
    let name = format!("{cpu_units}/{memory_mib}");
    Shape {
        name,
        cpu_units,
        memory_mib,
        slots: 1,
        gpus: 0,
        x86: true,
        arm: false,
        copies,
        most_an_instance: None,
        host_ports: Vec::new(),
        barred: Vec::new(),
    }
}

/// The time is spent when it was asked for so often.
fn asked_so_often(most: u32, asked: &Cell<u32>) -> Limits<'_> {
    let spent = move || {
        asked.set(asked.get() + 1);
        f64::from(asked.get()) / f64::from(most)
    };
    Limits { seed: 0, rounds: 20, spent: Box::new(spent) }
}

/// Sizes on the edges of offers, and any.
fn amount(limit: u32) -> impl Strategy<Value = u32> {
    prop_oneof![
        1..=limit,
        Just(limit),
        Just(limit / 2),
        Just(limit / 2 + 1),
        Just(limit / 3),
        Just(1_u32),
    ]
    .prop_map(|value| value.max(1))
}

prop_compose! {
    fn any_bin()(
        arm in any::<bool>(),
        cpu in amount(4_000),
        memory in amount(8_000),
        slots in 0_u32..12,
        gpus in prop_oneof![4 => Just(0_u32), 1 => 1_u32..3],
        price in 1_u64..1_000,
        instance in prop::bool::weighted(0.8),
    ) -> Bin {
        let architecture = if arm { Architecture::Arm } else { Architecture::X86 };
        let price = price * 1_000_000_000;
        Bin { gpus, instance, ..bin("bin", architecture, [cpu, memory, slots], price) }
    }
}

prop_compose! {
    fn any_shape(most: u32)(
        cpu in amount(4_000),
        memory in amount(8_000),
        on in 1_u32..4,
        copies in 0..=most,
        slots in prop_oneof![1 => Just(0_u32), 4 => Just(1_u32)],
        gpus in prop_oneof![8 => Just(0_u32), 1 => Just(1_u32)],
        together in prop::option::of(1_u32..3),
        port in prop_oneof![4 => Just(None), 1 => Just(Some(80_u16)), 1 => Just(Some(443_u16))],
        barred in prop::option::weighted(0.2, 0_usize..4),
    ) -> Shape {
        Shape {
            x86: on & 1 > 0,
            arm: on & 2 > 0,
            slots,
            gpus,
            most_an_instance: together,
            host_ports: port.into_iter().collect(),
            barred: barred.into_iter().collect(),
            ..shape(cpu, memory, copies)
        }
    }
}

/// Mostly with an offer of each architecture that holds every shape; sometimes on a grid.
fn any_problem(shapes: usize, copies: u32) -> impl Strategy<Value = Problem> {
    let bins = prop::collection::vec(any_bin(), 1..5);
    let shapes = prop::collection::vec(any_shape(copies), 1..=shapes);
    let large = prop::option::weighted(0.9, (1_u64..2_000, 1_u64..2_000, 1_u32..12));
    let grid = prop::bool::weighted(0.3);
    (bins, shapes, large, 0_u32..4, grid).prop_map(
        |(mut bins, mut shapes, large, fewest_instances, grid)| {
            if let Some((x86, arm, slots)) = large {
                let offer = |on, price| Bin {
                    gpus: 2,
                    ..bin("large", on, [4_000, 8_000, slots], price * 1_000_000_000)
                };
                bins.extend([offer(Architecture::X86, x86), offer(Architecture::Arm, arm)]);
            }
            for shape in shapes.iter_mut().filter(|_| grid) {
                shape.cpu_units = shape.cpu_units.next_multiple_of(250);
                shape.memory_mib = shape.memory_mib.next_multiple_of(500);
            }
            Problem { shapes, bins, fewest_instances }
        },
    )
}

/// The least that instances of any content cost: all contents of all offers, one by one.
fn brute_force(problem: &Problem) -> u128 {
    fn contents(problem: &Problem, bin: usize) -> Vec<Vec<u32>> {
        let mut all = vec![Vec::new()];
        for (shape, one) in problem.shapes.iter().enumerate() {
            let most = problem.most(shape, bin).min(one.copies);
            all = all
                .into_iter()
                .flat_map(|counts: Vec<u32>| {
                    (0..=most).map(move |count| [&counts[..], &[count]].concat())
                })
                .collect();
        }
        let fits = |counts: &Vec<u32>| {
            let has = problem.bins[bin].has();
            let fit = (0..RESOURCES).all(|resource| {
                let pairs = counts.iter().zip(&problem.shapes);
                let needs = pairs
                    .map(|(count, shape)| u64::from(*count) * u64::from(shape.needs()[resource]));
                needs.sum::<u64>() <= u64::from(has[resource])
            });
            let with = |port: u16| {
                let pairs = counts.iter().zip(&problem.shapes);
                let on = pairs.filter(|(_, shape)| shape.host_ports.contains(&port));
                on.map(|(count, _)| *count).sum::<u32>()
            };
            fit && with(80) <= 1 && with(443) <= 1
        };
        all.retain(fits);
        all
    }
    let offers: Vec<(u128, u32, Vec<u32>)> = (0..problem.bins.len())
        .flat_map(|bin| {
            let offer = &problem.bins[bin];
            let (price, counts) = (u128::from(offer.price.as_pico()), u32::from(offer.instance));
            contents(problem, bin).into_iter().map(move |content| (price, counts, content))
        })
        .collect();
    // By what is left and how many instances there are (up to those that must be).
    let start: Vec<u32> = problem.shapes.iter().map(|shape| shape.copies).collect();
    if start.iter().all(|copies| *copies == 0) {
        return 0;
    }
    let fewest = problem.fewest_instances;
    let mut known = std::collections::BTreeMap::from([((start, 0_u32), 0_u128)]);
    let mut queue = std::collections::BTreeSet::new();
    for ((left, count), cost) in &known {
        queue.insert((*cost, left.clone(), *count));
    }
    while let Some((cost, left, count)) = queue.pop_first() {
        if left.iter().all(|copies| *copies == 0) && count >= fewest {
            return cost;
        }
        if known.get(&(left.clone(), count)).is_some_and(|best| *best < cost) {
            continue;
        }
        for (price, counts_as, counts) in &offers {
            let rest: Option<Vec<u32>> =
                left.iter().zip(counts).map(|(left, one)| left.checked_sub(*one)).collect();
            let Some(rest) = rest else { continue };
            let next = (rest, (count + counts_as).min(fewest));
            let reached = cost + price;
            if next != (left.clone(), count) && known.get(&next).is_none_or(|best| reached < *best)
            {
                known.insert(next.clone(), reached);
                queue.insert((reached, next.0, next.1));
            }
        }
    }
    unreachable!("every task fits somewhere")
}

/// The answers of all efforts agree with the checker, and with each other on which is better.
fn agrees(problem: &Problem) -> Result<(), TestCaseError> {
    let (packing, bound) = greedy(problem).unwrap();
    let cost = packing.pico_an_hour(problem);
    prop_assert_eq!(check_packing(problem, &packing), Ok(cost));
    prop_assert_eq!(check_bound(problem, &bound), Ok(bound.pico_an_hour));
    prop_assert!(bound.pico_an_hour <= cost);
    let asked = [Cell::new(0), Cell::new(0)];
    let answers = [
        thorough(problem, &asked_so_often(25, &asked[0])),
        searched(problem, &asked_so_often(25, &asked[1])),
        quick(problem),
    ];
    for (better, closer) in answers.into_iter().map(Result::unwrap) {
        let less = better.pico_an_hour(problem);
        prop_assert_eq!(check_packing(problem, &better), Ok(less));
        let proved = check_bound(problem, &closer);
        prop_assert!(proved.as_ref().is_ok_and(|one| *one >= closer.pico_an_hour), "{proved:?}");
        prop_assert!(less <= cost && bound.pico_an_hour <= closer.pico_an_hour);
        prop_assert!(closer.pico_an_hour <= less);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn every_answer_is_a_packing_and_every_bound_is_proved(problem in any_problem(8, 5)) {
        if problem.check().is_ok() {
            agrees(&problem)?;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn small_ones_are_no_cheaper_than_the_best_and_no_bound_is_above(problem in any_problem(3, 3)) {
        prop_assume!(problem.check().is_ok());
        let (packing, bound) = quick(&problem).unwrap();
        let best = brute_force(&problem);
        prop_assert!(bound.pico_an_hour <= best, "{} {best}", bound.pico_an_hour);
        prop_assert!(packing.pico_an_hour(&problem) >= best);
        let (exact, closer) = thorough(&problem, &asked_so_often(25, &Cell::new(0))).unwrap();
        prop_assert_eq!(exact.pico_an_hour(&problem), best);
        prop_assert_eq!(closer.pico_an_hour, best);
        let (better, closer) = searched(&problem, &asked_so_often(2_000, &Cell::new(0))).unwrap();
        prop_assert_eq!(check_bound(&problem, &closer), Ok(closer.pico_an_hour));
        prop_assert!(better.pico_an_hour(&problem) >= best);
        prop_assert!(closer.pico_an_hour <= best);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    /// More shapes than a quick answer dives for.
    #[test]
    fn answers_of_many_shapes_are_packings(problem in any_problem(60, 4)) {
        if problem.check().is_ok() {
            let (packing, bound) = quick(&problem).unwrap();
            prop_assert_eq!(check_packing(&problem, &packing), Ok(packing.pico_an_hour(&problem)));
            prop_assert_eq!(check_bound(&problem, &bound), Ok(bound.pico_an_hour));
        }
    }
}

#[test]
fn two_halves_share_an_instance() {
    let large = bin("large", Architecture::X86, [2_000, 4_000, 10], 100);
    let small = bin("small", Architecture::X86, [1_000, 2_000, 10], 60);
    let problem = Problem {
        shapes: vec![shape(1_000, 2_000, 5)],
        bins: vec![large, small],
        fewest_instances: 0,
    };
    let (packing, bound) = greedy(&problem).unwrap();
    // Two large for four, a small one for the fifth; cut, five halves of 50.
    assert_eq!(check_packing(&problem, &packing), Ok(260));
    assert_eq!(bound.pico_an_hour, 250);
}

#[test]
fn many_sizes_are_packed_as_few() {
    // 2,000 services of as many sizes, and a few of which only one may be on an instance.
    let large = bin("large", Architecture::X86, [8_000, 32_000, 50], 800_000_000);
    let small = bin("small", Architecture::X86, [2_000, 4_000, 50], 150_000_000);
    let some = |number: u32| Shape {
        most_an_instance: number.is_multiple_of(40).then_some(1),
        ..shape(128 + number * 37 % 470, 200 + number * 101 % 1_800, 1 + number % 3)
    };
    let problem = Problem {
        shapes: (0..2_000).map(some).collect(),
        bins: vec![large, small],
        fewest_instances: 0,
    };
    for (packing, bound) in
        [quick(&problem).unwrap(), thorough(&problem, &asked_so_often(200, &Cell::new(0))).unwrap()]
    {
        let cost = packing.pico_an_hour(&problem);
        assert_eq!(check_packing(&problem, &packing), Ok(cost));
        assert_eq!(check_bound(&problem, &bound), Ok(bound.pico_an_hour));
        let (cost, least) = (cost / 1_000_000, bound.pico_an_hour / 1_000_000);
        assert!(cost * 100 <= least * 104, "{cost} for {least}");
    }
}

/// Parts in which all packings are looked at, and the splits above them.
fn parts(branch: &Branch) -> usize {
    match branch {
        Branch::Part(_) => 1,
        Branch::Split { fewer, more, .. } => parts(fewer) + parts(more),
    }
}

#[test]
fn splits_by_the_number_of_instances_raise_the_bound() {
    // Cut, five tasks are two large and a half; whole, three large or two and a small one.
    let large = bin("large", Architecture::X86, [2_000, 4_000, 10], 100_000_000);
    let small = bin("small", Architecture::X86, [1_000, 2_000, 10], 60_000_000);
    let problem = Problem {
        shapes: vec![shape(1_000, 2_000, 5)],
        bins: vec![large, small],
        fewest_instances: 0,
    };
    let limits = Limits { rounds: 20, ..Limits::default() };
    let (packing, bound) = searched(&problem, &limits).unwrap();
    assert_eq!(packing.pico_an_hour(&problem), 260_000_000);
    assert!((259_999_990..=260_000_000).contains(&bound.pico_an_hour), "{bound:?}");
    assert_eq!(check_bound(&problem, &bound), Ok(bound.pico_an_hour));
    let Proof::Branches(Branches { certificates, tree }) = &bound.proof else { panic!() };
    assert!(parts(tree) > 1);
    // More than is proved, a side that is left out, and a worth that is too high are refused.
    let by = |pico_an_hour, certificates: &[Certificate], tree| {
        let certificates = certificates.to_vec();
        let proof = Proof::Branches(Branches { certificates, tree });
        check_bound(&problem, &Bound { pico_an_hour, proof }).unwrap_err()
    };
    let said = |pico_an_hour, tree| by(pico_an_hour, certificates, tree);
    assert!(matches!(said(260_000_001, tree.clone()), Fault::Bound { .. }));
    let mut dearer = certificates.clone();
    for one in &mut dearer {
        one.tasks[0] += one.tasks[0] / 10;
    }
    assert!(matches!(by(1, &dearer, tree.clone()), Fault::Worth { .. }));
    assert_eq!(by(1, &[], tree.clone()), Fault::Split);
    let Branch::Split { offers, at_most, fewer, more } = tree.clone() else { panic!() };
    let other =
        |fewer, at_most, offers| Branch::Split { offers, at_most, fewer, more: more.clone() };
    let moved = other(fewer.clone(), at_most + 1, offers.clone());
    assert!(matches!(said(bound.pico_an_hour, moved), Fault::Bound { .. } | Fault::Worth { .. }));
    let nowhere = other(fewer.clone(), at_most, vec![7]);
    assert_eq!(said(bound.pico_an_hour, nowhere), Fault::Split);
    let mixed = |change: &dyn Fn(&mut Mix)| {
        let mut fewer = fewer.clone();
        let mut first = &mut *fewer;
        while let Branch::Split { fewer, .. } = first {
            first = fewer;
        }
        let Branch::Part(mix) = first else { unreachable!() };
        change(mix);
        said(bound.pico_an_hour, other(fewer, at_most, offers.clone()))
    };
    assert_eq!(mixed(&|mix| mix.splits.push(1)), Fault::Split);
    assert!(matches!(mixed(&|mix| mix.times[0].1 *= 2), Fault::Worth { .. }));
    // What may be no more takes less: then the others are worth more than the price.
    assert!(matches!(mixed(&|mix| mix.splits.fill(0)), Fault::Worth { .. } | Fault::Bound { .. }));
}

#[test]
fn faults_are_found() {
    let offer = bin("large", Architecture::X86, [2_000, 4_000, 2], 100);
    let problem = Problem {
        shapes: vec![Shape { most_an_instance: Some(1), ..shape(500, 500, 2) }],
        bins: vec![offer, bin("arm", Architecture::Arm, [2_000, 4_000, 2], 50)],
        fewest_instances: 3,
    };
    let with = |bin, count, instances| Packing {
        patterns: vec![Pattern { bin, tasks: vec![(0, count)], instances }],
    };
    let fault = |packing: &Packing| check_packing(&problem, packing).unwrap_err();
    assert!(matches!(fault(&with(0, 1, 1)), Fault::Placed { placed: 1, .. }));
    assert!(matches!(fault(&with(0, 2, 1)), Fault::Together { .. }));
    assert!(matches!(fault(&with(1, 1, 2)), Fault::Offer { .. }));
    assert!(matches!(fault(&with(0, 1, 2)), Fault::TooFew { count: 2, .. }));
    let free = Problem { shapes: vec![shape(1_500, 500, 2)], ..problem.clone() };
    let over = check_packing(&free, &with(0, 2, 1)).unwrap_err();
    assert!(matches!(over, Fault::Over { what: "CPU units", used: 3_000, .. }));
    let bound = bound(&problem);
    let x86 = Weights { slot: 51 << 10, ..Weights::default() };
    let proof = Proof::Weights { x86, arm: Weights::default() };
    let dear = Bound { proof, ..bound };
    assert!(matches!(check_bound(&problem, &dear).unwrap_err(), Fault::Worth { .. }));
    let said = Bound { pico_an_hour: bound.pico_an_hour + 1, proof: bound.proof.clone() };
    assert!(matches!(check_bound(&problem, &said).unwrap_err(), Fault::Bound { .. }));
    assert_eq!(bound.pico_an_hour, 150, "three of the cheapest");
}

#[test]
fn impossible_problems_name_the_task() {
    let offer = bin("small", Architecture::X86, [1_000, 2_000, 10], 60);
    let problem =
        |shape| Problem { shapes: vec![shape], bins: vec![offer.clone()], fewest_instances: 0 };
    let said = |shape| problem(shape).check().unwrap_err().to_string();
    assert_eq!(
        said(Shape { name: "web".to_owned(), ..shape(2_000, 1, 1) }),
        "web: no offer holds it: it needs 2000 CPU units, the most that an offer on x86 has is 1000"
    );
    assert!(said(Shape { x86: false, ..shape(1, 1, 1) }).ends_with("on no architecture"));
    assert!(said(shape(0, 0, 1)).contains("tasks of no size"));
    assert!(said(shape(1, 1, u32::MAX)).contains("more than can be packed"));
}

/// Twenty odd shapes into instances of three mixes.
fn odd(copies: u32) -> Problem {
    let mut random = crate::units::SplitMix64(5);
    let mut between = |least: u32, most: u32| {
        least + u32::try_from(random.draw() % u64::from(most - least)).unwrap()
    };
    let shapes = (0..20)
        .map(|_| shape(between(100, 1_500), between(200, 6_000), copies))
        .collect::<Vec<_>>();
    let sizes = [(2, 2, 90), (2, 4, 100), (2, 8, 126)];
    let bins = sizes.into_iter().flat_map(|(vcpu, gib, price)| {
        [1, 2].map(|times| {
            let size = [vcpu * times * 1_024, vcpu * times * gib * 973, 30];
            bin(&format!("{gib} {times}"), Architecture::X86, size, u64::from(price * times) << 30)
        })
    });
    Problem { shapes, bins: bins.collect(), fewest_instances: 0 }
}

#[test]
fn contents_that_are_looked_for_closely_waste_less() {
    let problem = odd(8);
    let bins: Vec<usize> = (0..problem.bins.len()).collect();
    let worth = bound(&problem).worths(&problem).unwrap().1.tasks;
    let cost = |steps| {
        let left = problem.shapes.iter().map(|shape| shape.copies).collect();
        let patterns = Filler::new(&problem, &bins, &worth, left, steps).all();
        let packing = Packing { patterns };
        assert_eq!(check_packing(&problem, &packing), Ok(packing.pico_an_hour(&problem)));
        packing.pico_an_hour(&problem)
    };
    let (greedily, closely) = (cost(0), cost(CLOSELY));
    assert!(closely < greedily, "{closely} {greedily}");
}

#[test]
fn what_is_looked_at_around_an_answer_is_no_dearer_and_the_same_each_time() {
    let problem = odd(8);
    let packed = |rounds| {
        let limits = Limits { rounds, ..Limits::default() };
        searched(&problem, &limits).unwrap()
    };
    let (before, after) = (packed(0), packed(3));
    assert!(after.0.pico_an_hour(&problem) <= before.0.pico_an_hour(&problem));
    assert_eq!(packed(3), after);
}

#[test]
fn where_instances_alone_cost_every_task_is_packed() {
    let size = [4_096, 16_000, 30];
    let bins = ["a", "b"].map(|name| bin(name, Architecture::X86, size, 12_000));
    let shapes = (0..2).map(|_| shape(1_500, 4_000, 2_001)).collect();
    let problem = Problem { shapes, bins: bins.to_vec(), fewest_instances: 2_001 };
    for (packing, _) in [quick(&problem).unwrap(), thorough(&problem, &Limits::default()).unwrap()]
    {
        assert_eq!(check_packing(&problem, &packing), Ok(2_001 * 12_000));
    }
}

#[test]
fn no_time_is_no_dearer_than_quick() {
    let problem = odd(40);
    let limits = Limits { spent: Box::new(|| 1.0), ..Limits::default() };
    let (packing, _) = thorough(&problem, &limits).unwrap();
    let (quickly, _) = quick(&problem).unwrap();
    assert!(packing.pico_an_hour(&problem) <= quickly.pico_an_hour(&problem));
}
