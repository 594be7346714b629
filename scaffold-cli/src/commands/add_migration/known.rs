//! What has to be there, or must not be, before a migration.

use super::form::Form;
use crate::commands::migrations::{self, MIGRATIONS, SCHEMA};
use crate::error::{Error, Result};
use crate::project::Project;
use crate::snippets::field::Field;
use crate::survey::migrations as survey;

/// Refuses a new migration for a table or a column that is there already, or is not there.
pub(super) fn check(project: &Project, form: &Form, fields: &[Field]) -> Result<()> {
    match form {
        Form::Create { table } => migrations::check_table(project, table),
        Form::Remove { table } => check_fields(project, table, fields),
        Form::Rename { table, from, to } => {
            let columns = migrations::columns(project, table).unwrap_or_default();
            let has = |name: &String| columns.iter().any(|(column, _)| column == name);
            match has(from) && has(to) {
                true => Err(Error::Taken {
                    message: format!("the table `{table}` has a column `{to}` already"),
                    hint: format!("choose another name for `{from}`"),
                }),
                false => Ok(()),
            }
        }
        Form::Nothing { table, column } => Err(absent(table, column)),
        Form::Add { .. } | Form::Index { .. } | Form::Drop { .. } | Form::Other => Ok(()),
    }
}

/// What goes may be out of `schema.rs` already; then an earlier migration has made it.
fn check_fields(project: &Project, table: &str, fields: &[Field]) -> Result<()> {
    let described = migrations::columns(project, table).unwrap_or_default();
    let is_described = |name: &str| described.iter().any(|(column, _)| column == name);
    for field in fields {
        if !is_described(&field.name) && !is_made(project, table, &field.name)? {
            return Err(absent(table, &field.name));
        }
    }
    Ok(())
}

fn is_made(project: &Project, table: &str, column: &str) -> Result<bool> {
    let tables = survey::tables(project, |_| true)?;
    let mut made = tables.iter().filter(|(name, _)| *name == table);
    Ok(made.any(|(_, made)| made.columns.contains(column)))
}

fn absent(table: &str, column: &str) -> Error {
    Error::Argument {
        message: format!("the table `{table}` in {SCHEMA} has no column `{column}`"),
        hint: format!(
            "check the name; one that begins otherwise makes two files to fill in {MIGRATIONS}"
        ),
    }
}
