//! What files were before a command, so that one that is killed half way can be taken back.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{STATE, temporary};
use crate::edit::generated;
use crate::error::{Error, Result};
use crate::plan::Change;
use crate::project;

/// The files of a command that is at work, or was killed.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Journal {
    files: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    path: String,
    before: Option<String>,
    /// Tells what the command wrote from what somebody wrote later.
    after_hash: String,
}

impl Journal {
    /// Writes down what the files are, before anything is written.
    pub(super) fn begin(root: &Path, writes: &[&Change]) -> Result<Self> {
        let entry = |change: &&Change| Entry {
            path: change.path.clone(),
            before: change.before.clone(),
            after_hash: generated::hash(&change.after),
        };
        let journal = Self {
            files: writes.iter().map(entry).collect(),
        };
        let path = pending(root);
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory).map_err(Error::io("create", directory))?;
        }
        let text = serde_json::to_string(&journal).expect("strings and lists always serialise");
        // Half a journal must never be read.
        let beside = temporary(&path);
        fs::write(&beside, text).map_err(Error::io("write", &beside))?;
        fs::rename(&beside, &path).map_err(Error::io("write", &path))?;
        Ok(journal)
    }

    /// Whether a command is at work or was killed.
    pub(super) fn is_pending(root: &Path) -> bool {
        pending(root).exists()
    }

    /// The journal of a command that was killed.
    pub(super) fn load(root: &Path) -> Result<Option<Self>> {
        let file = format!("{STATE}/journal/pending.json");
        let Some(text) = project::read(root, &file)? else {
            return Ok(None);
        };
        let journal = serde_json::from_str(&text).map_err(|error| Error::Invalid {
            file,
            reason: format!("cannot be read: {error}"),
        })?;
        Ok(Some(journal))
    }

    /// All is written: there is nothing to take back.
    pub(super) fn finish(&self, root: &Path) -> Result<()> {
        let path = pending(root);
        fs::remove_file(&path).map_err(Error::io("remove", path))
    }

    /// Puts every file back that is as the command wrote it. Tells which.
    pub(super) fn roll_back(&self, root: &Path) -> Result<Vec<String>> {
        let mut restored = Vec::new();
        for entry in &self.files {
            if entry.restore(root)? {
                restored.push(entry.path.clone());
            }
        }
        self.finish(root)?;
        Ok(restored)
    }
}

impl Entry {
    fn restore(&self, root: &Path) -> Result<bool> {
        let path = root.join(&self.path);
        let real = path.canonicalize().unwrap_or_else(|_| path.clone());
        remove_if_there(&temporary(&real))?;
        let now = project::read(root, &self.path)?;
        let is_ours = now
            .as_deref()
            .is_some_and(|text| generated::hash(text) == self.after_hash);
        if now == self.before || !is_ours {
            remove_empty_parents(root, &path);
            return Ok(false);
        }
        match &self.before {
            None => {
                remove_if_there(&path)?;
                remove_empty_parents(root, &path);
            }
            Some(text) => {
                let beside = temporary(&real);
                fs::write(&beside, text).map_err(Error::io("write", &beside))?;
                let permissions = fs::metadata(&real).map_err(Error::io("read", &real))?;
                fs::set_permissions(&beside, permissions.permissions())
                    .map_err(Error::io("write", &beside))?;
                fs::rename(&beside, &real).map_err(Error::io("write", &real))?;
            }
        }
        Ok(true)
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

/// Directories that the command made for a file that is gone again.
fn remove_empty_parents(root: &Path, path: &Path) {
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
