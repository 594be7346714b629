//! What a migration leaves behind in `schema.rs` when it goes.

use super::going::Removal;
use crate::edit::mentions::Wanted;
use crate::edit::{models, removal, tables};
use crate::error::Result;
use crate::project::Project;
use crate::sql::{self, Tables};
use crate::survey::migrations::{self, Migration};
use crate::survey::{self, SCHEMA};

/// What the migrations make of the database but for one of them, or with it reverted.
#[derive(Clone, Copy)]
pub(super) enum Without<'a> {
    /// It is not there.
    Absent(&'a Migration),
    /// A later one goes up as it goes down.
    Reverted(&'a Migration),
}

/// Takes out of `schema.rs` what the migrations then no longer make, and looks who needs it.
pub(super) fn shrink(removal: &mut Removal<'_>, without: Without<'_>) -> Result<()> {
    let project = removal.project();
    let before = made(project, None)?;
    let after = made(project, Some(without))?;
    for (name, table) in before.iter() {
        let Some(left) = after.iter().find(|(left, _)| *left == name) else {
            removal.line(SCHEMA, |text| removal::remove_table(text, name))?;
            removal.unless_named(Wanted::Table(name.clone()));
            for other in after.that_refer_to(name) {
                removal.needed(&format!("the table `{other}`"), None);
            }
            later(removal, without, &[name])?;
            continue;
        };
        for column in table.columns.difference(&left.1.columns) {
            removal.line(SCHEMA, |text| removal::remove_column(text, name, column))?;
            removal.unless_named(Wanted::Column(name.clone(), column.clone()));
            fields(removal, name, column)?;
            later(removal, without, &[name, column])?;
        }
    }
    returning(removal, &before, &after)
}

/// The tables that the migrations make.
fn made(project: &Project, without: Option<Without<'_>>) -> Result<Tables> {
    let is_run = |it: &Migration| !matches!(without, Some(Without::Absent(absent)) if absent == it);
    let mut tables = migrations::tables(project, is_run)?;
    if let Some(Without::Reverted(migration)) = without {
        let down = migration.file("down");
        tables.run(&down, &project.read(&down)?.unwrap_or_default());
    }
    Ok(tables)
}

/// The later migrations that name all of this: without the earlier one they would fail.
fn later(removal: &mut Removal<'_>, without: Without<'_>, names: &[&String]) -> Result<()> {
    let Without::Absent(absent) = without else {
        return Ok(());
    };
    let project = removal.project();
    for migration in migrations::migrations(project)? {
        let up = migration.file("up");
        let sql = project.read(&up)?.unwrap_or_default();
        let needs = names.iter().all(|name| sql::names(&sql, name));
        if needs && migration.path > absent.path {
            removal.needed(&up, None);
        }
    }
    Ok(())
}

/// The fields of models that stand for a column.
fn fields(removal: &mut Removal<'_>, table: &str, column: &str) -> Result<()> {
    let project = removal.project();
    for file in project.sources("src")? {
        let text = project.read(&file)?.unwrap_or_default();
        if text.contains(column) && text.contains("derive") {
            let lines = models::fields(&survey::parse(&file, &text)?, table, column);
            for line in lines {
                removal.needed(&file, Some(line));
            }
        }
    }
    Ok(())
}

/// What is made again has to be described, and only the database knows its types.
fn returning(removal: &mut Removal<'_>, before: &Tables, after: &Tables) -> Result<()> {
    let text = removal.project().read(SCHEMA)?.unwrap_or_default();
    let described = tables::described(&survey::parse(SCHEMA, &text)?);
    for (name, table) in after.iter() {
        let known = described.iter().find(|it| it.name == *name);
        let Some(known) = known else {
            if !before.has(name) {
                removal.next_step(format!("describe the table `{name}` in {SCHEMA} again"));
            }
            continue;
        };
        let was = before.iter().find(|(was, _)| *was == name);
        let was = was.map(|(_, table)| &table.columns);
        for column in &table.columns {
            let is_back = was.is_some_and(|was| !was.contains(column));
            if is_back && !known.columns.contains(column) {
                removal.next_step(format!(
                    "describe the column `{column}` of `{name}` in {SCHEMA} again"
                ));
            }
        }
    }
    Ok(())
}
