use diesel::result::Error as QueryError;

use super::{AppError, internal, not_found, too_busy, unavailable, violation};
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
        QueryError::NotFound => Some(not_found()),
        // It was in the way of others. In a transaction it was tried again before that gave up.
        error if db::is_conflict(error) => Some(too_busy(1)),
        QueryError::DatabaseError(kind, info) => violation::answer(*kind, info.as_ref()),
        _ => None,
    };
    match answer {
        Some(answer) => answer.with_cause(error),
        None => internal(error),
    }
}
