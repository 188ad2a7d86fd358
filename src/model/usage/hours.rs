//! The hours of a window, each with sums and peaks.

use crate::units::Fine;

/// One hour of the window, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct HourSummary {
    /// Hours since 1970.
    pub hour: i32,
    pub readings: u32,
    pub cpu_readings: u32,
    pub memory_readings: u32,
    /// Seconds that the readings stand for.
    pub seconds: u32,
    /// Of those, the seconds in which tasks were counted.
    pub task_counted_seconds: u32,
    /// Running tasks times seconds, where tasks were counted.
    pub task_seconds: u64,
    /// Sum of the CPU means, 1/1024 units.
    pub cpu_sum: u64,
    /// The highest CPU seen (hottest task, else mean).
    pub cpu_peak: Fine,
    /// Sum of the memory means, 1/1024 MiB.
    pub memory_sum: u64,
    /// The most memory seen (fullest task, else mean).
    pub memory_peak: Fine,
}

impl HourSummary {
    fn merge(&mut self, other: &HourSummary) {
        self.readings += other.readings;
        self.seconds = self.seconds.saturating_add(other.seconds);
        self.task_counted_seconds =
            self.task_counted_seconds.saturating_add(other.task_counted_seconds);
        self.task_seconds += other.task_seconds;
        self.cpu_readings += other.cpu_readings;
        self.cpu_sum += other.cpu_sum;
        self.cpu_peak = self.cpu_peak.max(other.cpu_peak);
        self.memory_readings += other.memory_readings;
        self.memory_sum += other.memory_sum;
        self.memory_peak = self.memory_peak.max(other.memory_peak);
    }
}

impl HourSummary {
    /// Counts one reading in: what was measured, rounded down and up to 1/1024 unit.
    #[inline]
    pub(super) fn add(&mut self, period_seconds: u32, values: [Option<(u64, Fine)>; 5]) {
        let [cpu_mean, cpu_max, memory_mean, memory_max, tasks] = values;
        let seconds = u64::from(period_seconds);
        self.readings += 1;
        self.seconds = self.seconds.saturating_add(period_seconds);
        if let Some((tasks, _)) = tasks {
            self.task_counted_seconds = self.task_counted_seconds.saturating_add(period_seconds);
            self.task_seconds += (tasks * seconds).div_ceil(1024);
        }
        if let Some(mean) = cpu_mean.or(cpu_max) {
            self.cpu_readings += 1;
            self.cpu_sum += mean.0;
            self.cpu_peak = self.cpu_peak.max(cpu_max.unwrap_or(mean).1);
        }
        if let Some(mean) = memory_mean.or(memory_max) {
            self.memory_readings += 1;
            self.memory_sum += mean.0;
            self.memory_peak = self.memory_peak.max(memory_max.unwrap_or(mean).1);
        }
    }
}

/// Sorted by hour, one entry an hour that has readings. Kept in blocks, so that long
/// windows of many workloads grow without being copied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hours {
    /// All but the last are full.
    blocks: Vec<Vec<HourSummary>>,
}

/// 4 KiB.
const BLOCK: usize = 64;

