//! Items at the end of a file.

use super::{Edit, Insert};

/// Adds items below everything else, with an empty line between.
pub fn append(text: &str, items: &str) -> Edit {
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut added = String::new();
    if !text.is_empty() && !text.ends_with('\n') {
        added.push_str(newline);
    }
    if !text.is_empty() {
        added.push_str(newline);
    }
    added.push_str(&items.replace('\n', newline));
    Edit::Insert(vec![Insert::new(text.len(), added)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_separated_from_what_is_there() {
        let append = |text: &str| append(text, "fn b() {\n}\n").apply(text);
        assert_eq!(append(""), "fn b() {\n}\n");
        assert_eq!(append("fn a() {}"), "fn a() {}\n\nfn b() {\n}\n");
        assert_eq!(append("//! A\r\n"), "//! A\r\n\r\nfn b() {\r\n}\r\n");
    }
}
