//! Where tasks have too many sizes to be looked at one by one: sizes that are nearly alike are
//! packed as one of their mean. What turns out too much for an instance then moves to where there
//! is room, and the rest is packed anew.

use super::problem::{Packing, Pattern, Problem, RESOURCES, Shape};
use std::collections::{BTreeMap, VecDeque};

/// More sizes than these are rounded.
const MOST_SHAPES: usize = 250;
/// Sizes are rounded up to powers of these, the first that leaves few enough.
const STEPS: [f64; 7] = [1.01, 1.02, 1.04, 1.08, 1.15, 1.3, 1.6];

pub(super) struct Coarse {
    pub problem: Problem,
    /// By shape of it, the numbers of the tasks' own shapes.
    members: Vec<Vec<usize>>,
}

/// What tells shapes apart beside their size.
type Kind = ([u32; 2], [bool; 2], Option<u32>, Vec<u16>, Vec<usize>);

/// Nothing where there are few sizes.
pub(super) fn coarse(problem: &Problem) -> Option<Coarse> {
    let many = problem.shapes.iter().filter(|shape| shape.copies > 0).count() > MOST_SHAPES;
    if !many {
        return None;
    }
    let mut last = None;
    for step in STEPS {
        let coarse = rounded(problem, step);
        let few = coarse.problem.shapes.len() <= MOST_SHAPES;
        last = Some(coarse);
        if few {
            break;
        }
    }
    last
}

fn rounded(problem: &Problem, step: f64) -> Coarse {
    let mut groups: BTreeMap<(u32, u32, Kind), Vec<usize>> = BTreeMap::new();
    for (number, shape) in problem.shapes.iter().enumerate().filter(|(_, one)| one.copies > 0) {
        let (cpu, memory) = (steps(shape.cpu_units, step), steps(shape.memory_mib, step));
        groups.entry((cpu, memory, kind(shape))).or_default().push(number);
    }
    let (mut shapes, mut members) = (Vec::new(), Vec::new());
    for (_, mut numbers) in groups {
        numbers.sort_by_key(|number| {
            let shape = &problem.shapes[*number];
            (shape.cpu_units, shape.memory_mib, *number)
        });
        let copies = numbers.iter().map(|number| problem.shapes[*number].copies).sum();
        let mean = |of: fn(&Shape) -> u32| {
            let all = numbers.iter().map(|number| &problem.shapes[*number]);
            let sum: u64 = all.map(|one| u64::from(of(one)) * u64::from(one.copies)).sum();
            u32::try_from(sum.div_ceil(u64::from(copies))).unwrap_or(u32::MAX)
        };
        let (cpu_units, memory_mib) = (mean(|one| one.cpu_units), mean(|one| one.memory_mib));
        let first = &problem.shapes[numbers[0]];
        shapes.push(Shape { cpu_units, memory_mib, copies, ..first.clone() });
        members.push(numbers);
    }
    let problem = Problem { shapes, bins: problem.bins.clone(), ..*problem };
    Coarse { problem, members }
}

/// Tasks of which only so many may be together are not alike with any others.
fn kind(shape: &Shape) -> Kind {
    (
        [shape.slots, shape.gpus],
        [shape.x86, shape.arm],
        shape.most_an_instance,
        shape.host_ports.clone(),
        shape.barred.clone(),
    )
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small")]
fn steps(size: u32, step: f64) -> u32 {
    (f64::from(size.max(1)).ln() / step.ln()).round() as u32
}

/// An instance with its tasks.
type Filled = (usize, BTreeMap<usize, u32>);

impl Coarse {
    /// The packing with the tasks' own shapes, and how many of each have no room in it.
    pub fn expanded(&self, problem: &Problem, packing: &Packing) -> (Packing, Vec<u32>) {
        let mut left: Vec<VecDeque<(usize, u32)>> = self
            .members
            .iter()
            .map(|all| all.iter().map(|one| (*one, problem.shapes[*one].copies)).collect())
            .collect();
        let mut all: Vec<Filled> = Vec::new();
        let mut homeless = vec![0; problem.shapes.len()];
        for Pattern { bin, tasks, instances } in &packing.patterns {
            for _ in 0..*instances {
                let mut own: BTreeMap<usize, u32> = BTreeMap::new();
                for (shape, count) in tasks {
                    for place in 0..*count {
                        if let Some(number) = take(&mut left[*shape], place % 2 == 0) {
                            *own.entry(number).or_default() += 1;
                        }
                    }
                }
                lighten(problem, *bin, &mut own, &mut homeless);
                all.push((*bin, own));
            }
        }
        settle(problem, &mut all, &mut homeless);
        let pattern =
            |(bin, own): Filled| Pattern { bin, tasks: own.into_iter().collect(), instances: 1 };
        let filled = all.into_iter().filter(|(_, own)| !own.is_empty());
        (Packing { patterns: filled.map(pattern).collect() }.gathered(), homeless)
    }
}

/// A task of those that are left: large and small ones by turns, so that they are as large as their
/// mean together.
fn take(queue: &mut VecDeque<(usize, u32)>, large: bool) -> Option<usize> {
    let (number, there) = if large { queue.back_mut()? } else { queue.front_mut()? };
    *there -= 1;
    let (number, empty) = (*number, *there == 0);
    if empty {
        if large {
            queue.pop_back();
        } else {
            queue.pop_front();
        }
    }
    Some(number)
}

fn listed(own: &BTreeMap<usize, u32>) -> Vec<(usize, u32)> {
    own.iter().map(|(shape, count)| (*shape, *count)).collect()
}

/// Takes tasks out until the rest fits, the smallest first.
fn lighten(problem: &Problem, bin: usize, own: &mut BTreeMap<usize, u32>, homeless: &mut [u32]) {
    let size = |shape: &usize| {
        let shape = &problem.shapes[*shape];
        (u64::from(shape.cpu_units) * 4 + u64::from(shape.memory_mib), shape.name.clone())
    };
    while !problem.holds(bin, &listed(own)) {
        let Some(smallest) = own.keys().copied().min_by_key(size) else { return };
        homeless[smallest] += 1;
        if let Some(count) = own.get_mut(&smallest) {
            *count -= 1;
            if *count == 0 {
                own.remove(&smallest);
            }
        }
    }
}

/// Puts tasks where there is room for them, the largest first, the fullest instances first.
fn settle(problem: &Problem, all: &mut [Filled], homeless: &mut [u32]) {
    let mut order: Vec<usize> = (0..homeless.len()).filter(|one| homeless[*one] > 0).collect();
    order.sort_by_key(|one| {
        let shape = &problem.shapes[*one];
        std::cmp::Reverse(u64::from(shape.cpu_units) * 4 + u64::from(shape.memory_mib))
    });
    let mut taken: Vec<[u64; RESOURCES]> =
        all.iter().map(|(_, own)| problem.taken(&listed(own))).collect();
    for number in order {
        let needs = problem.shapes[number].needs().map(u64::from);
        for ((bin, own), taken) in all.iter_mut().zip(&mut taken) {
            if homeless[number] == 0 {
                break;
            }
            let has = problem.bins[*bin].has().map(u64::from);
            let room = (0..RESOURCES).all(|one| taken[one] + needs[one] <= has[one]);
            if !room {
                continue;
            }
            let mut more = own.clone();
            *more.entry(number).or_default() += 1;
            if problem.holds(*bin, &listed(&more)) {
                *own = more;
                homeless[number] -= 1;
                for (taken, needs) in taken.iter_mut().zip(needs) {
                    *taken += needs;
                }
            }
        }
    }
}
