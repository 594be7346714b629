//! What a database tells of a rule that was broken, in the words of this service.
//!
//! Where the database does not name the column itself, the constraint has to:
//! `<table>_<column>_key`, `_fkey` or `_check`, as PostgreSQL names them when nobody else does. Two
//! exceptions: in MySQL, where its name belongs to the table, a key is `<column>_key`. And SQLite
//! and MySQL do not tell the table of a check, so where the name of the table or of the column
//! holds an underscore, the check is to be named `<table>.<column>`, as MariaDB names those that
//! stand in a column.

#[cfg(test)]
mod tests;

use axum::http::StatusCode;
use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind};

use super::{AppError, FieldError, conflict, invalid};

/// The answer to a statement that broke a rule: 409 or 422. Nothing else is the client's fault.
pub(super) fn answer(
    kind: DatabaseErrorKind,
    info: &dyn DatabaseErrorInformation,
) -> Option<AppError> {
    let message = info.message();
    Some(match kind {
        DatabaseErrorKind::UniqueViolation | DatabaseErrorKind::ExclusionViolation => named(
            conflict("there is one like this already"),
            key_column(info),
            "is taken already",
        ),
        DatabaseErrorKind::ForeignKeyViolation | DatabaseErrorKind::RestrictViolation => {
            reference(kind, info)
        }
        DatabaseErrorKind::NotNullViolation => refused(told_column(info), "is missing"),
        DatabaseErrorKind::CheckViolation if message.contains("too long") => {
            refused(told_column(info), "is too long")
        }
        DatabaseErrorKind::CheckViolation if is_out_of_range(message) => {
            refused(told_column(info), "is out of range")
        }
        DatabaseErrorKind::CheckViolation => refused(checked_column(info), "is not allowed"),
        _ => return None,
    })
}

/// Whether a number or a date is more, or less, than its column can hold.
fn is_out_of_range(message: &str) -> bool {
    message.contains("ut of range") || message.contains("field overflow")
}

fn refused(column: Option<&str>, what: &'static str) -> AppError {
    match column {
        Some(_) => named(invalid(Vec::new()), column, what),
        None => AppError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            format!("something in this {what}"),
        ),
    }
}

fn named(error: AppError, column: Option<&str>, what: &str) -> AppError {
    match column {
        Some(column) => {
            let pointer = format!("/{}", camel_case(column));
            error.with_errors(vec![FieldError::new(pointer, what)])
        }
        None => error,
    }
}

/// A reference that leads nowhere has a field. One that keeps something from going away is in
/// another object, of which the client need not know.
fn reference(kind: DatabaseErrorKind, info: &dyn DatabaseErrorInformation) -> AppError {
    const STILL_THERE: [&str; 2] = ["update or delete on table", "Cannot delete or update"];
    const MISSING: [&str; 2] = ["insert or update on table", "Cannot add or update"];
    let says = |texts: [&str; 2]| texts.iter().any(|text| info.message().starts_with(text));
    let restricts = matches!(kind, DatabaseErrorKind::RestrictViolation);
    if restricts || says(STILL_THERE) {
        return conflict("something still refers to this");
    }
    if says(MISSING) {
        let error = conflict("something that this refers to is missing");
        return named(error, referring_column(info), "refers to something missing");
    }
    // SQLite does not tell which.
    conflict("something that this refers to is missing, or something still refers to this")
}

/// The column that the database names itself, as for one that is missing.
fn told_column(info: &dyn DatabaseErrorInformation) -> Option<&str> {
    let message = info.message();
    let told = info
        .column_name()
        .or_else(|| message.strip_prefix("NOT NULL constraint failed: "))
        .or_else(|| between(message, "olumn '", "'"))
        .or_else(|| between(message, "Field '", "'"))?;
    let (_, column) = told.rsplit_once('.').unwrap_or(("", told));
    Some(column)
}

/// The column of a key over one column alone.
fn key_column(info: &dyn DatabaseErrorInformation) -> Option<&str> {
    let message = info.message();
    if let Some(columns) = message.strip_prefix("UNIQUE constraint failed: ") {
        return column_in(columns, None);
    }
    // `Duplicate entry 'ada@example.com' for key 'persons.email_key'`; in MariaDB without a table.
    if let Some((_, key)) = message.rsplit_once(" for key '") {
        let key = key.strip_suffix("_key'")?;
        return Some(key.split_once('.').map_or(key, |(_, key)| key));
    }
    column_in(info.constraint_name()?, info.table_name())
}

/// The column of a foreign key over one column alone.
fn referring_column(info: &dyn DatabaseErrorInformation) -> Option<&str> {
    match between(info.message(), "FOREIGN KEY (`", "`)") {
        Some(column) => is_name(column).then_some(column),
        None => column_in(info.constraint_name()?, info.table_name()),
    }
}

/// The column in the name of a check.
fn checked_column(info: &dyn DatabaseErrorInformation) -> Option<&str> {
    let message = info.message();
    if let Some(name) = info.constraint_name() {
        return column_in(name, info.table_name());
    }
    // SQLite tells what is checked, if the check has no name.
    if let Some(name) = message.strip_prefix("CHECK constraint failed: ") {
        return column_in(name, None);
    }
    // So says MariaDB, and below MySQL.
    if let Some(name) = between(message, "CONSTRAINT `", "` failed for ") {
        let (_, table) = message.strip_suffix('`')?.rsplit_once('`')?;
        return column_in(name, Some(table));
    }
    column_in(between(message, "Check constraint '", "'")?, None)
}

/// The column in the name of a constraint.
fn column_in<'a>(name: &'a str, table: Option<&str>) -> Option<&'a str> {
    let column = match (name.split_once('.'), table) {
        (Some((table, column)), _) if is_name(table) => column,
        (_, Some(table)) => without_kind(name)?.strip_prefix(table)?.strip_prefix('_')?,
        (_, None) => {
            let (_, column) = without_kind(name)?.split_once('_')?;
            // Otherwise nobody can tell where the name of the table ends.
            (!column.contains('_')).then_some(column)?
        }
    };
    is_name(column).then_some(column)
}

fn without_kind(name: &str) -> Option<&str> {
    let (name, kind) = name.rsplit_once('_')?;
    matches!(kind, "check" | "fkey" | "key").then_some(name)
}

/// Whether it is the name of one thing, not a list or an expression.
fn is_name(text: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.starts_with(|first: char| first.is_alphabetic() || first == '_')
        && text.chars().all(is_part)
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

fn camel_case(column: &str) -> String {
    let mut words = column.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let mut letters = word.chars();
        let head = letters.next().map(|letter| letter.to_ascii_uppercase());
        name + &head.into_iter().chain(letters).collect::<String>()
    })
}
