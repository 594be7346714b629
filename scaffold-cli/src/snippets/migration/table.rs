//! A whole table.

use super::column::{Column, sql_of_diesel, sql_type};
use super::{Migration, check_fields};
use crate::answers::Database;
use crate::error::Result;
use crate::snippets::field::{Field, FieldType};

/// The columns that a table has besides its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// An id, and when a row was made and changed.
    Times,
    /// These, how often it was changed, and who made it.
    Resource,
}

impl Base {
    /// The columns behind the fields, each with what `schema.rs` says of it.
    pub fn columns(self) -> &'static [(&'static str, FieldType, bool)] {
        static ALL: [(&str, FieldType, bool); 4] = [
            ("created_at", FieldType::Datetime, false),
            ("updated_at", FieldType::Datetime, false),
            ("version", FieldType::Bigint, false),
            ("created_by", FieldType::String, true),
        ];
        match self {
            Self::Times => ALL.split_at(2).0,
            Self::Resource => &ALL,
        }
    }
}

/// A new table with an id, the fields, and when a row was made and changed.
pub fn create_table(
    database: Database,
    table: &str,
    fields: &[Field],
    base: Base,
) -> Result<Migration> {
    check_fields(database, table, fields)?;
    let id = sql_type(database, &FieldType::Uuid);
    let columns = fields
        .iter()
        .map(|field| Column::new(database, table, field));
    let columns: Vec<Column<'_>> = columns.collect();
    let mut lines = vec![format!("id {id} NOT NULL PRIMARY KEY")];
    lines.extend(columns.iter().map(Column::definition_in_table));
    lines.extend(base.columns().iter().map(|(name, ty, optional)| {
        let ty = sql_type(database, ty);
        match (*name, optional) {
            ("version", _) => format!("{name} {ty} NOT NULL DEFAULT 1"),
            (_, true) => format!("{name} {ty}"),
            (_, false) => format!("{name} {ty} NOT NULL"),
        }
    }));
    lines.extend(columns.iter().flat_map(Column::table_constraints));
    let mut up = create(database, table, &lines);
    for index in columns.iter().filter_map(Column::index) {
        up.push_str(&format!("\n{index};\n"));
    }
    let down = format!("DROP TABLE {table};\n");
    Ok(Migration { up, down })
}

/// A table as `schema.rs` describes it: its columns, without what else belongs to it.
pub fn recreate_table(database: Database, table: &str, columns: &[(String, String)]) -> String {
    let column = |(name, ty): &(String, String)| {
        let inner = ty
            .strip_prefix("Nullable<")
            .and_then(|ty| ty.strip_suffix('>'));
        let null = if inner.is_some() { "" } else { " NOT NULL" };
        let key = if name == "id" { " PRIMARY KEY" } else { "" };
        let is_id = name == "id" || name.ends_with("_id");
        let ty = inner.unwrap_or(ty);
        let sql = sql_of_diesel(database, ty, is_id).map_or_else(|| ty.to_owned(), str::to_owned);
        format!("{name} {sql}{null}{key}")
    };
    let lines: Vec<String> = columns.iter().map(column).collect();
    format!(
        "-- Made from src/schema.rs, which knows no defaults, checks, keys and indexes: add them here.\n{}",
        create(database, table, &lines)
    )
}

fn create(database: Database, table: &str, lines: &[String]) -> String {
    let options = match database {
        Database::Mysql => " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        Database::Sqlite | Database::Postgres => "",
    };
    let lines = lines.join(",\n    ");
    format!("CREATE TABLE {table} (\n    {lines}\n){options};\n")
}
