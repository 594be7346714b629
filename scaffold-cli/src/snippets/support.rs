//! Modules that a service gets with the first field that needs them: they cost others nothing.

use super::field::{Field, FieldType};
use crate::answers::Database;

/// A module that fields of some types need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// Bytes in JSON.
    Base64,
    /// Days and times in JSON.
    Calendar,
    /// Numbers with four decimal places.
    Decimal,
}

impl Support {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Base64, Self::Calendar, Self::Decimal];

    /// The modules that these fields need.
    pub fn of(fields: &[Field]) -> Vec<Self> {
        let needs = |support: &Self| fields.iter().any(|field| support.serves(&field.ty));
        Self::ALL.into_iter().filter(needs).collect()
    }

    fn serves(self, ty: &FieldType) -> bool {
        match self {
            Self::Base64 => matches!(ty, FieldType::Binary),
            Self::Calendar => {
                matches!(ty, FieldType::Date | FieldType::Time | FieldType::Datetime)
            }
            Self::Decimal => matches!(ty, FieldType::Decimal),
        }
    }

    /// The name of the module.
    pub fn module(self) -> &'static str {
        match self {
            Self::Base64 => "base64",
            Self::Calendar => "calendar",
            Self::Decimal => "decimal",
        }
    }

    /// The file in `src`.
    pub fn content(self, database: Database) -> String {
        match self {
            Self::Base64 => include_str!("support/base64.rs").to_owned(),
            Self::Calendar => include_str!("support/calendar.rs").to_owned(),
            Self::Decimal => decimal(database),
        }
    }
}

fn decimal(database: Database) -> String {
    let (backend, sql_type, sql) = match database {
        Database::Sqlite => ("", "BigInt", include_str!("support/decimal_sqlite.rs")),
        Database::Postgres => (
            "use diesel::pg::PgValue;\nuse diesel::pg::data_types::PgNumeric;\n",
            "Numeric",
            include_str!("support/decimal_postgres.rs"),
        ),
        Database::Mysql => (
            "use diesel::mysql::MysqlValue;\n",
            "Numeric",
            include_str!("support/decimal_mysql.rs"),
        ),
    };
    include_str!("support/decimal.rs")
        .replace("{{backend}}", backend)
        .replace("{{sql_type}}", sql_type)
        .replace("{{sql}}", sql)
}
