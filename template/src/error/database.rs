use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as QueryError};

use super::{AppError, FieldError, conflict, internal, invalid, not_found, unavailable};
use crate::db::{self, TransactionError};

impl From<QueryError> for AppError {
    fn from(error: QueryError) -> Self {
        db::Error::from(error).into()
    }
}

impl From<db::Error> for AppError {
    fn from(error: db::Error) -> Self {
        match error {
            db::Error::Query(error) => from_query(error),
            error @ db::Error::Unavailable(_) => unavailable(error),
        }
    }
}

impl TransactionError for AppError {
    fn database_error(&self) -> Option<&QueryError> {
        self.cause()?.downcast_ref()
    }
}

/// The cause stays with the error, so that a transaction can tell whether to try again.
fn from_query(error: QueryError) -> AppError {
    let answer = match &error {
        QueryError::NotFound => not_found(),
        QueryError::DatabaseError(DatabaseErrorKind::UniqueViolation, info) => taken(info.as_ref()),
        QueryError::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _) => {
            conflict("something that this refers to is missing, or something still refers to this")
        }
        QueryError::DatabaseError(DatabaseErrorKind::CheckViolation, _) => invalid(Vec::new()),
        _ => return internal(error),
    };
    answer.with_cause(error)
}

fn taken(info: &dyn DatabaseErrorInformation) -> AppError {
    let error = conflict("there is one like this already");
    match unique_field(info) {
        Some(field) => error.with_errors(vec![FieldError::new(
            format!("/{field}"),
            "is taken already",
        )]),
        None => error,
    }
}

/// The field that a unique constraint over a single column is about.
///
/// The constraint is named `<table>_<column>_key`, as PostgreSQL does by itself; in MySQL, where
/// such names belong to a table, `<column>_key`. SQLite names the column instead.
fn unique_field(info: &dyn DatabaseErrorInformation) -> Option<String> {
    let column = match (info.table_name(), info.constraint_name()) {
        (Some(table), Some(constraint)) => constraint
            .strip_prefix(table)?
            .strip_prefix('_')?
            .strip_suffix("_key")?,
        _ => unique_column(info.message())?,
    };
    (!column.contains([',', '.'])).then(|| camel_case(column))
}

/// The column in `UNIQUE constraint failed: persons.email` or in `Duplicate entry 'ada@example.com'
/// for key 'persons.email_key'`, which MariaDB writes without the table.
fn unique_column(message: &str) -> Option<&str> {
    if let Some(columns) = message.strip_prefix("UNIQUE constraint failed: ") {
        return columns.split_once('.').map(|(_, column)| column);
    }
    let (_, key) = message.rsplit_once(" for key '")?;
    let key = key.strip_suffix("_key'")?;
    Some(key.split_once('.').map_or(key, |(_, key)| key))
}

fn camel_case(column: &str) -> String {
    let mut words = column.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let (head, tail) = word.split_at(word.len().min(1));
        name + &head.to_ascii_uppercase() + tail
    })
}
