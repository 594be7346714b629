//! The only writer: all changes of a plan, or none.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Component, Path, PathBuf};

use crate::error::{Error, Result};
use crate::plan::{Change, Changes};
use crate::project;
use crate::shell::Action;

pub mod history;
mod journal;
mod lock;

pub use history::Note;
pub use journal::{Entry, Recovered};

use journal::{Journal, remove_empty_parents};
use lock::Lock;

/// Directory of the journal and the lock; not for version control.
const STATE: &str = ".scaffold";

/// Takes back what a command that was killed half way had written, but for what was changed since.
pub fn recover(root: &Path) -> Result<Recovered> {
    if !Journal::is_pending(root) {
        return Ok(Recovered::default());
    }
    check_state(root)?;
    let _lock = Lock::take(root)?;
    // The command that wrote it may have ended while this one waited.
    match Journal::load(root)? {
        Some(journal) => journal.roll_back(root),
        None => Ok(Recovered::default()),
    }
}

/// Whether a command was killed half way; waits a moment for one that is at work.
pub fn is_interrupted(root: &Path) -> Result<bool> {
    if !Journal::is_pending(root) {
        return Ok(false);
    }
    check_state(root)?;
    let _lock = Lock::take(root)?;
    Ok(Journal::is_pending(root))
}

/// Refuses what `apply` would refuse before it writes.
pub fn check(root: &Path, changes: &Changes) -> Result<()> {
    targets(root, &writes(changes)).map(drop)
}

fn writes(changes: &Changes) -> Vec<&Change> {
    let files = changes.files.iter();
    files.filter(|file| file.is_write()).collect()
}

/// Writes all changes, or none, and keeps in the history what was there before.
pub fn apply(root: &Path, changes: &Changes, note: &Note) -> Result<()> {
    let writes = writes(changes);
    if writes.is_empty() {
        return Ok(());
    }
    let targets = targets(root, &writes)?;
    prepare_state(root)?;
    let _lock = Lock::take(root)?;
    // One that was killed since this one began; its journal must not be lost.
    if Journal::is_pending(root) {
        return Err(Error::Busy {
            message: "another command was interrupted while this one ran".to_owned(),
            hint: "nothing was written; run the command again".to_owned(),
        });
    }
    verify_last(root, note)?;
    for change in &changes.files {
        verify_unchanged(root, change)?;
    }
    let journal = Journal::begin(root, &writes, note)?;
    let done = write_all(root, &writes, &targets).and_then(|()| journal.finish(root));
    if done.is_err() {
        journal.roll_back(root)?;
    }
    done
}

/// Where each file is, links followed; none may be outside of the project or read-only.
fn targets(root: &Path, writes: &[&Change]) -> Result<Vec<PathBuf>> {
    let root = root.canonicalize().map_err(Error::io("read", root))?;
    writes.iter().map(|change| target(&root, change)).collect()
}

fn target(root: &Path, change: &Change) -> Result<PathBuf> {
    let invalid = |reason: &str| Error::Invalid {
        file: change.path.clone(),
        reason: reason.to_owned(),
    };
    let real = place(root, &change.path).map_err(&invalid)?;
    let path = root.join(&change.path);
    if path.symlink_metadata().is_err() {
        return Ok(real);
    }
    if path.is_symlink() {
        match change.action {
            Action::Delete => return Err(invalid("is a link, and only files are taken away")),
            Action::Create => return Err(invalid("is a link, and only files are replaced")),
            _ => {}
        }
    }
    let metadata = real.metadata().map_err(Error::io("read", &real))?;
    if metadata.permissions().readonly() {
        return Err(invalid("is read-only"));
    }
    Ok(real)
}

/// Where a path of the project is, links followed, or why nothing may be written there. Neither the
/// links of a project nor a journal that came with it may lead out of it.
fn place(root: &Path, path: &str) -> Result<PathBuf, &'static str> {
    let is_name = |part| matches!(part, Component::Normal(_));
    if !Path::new(path).components().all(is_name) {
        return Err("is not a path below the project");
    }
    let path = root.join(path);
    let existing = path
        .ancestors()
        .find(|path| path.symlink_metadata().is_ok());
    let existing = existing.unwrap_or(root);
    let real = existing
        .canonicalize()
        .map_err(|_| "is a link that leads nowhere")?;
    if !real.starts_with(root) {
        return Err("is a link that leads out of the project");
    }
    match path.strip_prefix(existing) {
        Ok(rest) if rest.as_os_str().is_empty() => Ok(real),
        Ok(rest) if real.is_dir() => Ok(real.join(rest)),
        _ => Err("needs a directory where there is a file"),
    }
}

