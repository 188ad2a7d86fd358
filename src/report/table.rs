//! Rows of text under named columns.

use crate::units::Usd;

/// Where a cell's text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// As people read it.
    pub title: &'static str,
    /// As programs read it: with its unit.
    pub name: &'static str,
    pub align: Align,
    /// Where there is no room for all columns, the largest goes first; 0 always stays.
    pub rank: u8,
}

impl Column {
    #[must_use]
    pub const fn left(title: &'static str, name: &'static str, rank: u8) -> Self {
        Column { title, name, align: Align::Left, rank }
    }

    #[must_use]
    pub const fn right(title: &'static str, name: &'static str, rank: u8) -> Self {
        Column { title, name, align: Align::Right, rank }
    }
}

/// What stands in a table: for people, and for programs where that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    pub shown: String,
    /// Plain decimals, and nothing at all for what is not known.
    pub plain: String,
}

impl Cell {
    /// `$1,234.50` for people, `1234.50` for programs.
    #[must_use]
    pub fn money(usd: Option<Usd>) -> Self {
        let shown = usd.map_or_else(|| UNKNOWN.to_owned(), |usd| usd.to_string());
        Cell { shown, plain: usd.map_or_else(String::new, Usd::cents_string) }
    }

    /// A value that may not be known.
    #[must_use]
    pub fn known(value: Option<String>) -> Self {
        match value {
            Some(value) => value.into(),
            None => Cell { shown: UNKNOWN.to_owned(), plain: String::new() },
        }
    }

    /// For people one thing, for programs another.
    #[must_use]
    pub fn both(shown: impl Into<String>, plain: impl Into<String>) -> Self {
        Cell { shown: shown.into(), plain: plain.into() }
    }
}

/// How people are told that something is not known.
const UNKNOWN: &str = "?";

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Cell { plain: text.clone(), shown: text }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Table {
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Cell>>,
    /// Sums, set apart from the rows.
    pub totals: Vec<Vec<Cell>>,
}

impl Table {
    #[must_use]
    pub const fn new(columns: Vec<Column>) -> Self {
        Table { columns, rows: Vec::new(), totals: Vec::new() }
    }

    /// The columns that a width has room for, two spaces apart.
    #[must_use]
    pub fn at_width(&self, width: usize) -> Table {
        self.with_columns(&self.kept(width))
    }

    /// Titles of the others, where anything stands below them.
    #[must_use]
    pub fn left_out(&self, width: usize) -> Vec<&'static str> {
        let kept = self.kept(width);
        let rows = || self.rows.iter().chain(&self.totals);
        let says = |place: usize| rows().any(|row| !row[place].shown.is_empty());
        let out = (0..kept.len()).filter(|place| !kept[*place] && says(*place));
        out.map(|place| self.columns[place].title).collect()
    }

    /// What all columns take.
    #[must_use]
    pub fn width(&self) -> usize {
        let widths = (0..self.columns.len()).map(|place| self.width_of(place));
        widths.sum::<usize>() + 2 * self.columns.len().saturating_sub(1)
    }

    fn kept(&self, width: usize) -> Vec<bool> {
        let widths: Vec<usize> =
            (0..self.columns.len()).map(|place| self.width_of(place)).collect();
        let mut kept = vec![true; self.columns.len()];
        loop {
            let shown =
                || widths.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(width, _)| *width);
            if shown().sum::<usize>() + 2 * shown().count().saturating_sub(1) <= width {
                break;
            }
            let candidates =
                (0..kept.len()).filter(|place| kept[*place] && self.columns[*place].rank > 0);
            let Some(place) = candidates.max_by_key(|place| self.columns[*place].rank) else {
                break;
            };
            kept[place] = false;
        }
        kept
    }

    fn width_of(&self, place: usize) -> usize {
        let cells =
            self.rows.iter().chain(&self.totals).map(|row| row[place].shown.chars().count());
        cells.chain([self.columns[place].title.chars().count()]).max().unwrap_or(0)
    }

    fn with_columns(&self, kept: &[bool]) -> Table {
        let keep = |row: &Vec<Cell>| -> Vec<Cell> {
            row.iter().zip(kept).filter(|(_, kept)| **kept).map(|(cell, _)| cell.clone()).collect()
        };
        let columns = self.columns.iter().zip(kept).filter(|(_, kept)| **kept);
        Table {
            columns: columns.map(|(column, _)| column.clone()).collect(),
            rows: self.rows.iter().map(keep).collect(),
            totals: self.totals.iter().map(keep).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(vec![
            Column::left("NAME", "name", 0),
            Column::right("COST", "cost", 1),
            Column::left("WHY", "why", 2),
        ]);
        table.rows.push(["web", "$1.00", "because"].map(Cell::from).to_vec());
        table
    }

    #[test]
    fn columns_leave_by_rank_as_room_runs_out() {
        let shown = |width| -> Vec<&str> {
            table().at_width(width).columns.iter().map(|column| column.title).collect()
        };
        assert_eq!(shown(20), ["NAME", "COST", "WHY"]);
        assert_eq!(shown(19), ["NAME", "COST"]);
        assert_eq!(shown(10), ["NAME"]);
        assert_eq!(shown(1), ["NAME"], "what is needed is wrapped, not left out");
        let mut table = table();
        assert_eq!((table.width(), table.left_out(20)), (20, vec![]));
        assert_eq!((table.left_out(19), table.left_out(10)), (vec!["WHY"], vec!["COST", "WHY"]));
        table.rows[0][2] = "".into();
        assert_eq!(table.left_out(10), ["COST"], "nothing stands below the other");
    }
}
