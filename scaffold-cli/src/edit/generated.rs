//! The `[generated]` table of `.scaffold.toml`: one sorted line per file with its hash.

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

/// The hash that is recorded for a file.
pub fn recorded(text: &str, path: &str) -> Option<String> {
    let document = Document::parse(text).ok()?;
    let value = document.get(TABLE)?.get(path)?;
    value.as_str().map(str::to_owned)
}

/// The text with the file's hash recorded; every other byte is as it was.
pub fn record(text: &str, path: &str, hash: &str) -> Result<String, String> {
    let document = Document::parse(text).map_err(|error| error.message().to_owned())?;
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let line = format!("\"{path}\" = \"{hash}\"");
    let Some(item) = document.get(TABLE) else {
        let gap = if text.ends_with('\n') { "" } else { newline };
        return Ok(format!(
            "{text}{gap}{newline}[{TABLE}]{newline}{line}{newline}"
        ));
    };
    let table = item
        .as_table()
        .ok_or_else(|| format!("`{TABLE}` is not a table of lines"))?;
    if let Some(value) = table.get(path) {
        let span = value.span().ok_or("a value has no place")?;
        return Ok(splice(text, span, &format!("\"{hash}\"")));
    }
    let at = line_above(text, table, path)?;
    Ok(splice(text, at..at, &format!("{newline}{line}")))
}

/// The text without the file's line; every other byte is as it was.
pub fn forget(text: &str, path: &str) -> Result<String, String> {
    let document = Document::parse(text).map_err(|error| error.message().to_owned())?;
    let Some(value) = document.get(TABLE).and_then(|table| table.get(path)) else {
        return Ok(text.to_owned());
    };
    let at = value.span().ok_or("a value has no place")?.start;
    // With the line ending in front: the line may be the last, and have none of its own.
    let above = text[..at].rfind('\n').unwrap_or(0);
    let start = above - usize::from(text[..above].ends_with('\r'));
    Ok(splice(text, start..line_end(text, at), ""))
}

/// The end of the line that a new entry belongs below.
fn line_above(text: &str, table: &Table, path: &str) -> Result<usize, String> {
    let header = table.span().ok_or("the table has no place")?;
    let spans = table.iter().map(|(key, value)| Some((key, value.span()?)));
    let entries: Vec<_> = spans
        .collect::<Option<_>>()
        .ok_or("an entry has no place")?;
    let sorted = entries.is_sorted_by(|a, b| a.0 <= b.0);
    let before = if sorted {
        entries.iter().rfind(|(key, _)| *key < path)
    } else {
        entries.last()
    };
    let offset = before.map_or(header.start, |(_, span)| span.end);
    Ok(line_end(text, offset))
}

/// Where the text of a byte's line ends, in front of its line ending.
fn line_end(text: &str, offset: usize) -> usize {
    let end = text[offset..]
        .find('\n')
        .map_or(text.len(), |at| offset + at);
    end - usize::from(text[..end].ends_with('\r'))
}

fn splice(text: &str, range: Range<usize>, with: &str) -> String {
    format!("{}{with}{}", &text[..range.start], &text[range.end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(before: &str, after: &str) {
        assert_eq!(record(before, "src/b.rs", "22").as_deref(), Ok(after));
        if recorded(before, "src/b.rs").is_none() && before.contains("[generated]") {
            assert_eq!(forget(after, "src/b.rs").as_deref(), Ok(before));
        }
        assert_eq!(record(after, "src/b.rs", "22").as_deref(), Ok(after));
        assert_eq!(recorded(after, "src/b.rs").as_deref(), Some("22"));
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
        for text in [
            "",
            "[generated]\n\"src/a.rs\" = \"11\"\n",
            "generated = 1\n",
        ] {
            assert_eq!(forget(text, "src/b.rs").as_deref(), Ok(text));
        }
    }

    #[test]
    fn other_shapes_are_refused() {
        assert!(record("generated = 1", "a", "1").is_err());
        assert!(record("[generated", "a", "1").is_err());
    }

    #[test]
    fn hashes_are_short_and_differ() {
        assert_eq!(hash(""), "e3b0c44298fc1c14");
        assert_ne!(hash("a"), hash("b"));
    }
}
