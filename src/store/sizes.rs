//! What a task had when it was measured, row by row, and what a workload has today.

use super::batch::Batch;
use super::mapping::{Mapping, Resolved, Unit};
use super::oddities::Oddities;
use crate::model::{Code, Size, SizeSince, VALUE_LIMIT};
use crate::units;
use std::collections::BTreeMap;

/// CPU units and MiB, as far as they are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Allocation {
    pub cpu: Option<u32>,
    pub memory: Option<u32>,
}

/// The sizes of one workload while its rows pass.
#[derive(Clone, Debug, Default)]
pub(super) struct Sizes {
    /// Known beside the readings.
    known: Option<Size>,
    /// The allocation's numbers as they last stood in a row, and what they mean.
    said: Option<((u64, u64), Allocation)>,
    /// The size that rows carry at present, and the times of its oldest and newest row.
    passing: Option<(Size, i64, i64)>,
    /// The same of every size that passed.
    seen: BTreeMap<Size, (i64, i64)>,
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
        oddities: &mut Oddities,
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
            let mut read = |value: f64, found: Option<(usize, Unit)>| {
                let (number, unit) = found?;
                let whole = whole(value, unit);
                if whole.is_none() && !value.is_nan() {
                    let column = &resolved.wanted.numbers[number].1;
                    oddities.count(Code::ValueInvalid, column, batch.lines[row]);
                }
                whole
            };
            let allocation = Allocation {
                cpu: read(said.0, resolved.alloc_cpu).or(given.cpu),
                memory: read(said.1, resolved.alloc_memory).or(given.memory),
            };
            self.said = Some((bits, allocation));
        }
        let allocation = self.said.map_or(given, |(_, allocation)| allocation);
        self.note(allocation, batch.at[row]);
        allocation
    }

    #[inline]
    fn note(&mut self, allocation: Allocation, at: i64) {
        let (Some(cpu), Some(memory)) = (allocation.cpu, allocation.memory) else { return };
        let size = Size::new(cpu, memory);
        match &mut self.passing {
            Some((passing, oldest, newest)) if *passing == size => {
                *oldest = (*oldest).min(at);
                *newest = (*newest).max(at);
            }
            _ => {
                self.keep_passing();
                self.passing = Some((size, at, at));
            }
        }
    }

    fn keep_passing(&mut self) {
        if let Some((size, from, to)) = self.passing.take() {
            let (oldest, newest) = self.seen.entry(size).or_insert((from, to));
            *oldest = (*oldest).min(from);
            *newest = (*newest).max(to);
        }
    }

    /// The size of the newest row, whatever the order of the rows, and how many others
    /// there were. Of two at the same moment it is the larger.
    pub fn newest(&self) -> (Option<Size>, u32) {
        let mut all = self.clone();
        all.keep_passing();
        let newest = all.seen.iter().max_by_key(|(size, (_, newest))| (*newest, **size));
        let others = all.seen.len().saturating_sub(1);
        (newest.map(|(size, _)| *size), u32::try_from(others).unwrap_or(u32::MAX))
    }

    /// The sizes that it had, the oldest first; none where it was one alone, or one came back.
    pub fn history(&self) -> Vec<SizeSince> {
        let mut all = self.clone();
        all.keep_passing();
        let mut stretches: Vec<(i64, i64, Size)> =
            all.seen.iter().map(|(size, (from, to))| (*from, *to, *size)).collect();
        stretches.sort_unstable();
        let apart = stretches.windows(2).all(|pair| pair[0].1 < pair[1].0);
        if !apart || stretches.len() < 2 {
            return Vec::new();
        }
        let since = |(since, _, size): (i64, i64, Size)| SizeSince {
            since,
            settled: None,
            unknown: false,
            revision: String::new(),
            cpu_units: Some(size.cpu),
            memory_mib: Some(size.memory),
        };
        stretches.into_iter().map(since).collect()
    }
}

/// An allocation in whole units, rounded up; nothing for what cannot be one.
fn whole(value: f64, unit: Unit) -> Option<u32> {
    let value = unit.convert(value, None)?;
    let usable = value > 0.0 && value < VALUE_LIMIT;
    usable.then(|| units::whole_up(value)).flatten()
}
