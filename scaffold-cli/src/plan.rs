//! What a command is going to do, in memory.

use similar::TextDiff;

use crate::edit::{Edit, EditError, generated};
use crate::error::{Error, Result};
use crate::project::{MARKER, Project};
use crate::shell::{Action, FileReport, Report};

/// What a command is going to do: files to create, lists to extend, and what to do next.
#[derive(Debug, Default)]
pub struct Plan {
    files: Vec<Planned>,
    next_steps: Vec<String>,
}

#[derive(Debug)]
struct Planned {
    path: String,
    before: Option<String>,
    after: String,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The command writes the whole file.
    Create,
    /// The command extends a file.
    Edit,
    /// The command finds what it wanted in a file that has grown since.
    Keep,
}

impl Plan {
    /// A plan to do nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Plans a new file.
    pub fn create(&mut self, project: &Project, path: &str, content: String) -> Result<()> {
        let before = project.read(path)?;
        self.files.push(Planned {
            path: path.to_owned(),
            before,
            after: content,
            kind: Kind::Create,
        });
        Ok(())
    }

    /// Plans to extend a file.
    pub fn edit(
        &mut self,
        project: &Project,
        path: &str,
        edit: impl FnOnce(&str) -> Result<Edit, EditError>,
    ) -> Result<()> {
        let text = match self.position(path) {
            Some(index) => Some(self.files[index].after.clone()),
            None => project.read(path)?,
        };
        let Some(text) = text else {
            return Err(missing(path, edit));
        };
        let edit = edit(&text).map_err(|error| anchor(path, error))?;
        self.replace(project, path, edit.apply(&text))
    }

    /// Plans the whole new text of a file that is there.
    pub fn replace(&mut self, project: &Project, path: &str, after: String) -> Result<()> {
        if let Some(index) = self.position(path) {
            self.files[index].after = after;
            return Ok(());
        }
        let before = project.read(path)?;
        self.files.push(Planned {
            path: path.to_owned(),
            before,
            after,
            kind: Kind::Edit,
        });
        Ok(())
    }

    /// Leaves a file as it is, because what was asked for is in it.
    pub fn keep(&mut self, project: &Project, path: &str) -> Result<()> {
        let before = project.read(path)?;
        let after = before.clone().unwrap_or_default();
        self.files.push(Planned {
            path: path.to_owned(),
            before,
            after,
            kind: Kind::Keep,
        });
        Ok(())
    }

    /// Adds a step that is left to the user.
    pub fn next_step(&mut self, step: impl Into<String>) {
        self.next_steps.push(step.into());
    }

    /// The planned text of a file, if the plan has it.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.position(path)
            .map(|index| self.files[index].after.as_str())
    }

    fn position(&self, path: &str) -> Option<usize> {
        self.files.iter().position(|file| file.path == path)
    }

    /// Decides about every file; a file in the way is an error, unless it may be replaced.
    pub fn settle(self, project: &Project, force: bool) -> Result<Changes> {
        let marker = project.read(MARKER)?.unwrap_or_default();
        let mut record = marker.clone();
        let mut files = Vec::new();
        for planned in self.files {
            let recorded = generated::recorded(&marker, &planned.path);
            let settled = planned.settle(recorded.as_deref(), force);
            if let Some(hash) = settled.hash(recorded.as_deref()) {
                record =
                    generated::record(&record, &settled.path, &hash).map_err(invalid_marker)?;
            }
            files.push(settled);
        }
        let in_the_way = files.iter().filter(|file| file.action == Action::Conflict);
        let paths: Vec<_> = in_the_way.map(|file| file.path.clone()).collect();
        if !paths.is_empty() {
            let hint = "choose another name, or replace what is there with `--force`".to_owned();
            return Err(Error::Conflict { paths, hint });
        }
        files.push(marker_change(marker, record));
        Ok(Changes {
            files,
            next_steps: self.next_steps,
        })
    }
}

impl Planned {
    fn settle(self, recorded: Option<&str>, force: bool) -> Change {
        let action = self.action(recorded, force);
        let after = match action {
            Action::Create | Action::Insert => self.after,
            _ => self.before.clone().unwrap_or_default(),
        };
        Change {
            path: self.path,
            before: self.before,
            after,
            action,
            created: self.kind == Kind::Create,
        }
    }

    fn action(&self, recorded: Option<&str>, force: bool) -> Action {
        let Some(before) = &self.before else {
            return Action::Create;
        };
        let edited_since = recorded.is_some_and(|hash| generated::hash(before) != hash);
        match self.kind {
            Kind::Keep if edited_since => Action::Skip,
            _ if same(before, &self.after) => Action::Identical,
            Kind::Edit => Action::Insert,
            _ if force => Action::Create,
            // What the owner edited is what this very command had made.
            _ if recorded == Some(&generated::hash(&self.after)) => Action::Skip,
            _ => Action::Conflict,
        }
    }
}

/// What happens to one file.
#[derive(Debug)]
pub struct Change {
    /// Relative to the project, with `/`.
    pub path: String,
    /// The text when it was read; `None` if there was no file.
    pub before: Option<String>,
    /// The text when the command is done.
    pub after: String,
    /// What happens.
    pub action: Action,
    created: bool,
}

impl Change {
    /// Whether the file has to be written.
    pub fn is_write(&self) -> bool {
        matches!(self.action, Action::Create | Action::Insert)
    }

    /// The hash to record: of what this plan created, or extended while nobody had edited it.
    fn hash(&self, recorded: Option<&str>) -> Option<String> {
        let untouched = recorded.is_some()
            && recorded == self.before.as_deref().map(generated::hash).as_deref();
        let wanted = match self.action {
            Action::Create => true,
            Action::Identical => self.created && recorded.is_none(),
            Action::Insert => untouched,
            Action::Skip | Action::Conflict => false,
        };
        wanted.then(|| generated::hash(&self.after))
    }
}

/// A settled plan: every file with its text before and after.
#[derive(Debug)]
pub struct Changes {
    /// The files in the order in which they are reported.
    pub files: Vec<Change>,
    next_steps: Vec<String>,
}

impl Changes {
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
    let before = change.before.as_deref().unwrap_or_default();
    let old = match change.before {
        Some(_) => format!("a/{}", change.path),
        None => "/dev/null".to_owned(),
    };
    let new = format!("b/{}", change.path);
    let diff = TextDiff::from_lines(before, &change.after);
    diff.unified_diff().header(&old, &new).to_string()
}

/// Line endings are the version control's business.
fn same(a: &str, b: &str) -> bool {
    a == b || a.replace("\r\n", "\n") == b.replace("\r\n", "\n")
}

fn marker_change(before: String, after: String) -> Change {
    let action = if before == after {
        Action::Identical
    } else {
        Action::Insert
    };
    Change {
        path: MARKER.to_owned(),
        before: Some(before),
        after,
        action,
        created: false,
    }
}

fn invalid_marker(reason: String) -> Error {
    Error::Invalid {
        file: MARKER.to_owned(),
        reason,
    }
}

fn anchor(path: &str, error: EditError) -> Error {
    Error::Anchor {
        file: path.to_owned(),
        reason: error.reason,
        line: error.line,
    }
}

/// A list that is not there: the line that would have been added to an empty one.
fn missing(path: &str, edit: impl FnOnce(&str) -> Result<Edit, EditError>) -> Error {
    let line = match edit("") {
        Ok(edit) => edit.apply("").trim().to_owned(),
        Err(error) => error.line,
    };
    anchor(path, EditError::new("there is no such file", line))
}

#[cfg(test)]
mod tests;
