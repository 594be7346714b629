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
    let types = types(database);
    if database == Database::Mysql {
        refuse_long_keys(fields)?;
    }
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
        // MySQL, where names of keys belong to a table, does not tell the table with the key.
        match database {
            Database::Mysql => format!("CONSTRAINT {name}_key UNIQUE ({name})"),
            Database::Sqlite | Database::Postgres => {
                format!("CONSTRAINT {table}_{name}_key UNIQUE ({name})")
            }
        }
    }));
    // PostgreSQL looks at what a JSONB holds by itself.
    if database != Database::Postgres {
        let json = fields.iter().filter(|field| field.ty == FieldType::Json);
        lines.extend(json.map(|field| json_check(table, field)));
    }
    let options = match database {
        Database::Mysql => " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        Database::Sqlite | Database::Postgres => "",
    };
    let mut up = format!(
        "CREATE TABLE {table} (\n    {}\n){options};\n",
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

/// MySQL has no key over a text of any length, which JSON is there too.
fn refuse_long_keys(fields: &[Field]) -> Result<()> {
    let is_key = |field: &&Field| field.unique || field.index;
    let mut keys = fields.iter().filter(is_key);
    match keys.find(|field| matches!(field.ty, FieldType::Text | FieldType::Json)) {
        Some(field) => Err(Error::Argument {
            message: format!(
                "in mysql `{}` cannot be a key, for it has any length",
                field.name
            ),
            hint: format!("make it a string: `{}:string`", field.name),
        }),
        None => Ok(()),
    }
}

/// Has the database refuse a text that is no JSON.
fn json_check(table: &str, field: &Field) -> String {
    let name = &field.name;
    // SQLite before 3.45 says of NULL that it is not valid.
    let null = match field.optional {
        true => format!("{name} IS NULL OR "),
        false => String::new(),
    };
    format!("CONSTRAINT {table}_{name}_check CHECK ({null}json_valid({name}))")
}

fn column(types: &Types, field: &Field) -> String {
    let null = if field.optional { "" } else { " NOT NULL" };
    format!("{} {}{null}", field.name, types.name(field.ty))
}

/// What a database calls the types of fields.
struct Types([(FieldType, &'static str); 9]);

impl Types {
    fn name(&self, ty: FieldType) -> &'static str {
        let found = self.0.iter().find(|(known, _)| *known == ty);
        found.map_or("TEXT", |(_, name)| name)
    }
}

fn types(database: Database) -> Types {
    use FieldType::{Bigint, Boolean, Datetime, Float, Integer, Json, String, Text, Uuid};
    match database {
        Database::Sqlite => Types([
            (String, "TEXT"),
            (Text, "TEXT"),
            (Integer, "INTEGER"),
            (Bigint, "BIGINT"),
            (Boolean, "BOOLEAN"),
            (Float, "DOUBLE"),
            (Uuid, "TEXT"),
            (Datetime, "TIMESTAMPTZ"),
            (Json, "TEXT"),
        ]),
        Database::Postgres => Types([
            (String, "VARCHAR(255)"),
            (Text, "TEXT"),
            (Integer, "INTEGER"),
            (Bigint, "BIGINT"),
            (Boolean, "BOOLEAN"),
            (Float, "DOUBLE PRECISION"),
            (Uuid, "UUID"),
            (Datetime, "TIMESTAMPTZ"),
            (Json, "JSONB"),
        ]),
        Database::Mysql => Types([
            (String, "VARCHAR(255)"),
            (Text, "LONGTEXT"),
            (Integer, "INTEGER"),
            (Bigint, "BIGINT"),
            (Boolean, "BOOLEAN"),
            (Float, "DOUBLE"),
            (Uuid, "CHAR(36) CHARACTER SET ascii COLLATE ascii_bin"),
            (Datetime, "DATETIME(6)"),
            (Json, "LONGTEXT"),
        ]),
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
    fn a_table_for_mysql() {
        let fields = fields(&["owner_id:uuid^", "email:string!", "notes:text?"]);
        let migration = create_table(Database::Mysql, "users", &fields).unwrap();
        assert_eq!(
            migration.up,
            "CREATE TABLE users (\n    \
             id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,\n    \
             owner_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,\n    \
             email VARCHAR(255) NOT NULL,\n    notes LONGTEXT,\n    \
             created_at DATETIME(6) NOT NULL,\n    updated_at DATETIME(6) NOT NULL,\n    \
             CONSTRAINT email_key UNIQUE (email)\n\
             ) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;\n\
             \nCREATE INDEX users_owner_id_index ON users (owner_id);\n"
        );
    }

    #[test]
    fn json_is_json_in_every_database() {
        let fields = fields(&["settings:json", "extra:json?"]);
        for (database, ty) in [
            (Database::Sqlite, "TEXT"),
            (Database::Postgres, "JSONB"),
            (Database::Mysql, "LONGTEXT"),
        ] {
            let up = create_table(database, "users", &fields).unwrap().up;
            assert!(
                up.contains(&format!("    settings {ty} NOT NULL,\n")),
                "{up}"
            );
            assert!(up.contains(&format!("    extra {ty},\n")), "{up}");
            for check in [
                "CONSTRAINT users_settings_check CHECK (json_valid(settings)),\n",
                "CONSTRAINT users_extra_check CHECK (extra IS NULL OR json_valid(extra))\n",
            ] {
                assert_eq!(up.contains(check), database != Database::Postgres, "{up}");
            }
        }
    }

    #[test]
    fn mysql_has_no_keys_over_long_texts() {
        for field in ["notes:text!", "notes:text^", "notes:json!", "notes:json^"] {
            let fields = fields(&[field]);
            assert!(create_table(Database::Mysql, "users", &fields).is_err());
            assert!(create_table(Database::Postgres, "users", &fields).is_ok());
        }
    }

    #[test]
    fn every_type_has_a_name_in_every_database() {
        let all = [
            "a:string",
            "b:text",
            "c:integer",
            "d:bigint",
            "e:boolean",
            "f:float",
            "g:uuid",
            "h:datetime",
            "i:json",
        ];
        for database in [Database::Sqlite, Database::Postgres, Database::Mysql] {
            let types = types(database);
            for field in fields(&all) {
                assert!(types.0.iter().any(|(ty, _)| *ty == field.ty));
            }
        }
    }
}
