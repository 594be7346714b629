//! A column in the words of a database.

use crate::answers::Database;
use crate::snippets::field::{Field, FieldType, MAX_STRING};

/// A column of a table, and all that belongs to it.
pub(super) struct Column<'a> {
    database: Database,
    table: &'a str,
    field: &'a Field,
}

impl<'a> Column<'a> {
    pub(super) fn new(database: Database, table: &'a str, field: &'a Field) -> Self {
        Self {
            database,
            table,
            field,
        }
    }

    /// `email VARCHAR(255) NOT NULL`
    pub(super) fn definition(&self) -> String {
        let field = self.field;
        let null = if field.optional { "" } else { " NOT NULL" };
        let default = match &field.default {
            Some(value) => format!(" DEFAULT {}", literal(self.database, field, value)),
            None => String::new(),
        };
        let ty = sql_type(self.database, &field.ty);
        format!("{} {ty}{null}{default}", field.name)
    }

    /// The column in a `CREATE TABLE`. SQLite drops a column with its own rules, but not one that
    /// rules of the table name.
    pub(super) fn definition_in_table(&self) -> String {
        match self.database {
            Database::Sqlite => self.definition() + &self.inline_constraints(),
            Database::Postgres | Database::Mysql => self.definition(),
        }
    }

    /// The rules of the table that are about the column.
    pub(super) fn table_constraints(&self) -> Vec<String> {
        match self.database {
            Database::Sqlite => Vec::new(),
            Database::Postgres | Database::Mysql => self.constraints(),
        }
    }

    /// `CONSTRAINT users_email_key UNIQUE (email)`, …
    fn constraints(&self) -> Vec<String> {
        let name = &self.field.name;
        let key = format!("CONSTRAINT {} UNIQUE ({name})", self.key_name());
        let mut constraints: Vec<String> = self.field.unique.then_some(key).into_iter().collect();
        if let Some(rule) = self.rule() {
            constraints.push(format!("CONSTRAINT {} CHECK ({rule})", self.check_name()));
        }
        if let FieldType::References(table) = &self.field.ty {
            let (own, fkey) = (&name, self.fkey_name());
            constraints.push(format!(
                "CONSTRAINT {fkey} FOREIGN KEY ({own}) REFERENCES {table} (id)"
            ));
        }
        constraints
    }

    /// `CREATE INDEX users_email_index ON users (email)`, if there is to be one.
    pub(super) fn index(&self) -> Option<String> {
        let (table, name) = (self.table, &self.field.name);
        if self.field.unique && self.database == Database::Sqlite {
            let key = self.key_name();
            return Some(format!("CREATE UNIQUE INDEX {key} ON {table} ({name})"));
        }
        let index = format!("CREATE INDEX {} ON {table} ({name})", self.index_name());
        self.has_index().then_some(index)
    }

    /// What adds the column to a table that is there.
    pub(super) fn add(&self) -> Vec<String> {
        let (table, definition) = (self.table, self.definition());
        let mut statements = Vec::new();
        if self.database == Database::Sqlite {
            let definition = self.definition_in_table();
            statements.push(format!("ALTER TABLE {table} ADD COLUMN {definition}"));
        } else {
            let constraints = self.constraints();
            let rest = constraints.iter().map(|it| format!(",\n    ADD {it}"));
            let rest: String = rest.collect();
            let gap = if rest.is_empty() { " " } else { "\n    " };
            statements.push(format!(
                "ALTER TABLE {table}{gap}ADD COLUMN {definition}{rest}"
            ));
        }
        statements.extend(self.index());
        statements
    }

    /// What takes the column from its table again.
    pub(super) fn drop(&self) -> Vec<String> {
        let (table, name) = (self.table, &self.field.name);
        let drop = format!("ALTER TABLE {table} DROP COLUMN {name}");
        let index = self.has_index().then(|| self.index_name());
        let mut statements = Vec::new();
        match self.database {
            // Keys and rules of a column go with it.
            Database::Postgres => {}
            Database::Sqlite => {
                let key = self.field.unique.then(|| self.key_name());
                let indexes = [index, key].into_iter().flatten();
                statements.extend(indexes.map(|name| format!("DROP INDEX {name}")));
            }
            Database::Mysql => {
                if let FieldType::References(_) = self.field.ty {
                    let name = self.fkey_name();
                    statements.push(format!("ALTER TABLE {table} DROP FOREIGN KEY {name}"));
                }
                if self.rule().is_some() {
                    let name = self.check_name();
                    statements.push(format!("ALTER TABLE {table} DROP CONSTRAINT {name}"));
                }
            }
        }
        statements.push(drop);
        statements
    }

