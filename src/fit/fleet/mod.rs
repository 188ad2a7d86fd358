//! A fleet: which instances to run for many tasks at once, what they cost, and how far from the
//! best possible that is.
//!
//! Everything is grouped: tasks of one shape with their number, instances of one content with
//! theirs, so that time depends on shapes and offers and hardly on how many tasks there are.

mod bound;
mod check;
mod fill;
mod master;
mod problem;
mod quick;
mod thorough;

pub use bound::{Bound, Weights, bound};
pub use check::{Fault, check_bound, check_packing};
pub use problem::{Bin, Packing, Pattern, Problem, ProblemError, Shape};
pub use quick::quick;
pub use thorough::thorough;

#[cfg(test)]
mod tests;
