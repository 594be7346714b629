//! A migration that reverts another.

use super::going::Removal;
use crate::clock::Clock;
use crate::commands::migrations::{new_directory, revert_of};
use crate::error::{Error, Result};
use crate::project::Project;
use crate::sql::{self, Effect};
use crate::survey::migrations::{self, MIGRATIONS, Migration};

/// A new migration that goes up as the old one goes down. It goes down as the old one and those
/// that have changed its tables since go up.
pub(super) fn revert(
    removal: &mut Removal<'_>,
    migration: &Migration,
    clock: &dyn Clock,
) -> Result<()> {
    let project = removal.project();
    let (up, down) = (
        read(project, migration, "up")?,
        read(project, migration, "down")?,
    );
    if migrations::is_empty(&down) {
        return Err(Error::Invalid {
            file: migration.file("down"),
            reason: "has nothing that would revert the migration".to_owned(),
        });
    }
    let name = revert_of(&migration.name);
    let mut later = migrations::migrations(project)?;
    later.retain(|it| it.path > migration.path);
    let path = match later.iter().position(|it| it.name == name) {
        Some(known) => {
            let path = later[known].path.clone();
            later.truncate(known);
            path
        }
        None => {
            let directory = new_directory(&project.list(MIGRATIONS)?, &name, clock);
            format!("{MIGRATIONS}/{directory}")
        }
    };
    let again = up + &changes_since(removal, migration, &later)?;
    removal.create(&format!("{path}/up.sql"), down)?;
    removal.create(&format!("{path}/down.sql"), again)?;
    removal.next_step("cargo run -- migrate up");
    Ok(())
}

fn read(project: &Project, migration: &Migration, name: &str) -> Result<String> {
    Ok(project.read(&migration.file(name))?.unwrap_or_default())
}

/// What later migrations have done to the tables of this one. Those that nobody can tell this of,
/// and those that need its columns, need this one.
fn changes_since(
    removal: &mut Removal<'_>,
    migration: &Migration,
    later: &[Migration],
) -> Result<String> {
    let project = removal.project();
    let made = Made::by(project, migration)?;
    let mut changes = String::new();
    for (at, other) in later.iter().enumerate() {
        if is_cancelled(later, at) {
            continue;
        }
        let sql = read(project, other, "up")?;
        let effect = sql::effect(&sql, &made.tables);
        if effect == Effect::Unknown || made.has_column_in(&sql) {
            removal.needed(&other.file("up"), None);
        } else if effect == Effect::Change {
            changes += &format!("\n{sql}");
        }
    }
    Ok(changes)
}

/// Whether a migration is reverted by another of these, or reverts one of them.
fn is_cancelled(all: &[Migration], at: usize) -> bool {
    let name = &all[at].name;
    let has = |others: &[Migration], name: &str| others.iter().any(|it| it.name == name);
    let is_inverse = |stem: &str| has(&all[..at], stem);
    has(&all[at + 1..], &revert_of(name)) || name.strip_prefix("revert_").is_some_and(is_inverse)
}

/// What a migration has made.
struct Made {
    tables: Vec<String>,
    /// Columns of tables that were there.
    columns: Vec<(String, String)>,
}

impl Made {
    fn by(project: &Project, migration: &Migration) -> Result<Self> {
        let before = migrations::tables(project, |it| it.path < migration.path)?;
        let after = migrations::tables(project, |it| it.path <= migration.path)?;
        let (mut tables, mut columns) = (Vec::new(), Vec::new());
        for (name, table) in after.iter() {
            let known = before.iter().find(|(known, _)| *known == name);
            match known {
                Some((_, known)) => {
                    let new = table.columns.difference(&known.columns);
                    columns.extend(new.map(|column| (name.clone(), column.clone())));
                }
                None => tables.push(name.clone()),
            }
        }
        Ok(Self { tables, columns })
    }

    fn has_column_in(&self, sql: &str) -> bool {
        let mut columns = self.columns.iter();
        columns.any(|(table, column)| sql::names(sql, table) && sql::names(sql, column))
    }
}
