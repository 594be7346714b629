//! What can go wrong with the database.

use std::time::Duration;

use diesel::result::{DatabaseErrorKind, Error as QueryError};
use diesel_async::pooled_connection::PoolError as ConnectError;
use diesel_async::pooled_connection::deadpool::PoolError;

use super::{classify, is_conflict};

/// An error of the database.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No connection could be had in time; trying again later may work.
    #[error("the database cannot be reached: {0}")]
    Unavailable(String),
    /// The database refused a query.
    #[error(transparent)]
    Query(QueryError),
}

impl Error {
    /// Whether the same may succeed a little later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unavailable(_) => true,
            Self::Query(error) => is_conflict(error),
        }
    }
}

/// How long the database may take for what no request waits for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Does work with the database for so long at most: one that has gone without a word, as when its
/// machine is cut off, would keep the caller waiting for as long as the network does.
pub(crate) async fn in_time<T, E: From<Error>>(
    limit: Duration,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let late = |_| Err(Error::Unavailable("it did not answer in time".to_owned()).into());
    tokio::time::timeout(limit, work).await.unwrap_or_else(late)
}

impl From<QueryError> for Error {
    fn from(error: QueryError) -> Self {
        let error = classify(error);
        match &error {
            QueryError::DatabaseError(
                DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand,
                info,
            ) => Self::Unavailable(info.message().to_owned()),
            QueryError::BrokenTransactionManager => Self::Unavailable(error.to_string()),
            _ => Self::Query(error),
        }
    }
}

impl From<PoolError> for Error {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(ConnectError::ConnectionError(error)) => {
                Self::Unavailable(error.to_string())
            }
            PoolError::Backend(ConnectError::QueryError(error)) => {
                Self::Unavailable(error.to_string())
            }
            PoolError::Timeout(_) => {
                Self::Unavailable("no connection became free in time".to_owned())
            }
            error => Self::Unavailable(error.to_string()),
        }
    }
}
