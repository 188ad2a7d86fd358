//! What would have happened: readings and a plan in, an outcome out.

mod borne;
mod cluster;
mod scaling;
mod schedule;
mod track;

pub use borne::{Borne, Load, borne};
pub use cluster::{Change, ClusterHour, Need, Room, Rules, cluster};
pub use scaling::{
    Adjustment, Alarm, Gathered, Metric, Minute, Policies, Rule, Scaled, Setting, Step, StepChange,
    kept, minutes, scaled, short_steps, steps,
};
pub use schedule::{Bounds, NotPlayed, Schedule, bounds};
pub use track::{HOUR, Stretch, Track, within_hours};
