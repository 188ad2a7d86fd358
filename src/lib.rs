//! What each container workload on AWS needs, where it should run, at what size, and what it costs.
//!
//! The rooms in reading order. Each takes nouns of [`model`] and gives nouns;
//! only `advise` and `backtest`, which join the core, and the command line call others.

pub mod advise;
pub mod backtest;
pub mod bill;
pub mod book;
#[cfg(feature = "cli")]
pub mod cli;
pub mod fit;
pub mod manifest;
pub mod model;
#[cfg(feature = "aws")]
pub mod pull;
pub mod reduce;
pub mod replay;
pub mod report;
pub mod sample;
pub mod size;
#[cfg(feature = "frames")]
pub mod store;
pub mod units;
