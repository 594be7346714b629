//! The SQL of a migration.

use super::field::{Field, FieldType};
use crate::answers::Database;
use crate::error::{Error, Result};

/// The two files of a migration.
#[derive(Debug, PartialEq, Eq)]
pub struct Migration {
    /// What is done.
    pub up: String,
    /// What undoes it.
    pub down: String,
}

/// Two files for the user to fill, as diesel makes them.
pub fn stub() -> Migration {
    Migration {
        up: "-- Your SQL goes here\n".to_owned(),
        down: "-- This file should undo anything in `up.sql`\n".to_owned(),
    }
}

/// A new table with an id, the fields, and when a row was made and changed.
pub fn create_table(database: Database, table: &str, fields: &[Field]) -> Result<Migration> {
    let types = types(database)?;
    let mut lines = vec![format!(
        "id {} NOT NULL PRIMARY KEY",
        types.name(FieldType::Uuid)
    )];
    lines.extend(fields.iter().map(|field| column(&types, field)));
    for name in ["created_at", "updated_at"] {
        lines.push(format!(
            "{name} {} NOT NULL",
            types.name(FieldType::Datetime)
        ));
    }
    let unique = fields.iter().filter(|field| field.unique);
    lines.extend(unique.map(|field| {
        let name = &field.name;
        format!("CONSTRAINT {table}_{name}_key UNIQUE ({name})")
    }));
    let mut up = format!(
        "CREATE TABLE {table} (\n    {}\n);\n",
        lines.join(",\n    ")
    );
    for field in fields.iter().filter(|field| field.index) {
        let name = &field.name;
        up.push_str(&format!(
            "\nCREATE INDEX {table}_{name}_index ON {table} ({name});\n"
        ));
    }
    let down = format!("DROP TABLE {table};\n");
    Ok(Migration { up, down })
}

fn column(types: &Types, field: &Field) -> String {
    let null = if field.optional { "" } else { " NOT NULL" };
    format!("{} {}{null}", field.name, types.name(field.ty))
}

/// What a database calls the types of fields.
struct Types([(FieldType, &'static str); 8]);

impl Types {
    fn name(&self, ty: FieldType) -> &'static str {
        let found = self.0.iter().find(|(known, _)| *known == ty);
        found.map_or("TEXT", |(_, name)| name)
    }
}

fn types(database: Database) -> Result<Types> {
    use FieldType::{Bigint, Boolean, Datetime, Float, Integer, String, Text, Uuid};
    match database {
        Database::Sqlite => Ok(Types([
            (String, "TEXT"),
            (Text, "TEXT"),
            (Integer, "INTEGER"),
            (Bigint, "BIGINT"),
            (Boolean, "BOOLEAN"),
            (Float, "DOUBLE"),
            (Uuid, "TEXT"),
            (Datetime, "TIMESTAMPTZ"),
        ])),
        Database::Postgres => Ok(Types([
            (String, "VARCHAR(255)"),
            (Text, "TEXT"),
            (Integer, "INTEGER"),
            (Bigint, "BIGINT"),
            (Boolean, "BOOLEAN"),
            (Float, "DOUBLE PRECISION"),
            (Uuid, "UUID"),
            (Datetime, "TIMESTAMPTZ"),
        ])),
        Database::Mysql => Err(Error::Argument {
            message: "tables for mysql cannot be generated yet".to_owned(),
            hint: "choose a name that does not start with `create_` and write the SQL".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(texts: &[&str]) -> Vec<Field> {
        texts
            .iter()
            .map(|text| Field::parse(text).unwrap())
            .collect()
    }

    #[test]
    fn a_table_for_sqlite() {
        let fields = fields(&["email:string!", "age:integer?^", "weight:float"]);
        let migration = create_table(Database::Sqlite, "users", &fields).unwrap();
        assert_eq!(
            migration.up,
            "CREATE TABLE users (\n    id TEXT NOT NULL PRIMARY KEY,\n    email TEXT NOT NULL,\n    \
             age INTEGER,\n    weight DOUBLE NOT NULL,\n    created_at TIMESTAMPTZ NOT NULL,\n    \
             updated_at TIMESTAMPTZ NOT NULL,\n    CONSTRAINT users_email_key UNIQUE (email)\n);\n\
             \nCREATE INDEX users_age_index ON users (age);\n"
        );
        assert_eq!(migration.down, "DROP TABLE users;\n");
    }

    #[test]
    fn a_table_for_postgres() {
        let fields = fields(&["owner_id:uuid", "score:float?", "name:string"]);
        let migration = create_table(Database::Postgres, "users", &fields).unwrap();
        assert_eq!(
            migration.up,
            "CREATE TABLE users (\n    id UUID NOT NULL PRIMARY KEY,\n    owner_id UUID NOT NULL,\n    \
             score DOUBLE PRECISION,\n    name VARCHAR(255) NOT NULL,\n    \
             created_at TIMESTAMPTZ NOT NULL,\n    updated_at TIMESTAMPTZ NOT NULL\n);\n"
        );
    }

    #[test]
    fn every_type_has_a_name_in_both_databases() {
        let all = [
            "a:string",
            "b:text",
            "c:integer",
            "d:bigint",
            "e:boolean",
            "f:float",
            "g:uuid",
            "h:datetime",
        ];
        for database in [Database::Sqlite, Database::Postgres] {
            let types = types(database).unwrap();
            for field in fields(&all) {
                assert!(types.0.iter().any(|(ty, _)| *ty == field.ty));
            }
        }
        assert!(create_table(Database::Mysql, "users", &[]).is_err());
    }
}