impl Hours {
    pub fn iter(&self) -> impl Iterator<Item = &HourSummary> + Clone + '_ {
        self.blocks.iter().flatten()
    }

    /// The entry of an hour, made where there is none. Hours mostly come in order.
    #[inline]
    pub(super) fn of(&mut self, at: i64) -> &mut HourSummary {
        let hour = hour_number(at);
        let last = self.blocks.last().and_then(|block| block.last()).map(|last| last.hour);
        let (block, place) = match last {
            Some(last) if last == hour => {
                (self.blocks.len() - 1, self.blocks[self.blocks.len() - 1].len() - 1)
            }
            Some(last) if last > hour => self.find(hour),
            _ => self.push(HourSummary { hour, ..HourSummary::default() }),
        };
        &mut self.blocks[block][place]
    }

    fn push(&mut self, summary: HourSummary) -> (usize, usize) {
        if self.blocks.last().is_none_or(|block| block.len() == BLOCK) {
            // The first block of many is the only one: it grows as it is needed.
            let size = if self.blocks.is_empty() { 0 } else { BLOCK };
            self.blocks.push(Vec::with_capacity(size));
        }
        let block = self.blocks.len() - 1;
        self.blocks[block].push(summary);
        (block, self.blocks[block].len() - 1)
    }

    /// Where an earlier hour stands; it is put in where it is missing.
    #[cold]
    fn find(&mut self, hour: i32) -> (usize, usize) {
        let block = self.blocks.partition_point(|block| block[block.len() - 1].hour < hour);
        match self.blocks[block].binary_search_by_key(&hour, |entry| entry.hour) {
            Ok(place) => (block, place),
            Err(place) => {
                self.blocks[block].insert(place, HourSummary { hour, ..HourSummary::default() });
                // What runs over goes on to the next block, and so on.
                for number in block..self.blocks.len() {
                    if self.blocks[number].len() <= BLOCK {
                        break;
                    }
                    let over = self.blocks[number].pop().expect("more than a block's");
                    match self.blocks.get_mut(number + 1) {
                        Some(next) => next.insert(0, over),
                        None => self.blocks.push(vec![over]),
                    }
                }
                if place < BLOCK { (block, place) } else { (block + 1, 0) }
            }
        }
    }

    /// Both together; an hour of both adds up.
    pub(super) fn merged(&self, other: &Hours) -> Hours {
        let mut all: Vec<HourSummary> = self.iter().chain(other.iter()).copied().collect();
        all.sort_by_key(|hour| hour.hour);
        all.dedup_by(|later, kept| {
            let same = later.hour == kept.hour;
            if same {
                kept.merge(later);
            }
            same
        });
        let mut hours = Hours::default();
        for hour in all {
            hours.push(hour);
        }
        hours
    }
}

/// Hours since 1970; times beyond the year 200,000 share the last hour.
#[inline]
fn hour_number(at: i64) -> i32 {
    let hour = at.div_euclid(3_600);
    i32::try_from(hour).unwrap_or(if hour < 0 { i32::MIN } else { i32::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A step that meets every number below 500 once.
    fn shuffled() -> impl Iterator<Item = i64> {
        (0..500).map(|number| number * 137 % 500)
    }

    #[test]
    fn hours_in_any_order_are_kept_in_order_and_in_full_blocks() {
        let (mut sorted, mut mixed) = (Hours::default(), Hours::default());
        for hour in 0..500 {
            sorted.of(hour * 3_600).readings = 1;
        }
        for hour in shuffled() {
            mixed.of(hour * 3_600 + 1_800).readings += 1;
        }
        assert_eq!(mixed, sorted);
        assert!(mixed.iter().map(|entry| entry.hour).eq(0..500));
        for hour in shuffled() {
            mixed.of(hour * 3_600).readings += 1;
        }
        assert!(mixed.iter().all(|entry| entry.readings == 2), "none is made twice");
    }

    #[test]
    fn merging_adds_the_same_hours_and_keeps_the_others() {
        let hours = |range: std::ops::Range<i64>| {
            let mut hours = Hours::default();
            for hour in range {
                hours.of(hour * 3_600).add(60, [Some((5, Fine(6))), None, None, None, None]);
            }
            hours
        };
        let merged = hours(0..100).merged(&hours(50..150));
        assert_eq!(merged, hours(50..150).merged(&hours(0..100)));
        assert!(merged.iter().map(|entry| entry.hour).eq(0..150));
        let sums: Vec<u64> = merged.iter().map(|entry| entry.cpu_sum).collect();
        assert_eq!((sums[49], sums[50], sums[99], sums[100]), (5, 10, 10, 5));
    }
}
