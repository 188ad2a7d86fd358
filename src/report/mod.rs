//! An estate's answer as tables, and each table in many formats.
//!
//! A report is built once as [`Table`]s; a format draws a table. Charts stand apart.

pub mod bill_tables;
mod chain;
pub mod csv;
pub mod fleet_json;
pub mod fleet_tables;
pub mod json;
pub mod ledger_json;
pub mod ledger_tables;
pub mod markdown;
pub mod replay_json;
pub mod replay_tables;
mod rules_table;
mod table;
mod tables;
#[cfg(feature = "cli")]
pub mod text;
pub mod verdicts;

#[cfg(feature = "charts")]
pub mod chart;
#[cfg(feature = "charts")]
pub mod fleet_chart;
#[cfg(feature = "charts")]
pub mod line_chart;
#[cfg(feature = "charts")]
pub mod replay_chart;
#[cfg(feature = "charts")]
pub mod risk_chart;

pub use chain::chain;
pub use rules_table::rules_table;
pub use table::{Align, Cell, Column, Table};
pub use tables::{
    Grouped, bill_table, candidate_table, container_table, grouped_findings, place_table,
    price_table, recommendation_table, totals_lines,
};
