//! Where a new entry of a list belongs.

use std::ops::Range;

use super::{Insert, Source};

/// An entry of a list in a file.
pub(super) struct Entry<K> {
    pub(super) key: K,
    pub(super) range: Range<usize>,
}

/// Inserts a line among entries that have one line each: in order if the list is in order, else
/// below the last.
pub(super) fn insert_line<K: Ord>(
    source: &Source<'_>,
    entries: &[Entry<K>],
    key: &K,
    line: &str,
) -> Option<Insert> {
    let first = entries.first()?;
    let last = entries.last()?;
    let index = if entries.is_sorted_by(|a, b| a.key <= b.key) {
        entries.partition_point(|entry| entry.key <= *key)
    } else {
        entries.len()
    };
    let insert = match index.checked_sub(1) {
        None => {
            let indent = source.indent(first.range.start);
            source.line_before(first.range.start, indent, line)
        }
        Some(before) => {
            let entry = entries.get(before).unwrap_or(last);
            source.line_after(entry.range.end, source.indent(entry.range.start), line)
        }
    };
    Some(insert)
}

/// The last run of entries without an empty line between them, or all if they are in order.
pub(super) fn last_block<K: Ord>(source: &Source<'_>, mut entries: Vec<Entry<K>>) -> Vec<Entry<K>> {
    if entries.is_sorted_by(|a, b| a.key <= b.key) {
        return entries;
    }
    let separated = |pair: &[Entry<K>]| {
        let between = &source.text()[pair[0].range.end..pair[1].range.start];
        let lines: Vec<&str> = between.split('\n').collect();
        let whole = lines.get(1..lines.len() - 1).unwrap_or_default();
        whole.iter().any(|line| line.trim().is_empty())
    };
    let cut = entries.windows(2).rposition(separated);
    match cut {
        Some(at) => entries.split_off(at + 1),
        None => entries,
    }
}
