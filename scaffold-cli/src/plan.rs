//! What a command is going to do, in memory.

use crate::edit::{Edit, EditError, generated, has_code};
use crate::error::{Error, Result};
use crate::project::{MARKER, Project};
use crate::shell::Action;

mod change;

pub use change::{Change, Changes};

use change::marker_change;

/// What to do about a file that a new one cannot replace.
const WAY_OUT: &str = "choose another name, or replace what is there with `--force`";

/// What a command is going to do: files to create, lists to extend, and what to do next.
#[derive(Debug, Default)]
pub struct Plan {
    files: Vec<Planned>,
    next_steps: Vec<String>,
    way_out: Option<&'static str>,
}

#[derive(Debug)]
struct Planned {
    path: String,
    before: Option<String>,
    /// `None` if there is to be no file.
    after: Option<String>,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The command writes the whole file.
    Create,
    /// The command writes the whole file, also in place of what an earlier version of it wrote.
    Renew,
    /// The command extends a file.
    Edit,
    /// The command finds what it wanted in a file that has grown since.
    Keep,
    /// The command takes lines out of a file.
    Shorten,
    /// The command takes the whole file away.
    Delete,
}

impl Plan {
    /// A plan to do nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Plans a new file.
    pub fn create(&mut self, project: &Project, path: &str, content: String) -> Result<()> {
        self.whole(project, path, content, Kind::Create)
    }

    /// Plans a new file that takes the place of one that a command has made and nobody has changed.
    pub fn renew(&mut self, project: &Project, path: &str, content: String) -> Result<()> {
        self.whole(project, path, content, Kind::Renew)
    }

