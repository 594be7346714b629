//! The SQL of a migration.

use super::field::{Field, FieldType};
use crate::answers::Database;
use crate::error::{Error, Result};

mod column;
mod table;

pub use column::{diesel_type, sql_of_diesel};
pub use table::{Base, create_table, recreate_table};

use column::Column;

/// The two files of a migration.
#[derive(Debug, PartialEq, Eq)]
pub struct Migration {
    /// What is done.
    pub up: String,
    /// What undoes it.
    pub down: String,
}

impl Migration {
    /// The migration that does it the other way round.
    fn reversed(self) -> Self {
        Self {
            up: self.down,
            down: self.up,
        }
    }
}

/// Two files for the user to fill, as diesel makes them.
pub fn stub() -> Migration {
    Migration {
        up: "-- Your SQL goes here\n".to_owned(),
        down: "-- This file should undo anything in `up.sql`\n".to_owned(),
    }
}

/// More columns for a table that has rows.
pub fn add_columns(database: Database, table: &str, fields: &[Field]) -> Result<Migration> {
    check_fields(database, table, fields)?;
    for field in fields {
        refuse_empty(field)?;
    }
    let columns = fields
        .iter()
        .map(|field| Column::new(database, table, field));
    let columns: Vec<Column<'_>> = columns.collect();
    let up: Vec<String> = columns.iter().flat_map(Column::add).collect();
    let down: Vec<String> = columns.iter().rev().flat_map(Column::drop).collect();
    Ok(Migration {
        up: statements(&up),
        down: statements(&down),
    })
}

/// Fewer columns; the fields tell how to make them again.
pub fn remove_columns(database: Database, table: &str, fields: &[Field]) -> Result<Migration> {
    add_columns(database, table, fields).map(Migration::reversed)
}

/// Another name for a column.
pub fn rename_column(table: &str, from: &str, to: &str) -> Migration {
    let rename = |from, to| format!("ALTER TABLE {table} RENAME COLUMN {from} TO {to};\n");
    Migration {
        up: rename(from, to),
        down: rename(to, from),
    }
}

/// An index over columns.
pub fn add_index(database: Database, table: &str, columns: &[String]) -> Migration {
    let name = format!("{table}_{}_index", columns.join("_and_"));
    let list = columns.join(", ");
    Migration {
        up: format!("CREATE INDEX {name} ON {table} ({list});\n"),
        down: format!("{};\n", column::drop_index(database, table, &name)),
    }
}

/// No table any more; `down` is the SQL that makes it again.
pub fn drop_table(table: &str, down: String) -> Migration {
    Migration {
        up: format!("DROP TABLE {table};\n"),
        down,
    }
}

fn statements(statements: &[String]) -> String {
    statements.iter().map(|sql| format!("{sql};\n")).collect()
}

/// Refuses what the database cannot have.
fn check_fields(database: Database, table: &str, fields: &[Field]) -> Result<()> {
    for field in fields {
        check_length(table, field)?;
        let is_key = field.unique || field.index;
        let is_long = matches!(
            field.ty,
            FieldType::Text | FieldType::Json | FieldType::Binary
        );
        let has_no_order = field.ty == FieldType::Json;
        if is_key && (has_no_order || is_long && database == Database::Mysql) {
            return Err(Error::Argument {
                message: format!("`{}` cannot be a key, for it has any length", field.name),
                hint: format!("make it a string: `{}:string`", field.name),
            });
        }
    }
    Ok(())
}

/// PostgreSQL cuts the names of constraints, and could then make two of them the same.
fn check_length(table: &str, field: &Field) -> Result<()> {
    const MAX_NAME: usize = 63;
    let longest = format!("{table}_{}_index", field.name);
    if longest.len() <= MAX_NAME {
        return Ok(());
    }
    Err(Error::Name {
        message: format!(
            "the names `{table}` and `{}` are too long together: a database names at most {MAX_NAME} characters",
            field.name
        ),
        hint: "choose a shorter name for the table or for the field".to_owned(),
    })
}

/// Rows that are there need a value too, and the service that is running does not write one.
fn refuse_empty(field: &Field) -> Result<()> {
    if field.optional || field.default.is_some() {
        return Ok(());
    }
    let hint = match field.ty {
        FieldType::Uuid | FieldType::Json | FieldType::Binary | FieldType::References(_) => {
            "make it optional with `?`".to_owned()
        }
        _ => "make it optional with `?`, or give it a default, as in `note:string=none`".to_owned(),
    };
    Err(Error::Argument {
        message: format!("rows that are there have no value for `{}`", field.name),
        hint,
    })
}

#[cfg(test)]
mod tests;
