//! What commands that write migrations have in common.

use crate::answers::Database;
use crate::clock::{Clock, migration_stamp};
use crate::edit::schema::{self, Column};
use crate::edit::{Edit, Source, schema as edit_schema};
use crate::error::{Error, Result};
use crate::plan::Plan;
use crate::project::Project;
use crate::snippets::field::{Field, FieldType};
use crate::snippets::migration::{Base, Migration, diesel_type};
use crate::survey::migrations as survey;

mod sql_words;

pub(super) const MIGRATIONS: &str = "migrations";
pub(super) use crate::survey::SCHEMA;

/// Names that `table!` gives to something else, or that every table has.
const COLUMNS: [&str; 13] = [
    "all_columns",
    "columns",
    "created_at",
    "created_by",
    "dsl",
    "id",
    "q",
    "self",
    "sql_type",
    "star",
    "table",
    "updated_at",
    "version",
];

/// The folder of a migration, and whether it is new. One that a later migration undoes has done
/// its work: what it made is made again by another.
pub(super) fn directory(
    project: &Project,
    name: &str,
    clock: &dyn Clock,
) -> Result<(String, bool)> {
    let all = survey::migrations(project)?;
    if let Some(at) = all.iter().rposition(|it| it.name == name)
        && !is_undone(project, name, &all[at + 1..])
    {
        return Ok((all[at].directory().to_owned(), false));
    }
    let existing = project.list(MIGRATIONS)?;
    Ok((new_directory(&existing, name, clock), true))
}

/// Whether one of the later migrations takes back what this one has done.
fn is_undone(project: &Project, name: &str, later: &[survey::Migration]) -> bool {
    let has = |name: String| later.iter().any(|it| it.name == name);
    if has(revert_of(name)) {
        return true;
    }
    match (name.strip_prefix("create_"), name.strip_prefix("drop_")) {
        // What is dropped stays in `schema.rs` until the code does without it.
        (Some(table), _) => has(format!("drop_{table}")) && columns(project, table).is_none(),
        (_, Some(table)) => has(format!("create_{table}")),
        _ => false,
    }
}

/// The name of the migration that reverts another.
pub(super) fn revert_of(name: &str) -> String {
    format!("revert_{name}")
}

/// Plans the two files of a migration.
pub(super) fn create(
    plan: &mut Plan,
    project: &Project,
    directory: &str,
    migration: Migration,
) -> Result<()> {
    let path = |file: &str| format!("{MIGRATIONS}/{directory}/{file}.sql");
    plan.create(project, &path("up"), migration.up)?;
    plan.create(project, &path("down"), migration.down)
}

/// The columns of a table, if `schema.rs` has it.
pub(super) fn columns(project: &Project, table: &str) -> Option<Vec<Column>> {
    let text = project.read(SCHEMA).ok().flatten()?;
    // Parsing is what takes the time.
    if !text.contains(table) {
        return None;
    }
    schema::columns(&Source::parse(&text).ok()?, table)
}

/// What `schema.rs` is to say of fields.
pub(super) fn schema_columns(database: Database, fields: &[Field]) -> Vec<Column> {
    let column = |field: &Field| {
        let ty = diesel_type(database, &field.ty);
        (field.name.clone(), nullable(ty, field.optional))
    };
    fields.iter().map(column).collect()
}

/// Plans the table in `schema.rs`, and its joins with those that it refers to.
pub(super) fn describe_table(
    plan: &mut Plan,
    project: &Project,
    table: &str,
    fields: &[Field],
    base: Base,
) -> Result<()> {
    let database = project.database()?;
    let id = diesel_type(database, &FieldType::Uuid);
    let mut columns = vec![("id".to_owned(), id.to_owned())];
    columns.extend(schema_columns(database, fields));
    columns.extend(base.columns().iter().map(|(name, ty, optional)| {
        let ty = diesel_type(database, ty);
        ((*name).to_owned(), nullable(ty, *optional))
    }));
    plan.edit(project, SCHEMA, |text| {
        edit_schema::insert_table(text, table, &columns)
    })?;
    describe_joins(plan, project, table, fields)
}