    /// The rules behind the column itself: ` CONSTRAINT … CHECK (…)`.
    fn inline_constraints(&self) -> String {
        let mut text = String::new();
        if let Some(rule) = self.rule() {
            text += &format!(" CONSTRAINT {} CHECK ({rule})", self.check_name());
        }
        if let FieldType::References(table) = &self.field.ty {
            text += &format!(" CONSTRAINT {} REFERENCES {table} (id)", self.fkey_name());
        }
        text
    }

    /// What the database is to check, beside the type.
    fn rule(&self) -> Option<String> {
        let name = &self.field.name;
        let rule = match (&self.field.ty, self.database) {
            (FieldType::Enum(values), _) => {
                let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
                format!("{name} IN ({})", values.join(", "))
            }
            // Errors name the column of a check, and not that of a VARCHAR.
            (FieldType::String, Database::Sqlite | Database::Postgres) => {
                format!("length({name}) <= {MAX_STRING}")
            }
            // In SQLite a column takes any number, unless told otherwise.
            (FieldType::Integer, Database::Sqlite) => {
                format!("{name} BETWEEN -2147483648 AND 2147483647")
            }
            // PostgreSQL looks at what a JSONB holds by itself. SQLite before 3.45 says of NULL
            // that it is not valid.
            (FieldType::Json, Database::Sqlite | Database::Mysql) if self.field.optional => {
                format!("{name} IS NULL OR json_valid({name})")
            }
            (FieldType::Json, Database::Sqlite | Database::Mysql) => format!("json_valid({name})"),
            _ => return None,
        };
        Some(rule)
    }

    /// A reference is looked up by the database whenever what it refers to goes away.
    fn has_index(&self) -> bool {
        let is_reference = matches!(self.field.ty, FieldType::References(_));
        // MySQL makes one for each reference by itself.
        let wanted = self.field.index || is_reference && self.database != Database::Mysql;
        // A key is an index too.
        wanted && !self.field.unique
    }

    fn index_name(&self) -> String {
        format!("{}_{}_index", self.table, self.field.name)
    }

    /// MySQL, where names of keys belong to a table, does not tell the table with the key.
    fn key_name(&self) -> String {
        match self.database {
            Database::Mysql => format!("{}_key", self.field.name),
            Database::Sqlite | Database::Postgres => {
                format!("{}_{}_key", self.table, self.field.name)
            }
        }
    }

    fn fkey_name(&self) -> String {
        format!("{}_{}_fkey", self.table, self.field.name)
    }

    /// SQLite and MySQL do not tell the table of a check, so its name has to tell where that ends.
    fn check_name(&self) -> String {
        let (table, name) = (self.table, &self.field.name);
        let is_plain = !table.contains('_') && !name.contains('_');
        match self.database {
            Database::Postgres => format!("{table}_{name}_check"),
            _ if is_plain => format!("{table}_{name}_check"),
            Database::Sqlite => format!("\"{table}.{name}\""),
            Database::Mysql => format!("`{table}.{name}`"),
        }
    }
}

pub(super) fn drop_index(database: Database, table: &str, name: &str) -> String {
    match database {
        Database::Mysql => format!("DROP INDEX {name} ON {table}"),
        Database::Sqlite | Database::Postgres => format!("DROP INDEX {name}"),
    }
}

/// What the database calls a type.
pub(super) fn sql_type(database: Database, ty: &FieldType) -> &'static str {
    let [sqlite, postgres, mysql] = match ty {
        FieldType::String => ["TEXT", "TEXT", "VARCHAR(255)"],
        FieldType::Text => ["TEXT", "TEXT", "LONGTEXT"],
        FieldType::Integer => ["INTEGER"; 3],
        FieldType::Bigint => ["BIGINT"; 3],
        FieldType::Float => ["DOUBLE", "DOUBLE PRECISION", "DOUBLE"],
        // SQLite has no decimals: there they are counted in ten-thousandths.
        FieldType::Decimal => ["BIGINT", "NUMERIC(18, 4)", "DECIMAL(18, 4)"],
        FieldType::Boolean => ["BOOLEAN"; 3],
        FieldType::Date => ["DATE"; 3],
        FieldType::Time => ["TIME", "TIME", "TIME(6)"],
        FieldType::Datetime => ["TIMESTAMPTZ", "TIMESTAMPTZ", "DATETIME(6)"],
        FieldType::Uuid | FieldType::References(_) => [
            "TEXT",
            "UUID",
            "CHAR(36) CHARACTER SET ascii COLLATE ascii_bin",
        ],
        FieldType::Json => ["TEXT", "JSONB", "LONGTEXT"],
        FieldType::Binary => ["BLOB", "BYTEA", "LONGBLOB"],
        FieldType::Enum(_) => ["TEXT", "TEXT", "VARCHAR(64)"],
    };
    of(database, [sqlite, postgres, mysql])
}