    fn whole(&mut self, project: &Project, path: &str, content: String, kind: Kind) -> Result<()> {
        let before = project.read(path)?;
        self.files.push(Planned {
            path: path.to_owned(),
            before,
            after: Some(content),
            kind,
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
            Some(index) => self.files[index].after.clone(),
            None => project.read(path)?,
        };
        let Some(text) = text else {
            return Err(missing(project, path, edit));
        };
        let edit = match edit(&text) {
            // Its owner has added it where no command looks, as one had asked for.
            Err(error) if has_code(&text, &error.line) => Edit::Unchanged,
            edit => edit.map_err(|error| anchor(path, error))?,
        };
        self.replace(project, path, edit.apply(&text))
    }

    /// Plans the whole new text of a file that is there.
    pub fn replace(&mut self, project: &Project, path: &str, after: String) -> Result<()> {
        self.rewrite(project, path, Some(after), Kind::Edit)
    }

    /// Plans what is left of a file when lines are taken out of it.
    pub fn shorten(&mut self, project: &Project, path: &str, after: String) -> Result<()> {
        self.rewrite(project, path, Some(after), Kind::Shorten)
    }

    /// Plans to take a file away.
    pub fn delete(&mut self, project: &Project, path: &str) -> Result<()> {
        self.rewrite(project, path, None, Kind::Delete)
    }

    fn rewrite(
        &mut self,
        project: &Project,
        path: &str,
        after: Option<String>,
        kind: Kind,
    ) -> Result<()> {
        if let Some(index) = self.position(path) {
            self.files[index].after = after;
            return Ok(());
        }
        let before = project.read(path)?;
        self.files.push(Planned {
            path: path.to_owned(),
            before,
            after,
            kind,
        });
        Ok(())
    }

    /// Leaves a file as it is, because what was asked for is in it.
    pub fn keep(&mut self, project: &Project, path: &str) -> Result<()> {
        let before = project.read(path)?;
        let after = before.clone();
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

    /// Says what to do about files that are in the way.
    pub fn way_out(&mut self, hint: &'static str) {
        self.way_out = Some(hint);
    }

    /// The planned text of a file, if the plan has it.
    pub fn text(&self, path: &str) -> Option<&str> {
        let index = self.position(path)?;
        self.files[index].after.as_deref()
    }

    /// Whether the plan takes a file away.
    pub fn deletes(&self, path: &str) -> bool {
        let planned = self.position(path).map(|index| &self.files[index]);
        planned.is_some_and(|file| file.after.is_none())
    }

    fn position(&self, path: &str) -> Option<usize> {
        self.files.iter().position(|file| file.path == path)
    }

    /// Decides about every file; a file in the way is an error, unless it may be replaced.
    pub fn settle(self, project: &Project, force: bool) -> Result<Changes> {
        let marker = project.read(MARKER)?.unwrap_or_default();
        let (mut files, mut recorded) = (Vec::new(), Vec::new());
        for planned in self.files {
            let hash = project.recorded(&planned.path)?;
            files.push(planned.settle(hash.as_deref(), force));
            recorded.push(hash);
        }
        let notes = files.iter().zip(&recorded);
        let notes = notes.filter_map(|(file, hash)| file.note(hash.as_deref()));
        let record = generated::record(&marker, notes.collect()).map_err(invalid_marker)?;
        let in_the_way = files.iter().filter(|file| file.action == Action::Conflict);
        let paths: Vec<_> = in_the_way.map(|file| file.path.clone()).collect();
        if !paths.is_empty() {
            let hint = self.way_out.unwrap_or(WAY_OUT).to_owned();
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
            Action::Create | Action::Insert | Action::Remove | Action::Delete => self.after,
            _ => self.before.clone(),
        };
        Change {
            path: self.path,
            before: self.before,
            after,
            action,
            created: matches!(self.kind, Kind::Create | Kind::Renew),
        }
    }

    fn action(&self, recorded: Option<&str>, force: bool) -> Action {
        let (before, after) = match (&self.before, &self.after) {
            (Some(before), Some(after)) => (before, after),
            (Some(_), None) => return Action::Delete,
            (None, Some(_)) => return Action::Create,
            (None, None) => return Action::Identical,
        };
        let edited_since = recorded.is_some_and(|hash| generated::hash(before) != hash);
        match self.kind {
            Kind::Keep if edited_since => Action::Skip,
            _ if same(before, after) => Action::Identical,
            Kind::Edit => Action::Insert,
            Kind::Shorten => Action::Remove,
            Kind::Renew if recorded.is_some() && !edited_since => Action::Create,
            _ if force => Action::Create,
            // What the owner edited is what this very command had made.
            _ if recorded == Some(&generated::hash(after)) => Action::Skip,
            _ => Action::Conflict,
        }
    }
}

/// Line endings are the version control's business.
fn same(a: &str, b: &str) -> bool {
    a == b || a.replace("\r\n", "\n") == b.replace("\r\n", "\n")
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

/// A list that is not there: where it may be instead, or else the line that would have been added
/// to an empty one.
fn missing(
    project: &Project,
    path: &str,
    edit: impl FnOnce(&str) -> Result<Edit, EditError>,
) -> Error {
    let elsewhere = other_layout(path).filter(|other| project.has(other));
    let line = match edit("") {
        Ok(edit) => edit.apply("").trim().to_owned(),
        Err(error) => error.line,
    };
    let no_file = "there is no such file";
    let reason = match elsewhere {
        Some(other) => format!("{no_file}; move {other} there, where commands look for it"),
        None if line.is_empty() => no_file.to_owned(),
        None => return anchor(path, EditError::new(no_file, line)),
    };
    Error::Invalid {
        file: path.to_owned(),
        reason,
    }
}

/// The other file that a module may be in: `src/routes.rs` for `src/routes/mod.rs`.
fn other_layout(path: &str) -> Option<String> {
    let module = path.strip_suffix(".rs")?;
    Some(match module.strip_suffix("/mod") {
        Some(folder) => format!("{folder}.rs"),
        None => format!("{module}/mod.rs"),
    })
}

#[cfg(test)]
mod tests;
