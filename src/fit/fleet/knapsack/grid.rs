//! Where the sizes of all shapes lie on a coarse grid of CPU and memory (Fargate's do: 256
//! units and 512 MiB), the best content by a table over it, without limits on how many of a
//! shape there are: what it says none is worth more than holds with such limits too.

use super::Content;
use crate::fit::fleet::problem::{Amounts, Problem};
use crate::model::Architecture;

/// Cells, and cells times shapes, that are still quick.
const MOST_CELLS: usize = 400_000;
const MOST_STEPS: usize = 30_000_000;

/// Tables for the shapes of one architecture, up to the largest offer.
pub(super) struct Lattice {
    step: [u32; 2],
    wide: usize,
    high: usize,
}

pub(in crate::fit::fleet) struct Grid<'p> {
    problem: &'p Problem,
    lattice: [Option<Lattice>; 2],
    tables: [Option<Table>; 2],
}

struct Table {
    worth: Vec<f64>,
    /// The shape that was taken last, or none.
    last: Vec<u16>,
}

const NONE: u16 = u16::MAX;

const fn side(architecture: Architecture) -> usize {
    match architecture {
        Architecture::X86 => 0,
        Architecture::Arm => 1,
    }
}

impl<'p> Grid<'p> {
    /// For the offers of these numbers; nothing where the grid is too fine for both
    /// architectures.
    pub fn new(problem: &'p Problem, bins: &[usize]) -> Option<Self> {
        let lattice = [Architecture::X86, Architecture::Arm]
            .map(|architecture| Lattice::new(problem, bins, architecture));
        let some = lattice.iter().any(Option::is_some);
        some.then_some(Grid { problem, lattice, tables: [None, None] })
    }

    /// What tasks are worth from now on, by shape.
    pub fn set(&mut self, worth: &[f64]) {
        for architecture in [Architecture::X86, Architecture::Arm] {
            let table = self.lattice[side(architecture)]
                .as_ref()
                .map(|lattice| lattice.table(self.problem, architecture, worth));
            self.tables[side(architecture)] = table;
        }
    }

    /// The best content of an offer, where there are as many tasks as one likes; it may be more
    /// than fits by slots or than there are. Not of offers with GPUs: their tasks have no place
    /// in the table.
    pub fn best(&self, bin: usize) -> Option<Content> {
        let offer = &self.problem.bins[bin];
        if offer.gpus > 0 {
            return None;
        }
        let side = side(offer.architecture);
        let (lattice, table) = (self.lattice[side].as_ref()?, self.tables[side].as_ref()?);
        let mut cell = lattice.cell(offer.has());
        let worth = table.worth[cell];
        let mut counts = std::collections::BTreeMap::new();
        while table.last[cell] != NONE {
            let shape = usize::from(table.last[cell]);
            *counts.entry(shape).or_insert(0) += 1;
            cell -= lattice.offset(self.problem.shapes[shape].needs());
        }
        Some(Content { tasks: counts.into_iter().collect(), worth })
    }
}

impl Lattice {
    fn new(problem: &Problem, bins: &[usize], architecture: Architecture) -> Option<Self> {
        let shapes = problem
            .shapes
            .iter()
            .filter(|shape| shape.copies > 0 && shape.runs_on(architecture) && shape.gpus == 0);
        let mut step = [0; 2];
        let mut count = 0;
        for shape in shapes {
            count += 1;
            step = [gcd(step[0], shape.cpu_units), gcd(step[1], shape.memory_mib)];
        }
        let offers = bins
            .iter()
            .map(|bin| &problem.bins[*bin])
            .filter(|bin| bin.architecture == architecture);
        let most = offers.fold([0, 0], |[cpu, memory]: [u32; 2], bin| {
            [cpu.max(bin.cpu_units), memory.max(bin.memory_mib)]
        });
        let [wide, high] =
            [0, 1].map(|at| most[at].checked_div(step[at]).map_or(0, |cells| cells as usize));
        let cells = (wide + 1).checked_mul(high + 1)?;
        let few = cells <= MOST_CELLS && cells.checked_mul(count)? <= MOST_STEPS;
        (count > 0 && count < usize::from(NONE) && few).then_some(Lattice {
            step,
            wide: wide + 1,
            high: high + 1,
        })
    }

    fn cell(&self, has: Amounts) -> usize {
        let [cpu, memory] =
            [0, 1].map(|at| has[at].checked_div(self.step[at]).map_or(0, |cells| cells as usize));
        cpu.min(self.wide - 1) * self.high + memory.min(self.high - 1)
    }

    fn offset(&self, needs: Amounts) -> usize {
        let [cpu, memory] =
            [0, 1].map(|at| needs[at].checked_div(self.step[at]).map_or(0, |cells| cells as usize));
        cpu * self.high + memory
    }

    fn table(&self, problem: &Problem, architecture: Architecture, worth: &[f64]) -> Table {
        let cells = self.wide * self.high;
        let mut table = Table { worth: vec![0.0; cells], last: vec![NONE; cells] };
        let taken = problem.shapes.iter().enumerate().filter(|(number, shape)| {
            shape.copies > 0
                && worth[*number] > 0.0
                && shape.runs_on(architecture)
                && shape.gpus == 0
        });
        for (number, shape) in taken {
            let offset = self.offset(shape.needs());
            let wide = shape.cpu_units.checked_div(self.step[0]).unwrap_or(0) as usize;
            let high = shape.memory_mib.checked_div(self.step[1]).unwrap_or(0) as usize;
            if wide >= self.wide || high >= self.high {
                continue;
            }
            let last = u16::try_from(number).unwrap_or(NONE);
            for row in wide..self.wide {
                for cell in row * self.high + high..(row + 1) * self.high {
                    let with = table.worth[cell - offset] + worth[number];
                    if with > table.worth[cell] {
                        table.worth[cell] = with;
                        table.last[cell] = last;
                    }
                }
            }
        }
        table
    }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}
