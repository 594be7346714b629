//! `scaffold remove migration`.

use crate::clock::Clock;
use crate::commands::migrations::new_directory;
use crate::edit::{Source, tables};
use crate::error::{Error, Result};
use crate::plan::Plan;
use crate::project::Project;
use crate::survey::migrations::{self, MIGRATIONS, Migration};

use super::Removal;

/// Plans to take the files of a migration away or, if it has run, to revert it by another.
pub(super) fn plan(
    project: &Project,
    name: &str,
    is_applied: bool,
    force: bool,
    clock: &dyn Clock,
) -> Result<Plan> {
    let migration = find(project, name)?;
    let mut plan = if is_applied {
        revert(project, &migration, clock)?
    } else {
        delete(project, &migration, force)?
    };
    if let Some(table) = described_table(project, &migration)? {
        plan.next_step(format!("take the table `{table}` out of src/schema.rs"));
    }
    Ok(plan)
}

/// The migration of this name, which may have its stamp in front.
pub(super) fn find(project: &Project, name: &str) -> Result<Migration> {
    let all = migrations::migrations(project)?;
    let found = all
        .into_iter()
        .find(|it| it.name == name || it.directory() == name);
    found.ok_or_else(|| Error::Argument {
        message: format!("there is no migration `{}`", crate::name::shown(name)),
        hint: "see `scaffold list migrations`".to_owned(),
    })
}

fn delete(project: &Project, migration: &Migration, force: bool) -> Result<Plan> {
    let mut removal = Removal::new(project, "migration", &migration.name);
    for name in project.list(&migration.path)? {
        removal.file(&format!("{}/{name}", migration.path))?;
    }
    removal.unless_edited(force)
}

/// A new migration that goes up as the old one goes down.
fn revert(project: &Project, migration: &Migration, clock: &dyn Clock) -> Result<Plan> {
    let read = |name| Ok(project.read(&migration.file(name))?.unwrap_or_default());
    let (up, down): (String, String) = (read("up")?, read("down")?);
    if migrations::is_empty(&down) {
        return Err(Error::Invalid {
            file: migration.file("down"),
            reason: "has nothing that would revert the migration".to_owned(),
        });
    }
    let name = format!("revert_{}", migration.name);
    let existing = migrations::migrations(project)?;
    let known = existing.into_iter().find(|other| other.name == name);
    let path = match known {
        Some(known) => known.path,
        None => {
            let directory = new_directory(&project.list(MIGRATIONS)?, &name, clock);
            format!("{MIGRATIONS}/{directory}")
        }
    };
    let mut plan = Plan::new();
    plan.create(project, &format!("{path}/up.sql"), down)?;
    plan.create(project, &format!("{path}/down.sql"), up)?;
    plan.next_step("cargo run -- migrate up");
    Ok(plan)
}

/// The table that the migration makes, if the schema has it.
fn described_table(project: &Project, migration: &Migration) -> Result<Option<String>> {
    let Some(table) = migration.name.strip_prefix("create_") else {
        return Ok(None);
    };
    let schema = project.read("src/schema.rs")?.unwrap_or_default();
    let is_there = Source::parse(&schema)
        .is_ok_and(|source| tables::tables(&source).iter().any(|known| known == table));
    Ok(is_there.then(|| table.to_owned()))
}
