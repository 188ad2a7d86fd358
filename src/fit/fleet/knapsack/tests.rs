//! The best content against trying every one.

use super::*;
use crate::fit::fleet::problem::{Bin, Shape};
use crate::model::Architecture;
use crate::units::UsdPerHour;
use proptest::prelude::*;

fn problem(sizes: &[(u32, u32, u32, bool)], has: [u32; 3]) -> Problem {
    let shape = |(number, size): (usize, &(u32, u32, u32, bool))| Shape {
        name: format!("shape {number}"),
        cpu_units: size.0,
        memory_mib: size.1,
        slots: 1,
        gpus: 0,
        x86: true,
        arm: false,
        copies: size.2,
        most_an_instance: None,
        host_ports: if size.3 { vec![80] } else { Vec::new() },
        barred: Vec::new(),
    };
    let [cpu_units, memory_mib, slots] = has;
    let bin = Bin {
        name: "offer".to_owned(),
        architecture: Architecture::X86,
        cpu_units,
        memory_mib,
        slots,
        gpus: 0,
        price: UsdPerHour::pico(1),
        instance: true,
    };
    let shapes = sizes.iter().enumerate().map(shape).collect();
    Problem { shapes, bins: vec![bin], fewest_instances: 0 }
}

/// The worth of the best content that the offer holds, of all.
fn by_trying(problem: &Problem, worth: &[f64]) -> f64 {
    let mut all: Vec<Vec<(usize, u32)>> = vec![Vec::new()];
    for (shape, one) in problem.shapes.iter().enumerate() {
        let with = |tasks: &Vec<(usize, u32)>| {
            let tasks = tasks.clone();
            (0..=one.copies).map(move |count| match count {
                0 => tasks.clone(),
                _ => [&tasks[..], &[(shape, count)]].concat(),
            })
        };
        all = all.iter().flat_map(with).collect();
    }
    let held = all.iter().filter(|tasks| problem.holds(0, tasks));
    let sums = held.map(|tasks| tasks.iter().map(|(s, n)| worth[*s] * f64::from(*n)).sum());
    sums.fold(0.0, f64::max)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn the_best_content_is_found_and_nothing_is_above_the_limit(
        sizes in prop::collection::vec((1_u32..9, 1_u32..9, 1_u32..5, prop::bool::weighted(0.2)), 1..6),
        has in [1_u32..30, 1_u32..30, 1_u32..8],
        worth in prop::collection::vec(0.1_f64..10.0, 6),
        price in 0.1_f64..40.0,
        near_sizes in any::<bool>(),
    ) {
        let problem = problem(&sizes, has);
        // Often what tasks are worth is near to what they take.
        let worth: Vec<f64> = sizes
            .iter()
            .zip(&worth)
            .map(|(size, worth)| {
                let takes = f64::from(size.0) + 0.7 * f64::from(size.1) + 0.3;
                if near_sizes { takes * (1.0 + worth / 100.0) } else { *worth }
            })
            .collect();
        let left: Vec<u32> = problem.shapes.iter().map(|shape| shape.copies).collect();
        let best = by_trying(&problem, &worth);
        let knapsack = Knapsack::new(&problem, 0, &worth, &left);
        let cut = knapsack.relaxed();
        let depth = |steps, halves| Depth { steps, halves };
        let found = knapsack.best(&cut, [price, f64::INFINITY], depth(1_000_000, 0));
        let close = best * 1e-9 + 1e-9;
        prop_assert!((found.content.worth - best).abs() <= close || best < cut.at_most * 0.5);
        prop_assert!(found.at_most >= best - close && cut.at_most >= best - close);
        prop_assert!(found.content.tasks.is_empty() || problem.holds(0, &found.content.tasks));
        let greedy = knapsack.greedy();
        prop_assert!(greedy.worth <= best + close && problem.holds(0, &greedy.tasks));
        // With so few steps as not to end, the limit still holds.
        for halves in [0, 3] {
            let hasty = knapsack.best(&cut, [price, f64::INFINITY], depth(5, halves));
            prop_assert!(hasty.at_most >= best - close && hasty.content.worth <= best + close);
        }
        // By halves alone it is as exact, but for ports.
        let halved = knapsack.best(&cut, [price, f64::INFINITY], depth(1, 1_000_000));
        prop_assert!(halved.at_most >= best - close && halved.content.worth <= best + close);
        let ports = sizes.iter().any(|size| size.3);
        prop_assert!(ports || halved.at_most <= best.max(price).max(halved.content.worth * CLOSED) + close);
        let mut grid = Grid::new(&problem, &[0]).expect("small numbers");
        grid.set(&worth);
        let table = grid.best(0).expect("no GPUs");
        prop_assert!(table.worth >= best - close);
        let sum: f64 = table.tasks.iter().map(|(s, n)| worth[*s] * f64::from(*n)).sum();
        prop_assert!((sum - table.worth).abs() <= table.worth * 1e-9 + 1e-9);
    }

    /// From the answer before, and from nothing on: the same.
    #[test]
    fn halves_are_bounded_as_if_nothing_was_known_before(
        sizes in prop::collection::vec((1_u32..2_000, 1_u32..4_000, 1_u32..9, Just(false)), 1..8),
        worth in prop::collection::vec(0.01_f64..1.0, 8),
        has in (500_u32..8_000, 1_000_u32..16_000, 1_u32..12),
        cuts in prop::collection::vec((0_usize..8, 0_u32..9, any::<bool>()), 1..6),
    ) {
        let (cpu, memory, slots) = has;
        let problem = problem(&sizes, [cpu, memory, slots]);
        let left: Vec<u32> = sizes.iter().map(|one| one.2).collect();
        let knapsack = Knapsack::new(&problem, 0, &worth[..sizes.len()], &left);
        let program = again::Program::new(&knapsack.items, knapsack.has);
        let mut now = halves::whole(&knapsack, &program, &mut Best::default());
        let mut ranges: Vec<(u32, u32)> = knapsack.items.iter().map(|one| (0, one.most)).collect();
        for (item, at, more) in cuts {
            let Some(range) = ranges.get_mut(item) else { continue };
            let at = at.clamp(range.0, range.1);
            *range = if more { (at, range.1) } else { (range.0, at) };
            let (basis, best) = (now.basis.clone(), &mut Best::default());
            now = halves::node(&knapsack, &program, ranges.clone(), basis, best);
            prop_assert!(same(now.bound, anew(&knapsack, &ranges)), "{} {:?}", now.bound, ranges);
        }
    }
}

fn same(one: f64, other: f64) -> bool {
    let neither = one.is_infinite() && other.is_infinite();
    neither || (one - other).abs() <= 1e-6 * one.abs().max(1.0)
}

/// The relaxed answer within ranges, from nothing on.
fn anew(knapsack: &Knapsack<'_>, ranges: &[(u32, u32)]) -> f64 {
    let mut free = knapsack.has;
    let mut there = 0.0;
    for (item, (fewest, _)) in knapsack.items.iter().zip(ranges) {
        for (free, needs) in free.iter_mut().zip(item.needs) {
            let Some(rest) = free.checked_sub(needs * fewest) else { return f64::NEG_INFINITY };
            *free = rest;
        }
        there += item.worth * f64::from(*fewest);
    }
    let rest: Vec<Item> = knapsack
        .items
        .iter()
        .zip(ranges)
        .map(|(item, (fewest, most))| {
            let fits =
                free.iter().zip(item.needs).filter_map(|(free, needs)| free.checked_div(needs));
            Item { most: (most - fewest).min(fits.min().unwrap_or(u32::MAX)), ..*item }
        })
        .collect();
    there + relax(&rest, free).at_most
}