/// Refuses a directory of the tool itself that is a link to somewhere else.
fn check_state(root: &Path) -> Result<()> {
    let root = root.canonicalize().map_err(Error::io("read", root))?;
    for name in [".gitignore", "lock", "journal/pending.json"] {
        let file = format!("{STATE}/{name}");
        place(&root, &file).map_err(|reason| Error::Invalid {
            file: file.clone(),
            reason: reason.to_owned(),
        })?;
    }
    Ok(())
}

fn prepare_state(root: &Path) -> Result<()> {
    check_state(root)?;
    let directory = root.join(STATE);
    fs::create_dir_all(&directory).map_err(Error::io("create", &directory))?;
    let ignore = directory.join(".gitignore");
    if ignore.exists() {
        return Ok(());
    }
    write_at_once("*\n", &ignore)
}

/// Only the last command is taken back, also if another has ended since this one looked.
fn verify_last(root: &Path, note: &Note) -> Result<()> {
    let Some(wanted) = note.takes_back else {
        return Ok(());
    };
    let last = history::last(root)?.map(|record| record.number);
    if last == Some(wanted) {
        return Ok(());
    }
    Err(Error::Busy {
        message: "another command ended while this one ran".to_owned(),
        hint: "nothing was written; run the command again".to_owned(),
    })
}

fn verify_unchanged(root: &Path, change: &Change) -> Result<()> {
    if project::read(root, &change.path)? == change.before {
        return Ok(());
    }
    Err(Error::Busy {
        message: format!("{} changed while the command ran", change.path),
        hint: "nothing was written; run the command again".to_owned(),
    })
}

/// Writes every file beside its place, then moves all of them there and takes away what goes.
fn write_all(root: &Path, writes: &[&Change], targets: &[PathBuf]) -> Result<()> {
    let pairs = || writes.iter().zip(targets);
    let written = pairs()
        .try_for_each(|(change, target)| prepare(change, target))
        .and_then(|()| pairs().try_for_each(|(change, target)| put_in_place(root, change, target)));
    if written.is_err() {
        for target in targets {
            // Those that were moved are gone already.
            let _ = fs::remove_file(temporary(target));
        }
    }
    written
}

fn put_in_place(root: &Path, change: &Change, target: &Path) -> Result<()> {
    if change.after.is_some() {
        return fs::rename(temporary(target), target).map_err(Error::io("write", target));
    }
    fs::remove_file(target).map_err(Error::io("remove", target))?;
    remove_empty_parents(root, target);
    Ok(())
}

fn prepare(change: &Change, target: &Path) -> Result<()> {
    match &change.after {
        Some(text) => write_beside(text, target),
        None => Ok(()),
    }
}

/// Writes a file that is there or was, in one step: nobody ever finds half of it.
fn write_at_once(text: &str, target: &Path) -> Result<()> {
    let written = write_beside(text, target)
        .and_then(|()| fs::rename(temporary(target), target).map_err(Error::io("write", target)));
    if written.is_err() {
        let _ = fs::remove_file(temporary(target));
    }
    written
}

/// Writes what is to become of a file, with its permissions, under another name.
fn write_beside(text: &str, target: &Path) -> Result<()> {
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent).map_err(Error::io("create", parent))?;
    }
    let temporary = &temporary(target);
    let mut file = create_new(temporary).map_err(Error::io("write", temporary))?;
    file.write_all(text.as_bytes())
        .map_err(Error::io("write", temporary))?;
    match fs::metadata(target) {
        Ok(metadata) => fs::set_permissions(temporary, metadata.permissions())
            .map_err(Error::io("write", temporary)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Error::io("read", target)(error)),
    }
}

/// Creates a file in the place of whatever has its name: a link there would lead elsewhere.
fn create_new(path: &Path) -> io::Result<File> {
    match File::create_new(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            fs::remove_file(path)?;
            File::create_new(path)
        }
        created => created,
    }
}

/// A hidden name in the same directory, so that moving it is one step.
fn temporary(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{name}.scaffold-tmp"))
}

#[cfg(test)]
mod tests;
