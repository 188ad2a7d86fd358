//! The cheapest Fargate size by table look-up.
//!
//! Valid sizes come from the catalog's list, not from a formula. For every step of CPU
//! (powers of two from 256) and of memory (512 MiB) the cheapest size that holds both is
//! worked out once; after that a fit is two shifts and a look-up.

use crate::model::{Demand, FargateSize, Platform, Size, TaskRates};
use crate::units::{CpuUnits, Hour, MiB, UsdPerHour};
use crate::units::{Quantity, Usd};

const SMALLEST_CPU: u32 = 256;
const MEMORY_STEP: u32 = 512;
const NOTHING: u8 = u8::MAX;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FargateTable {
    rates: TaskRates,
    sizes: Vec<Size>,
    prices: Vec<UsdPerHour>,
    memory_steps: usize,
    /// Numbers of sizes: CPU steps times memory steps.
    cheapest: Vec<u8>,
}

impl FargateTable {
    /// # Panics
    /// If the list holds more than 255 sizes.
    #[must_use]
    pub fn new(sold: &[FargateSize], platform: Platform, rates: TaskRates) -> Self {
        let sizes: Vec<Size> =
            sold.iter().filter(|sold| sold.runs(platform)).map(|sold| sold.size).collect();
        assert!(sizes.len() < usize::from(NOTHING), "a size's number fits in a byte");
        let prices: Vec<UsdPerHour> = sizes.iter().map(|size| hourly(*size, rates)).collect();
        let largest_cpu = sizes.iter().map(|size| size.cpu.0).max().unwrap_or(0);
        let largest_memory = sizes.iter().map(|size| size.memory.0).max().unwrap_or(0);
        let cpu_steps = if sizes.is_empty() { 0 } else { cpu_step(largest_cpu) + 1 };
        let memory_steps = memory_step(largest_memory) + 1;
        let mut cheapest = vec![NOTHING; cpu_steps * memory_steps];
        for (cell, entry) in cheapest.iter_mut().enumerate() {
            let cpu = SMALLEST_CPU << (cell / memory_steps);
            let memory = u32::try_from(cell % memory_steps).expect("few steps") * MEMORY_STEP;
            let holding = sizes
                .iter()
                .zip(&prices)
                .zip(0_u8..)
                .filter(|((size, _), _)| size.cpu.0 >= cpu && size.memory.0 >= memory);
            // Of equal prices the smaller size comes first in the list.
            if let Some((_, number)) = holding.min_by_key(|((_, price), _)| **price) {
                *entry = number;
            }
        }
        FargateTable { rates, sizes, prices, memory_steps, cheapest }
    }

    /// The number of the cheapest size that holds the demand.
    #[must_use]
    #[inline]
    fn number(&self, demand: Demand) -> Option<usize> {
        let memory = memory_step(demand.memory.0);
        if memory >= self.memory_steps {
            return None;
        }
        let cell = cpu_step(demand.cpu.0) * self.memory_steps + memory;
        let number = self.cheapest.get(cell).copied().filter(|number| *number != NOTHING)?;
        Some(usize::from(number))
    }

    /// The cheapest size that holds the demand; nothing where none does.
    #[must_use]
    #[inline]
    pub fn cheapest(&self, demand: Demand) -> Option<Size> {
        self.number(demand).map(|number| self.sizes[number])
    }

    /// The same with its price for an hour.
    #[must_use]
    #[inline]
    pub fn cheapest_price(&self, demand: Demand) -> Option<(Size, UsdPerHour)> {
        self.number(demand).map(|number| (self.sizes[number], self.prices[number]))
    }

    /// What a size costs an hour; nothing where it is not sold.
    #[must_use]
    pub fn price(&self, size: Size) -> Option<UsdPerHour> {
        let place = self.sizes.iter().position(|sold| *sold == size)?;
        Some(self.prices[place])
    }

    /// Every size with its price for an hour.
    pub fn all(&self) -> impl Iterator<Item = (Size, UsdPerHour)> {
        self.sizes.iter().copied().zip(self.prices.iter().copied())
    }

    /// The largest size by CPU, then memory.
    #[must_use]
    pub fn largest(&self) -> Size {
        self.sizes.last().copied().unwrap_or(Size::new(0, 0))
    }

    /// What of a size's price is the step up from what is demanded, over some hours.
    /// Beyond any believable amount it is nothing.
    #[must_use]
    pub fn rounding(&self, demand: Demand, size: Size, hours: Quantity<Hour>) -> Option<Usd> {
        let sized = hourly(size, self.rates).times(hours).ok()?;
        let exact = hourly(demand.size(), self.rates).times(hours).ok()?;
        Some(sized.usd - exact.usd)
    }
}

/// Of powers of two from 256, the first that is enough.
#[inline]
const fn cpu_step(cpu_units: u32) -> usize {
    let steps = cpu_units.saturating_sub(1) / SMALLEST_CPU;
    (u32::BITS - steps.leading_zeros()) as usize
}

#[inline]
const fn memory_step(mib: u32) -> usize {
    mib.div_ceil(MEMORY_STEP) as usize
}

/// An hour of a size, rounded up to a pico-dollar.
fn hourly(size: Size, rates: TaskRates) -> UsdPerHour {
    let Size { cpu: CpuUnits(cpu), memory: MiB(memory) } = size;
    let exact = u128::from(rates.vcpu.as_pico()) * u128::from(cpu)
        + u128::from(rates.memory.as_pico()) * u128::from(memory);
    UsdPerHour::pico(u64::try_from(exact.div_ceil(1024)).unwrap_or(u64::MAX))
}
