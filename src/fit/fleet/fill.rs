//! One instance, filled with the tasks that are worth the most together.

use super::problem::{Bin, Problem};

/// How the three resources are weighed against each other while an instance is filled.
const LEANINGS: [[f64; 3]; 4] =
    [[1.0, 1.0, 1.0], [2.0, 1.0, 0.5], [1.0, 2.0, 0.5], [0.2, 0.2, 1.0]];

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Content {
    pub tasks: Vec<(usize, u32)>,
    pub worth: f64,
}

/// What there is to fill with: by shape, what a task is worth and how many there are.
pub(super) struct Stock<'s> {
    pub problem: &'s Problem,
    pub worth: &'s [f64],
    pub left: &'s [u32],
}

impl Stock<'_> {
    /// The best of several ways of taking task after task.
    pub fn fill(&self, bin: &Bin) -> Content {
        let mut best = Content::default();
        for leaning in LEANINGS {
            let one = self.filled(bin, leaning);
            if one.worth > best.worth {
                best = one;
            }
        }
        best
    }

    /// As many of a shape as an empty instance may take.
    fn most(&self, shape: usize, bin: &Bin) -> u32 {
        self.problem.most(&self.problem.shapes[shape], bin).min(self.left[shape])
    }

    fn needs(&self, shape: usize) -> [u32; 3] {
        let shape = &self.problem.shapes[shape];
        [shape.cpu_units, shape.memory_mib, 1]
    }

    /// Task after task the one that is worth the most for what it takes of what is left.
    fn filled(&self, bin: &Bin, leaning: [f64; 3]) -> Content {
        let mut free = [bin.cpu_units, bin.memory_mib, bin.slots];
        let most: Vec<u32> = (0..self.worth.len()).map(|shape| self.most(shape, bin)).collect();
        let mut counts = vec![0_u32; self.worth.len()];
        let mut worth = 0.0;
        loop {
            let mut next: Option<(usize, f64)> = None;
            for shape in 0..counts.len() {
                let needs = self.needs(shape);
                let fits = needs.iter().zip(&free).all(|(needs, free)| needs <= free);
                if counts[shape] >= most[shape] || !fits || self.worth[shape] <= 0.0 {
                    continue;
                }
                let takes: f64 = needs
                    .iter()
                    .zip(&free)
                    .zip(leaning)
                    .map(|((needs, free), lean)| {
                        lean * f64::from(*needs) / f64::from((*free).max(1))
                    })
                    .sum();
                let value = self.worth[shape] / takes;
                if next.is_none_or(|(_, best)| value > best) {
                    next = Some((shape, value));
                }
            }
            let Some((shape, _)) = next else { break };
            for (free, needs) in free.iter_mut().zip(self.needs(shape)) {
                *free -= needs;
            }
            counts[shape] += 1;
            worth += self.worth[shape];
        }
        let tasks = counts.into_iter().enumerate().filter(|(_, count)| *count > 0).collect();
        Content { tasks, worth }
    }

    /// Depth first, with what the rest could be worth at the most if tasks could be cut; as far
    /// as so many steps go. At least as good as [`Stock::fill`].
    pub fn search(&self, bin: &Bin, steps: usize) -> Content {
        let best = self.fill(bin);
        let has = [bin.cpu_units, bin.memory_mib, bin.slots].map(|part| f64::from(part.max(1)));
        // One resource made of three: by what the best content leaves, scarce ones count more.
        let mut used = [0.0_f64; 3];
        for (shape, count) in &best.tasks {
            for (used, needs) in used.iter_mut().zip(self.needs(*shape)) {
                *used += f64::from(needs) * f64::from(*count);
            }
        }
        let scarce: Vec<f64> =
            used.iter().zip(has).map(|(used, has)| (used / has).powi(8).max(1e-3) / has).collect();
        let size = |shape: usize| -> f64 {
            self.needs(shape).iter().zip(&scarce).map(|(needs, one)| f64::from(*needs) * one).sum()
        };
        let mut order: Vec<(usize, u32, f64)> = (0..self.worth.len())
            .filter(|shape| self.worth[*shape] > 0.0)
            .map(|shape| (shape, self.most(shape, bin), size(shape)))
            .filter(|(_, most, _)| *most > 0)
            .collect();
        order.sort_by(|a, b| {
            (self.worth[b.0] / b.2).total_cmp(&(self.worth[a.0] / a.2)).then(a.0.cmp(&b.0))
        });
        let mut search = Search {
            stock: self,
            order,
            scarce: [scarce[0], scarce[1], scarce[2]],
            counts: Vec::new(),
            best,
            steps,
        };
        search.deeper(0, [bin.cpu_units, bin.memory_mib, bin.slots], 0.0);
        search.best
    }
}

struct Search<'s> {
    stock: &'s Stock<'s>,
    /// Shapes with the most of each and their size, the worthiest for its size first.
    order: Vec<(usize, u32, f64)>,
    scarce: [f64; 3],
    counts: Vec<u32>,
    best: Content,
    steps: usize,
}

impl Search<'_> {
    fn deeper(&mut self, place: usize, free: [u32; 3], worth: f64) {
        if self.steps == 0 {
            return;
        }
        self.steps -= 1;
        if worth > self.best.worth * (1.0 + 1e-9) {
            let pairs = self.order.iter().zip(&self.counts);
            let mut tasks: Vec<(usize, u32)> = pairs
                .filter(|(_, count)| **count > 0)
                .map(|((shape, ..), count)| (*shape, *count))
                .collect();
            tasks.sort_unstable();
            self.best = Content { tasks, worth };
        }
        let Some((shape, most, _)) = self.order.get(place).copied() else { return };
        if worth + self.at_most(place, free) <= self.best.worth * (1.0 + 1e-9) {
            return;
        }
        let needs = self.stock.needs(shape);
        let fits =
            needs.iter().zip(free).map(|(needs, free)| free.checked_div(*needs).unwrap_or(most));
        let most = fits.min().unwrap_or(0).min(most);
        for count in (0..=most).rev() {
            let mut rest = free;
            for (rest, needs) in rest.iter_mut().zip(needs) {
                *rest -= needs * count;
            }
            self.counts.push(count);
            self.deeper(place + 1, rest, worth + self.stock.worth[shape] * f64::from(count));
            self.counts.pop();
        }
    }

    /// The rest of the order, cut where it ends.
    fn at_most(&self, place: usize, free: [u32; 3]) -> f64 {
        let mut room: f64 =
            free.iter().zip(self.scarce).map(|(free, one)| f64::from(*free) * one).sum();
        let mut worth = 0.0;
        for (shape, most, size) in &self.order[place..] {
            let takes = size * f64::from(*most);
            if takes >= room {
                return worth + self.stock.worth[*shape] * room / size;
            }
            worth += self.stock.worth[*shape] * f64::from(*most);
            room -= takes;
        }
        worth
    }
}
