//! `scaffold undo`.

use serde_json::json;

use crate::Context;
use crate::apply::Entry;
use crate::apply::history::{self, Record};
use crate::cli::UndoArgs;
use crate::clock::utc;
use crate::error::{Error, Result};
use crate::grow;
use crate::plan::{Change, Changes};
use crate::project::Project;
use crate::shell::{Listing, Report, Shell};

/// Takes back the last command, or lists those that can be.
pub fn run(args: &UndoArgs, context: &Context<'_>, shell: &mut Shell) -> Result<()> {
    let project = grow::open(context, shell)?;
    if args.list {
        shell.list(&listing(&history::records(project.root())?));
        return Ok(());
    }
    let Some(record) = history::last(project.root())? else {
        shell.note("there is nothing to take back");
        shell.report(&Report::default());
        return Ok(());
    };
    let changes = changes(&project, &record, context.globals.force)?;
    shell.status("Undo", &record.note.command);
    grow::carry_out(context, shell, &project, &changes, Some(record.number))
}

/// Every file as it was before the command, if it still is what the command made of it.
pub fn changes(project: &Project, record: &Record, force: bool) -> Result<Changes> {
    let (mut files, mut edited) = (Vec::new(), Vec::new());
    let mut takes_migration = false;
    for entry in &record.files {
        let now = project.read(&entry.path)?;
        if !entry.is_as_left(now.as_deref()) && now != entry.before {
            edited.push(entry.path.clone());
        }
        takes_migration |= entry.before.is_none() && entry.path.starts_with("migrations/");
        files.push(Change::restore(&entry.path, now, entry.before.clone()));
    }
    if edited.is_empty() || force {
        let mut changes = Changes::new(files);
        if takes_migration {
            changes.next_step(
                "if a database has run the migration, take back there what it did: \
                 `scaffold remove migration` would have asked it",
            );
        }
        return Ok(changes);
    }
    let command = &record.note.command;
    Err(Error::Edited {
        paths: edited,
        hint: format!(
            "nothing was taken back of `{command}`; with `--force` all of it is, and what changed \
             since is lost"
        ),
    })
}

fn listing(records: &[Record]) -> Listing {
    let mut listing = Listing::new(&["NUMBER", "DONE AT", "COMMAND", "FILES"]);
    for record in records {
        let paths: Vec<&str> = record.files.iter().map(path).collect();
        let (number, at) = (record.number, utc(record.note.at));
        let command = &record.note.command;
        listing.add(
            &[&number.to_string(), &at, command, &paths.len().to_string()],
            json!({"number": number, "at": at, "command": command, "files": paths}),
        );
    }
    listing
}

fn path(entry: &Entry) -> &str {
    &entry.path
}
