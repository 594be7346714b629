//! The journals of commands that are done, so that the last can be taken back.
//!
//! A command ends when its journal is renamed from `pending.json` to its number. `undo` ends by the
//! same step: its own journal takes the place of the one that it took back, and is removed after.
//! So a process that is killed leaves either a pending journal or a complete history.

use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::STATE;
use super::journal::{Entry, Journal};
use crate::error::{Error, Result};

/// How many commands can be taken back.
pub const LENGTH: usize = 100;

/// What the history says about a command besides its files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// As it was typed.
    #[serde(default)]
    pub command: String,
    /// When it was done, in seconds since the Unix epoch.
    #[serde(default)]
    pub at: u64,
    /// The number of the command that this one takes back.
    #[serde(default)]
    pub takes_back: Option<u64>,
}

/// A command that is done.
#[derive(Debug)]
pub struct Record {
    /// Numbers grow.
    pub number: u64,
    /// What it was.
    pub note: Note,
    /// What it did.
    pub files: Vec<Entry>,
}

/// The commands that can be taken back, the last first.
pub fn records(root: &Path) -> Result<Vec<Record>> {
    let mut records = Vec::new();
    for number in numbers(root)?.into_iter().rev() {
        records.extend(record(root, number)?);
    }
    Ok(records)
}

/// The command that can be taken back now.
pub fn last(root: &Path) -> Result<Option<Record>> {
    for number in numbers(root)?.into_iter().rev() {
        if let Some(record) = record(root, number)? {
            return Ok(Some(record));
        }
    }
    Ok(None)
}

/// Makes the journal of a command that has written everything the last of the history.
pub(super) fn add(root: &Path, pending: &Path, note: &Note) -> Result<()> {
    let numbers = numbers(root)?;
    let next = numbers.last().map_or(1, |last| last + 1);
    let path = path(root, note.takes_back.unwrap_or(next));
    fs::rename(pending, &path).map_err(Error::io("write", &path))?;
    // The command is done: what is left to tidy up must not make it fail.
    if note.takes_back.is_some() {
        let _ = fs::remove_file(&path);
    }
    let surplus = (numbers.len() + 1).saturating_sub(LENGTH);
    for number in numbers.into_iter().take(surplus) {
        let _ = fs::remove_file(self::path(root, number));
    }
    Ok(())
}

/// The command of this number, unless it was taken back.
fn record(root: &Path, number: u64) -> Result<Option<Record>> {
    let journal = Journal::read(root, &file_name(number))?;
    let done = journal.filter(|journal| journal.note.takes_back.is_none());
    Ok(done.map(|journal| Record {
        number,
        note: journal.note,
        files: journal.files,
    }))
}

/// The numbers that have a journal, in order.
fn numbers(root: &Path) -> Result<Vec<u64>> {
    let directory = root.join(STATE).join("journal");
    let entries = match fs::read_dir(&directory) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(Error::io("read", &directory))?,
    };
    let mut numbers = Vec::new();
    for entry in entries {
        let entry = entry.map_err(Error::io("read", &directory))?;
        numbers.extend(number(entry.file_name()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

fn number(name: OsString) -> Option<u64> {
    let name = name.into_string().ok()?;
    name.strip_suffix(".json")?.parse().ok()
}

fn file_name(number: u64) -> String {
    format!("{number:06}.json")
}

fn path(root: &Path, number: u64) -> PathBuf {
    root.join(STATE).join("journal").join(file_name(number))
}
