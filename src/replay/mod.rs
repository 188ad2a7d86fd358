//! What would have happened: readings and a plan in, an outcome out.

mod scaling;

pub use scaling::{Scaled, Setting, Step, scaled, steps};
