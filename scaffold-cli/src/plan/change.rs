//! What happens to the files of a project, once it is decided.

use std::cmp::Ordering;

use similar::TextDiff;

use crate::edit::generated;
use crate::project::MARKER;
use crate::shell::{Action, FileReport, Report};

/// What happens to one file.
#[derive(Debug)]
pub struct Change {
    /// Relative to the project, with `/`.
    pub path: String,
    /// The text when it was read; `None` if there was no file.
    pub before: Option<String>,
    /// The text when the command is done; `None` if there is no file then.
    pub after: Option<String>,
    /// What happens.
    pub action: Action,
    pub(super) created: bool,
}

impl Change {
    /// A file that becomes what it was at another time, or nothing if there was none.
    pub fn restore(path: &str, before: Option<String>, after: Option<String>) -> Self {
        let action = match &after {
            _ if before == after => Action::Identical,
            Some(_) => Action::Restore,
            None => Action::Delete,
        };
        Self {
            path: path.to_owned(),
            before,
            after,
            action,
            created: false,
        }
    }

    /// Whether the file has to be written.
    pub fn is_write(&self) -> bool {
        match self.action {
            Action::Create | Action::Insert => true,
            Action::Remove | Action::Delete | Action::Restore => true,
            Action::Identical | Action::Skip | Action::Conflict => false,
        }
    }

    /// What the record is to say: the hash of what the plan created, or changed while nobody had
    /// edited it; nothing about what is gone. `None` is what it says already.
    pub(super) fn note(&self, recorded: Option<&str>) -> Option<(&str, Option<String>)> {
        let untouched = recorded.is_some()
            && recorded == self.before.as_deref().map(generated::hash).as_deref();
        let wanted = match self.action {
            Action::Create => true,
            Action::Identical => self.created && recorded.is_none(),
            Action::Insert | Action::Remove => untouched,
            Action::Delete => return Some((&self.path, None)),
            Action::Restore | Action::Skip | Action::Conflict => false,
        };
        let after = self.after.as_deref().filter(|_| wanted)?;
        Some((&self.path, Some(generated::hash(after))))
    }
}

/// A settled plan: every file with its text before and after.
#[derive(Debug)]
pub struct Changes {
    /// The files in the order in which they are reported.
    pub files: Vec<Change>,
    pub(super) next_steps: Vec<String>,
}

impl Changes {
    /// Changes that need no plan, because what every file becomes is known.
    pub fn new(files: Vec<Change>) -> Self {
        Self {
            files,
            next_steps: Vec::new(),
        }
    }

    /// Adds a step that is left to the user.
    pub fn next_step(&mut self, step: impl Into<String>) {
        self.next_steps.push(step.into());
    }

    /// The changes as a unified diff.
    pub fn diff(&self) -> String {
        let writes = self.files.iter().filter(|file| file.is_write());
        writes.map(diff).collect()
    }

    /// What there is to say about the changes.
    pub fn report(&self, dry_run: bool) -> Report {
        let file = |change: &Change| FileReport {
            path: change.path.clone(),
            action: change.action,
        };
        Report {
            files: self.files.iter().map(file).collect(),
            diff: dry_run.then(|| self.diff()),
            next_steps: self.next_steps.clone(),
        }
    }
}

fn diff(change: &Change) -> String {
    let name = |side: &str, text: &Option<String>| match text {
        Some(_) => format!("{side}/{}", change.path),
        None => "/dev/null".to_owned(),
    };
    let (old, new) = (name("a", &change.before), name("b", &change.after));
    let before = change.before.as_deref().unwrap_or_default();
    let after = change.after.as_deref().unwrap_or_default();
    let diff = TextDiff::from_lines(before, after);
    diff.unified_diff().header(&old, &new).to_string()
}

/// What becomes of the record of what commands have made.
pub(super) fn marker_change(before: String, after: String) -> Change {
    let action = match after.len().cmp(&before.len()) {
        _ if before == after => Action::Identical,
        Ordering::Less => Action::Remove,
        _ => Action::Insert,
    };
    Change {
        path: MARKER.to_owned(),
        before: Some(before),
        after: Some(after),
        action,
        created: false,
    }
}
