//! A table as CSV: names with units, plain decimals, no totals; what is not known is empty.

use super::Table;

/// # Errors
/// Never for text in memory; the error is the CSV writer's.
pub fn draw(table: &Table) -> Result<String, ::csv::Error> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(table.columns.iter().map(|column| column.name))?;
    for row in &table.rows {
        writer.write_record(row.iter().map(|cell| defused(&cell.plain)))?;
    }
    let bytes = writer.into_inner().map_err(::csv::IntoInnerError::into_error)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A name that a spreadsheet would take for a formula gets an apostrophe before it.
#[must_use]
pub fn defused(cell: &str) -> String {
    let number = cell.parse::<f64>().is_ok();
    if !number && cell.starts_with(['=', '+', '-', '@', '\t']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}
