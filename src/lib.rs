//! What each container workload on AWS needs, where it should run, at what size, and what it costs.
//!
//! The rooms in reading order. Each takes nouns of [`model`] and gives nouns;
//! none but the command line calls two of them.

pub mod bill;
pub mod book;
pub mod model;
pub mod units;
pub mod reduce;
pub mod size;
pub mod fit;
pub mod advise;
