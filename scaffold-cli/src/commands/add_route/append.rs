//! Adding functions to a file that is there.

use std::collections::BTreeMap;

use crate::edit::EditError;
use crate::edit::use_list::{self, WhenAbsent};

/// A file that functions are added to.
pub(super) struct Addition {
    text: String,
    spellings: BTreeMap<String, String>,
}

impl Addition {
    pub(super) fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            spellings: BTreeMap::new(),
        }
    }

    /// Brings items into scope, or notes their full paths.
    pub(super) fn import(&mut self, paths: &[&str]) -> Result<(), EditError> {
        for path in paths {
            let segments: Vec<&str> = path.split("::").collect();
            let import = use_list::import(&self.text, &segments, WhenAbsent::AddLine)?;
            self.text = import.edit.apply(&self.text);
            self.spellings.insert((*path).to_owned(), import.spelling);
        }
        Ok(())
    }

    /// How the file names an item.
    pub(super) fn spelling(&self, path: &str) -> String {
        let spelling = self.spellings.get(path);
        spelling.map_or_else(|| path.to_owned(), Clone::clone)
    }

    /// Adds items below everything else.
    pub(super) fn append(&mut self, items: &str) {
        let newline = if self.text.contains("\r\n") {
            "\r\n"
        } else {
            "\n"
        };
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push_str(newline);
        }
        if !self.text.is_empty() {
            self.text.push_str(newline);
        }
        self.text.push_str(&items.replace('\n', newline));
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_separated_from_what_is_there() {
        let append = |text: &str| {
            let mut addition = Addition::new(text);
            addition.append("fn b() {\n}\n");
            addition.into_text()
        };
        assert_eq!(append(""), "fn b() {\n}\n");
        assert_eq!(append("fn a() {}"), "fn a() {}\n\nfn b() {\n}\n");
        assert_eq!(append("//! A\r\n"), "//! A\r\n\r\nfn b() {\r\n}\r\n");
    }
}
