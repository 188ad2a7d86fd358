//! A fleet: which instances to run for many tasks at once, what they cost, and how far from the
//! best possible that is.
//!
//! Everything is grouped: tasks of one shape with their number, instances of one content with
//! theirs, so that time depends on shapes and offers and hardly on how many tasks there are.

mod bound;
mod branch;
mod certificate;
mod check;
mod coarse;
mod dive;
mod dominance;
mod generate;
mod improve;
mod knapsack;
mod master;
mod numbers;
mod problem;
mod quick;
mod thorough;
mod tiny;

pub use bound::{Bound, Branch, Branches, Cuts, Halves, Proof, TaskWorth, Weights, bound};
pub use certificate::{Certificate, Mix};
pub use check::{Fault, check_bound, check_packing};
pub use problem::{
    Amounts, Bin, Packing, Pattern, Problem, ProblemError, RESOURCE_NAMES, RESOURCES, Shape,
};
pub use thorough::{Limits, quick, thorough};

#[cfg(test)]
use quick::greedy;
#[cfg(test)]
use thorough::searched;

#[cfg(test)]
mod tests;
