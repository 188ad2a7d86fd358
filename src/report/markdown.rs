//! A table in Markdown.

use super::{Align, Cell, Table};
use std::fmt::Write;

#[must_use]
pub fn draw(table: &Table) -> String {
    let mut out = String::new();
    let mut line = |cells: &mut dyn Iterator<Item = String>| {
        let cells: Vec<String> = cells.collect();
        writeln!(out, "| {} |", cells.join(" | ")).expect("a string takes everything");
    };
    line(&mut table.columns.iter().map(|column| column.title.to_owned()));
    line(&mut table.columns.iter().map(|column| match column.align {
        Align::Left => "---".to_owned(),
        Align::Right => "---:".to_owned(),
    }));
    for row in &table.rows {
        line(&mut row.iter().map(|cell| escaped(&cell.shown)));
    }
    for row in &table.totals {
        let strong = |cell: &Cell| match cell.shown.as_str() {
            "" => String::new(),
            shown => format!("**{}**", escaped(shown)),
        };
        line(&mut row.iter().map(strong));
    }
    out
}

fn escaped(cell: &str) -> String {
    let plain = cell.replace('&', "&amp;").replace('<', "&lt;");
    plain.replace('|', "\\|").replace(['\n', '\r'], " ")
}