/// Plans the joins of a table with those that it refers to. Only one reference can be the join.
pub(super) fn describe_joins(
    plan: &mut Plan,
    project: &Project,
    table: &str,
    fields: &[Field],
) -> Result<()> {
    for field in fields {
        let FieldType::References(other) = &field.ty else {
            continue;
        };
        plan.edit(project, SCHEMA, |text| match other == table {
            true => Ok(Edit::Unchanged),
            false => edit_schema::insert_join(text, table, other, &field.name),
        })?;
    }
    Ok(())
}

fn nullable(ty: &str, optional: bool) -> String {
    if optional {
        format!("Nullable<{ty}>")
    } else {
        ty.to_owned()
    }
}

/// Refuses names that SQL or `table!` has for something else, and references that lead nowhere.
pub(super) fn check(project: &Project, table: &str, fields: &[Field]) -> Result<()> {
    let database = project.database()?;
    let columns = fields.iter().map(|field| field.name.as_str());
    for word in columns.clone().chain([table]) {
        if sql_words::is_reserved(database, word) {
            return Err(Error::Name {
                message: format!("`{word}` is a reserved word of SQL"),
                hint: format!("try `{word}_value` for a column, `{word}s` for a table"),
            });
        }
    }
    for column in columns {
        if COLUMNS.contains(&column) || column == table {
            return Err(Error::Argument {
                message: format!("every table has a column `{column}`, or means something by it"),
                hint: "leave the field out, or choose another name".to_owned(),
            });
        }
    }
    check_references(project, table, fields)
}

fn check_references(project: &Project, table: &str, fields: &[Field]) -> Result<()> {
    for field in fields {
        let FieldType::References(other) = &field.ty else {
            continue;
        };
        if other == table {
            if field.optional {
                continue;
            }
            return Err(Error::Argument {
                message: format!("the first row of `{table}` would have nothing to refer to"),
                hint: format!("make `{}` optional with `?`", field.name),
            });
        }
        if columns(project, other).is_none() {
            return Err(Error::Argument {
                message: format!(
                    "`{}` refers to the table `{other}`, which is not in {SCHEMA}",
                    field.name
                ),
                hint: "add that table first, or name another: `author:references(persons)`"
                    .to_owned(),
            });
        }
    }
    Ok(())
}

/// Refuses a table that is there already.
pub(super) fn check_table(project: &Project, table: &str) -> Result<()> {
    if columns(project, table).is_none() {
        return Ok(());
    }
    Err(Error::Taken {
        message: format!("the table `{table}` is in {SCHEMA} already"),
        hint: "choose another table, or a name that does not start with `create_`".to_owned(),
    })
}

/// The name in `2026-11-21-101530-0000_create_users`.
pub(super) fn migration_name(directory: &str) -> Option<&str> {
    let (stamp, name) = directory.split_once('_')?;
    let is_stamp = stamp.chars().all(|c| c.is_ascii_digit() || c == '-');
    is_stamp.then_some(name)
}

/// A version that no migration has, even if two are made within a second.
pub(super) fn new_directory(existing: &[String], name: &str, clock: &dyn Clock) -> String {
    let stamp = migration_stamp(clock);
    let is_free = |version: &String| {
        !existing
            .iter()
            .any(|other| other.starts_with(version.as_str()))
    };
    let mut versions = (0..10_000).map(|number| format!("{stamp}-{number:04}_"));
    let version = versions.find(is_free).unwrap_or_default();
    format!("{version}{name}")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::FixedClock;

    #[test]
    fn names_are_read_from_directories() {
        assert_eq!(
            migration_name("2026-11-21-101530-0000_create_users"),
            Some("create_users")
        );
        assert_eq!(migration_name("20261121_x"), Some("x"));
        assert_eq!(migration_name("old_x"), None);
        assert_eq!(migration_name(".keep"), None);
    }

    #[test]
    fn two_migrations_of_one_second_differ() {
        let clock = FixedClock(Duration::from_secs(0));
        let first = new_directory(&[], "a", &clock);
        assert_eq!(first, "1970-01-01-000000-0000_a");
        let second = new_directory(&[first], "b", &clock);
        assert_eq!(second, "1970-01-01-000000-0001_b");
    }
}
