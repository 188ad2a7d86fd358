//! Rows of text under named columns.

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
    /// Shown from this many characters of width on.
    pub from_width: usize,
}

impl Column {
    #[must_use]
    pub const fn left(title: &'static str, name: &'static str, from_width: usize) -> Self {
        Column { title, name, align: Align::Left, from_width }
    }

    #[must_use]
    pub const fn right(title: &'static str, name: &'static str, from_width: usize) -> Self {
        Column { title, name, align: Align::Right, from_width }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Table {
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<String>>,
    /// Sums, set apart from the rows.
    pub totals: Vec<Vec<String>>,
}

impl Table {
    #[must_use]
    pub const fn new(columns: Vec<Column>) -> Self {
        Table { columns, rows: Vec::new(), totals: Vec::new() }
    }

    /// The columns that a width has room for.
    #[must_use]
    pub fn at_width(&self, width: usize) -> Table {
        let kept: Vec<bool> = self.columns.iter().map(|column| column.from_width <= width).collect();
        let keep = |row: &Vec<String>| -> Vec<String> {
            row.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(cell, _)| cell.clone()).collect()
        };
        let columns = self.columns.iter().zip(&kept).filter(|(_, kept)| **kept);
        Table {
            columns: columns.map(|(column, _)| column.clone()).collect(),
            rows: self.rows.iter().map(keep).collect(),
            totals: self.totals.iter().map(keep).collect(),
        }
    }
}
