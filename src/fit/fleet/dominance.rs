//! Offers that need not be looked at.

use super::problem::{Problem, Shape};

/// Offers that no other one is at least as large as at no higher price.
pub(super) fn undominated(problem: &Problem) -> Vec<usize> {
    let all = dominating(problem);
    (0..all.len()).filter(|bin| all[*bin] == *bin).collect()
}

/// For each offer one that is at least as large at no higher price and that no other one is: often
/// itself.
pub(super) fn dominating(problem: &Problem) -> Vec<usize> {
    let bins = &problem.bins;
    let bars = |bin: usize| {
        let bars = move |shape: &Shape| shape.barred.binary_search(&bin).is_ok();
        problem.shapes.iter().map(bars).collect::<Vec<bool>>()
    };
    let any_bars = problem.shapes.iter().any(|shape| !shape.barred.is_empty());
    let barred: Vec<Vec<bool>> =
        (0..bins.len()).map(|bin| if any_bars { bars(bin) } else { Vec::new() }).collect();
    let dominated = |one: usize, other: usize| {
        let (a, b) = (&bins[one], &bins[other]);
        let larger = a.has().into_iter().zip(b.has()).all(|(a, b)| a <= b);
        let takes_all = barred[one].iter().zip(&barred[other]).all(|(a, b)| *a || !*b);
        a.architecture == b.architecture
            && (!a.instance || b.instance)
            && larger
            && takes_all
            && (b.price.as_pico(), other) < (a.price.as_pico(), one)
    };
    let mut kept: Vec<usize> = Vec::new();
    let mut order: Vec<usize> = (0..bins.len()).collect();
    order.sort_by_key(|bin| (bins[*bin].price.as_pico(), *bin));
    let mut all: Vec<usize> = (0..bins.len()).collect();
    for bin in order {
        match kept.iter().find(|other| dominated(bin, **other)) {
            Some(other) => all[bin] = *other,
            None => kept.push(bin),
        }
    }
    all
}
