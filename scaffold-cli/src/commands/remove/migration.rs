//! `scaffold remove migration`.

use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::plan::Plan;
use crate::project::Project;
use crate::survey::migrations::{self, Migration};

use super::going::Removal;
use super::revert::revert;
use super::schema::{self, Without};

/// Plans to take the files of a migration away or, if it has run, to revert it by another.
pub(super) fn plan(
    project: &Project,
    name: &str,
    is_applied: bool,
    force: bool,
    clock: &dyn Clock,
) -> Result<Plan> {
    let migration = find(project, name)?;
    let mut removal = Removal::new(project, "migration", &migration.name);
    take_back(&mut removal, &migration, is_applied, clock)?;
    removal.finish(force)
}

/// Takes the files of a migration away or, if it has run, reverts it by another.
pub(super) fn take_back(
    removal: &mut Removal<'_>,
    migration: &Migration,
    is_applied: bool,
    clock: &dyn Clock,
) -> Result<()> {
    if is_applied {
        revert(removal, migration, clock)?;
        return schema::shrink(removal, Without::Reverted(migration));
    }
    for name in removal.project().list(&migration.path)? {
        removal.file(&format!("{}/{name}", migration.path))?;
    }
    schema::shrink(removal, Without::Absent(migration))
}

/// The last migration of this name, which may have its stamp in front.
pub(super) fn find(project: &Project, name: &str) -> Result<Migration> {
    let all = migrations::migrations(project)?;
    let found = all
        .into_iter()
        .rfind(|it| it.name == name || it.directory() == name);
    found.ok_or_else(|| Error::Argument {
        message: format!("there is no migration `{}`", crate::name::shown(name)),
        hint: "see `scaffold list migrations`".to_owned(),
    })
}
