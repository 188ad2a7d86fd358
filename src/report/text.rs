//! A table for a terminal, as wide as it is.

use super::{Align, Table};
use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement};

/// What the terminal can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Screen {
    pub width: u16,
    pub color: bool,
}

/// Columns that the width has no room for are left out and named; what remains is wrapped.
#[must_use]
pub fn draw(table: &Table, screen: Screen) -> String {
    let left_out = left_out(table, screen.width);
    let table = table.at_width(usize::from(screen.width));
    let mut drawn = comfy_table::Table::new();
    drawn
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(screen.width);
    if screen.color {
        drawn.enforce_styling();
    } else {
        drawn.force_no_tty();
    }
    let place = |align: Align| match align {
        Align::Left => CellAlignment::Left,
        Align::Right => CellAlignment::Right,
    };
    let strong = |text: &str, align| {
        let cell = Cell::new(text).set_alignment(place(align));
        if screen.color { cell.add_attribute(Attribute::Bold) } else { cell }
    };
    drawn.set_header(table.columns.iter().map(|column| strong(column.title, column.align)));
    for row in &table.rows {
        drawn.add_row(row.iter().zip(&table.columns).map(|(text, column)| {
            let cell = Cell::new(harmless(&text.shown)).set_alignment(place(column.align));
            match color_of(column.name, &text.shown).filter(|_| screen.color) {
                Some(color) => cell.fg(color),
                None => cell,
            }
        }));
    }
    for row in &table.totals {
        drawn.add_row(
            row.iter().zip(&table.columns).map(|(text, column)| strong(&text.shown, column.align)),
        );
    }
    for number in 0..table.columns.len() {
        if let Some(column) = drawn.column_mut(number) {
            let right = u16::from(number + 1 < table.columns.len());
            column.set_padding((0, right * 2));
        }
    }
    let lines: Vec<String> =
        drawn.to_string().lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n") + "\n" + &left_out
}

/// Which columns the width has no room for, and what width has room for all.
fn left_out(table: &Table, width: u16) -> String {
    let titles = table.left_out(usize::from(width));
    if titles.is_empty() {
        return String::new();
    }
    let enough = table.width();
    let line = format!("Not shown at this width: {} (--width {enough}).", titles.join(", "));
    wrapped(&line, width, "")
}

/// Breaks a paragraph at spaces; every line but the first is set in.
#[must_use]
pub fn wrapped(text: &str, width: u16, indent: &str) -> String {
    let width = usize::from(width.min(100));
    let mut out = String::from(indent);
    let mut column = indent.len();
    for (number, word) in text.split(' ').enumerate() {
        let length = word.chars().count();
        if number > 0 && column + 1 + length > width {
            out.push_str("\n  ");
            column = 2;
        } else if number > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out.push('\n');
    out
}

/// Names come from files: nothing in them may steer a terminal.
fn harmless(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// Green is money back, red is a workload in danger.
fn color_of(column: &str, text: &str) -> Option<Color> {
    match column {
        "savings_usd_per_month" if text.starts_with('-') => Some(Color::Red),
        "savings_usd_per_month" if text.starts_with('$') && text != "$0.00" => Some(Color::Green),
        "class" if text == "underprovisioned" => Some(Color::Red),
        _ => None,
    }
}
