//! One row of what was measured.

/// What is measured of one task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signal {
    /// CPU units, mean over the running tasks.
    CpuMean,
    /// CPU units of the hottest task.
    CpuMax,
    /// MiB, mean over the running tasks.
    MemoryMean,
    /// MiB of the fullest task.
    MemoryMax,
    /// Tasks running.
    Tasks,
}

impl Signal {
    pub const ALL: [Signal; 5] =
        [Signal::CpuMean, Signal::CpuMax, Signal::MemoryMean, Signal::MemoryMax, Signal::Tasks];

    /// The column that carries it.
    #[must_use]
    pub const fn column(self) -> &'static str {
        match self {
            Signal::CpuMean => "cpu_units_mean",
            Signal::CpuMax => "cpu_units_max",
            Signal::MemoryMean => "memory_mib_mean",
            Signal::MemoryMax => "memory_mib_max",
            Signal::Tasks => "tasks",
        }
    }
}

/// What is kept beside the signals for other questions; profiles do not hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Extra {
    /// CPU units of the coolest task.
    CpuMin,
    /// MiB of the emptiest task.
    MemoryMin,
    /// Milliseconds that answers took.
    ResponseMean,
    ResponseP99,
    ResponseMax,
    Errors,
    /// The most executions of a function at a time.
    Concurrency,
}

impl Extra {
    pub const ALL: [Extra; 7] = [
        Extra::CpuMin,
        Extra::MemoryMin,
        Extra::ResponseMean,
        Extra::ResponseP99,
        Extra::ResponseMax,
        Extra::Errors,
        Extra::Concurrency,
    ];

    /// The column that carries it.
    #[must_use]
    pub const fn column(self) -> &'static str {
        match self {
            Extra::CpuMin => "cpu_units_min",
            Extra::MemoryMin => "memory_mib_min",
            Extra::ResponseMean => "response_ms_mean",
            Extra::ResponseP99 => "response_ms_p99",
            Extra::ResponseMax => "response_ms_max",
            Extra::Errors => "errors",
            Extra::Concurrency => "concurrency_max",
        }
    }
}

/// A reading with everything that was measured.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct WideReading {
    pub reading: Reading,
    /// In the order of [`Extra::ALL`].
    pub extras: [Option<f64>; 7],
}

/// One row of readings. What was not measured is absent.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Reading {
    /// Seconds since 1970, UTC: the start of the period.
    pub at: i64,
    pub period_seconds: u32,
    /// One bit a signal, in the order of [`Signal::ALL`]; then requests.
    present: u8,
    values: [f64; 6],
}

impl Reading {
    const REQUESTS: usize = 5;

    #[must_use]
    pub const fn new(at: i64, period_seconds: u32) -> Self {
        Reading { at, period_seconds, present: 0, values: [0.0; 6] }
    }

    /// This reading with one more value. Nothing is measured by a value that is absent.
    #[must_use]
    pub fn with(mut self, signal: Signal, value: impl Into<Option<f64>>) -> Self {
        if let Some(value) = value.into() {
            self.set(signal, value);
        }
        self
    }

    #[must_use]
    pub fn with_requests(mut self, requests: impl Into<Option<f64>>) -> Self {
        if let Some(requests) = requests.into() {
            self.set_requests(requests);
        }
        self
    }

    /// The same in place, for loops over many rows.
    #[inline]
    pub fn set(&mut self, signal: Signal, value: f64) {
        self.put(signal as usize, value);
    }

    #[inline]
    pub fn set_requests(&mut self, requests: f64) {
        self.put(Self::REQUESTS, requests);
    }

    #[inline]
    fn put(&mut self, place: usize, value: f64) {
        self.values[place] = value;
        self.present |= 1 << place;
    }

    #[inline]
    pub(super) fn value(&self, place: usize) -> Option<f64> {
        (self.present & (1 << place) != 0).then_some(self.values[place])
    }

    #[must_use]
    #[inline]
    pub fn get(&self, signal: Signal) -> Option<f64> {
        self.value(signal as usize)
    }

    #[must_use]
    #[inline]
    pub fn requests(&self) -> Option<f64> {
        self.value(Self::REQUESTS)
    }

    /// Nothing at all was measured.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.present == 0
    }

    /// The larger of each value of two readings of the same moment.
    #[must_use]
    pub fn larger_of(&self, other: &Reading) -> Reading {
        let mut both = *self;
        for place in 0..6 {
            if let Some(value) = other.value(place) {
                both.put(place, self.value(place).map_or(value, |mine| mine.max(value)));
            }
        }
        both
    }
}
