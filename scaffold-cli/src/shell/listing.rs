//! Tables for people, objects for programs.

use serde_json::Value;

/// What a command has found: a row and an object for each.
#[derive(Debug, Default)]
pub struct Listing {
    text: Option<String>,
    rows: Vec<Vec<String>>,
    items: Vec<Value>,
}

impl Listing {
    /// A list of nothing, with the titles of its columns.
    pub fn new(titles: &[&str]) -> Self {
        Self {
            rows: vec![owned(titles)],
            ..Self::default()
        }
    }

    /// One thing that people get as it is.
    pub fn text(text: &str) -> Self {
        Self {
            text: Some(text.to_owned()),
            ..Self::default()
        }
    }

    /// Adds a row and its object.
    pub fn add(&mut self, row: &[&str], item: Value) {
        self.rows.push(owned(row));
        self.items.push(item);
    }

    /// The objects.
    pub fn items(&self) -> &[Value] {
        &self.items
    }

    /// What people get: the rows below their titles in aligned columns, or nothing if there are none.
    pub fn table(&self) -> String {
        if let Some(text) = &self.text {
            return text.clone();
        }
        if self.items.is_empty() {
            return String::new();
        }
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let widths: Vec<usize> = (0..columns).map(|column| self.width(column)).collect();
        self.rows.iter().map(|row| line(row, &widths)).collect()
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(column));
        cells
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    }
}

fn owned(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|&cell| cell.to_owned()).collect()
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let padded = cells.iter().zip(widths);
    let padded = padded.map(|(cell, width)| format!("{cell:<width$}"));
    let text = padded.collect::<Vec<_>>().join("  ");
    format!("{}\n", text.trim_end())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn columns_are_aligned() {
        let mut listing = Listing::new(&["A", "LONG", "C"]);
        assert_eq!(listing.table(), "");
        listing.add(&["ä", "b", ""], json!({}));
        listing.add(&["wide", "b", "c"], json!({}));
        assert_eq!(listing.table(), "A     LONG  C\nä     b\nwide  b     c\n");
    }
}
