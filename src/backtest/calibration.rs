//! Do predicted risks come true?

use super::{Bench, Strategy};
use crate::model::RiskPolicy;
use std::collections::BTreeSet;

/// Cases whose predicted risk lies in one range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bin {
    /// From the one, below the other, in millionths.
    pub from_ppm: u32,
    pub to_ppm: u32,
    /// Workloads that are in it with a size or more.
    pub workloads: usize,
    pub sizes: usize,
    /// Means over the sizes, in millionths.
    pub predicted_ppm: f64,
    pub observed_ppm: f64,
}

/// Of memory: how many sizes failed; of CPU: in which share of the readings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Calibration {
    pub memory: Vec<Bin>,
    pub cpu: Vec<Bin>,
}

const MEMORY_EDGES: [u32; 9] =
    [0, 10_000, 20_000, 50_000, 100_000, 200_000, 400_000, 700_000, 1_000_001];
const CPU_EDGES: [u32; 8] = [0, 100, 300, 1_000, 3_000, 10_000, 30_000, 1_000_001];

/// Fewer workloads in a bin say nothing.
pub const FEWEST: usize = 30;

/// Over the sizes that some of the levels takes, each once a workload.
#[must_use]
pub fn calibrate(bench: &Bench<'_>, levels: &[RiskPolicy]) -> Calibration {
    let mut memory = vec![Sums::default(); MEMORY_EDGES.len() - 1];
    let mut cpu = vec![Sums::default(); CPU_EDGES.len() - 1];
    for (number, case) in bench.cases.iter().enumerate() {
        let taken: BTreeSet<usize> = levels
            .iter()
            .map(|policy| bench.chosen(Strategy::Risk(*policy), number))
            .filter(|(_, too_large)| !too_large)
            .map(|(size, _)| size)
            .collect();
        let mut sizes: BTreeSet<_> = taken.iter().map(|size| bench.sizes[*size].0.memory).collect();
        for size in &taken {
            let candidate = &bench.candidates(number)[*size];
            if let Some(ppm) = candidate.risk.memory_ppm
                && sizes.remove(&candidate.size.memory)
            {
                let failed = case.judged.memory_over(candidate.size.memory) > 0;
                sums(&mut memory, &MEMORY_EDGES, ppm).add(number, ppm, f64::from(u8::from(failed)));
            }
        }
        let mut sizes: BTreeSet<_> = taken.iter().map(|size| bench.sizes[*size].0.cpu).collect();
        for size in &taken {
            let candidate = &bench.candidates(number)[*size];
            if let Some(ppm) = candidate.risk.cpu_ppm
                && sizes.remove(&candidate.size.cpu)
            {
                #[expect(clippy::cast_precision_loss, reason = "counts of readings")]
                let share = case.judged.cpu_over(candidate.size.cpu) as f64
                    / case.judged.cpu_readings() as f64;
                sums(&mut cpu, &CPU_EDGES, ppm).add(number, ppm, share);
            }
        }
    }
    Calibration { memory: bins(&memory, &MEMORY_EDGES), cpu: bins(&cpu, &CPU_EDGES) }
}

#[derive(Clone, Debug, Default)]
struct Sums {
    workloads: BTreeSet<usize>,
    sizes: usize,
    predicted: f64,
    observed: f64,
}

impl Sums {
    fn add(&mut self, workload: usize, ppm: u32, observed: f64) {
        self.workloads.insert(workload);
        self.sizes += 1;
        self.predicted += f64::from(ppm);
        self.observed += observed * 1e6;
    }
}

fn sums<'s>(all: &'s mut [Sums], edges: &[u32], ppm: u32) -> &'s mut Sums {
    &mut all[edges.partition_point(|edge| *edge <= ppm) - 1]
}

fn bins(all: &[Sums], edges: &[u32]) -> Vec<Bin> {
    all.iter()
        .zip(edges.windows(2))
        .filter(|(sums, _)| sums.sizes > 0)
        .map(|(sums, edges)| {
            #[expect(clippy::cast_precision_loss, reason = "a count of sizes")]
            let sizes = sums.sizes as f64;
            Bin {
                from_ppm: edges[0],
                to_ppm: edges[1].min(1_000_000),
                workloads: sums.workloads.len(),
                sizes: sums.sizes,
                predicted_ppm: sums.predicted / sizes,
                observed_ppm: sums.observed / sizes,
            }
        })
        .collect()
}

impl Calibration {
    /// Mean difference between predicted and observed over the bins with enough workloads,
    /// in millionths; nothing where no bin has enough.
    #[must_use]
    pub fn mean_difference_ppm(bins: &[Bin]) -> Option<f64> {
        let enough: Vec<f64> = bins
            .iter()
            .filter(|bin| bin.workloads >= FEWEST)
            .map(|bin| (bin.predicted_ppm - bin.observed_ppm).abs())
            .collect();
        #[expect(clippy::cast_precision_loss, reason = "a few bins")]
        let count = enough.len() as f64;
        (!enough.is_empty()).then(|| enough.iter().sum::<f64>() / count)
    }
}
