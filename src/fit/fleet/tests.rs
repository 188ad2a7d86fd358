//! Packings against the checker, and small ones against trying everything.

use super::*;
use crate::model::Architecture;
use crate::units::UsdPerHour;
use proptest::prelude::*;

fn bin(name: &str, architecture: Architecture, size: [u32; 3], pico: u64) -> Bin {
    let [cpu_units, memory_mib, slots] = size;
    let price = UsdPerHour::pico(pico);
    Bin { name: name.to_owned(), architecture, cpu_units, memory_mib, slots, price }
}

fn shape(cpu_units: u32, memory_mib: u32, copies: u32) -> Shape {
    let name = format!("{cpu_units}/{memory_mib}");
    Shape { name, cpu_units, memory_mib, x86: true, arm: false, copies, most_an_instance: None }
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
        slots in 1_u32..12,
        price in 1_u64..1_000,
    ) -> Bin {
        let architecture = if arm { Architecture::Arm } else { Architecture::X86 };
        bin("bin", architecture, [cpu, memory, slots], price * 1_000_000_000)
    }
}

prop_compose! {
    fn any_shape(most: u32)(
        cpu in amount(4_000),
        memory in amount(8_000),
        on in 1_u32..4,
        copies in 0..=most,
        together in prop::option::of(1_u32..3),
    ) -> Shape {
        Shape {
            x86: on & 1 > 0,
            arm: on & 2 > 0,
            most_an_instance: together,
            ..shape(cpu, memory, copies)
        }
    }
}

/// Mostly with an offer of each architecture that holds every shape.
fn any_problem(shapes: usize, copies: u32) -> impl Strategy<Value = Problem> {
    let bins = prop::collection::vec(any_bin(), 1..5);
    let shapes = prop::collection::vec(any_shape(copies), 1..=shapes);
    let large = prop::option::weighted(0.9, (1_u64..2_000, 1_u64..2_000, 1_u32..12));
    (bins, shapes, large, 0_u32..4).prop_map(|(mut bins, shapes, large, fewest_instances)| {
        if let Some((x86, arm, slots)) = large {
            let offer = |on, price| bin("large", on, [4_000, 8_000, slots], price * 1_000_000_000);
            bins.extend([offer(Architecture::X86, x86), offer(Architecture::Arm, arm)]);
        }
        Problem { shapes, bins, fewest_instances }
    })
}

/// The least that instances of any content cost: all contents of all offers, one by one.
fn brute_force(problem: &Problem) -> u128 {
    fn contents(problem: &Problem, bin: &Bin) -> Vec<Vec<u32>> {
        let mut all = vec![Vec::new()];
        for shape in &problem.shapes {
            let most = problem.most(shape, bin).min(shape.copies);
            all = all
                .into_iter()
                .flat_map(|counts: Vec<u32>| {
                    (0..=most).map(move |count| [&counts[..], &[count]].concat())
                })
                .collect();
        }
        let fits = |counts: &Vec<u32>| {
            let sum = |of: fn(&Shape) -> u32| -> u64 {
                let pairs = counts.iter().zip(&problem.shapes);
                pairs.map(|(count, shape)| u64::from(*count) * u64::from(of(shape))).sum()
            };
            sum(|s| s.cpu_units) <= u64::from(bin.cpu_units)
                && sum(|s| s.memory_mib) <= u64::from(bin.memory_mib)
                && sum(|_| 1) <= u64::from(bin.slots)
        };
        all.retain(fits);
        all
    }
    let offers: Vec<(u128, Vec<u32>)> = problem
        .bins
        .iter()
        .flat_map(|bin| {
            let price = u128::from(bin.price.as_pico());
            contents(problem, bin).into_iter().map(move |counts| (price, counts))
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
        for (price, counts) in &offers {
            let rest: Option<Vec<u32>> =
                left.iter().zip(counts).map(|(left, one)| left.checked_sub(*one)).collect();
            let Some(rest) = rest else { continue };
            let next = (rest, (count + 1).min(fewest));
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn every_answer_is_a_packing_and_every_bound_is_proved(problem in any_problem(8, 40)) {
        if let Ok((packing, bound)) = quick(&problem) {
            let cost = check_packing(&problem, &packing);
            prop_assert_eq!(cost, Ok(packing.pico_an_hour(&problem)));
            prop_assert_eq!(check_bound(&problem, &bound), Ok(bound.pico_an_hour));
            prop_assert!(bound.pico_an_hour <= packing.pico_an_hour(&problem));
            let (better, _) = thorough(&problem).unwrap();
            prop_assert_eq!(check_packing(&problem, &better), Ok(better.pico_an_hour(&problem)));
            prop_assert!(better.pico_an_hour(&problem) <= packing.pico_an_hour(&problem));
        } else {
            let none = |shape: &Shape| {
                shape.copies > 0 && problem.bins.iter().all(|bin| problem.most(shape, bin) == 0)
            };
            prop_assert!(problem.shapes.iter().any(none));
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
        let (better, _) = thorough(&problem).unwrap();
        prop_assert!(better.pico_an_hour(&problem) >= best);
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
    let (packing, bound) = quick(&problem).unwrap();
    // Two large for four, a small one for the fifth; cut, five halves of 50.
    assert_eq!(check_packing(&problem, &packing), Ok(260));
    assert_eq!(bound.pico_an_hour, 250);
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
    assert!(matches!(fault(&with(1, 1, 2)), Fault::Architecture { .. }));
    assert!(matches!(fault(&with(0, 1, 2)), Fault::TooFew { count: 2, .. }));
    let free = Problem { shapes: vec![shape(1_500, 500, 2)], ..problem.clone() };
    let over = check_packing(&free, &with(0, 2, 1)).unwrap_err();
    assert!(matches!(over, Fault::Over { what: "CPU units", used: 3_000, .. }));
    let bound = bound(&problem);
    let dear = Bound { x86: Weights { slot: 51 << 10, ..Weights::default() }, ..bound };
    assert!(matches!(check_bound(&problem, &dear).unwrap_err(), Fault::Weights { .. }));
    let said = Bound { pico_an_hour: bound.pico_an_hour + 1, ..bound };
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
        "web: no offer holds it: it needs 2000 CPU units and 1 MiB on x86"
    );
    assert!(said(Shape { x86: false, ..shape(1, 1, 1) }).ends_with("on no architecture"));
    assert!(said(shape(0, 0, 1)).contains("tasks of no size"));
    assert!(said(shape(1, 1, u32::MAX)).contains("more than can be packed"));
}
