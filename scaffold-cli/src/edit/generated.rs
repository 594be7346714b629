//! The `[generated]` table of `.scaffold.toml`: one sorted line per file with its hash.

use std::collections::BTreeMap;
use std::ops::Range;

use sha2::{Digest, Sha256};
use toml_edit::{Document, Table};

const TABLE: &str = "generated";

/// A short hash of a file's content.
pub fn hash(content: &str) -> String {
    let digest = Sha256::digest(content.as_bytes());
    digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The recorded files with their hashes.
pub fn recorded(text: &str) -> BTreeMap<String, String> {
    let document = Document::parse(text).ok();
    let table = document
        .as_ref()
        .and_then(|document| document.get(TABLE)?.as_table_like());
    let entries = table.into_iter().flat_map(|table| table.iter());
    entries
        .filter_map(|(path, hash)| Some((path.to_owned(), hash.as_str()?.to_owned())))
        .collect()
}

/// The text with the hashes of these files recorded, or none; every other byte is as it was.
pub fn record(text: &str, mut files: Vec<(&str, Option<String>)>) -> Result<String, String> {
    if files.is_empty() {
        return Ok(text.to_owned());
    }
    let document = Document::parse(text).map_err(|error| error.message().to_owned())?;
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let Some(item) = document.get(TABLE) else {
        files.retain(|(_, hash)| hash.is_some());
        if files.is_empty() {
            return Ok(text.to_owned());
        }
        let gap = if text.ends_with('\n') { "" } else { newline };
        return record(&format!("{text}{gap}{newline}[{TABLE}]{newline}"), files);
    };
    let table = item
        .as_table()
        .ok_or_else(|| format!("`{TABLE}` is not a table of lines"))?;
    let entries = Entries::new(table)?;
    if entries.is_sorted {
        files.sort_by_key(|(path, _)| *path);
    }
    let mut changes: Vec<(Range<usize>, String)> = Vec::new();
    for (path, hash) in files {
        let known = entries.span(path);
        changes.extend(match (known, hash) {
            (Some(span), Some(hash)) => Some((span, format!("\"{hash}\""))),
            (Some(span), None) => Some((whole_line(text, span.start), String::new())),
            (None, Some(hash)) => {
                let at = line_end(text, entries.above(path));
                Some((at..at, format!("{newline}\"{path}\" = \"{hash}\"")))
            }
            (None, None) => None,
        });
    }
    // Those at the same place keep their order.
    changes.sort_by_key(|(range, _)| (range.start, range.end));
    Ok(splice(text, &changes))
}

/// A line with the line ending in front: it may be the last, and have none of its own.
fn whole_line(text: &str, at: usize) -> Range<usize> {
    let above = text[..at].rfind('\n').unwrap_or(0);
    above - usize::from(text[..above].ends_with('\r'))..line_end(text, at)
}

/// The lines of the table.
struct Entries<'a> {
    header: usize,
    entries: Vec<(&'a str, Range<usize>)>,
    is_sorted: bool,
}

impl<'a> Entries<'a> {
    fn new(table: &'a Table) -> Result<Self, String> {
        let header = table.span().ok_or("the table has no place")?;
        let spans = table.iter().map(|(key, value)| Some((key, value.span()?)));
        let entries: Vec<_> = spans
            .collect::<Option<_>>()
            .ok_or("an entry has no place")?;
        Ok(Self {
            header: header.start,
            is_sorted: entries.is_sorted_by(|a, b| a.0 <= b.0),
            entries,
        })
    }

    /// Where the value of a file is.
    fn span(&self, path: &str) -> Option<Range<usize>> {
        let found = self.entries.iter().find(|(key, _)| *key == path);
        found.map(|(_, span)| span.clone())
    }

    /// A byte of the line that a new entry belongs below.
    fn above(&self, path: &str) -> usize {
        let before = match self.is_sorted {
            true => self.entries.iter().rfind(|(key, _)| *key < path),
            false => self.entries.last(),
        };
        before.map_or(self.header, |(_, span)| span.end)
    }
}

/// Where the text of a byte's line ends, in front of its line ending.
fn line_end(text: &str, offset: usize) -> usize {
    let end = text[offset..]
        .find('\n')
        .map_or(text.len(), |at| offset + at);
    end - usize::from(text[..end].ends_with('\r'))
}

fn splice(text: &str, changes: &[(Range<usize>, String)]) -> String {
    let (mut result, mut done) = (String::new(), 0);
    for (range, with) in changes {
        result.push_str(&text[done..range.start]);
        result.push_str(with);
        done = range.end;
    }
    result + &text[done..]
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "src/b.rs";

    fn record_one(text: &str, hash: Option<&str>) -> Result<String, String> {
        record(text, vec![(FILE, hash.map(str::to_owned))])
    }

    #[track_caller]
    fn check(before: &str, after: &str) {
        assert_eq!(record_one(before, Some("22")).as_deref(), Ok(after));
        if !recorded(before).contains_key(FILE) && before.contains("[generated]") {
            assert_eq!(record_one(after, None).as_deref(), Ok(before));
        }
        assert_eq!(record_one(after, Some("22")).as_deref(), Ok(after));
        assert_eq!(recorded(after)[FILE], "22");
    }

    #[test]
    fn several_files_are_recorded_at_once() {
        let files = |list: &[(&'static str, &str)]| {
            let hash = |hash: &str| (!hash.is_empty()).then(|| hash.to_owned());
            let files = list.iter().map(|(path, text)| (*path, hash(text)));
            files.collect::<Vec<_>>()
        };
        let line = |path: &str, hash: &str| format!("\"{path}\" = \"{hash}\"\n");
        let before = format!("[generated]\n{}{}", line("b", "1"), line("d", "1"));
        let all = [
            ("e", "2"),
            ("c", "2"),
            ("d", ""),
            ("a", "2"),
            ("b", "2"),
            ("f", "2"),
        ];
        let lines = ["a", "b", "c", "e", "f"]
            .map(|path| line(path, "2"))
            .concat();
        let expected = format!("[generated]\n{lines}");
        assert_eq!(record(&before, files(&all)), Ok(expected.clone()));
        let added = format!("x = 1\n\n{expected}");
        assert_eq!(record("x = 1\n", files(&all)), Ok(added));
        let gone = ["a", "b", "c", "e", "f"].map(|path| (path, ""));
        assert_eq!(
            record(&expected, files(&gone)).as_deref(),
            Ok("[generated]\n")
        );
        // A list that is not sorted grows at its end.
        let unsorted = format!("[generated]\n{}{}", line("z", "1"), line("d", "1"));
        let grown = format!("{unsorted}{}{}", line("e", "2"), line("c", "2"));
        assert_eq!(record(&unsorted, files(&all[..2])), Ok(grown));
    }

    #[test]
    fn lines_are_sorted() {
        check("[generated]\n", "[generated]\n\"src/b.rs\" = \"22\"\n");
        check(
            "[generated]\n\"src/a.rs\" = \"11\" # mine\n\"src/c.rs\" = \"33\"\n",
            "[generated]\n\"src/a.rs\" = \"11\" # mine\n\"src/b.rs\" = \"22\"\n\"src/c.rs\" = \"33\"\n",
        );
        check(
            "[generated] # files\n\"src/c.rs\" = \"33\"\n",
            "[generated] # files\n\"src/b.rs\" = \"22\"\n\"src/c.rs\" = \"33\"\n",
        );
    }

    #[test]
    fn a_hash_is_replaced_in_its_place() {
        check(
            "[generated]\n\"src/b.rs\"  =  '00' # mine\n\n[more]\n",
            "[generated]\n\"src/b.rs\"  =  \"22\" # mine\n\n[more]\n",
        );
    }

    #[test]
    fn a_missing_table_is_added() {
        check(
            "version = \"1\"\n",
            "version = \"1\"\n\n[generated]\n\"src/b.rs\" = \"22\"\n",
        );
        check(
            "version = \"1\"",
            "version = \"1\"\n\n[generated]\n\"src/b.rs\" = \"22\"\n",
        );
    }

    #[test]
    fn line_endings_and_tables_around_it_are_kept() {
        check(
            "[a]\r\nx = 1\r\n\r\n[generated]\r\n\r\n[z]\r\ny = 2",
            "[a]\r\nx = 1\r\n\r\n[generated]\r\n\"src/b.rs\" = \"22\"\r\n\r\n[z]\r\ny = 2",
        );
    }

    #[test]
    fn what_is_not_recorded_cannot_be_forgotten() {
        for text in ["", "[generated]\n\"src/a.rs\" = \"11\"\n"] {
            assert_eq!(record_one(text, None).as_deref(), Ok(text));
        }
    }

    #[test]
    fn other_shapes_are_refused() {
        assert!(record_one("generated = 1", Some("1")).is_err());
        assert!(record_one("[generated", Some("1")).is_err());
    }

    #[test]
    fn hashes_are_short_and_differ() {
        assert_eq!(hash(""), "e3b0c44298fc1c14");
        assert_ne!(hash("a"), hash("b"));
    }
}
