//! What was measured: readings, and the profiles they are folded into.

mod histogram;
mod hours;
mod part;
mod profile;
mod reading;
mod runs;
mod sample;

pub use histogram::{Histogram, REQUEST_LIMIT, VALUE_LIMIT, bucket_edge};
pub use hours::{HourSummary, Hours};
pub use part::{Part, PartKind};
pub use profile::Profile;
pub use reading::{Extra, Reading, Signal, WideReading};
pub use runs::{Run, Runs};
pub use sample::Sample;
