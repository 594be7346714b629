//! Adding functions to a file that is there.

use std::collections::BTreeMap;

use crate::edit::use_list::{self, WhenAbsent};
use crate::edit::{EditError, items};

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
    pub(super) fn append(&mut self, text: &str) {
        self.text = items::append(&self.text, text).apply(&self.text);
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }
}
