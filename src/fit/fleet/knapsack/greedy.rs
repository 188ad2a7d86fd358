//! Task after task the one that is worth the most for what it takes of what is left.

use super::{Content, Knapsack};
use crate::fit::fleet::problem::RESOURCES;

/// How the resources are weighed against each other.
const LEANINGS: [[f64; RESOURCES]; 4] =
    [[1.0, 1.0, 1.0, 1.0], [2.0, 1.0, 0.5, 1.0], [1.0, 2.0, 0.5, 1.0], [0.2, 0.2, 1.0, 1.0]];

/// Of those that fit, one in so many is taken at a time.
const AT_ONCE: u32 = 6;

impl Knapsack<'_> {
    /// The best of several ways.
    pub fn greedy(&self) -> Content {
        let mut best = Content::default();
        for leaning in LEANINGS {
            let one = self.leaning(leaning);
            if one.worth > best.worth {
                best = one;
            }
        }
        best
    }

    fn leaning(&self, leaning: [f64; RESOURCES]) -> Content {
        let mut free = self.has;
        let mut counts = vec![0_u32; self.items.len()];
        let mut worth = 0.0;
        loop {
            let mut next: Option<(usize, f64)> = None;
            for (place, item) in self.items.iter().enumerate() {
                let fits = item.needs.iter().zip(&free).all(|(needs, free)| needs <= free);
                if counts[place] >= item.most || !fits || self.barred(place, &counts) {
                    continue;
                }
                let parts = item.needs.iter().zip(&free).zip(leaning);
                let takes: f64 = parts
                    .map(|((needs, free), lean)| {
                        lean * f64::from(*needs) / f64::from((*free).max(1))
                    })
                    .sum();
                let value = item.worth / takes;
                if next.is_none_or(|(_, best)| value > best) {
                    next = Some((place, value));
                }
            }
            let Some((place, _)) = next else { break };
            // Several at a time while there is much room; near the end one by one.
            let item = &self.items[place];
            let room = free.iter().zip(item.needs).map(|(free, n)| free.checked_div(n));
            let room = room.flatten().min().unwrap_or(1).min(item.most - counts[place]);
            let count = (room / AT_ONCE).max(1);
            for (free, needs) in free.iter_mut().zip(item.needs) {
                *free -= needs * count;
            }
            counts[place] += count;
            worth += item.worth * f64::from(count);
        }
        let pairs = self.items.iter().zip(counts).filter(|(_, count)| *count > 0);
        Content { tasks: pairs.map(|(item, count)| (item.shape, count)).collect(), worth }
    }

    /// Does a task that is taken already hold the port?
    fn barred(&self, place: usize, counts: &[u32]) -> bool {
        let shape = self.items[place].shape;
        !self.problem.shapes[shape].host_ports.is_empty()
            && self
                .items
                .iter()
                .zip(counts)
                .any(|(other, count)| *count > 0 && self.problem.conflict(shape, other.shape))
    }
}