/// What Diesel calls a type in `schema.rs`.
pub fn diesel_type(database: Database, ty: &FieldType) -> &'static str {
    let names = match ty {
        FieldType::String | FieldType::Text | FieldType::Enum(_) => ["Text"; 3],
        FieldType::Integer => ["Integer", "Int4", "Integer"],
        FieldType::Bigint => ["BigInt", "Int8", "BigInt"],
        FieldType::Float => ["Double", "Float8", "Double"],
        FieldType::Decimal => ["BigInt", "Numeric", "Decimal"],
        FieldType::Boolean => ["Bool"; 3],
        FieldType::Date => ["Date"; 3],
        FieldType::Time => ["Time"; 3],
        FieldType::Datetime => ["TimestamptzSqlite", "Timestamptz", "Datetime"],
        FieldType::Uuid | FieldType::References(_) => ["Text", "Uuid", "Text"],
        FieldType::Json => ["Text", "Jsonb", "Text"],
        FieldType::Binary => ["Binary", "Bytea", "Binary"],
    };
    of(database, names)
}

/// What the database calls a type of `schema.rs`, as nearly as that tells.
pub fn sql_of_diesel(database: Database, name: &str, is_id: bool) -> Option<&'static str> {
    static TYPES: [FieldType; 11] = [
        FieldType::Text,
        FieldType::Integer,
        FieldType::Bigint,
        FieldType::Float,
        FieldType::Decimal,
        FieldType::Boolean,
        FieldType::Date,
        FieldType::Time,
        FieldType::Datetime,
        FieldType::Json,
        FieldType::Binary,
    ];
    if is_id && name == diesel_type(database, &FieldType::Uuid) {
        return Some(sql_type(database, &FieldType::Uuid));
    }
    let known = TYPES.iter().find(|ty| diesel_type(database, ty) == name);
    known.map(|ty| sql_type(database, ty))
}

fn of<T>(database: Database, [sqlite, postgres, mysql]: [T; 3]) -> T {
    match database {
        Database::Sqlite => sqlite,
        Database::Postgres => postgres,
        Database::Mysql => mysql,
    }
}

/// A default in SQL.
fn literal(database: Database, field: &Field, value: &str) -> String {
    match (&field.ty, database) {
        (FieldType::Integer | FieldType::Bigint | FieldType::Float, _) => value.to_owned(),
        (FieldType::Boolean, _) => value.to_ascii_uppercase(),
        (FieldType::Decimal, Database::Sqlite) => ten_thousandths(value),
        (FieldType::Decimal, _) => value.to_owned(),
        // MySQL has defaults of long texts only as expressions.
        (FieldType::Text, Database::Mysql) => format!("({})", mysql_quoted(value)),
        (FieldType::String, Database::Mysql) => mysql_quoted(value),
        (FieldType::Time, _) if value.len() == 5 => quoted(&format!("{value}:00")),
        (FieldType::Datetime, Database::Mysql) => {
            quoted(value.replace('T', " ").trim_end_matches('Z'))
        }
        // As the service itself writes them.
        (FieldType::Datetime, Database::Sqlite) => {
            quoted(&(value.replace('T', " ").replace('Z', "") + "+00:00"))
        }
        _ => quoted(value),
    }
}

/// `125000` for `12.5`.
fn ten_thousandths(value: &str) -> String {
    let (whole, part) = value.split_once('.').unwrap_or((value, ""));
    let digits = format!("{whole}{part:0<4}");
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", digits.as_str()),
    };
    match digits.trim_start_matches('0') {
        "" => "0".to_owned(),
        digits => format!("{sign}{digits}"),
    }
}

fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// In MySQL a backslash means something.
fn mysql_quoted(value: &str) -> String {
    quoted(&value.replace('\\', "\\\\"))
}
