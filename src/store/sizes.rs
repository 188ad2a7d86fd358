//! What a task had when it was measured, row by row, and what a workload has today.

use super::batch::Batch;
use super::mapping::{Mapping, Resolved, Unit};
use crate::model::{Size, VALUE_LIMIT};
use crate::units;

/// CPU units and MiB, as far as they are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Allocation {
    pub cpu: Option<u32>,
    pub memory: Option<u32>,
}

/// The sizes of one workload while its rows pass.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sizes {
    /// Known beside the readings.
    known: Option<Size>,
    /// The allocation's numbers as they last stood in a row, and what they mean.
    said: Option<((u64, u64), Allocation)>,
    allocation: Allocation,
    /// Time of the newest reading that carried an allocation.
    size_at: i64,
    pub newest: Option<Size>,
    pub changes: u32,
}

impl Sizes {
    pub fn new(known: Option<Size>) -> Self {
        Sizes { known, ..Sizes::default() }
    }

    /// What a task had: of the row where it says so, else as it was given. Sizes hold for
    /// many rows, so what a number means is worked out when it changes.
    #[inline]
    pub fn of_row(
        &mut self,
        batch: &Batch,
        row: usize,
        resolved: &Resolved,
        mapping: &Mapping,
    ) -> Allocation {
        let given = self.known.or(mapping.size).or(mapping.assumed_size);
        let given = Allocation {
            cpu: given.map(|size| size.cpu.0),
            memory: given.map(|size| size.memory.0),
        };
        if resolved.alloc_cpu.is_none() && resolved.alloc_memory.is_none() {
            return given;
        }
        let number = |found: Option<(usize, Unit)>| {
            found.map_or(f64::NAN, |(number, _)| batch.numbers[number][row])
        };
        let said = (number(resolved.alloc_cpu), number(resolved.alloc_memory));
        let bits = (said.0.to_bits(), said.1.to_bits());
        if self.said.is_none_or(|(before, _)| before != bits) {
            let unit = |found: Option<(usize, Unit)>| found.map_or(Unit::Plain, |(_, unit)| unit);
            let allocation = Allocation {
                cpu: whole(said.0, unit(resolved.alloc_cpu)).or(given.cpu),
                memory: whole(said.1, unit(resolved.alloc_memory)).or(given.memory),
            };
            self.said = Some((bits, allocation));
        }
        let allocation = self.said.map_or(given, |(_, allocation)| allocation);
        self.note(allocation, batch.at[row]);
        allocation
    }

    /// Keeps the newest allocation as today's size, and counts how often it moved.
    #[inline]
    fn note(&mut self, allocation: Allocation, at: i64) {
        let (Some(cpu), Some(memory)) = (allocation.cpu, allocation.memory) else { return };
        if self.allocation == allocation {
            self.size_at = self.size_at.max(at);
            return;
        }
        if self.newest.is_some() {
            self.changes += 1;
        }
        self.allocation = allocation;
        if self.newest.is_none() || at >= self.size_at {
            self.newest = Some(Size::new(cpu, memory));
            self.size_at = at;
        }
    }
}

/// An allocation in whole units, rounded up; nothing for what cannot be one.
fn whole(value: f64, unit: Unit) -> Option<u32> {
    let value = unit.convert(value, None)?;
    let usable = value > 0.0 && value < VALUE_LIMIT;
    usable.then(|| units::whole_up(value)).flatten()
}
