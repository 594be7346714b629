//! `scaffold add-migration`.

use crate::cli::AddMigrationArgs;
use crate::clock::{Clock, migration_stamp};
use crate::edit::{Source, tables};
use crate::error::{Error, Result};
use crate::name::{Name, NameKind};
use crate::plan::Plan;
use crate::project::Project;
use crate::snippets::field::Field;
use crate::snippets::migration::{self, Migration};

mod sql_words;

const MIGRATIONS: &str = "migrations";
const BASE_COLUMNS: [&str; 3] = ["id", "created_at", "updated_at"];

/// Plans a migration: a table if the name is `create_<table>`, else two files to fill.
pub fn plan(project: &Project, args: &AddMigrationArgs, clock: &dyn Clock) -> Result<Plan> {
    let name = Name::parse(NameKind::Migration, &args.name, &[])?.snake();
    let fields = Field::parse_all(&args.fields)?;
    let table = name.strip_prefix("create_");
    let content = content(project, &name, table, &fields)?;
    let existing = project.list(MIGRATIONS)?;
    let same_name = |directory: &&String| migration_name(directory) == Some(name.as_str());
    let directory = match existing.iter().find(same_name) {
        Some(directory) => directory.clone(),
        None => {
            if let Some(table) = table {
                check_table(project, table)?;
            }
            new_directory(&existing, &name, clock)
        }
    };
    let mut plan = Plan::new();
    plan.create(
        project,
        &format!("{MIGRATIONS}/{directory}/up.sql"),
        content.up,
    )?;
    plan.create(
        project,
        &format!("{MIGRATIONS}/{directory}/down.sql"),
        content.down,
    )?;
    if table.is_none() {
        plan.next_step(format!("write the SQL in {MIGRATIONS}/{directory}"));
    }
    plan.next_step("cargo run -- migrate up");
    if let Some(table) = table {
        plan.next_step(format!("describe the table `{table}` in src/schema.rs"));
    }
    Ok(plan)
}

fn content(
    project: &Project,
    name: &str,
    table: Option<&str>,
    fields: &[Field],
) -> Result<Migration> {
    let Some(table) = table else {
        if fields.is_empty() {
            return Ok(migration::stub());
        }
        return Err(Error::Argument {
            message: format!("`{name}` does not create a table, so it has no fields"),
            hint: "leave the fields out, or name it `create_<table>`".to_owned(),
        });
    };
    check_words(table, fields)?;
    migration::create_table(project.database()?, table, fields)
}

fn check_words(table: &str, fields: &[Field]) -> Result<()> {
    let columns = fields.iter().map(|field| field.name.as_str());
    for word in columns.clone().chain([table]) {
        if sql_words::is_reserved(word) {
            return Err(Error::Name {
                message: format!("`{word}` is a reserved word of SQL"),
                hint: format!("try `{word}_value` for a column, `{word}s` for a table"),
            });
        }
    }
    for column in columns {
        if BASE_COLUMNS.contains(&column) {
            return Err(Error::Argument {
                message: format!("every table has a column `{column}`"),
                hint: "leave the field out".to_owned(),
            });
        }
    }
    Ok(())
}

fn check_table(project: &Project, table: &str) -> Result<()> {
    let schema = project.read("src/schema.rs")?.unwrap_or_default();
    let Ok(source) = Source::parse(&schema) else {
        return Ok(());
    };
    if !tables::tables(&source).iter().any(|known| known == table) {
        return Ok(());
    }
    Err(Error::Taken {
        message: format!("the table `{table}` is in src/schema.rs already"),
        hint: "choose another table, or a name that does not start with `create_`".to_owned(),
    })
}

/// The name in `2026-11-21-101530-0000_create_users`.
fn migration_name(directory: &str) -> Option<&str> {
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
