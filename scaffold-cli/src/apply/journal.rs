//! What files were before a command, so that one that is killed half way can be taken back.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Note, STATE, history, place, temporary, write_at_once};
use crate::edit::generated;
use crate::error::{Error, Result};
use crate::plan::Change;
use crate::project;

/// What a command did to files, or was doing when it was killed.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Journal {
    #[serde(flatten)]
    pub(super) note: Note,
    pub(super) files: Vec<Entry>,
}

/// What a command did to one file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry {
    /// Relative to the project, with `/`.
    pub path: String,
    /// The text before the command; `None` if there was no file.
    pub before: Option<String>,
    /// Tells what the command wrote from what somebody wrote later; `None` if it wrote no file.
    after_hash: Option<String>,
}

/// What became of the files of a command that was killed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// They are what they were before the command.
    pub restored: Vec<String>,
    /// Somebody has changed them since.
    pub kept: Vec<String>,
}

/// What becomes of one file.
enum Restored {
    Yes,
    /// The command had not come to it.
    NotNeeded,
    /// Neither the command nor what was before it is there.
    Kept,
}

impl Journal {
    /// Writes down what the files are, before anything is written.
    pub(super) fn begin(root: &Path, writes: &[&Change], note: &Note) -> Result<Self> {
        let entry = |change: &&Change| Entry {
            path: change.path.clone(),
            before: change.before.clone(),
            after_hash: change.after.as_deref().map(generated::hash),
        };
        let journal = Self {
            note: note.clone(),
            files: writes.iter().map(entry).collect(),
        };
        let text = serde_json::to_string(&journal).expect("strings and lists always serialise");
        write_at_once(&text, &pending(root))?;
        Ok(journal)
    }

    /// Whether a command is at work or was killed.
    pub(super) fn is_pending(root: &Path) -> bool {
        pending(root).exists()
    }

    /// The journal of a command that was killed.
    pub(super) fn load(root: &Path) -> Result<Option<Self>> {
        Self::read(root, "pending.json")
    }

    /// The journal of this name, if there is one.
    pub(super) fn read(root: &Path, name: &str) -> Result<Option<Self>> {
        let file = format!("{STATE}/journal/{name}");
        let Some(text) = project::read(root, &file)? else {
            return Ok(None);
        };
        let journal = serde_json::from_str(&text).map_err(|error| Error::Invalid {
            file,
            reason: format!("cannot be read: {error}"),
        })?;
        Ok(Some(journal))
    }

    /// All is written. The one step that ends the command also makes its journal a part of the
    /// history.
    pub(super) fn finish(&self, root: &Path) -> Result<()> {
        history::add(root, &pending(root), &self.note)
    }

    /// Puts every file back that is as the command wrote it. Tells which, and which are not.
    pub(super) fn roll_back(&self, root: &Path) -> Result<Recovered> {
        let mut recovered = Recovered::default();
        for entry in &self.files {
            match entry.restore(root)? {
                Restored::Yes => recovered.restored.push(entry.path.clone()),
                Restored::Kept => recovered.kept.push(entry.path.clone()),
                Restored::NotNeeded => {}
            }
        }
        let path = pending(root);
        fs::remove_file(&path).map_err(Error::io("remove", path))?;
        Ok(recovered)
    }
}

impl Entry {
    /// Whether this is what the command left there.
    pub fn is_as_left(&self, now: Option<&str>) -> bool {
        now.map(generated::hash) == self.after_hash
    }

    fn restore(&self, root: &Path) -> Result<Restored> {
        let path = root.join(&self.path);
        let top = root.canonicalize().map_err(Error::io("read", root))?;
        let Ok(real) = place(&top, &self.path) else {
            return Ok(Restored::Kept);
        };
        remove_if_there(&temporary(&real))?;
        let now = project::read(root, &self.path)?;
        if now == self.before || !self.is_as_left(now.as_deref()) {
            remove_empty_parents(root, &path);
            return Ok(match now == self.before {
                true => Restored::NotNeeded,
                false => Restored::Kept,
            });
        }
        match &self.before {
            None => {
                remove_if_there(&path)?;
                remove_empty_parents(root, &path);
            }
            Some(text) => write_at_once(text, &real)?,
        }
        Ok(Restored::Yes)
    }
}

fn pending(root: &Path) -> PathBuf {
    root.join(STATE).join("journal").join("pending.json")
}

fn remove_if_there(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::io("remove", path)(error)),
        _ => Ok(()),
    }
}

/// Directories that a command made for a file that is gone again, or that it has emptied.
pub(super) fn remove_empty_parents(root: &Path, path: &Path) {
    let parents = path
        .ancestors()
        .skip(1)
        .take_while(|parent| *parent != root);
    for parent in parents {
        // One that is not empty stays, and so do those above it.
        if fs::remove_dir(parent).is_err() {
            return;
        }
    }
}
