use crate::db::{self, TransactionError};

/// Why a task was not enqueued.
#[derive(Debug, thiserror::Error)]
pub enum EnqueueError {
    /// The arguments cannot be written as JSON.
    #[error("the arguments of task `{name}` cannot be written as JSON: {source}")]
    Args {
        /// The task.
        name: String,
        /// What JSON has against them.
        source: serde_json::Error,
    },
    /// The arguments are larger than `TASK_MAX_ARGS_BYTES`.
    #[error(
        "the arguments of task `{name}` take {size_bytes} bytes, \
         more than TASK_MAX_ARGS_BYTES = {max_bytes}; store them and pass an id"
    )]
    TooLarge {
        /// The task.
        name: String,
        /// What they take.
        size_bytes: usize,
        /// What they may take.
        max_bytes: usize,
    },
    /// An option has no sensible meaning.
    #[error("task `{name}`: {reason}")]
    Option {
        /// The task.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The parts of a flow cannot be put together like this.
    #[error("a flow cannot be enqueued: {reason}")]
    Flow {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The database refused.
    #[error(transparent)]
    Database(#[from] db::Error),
}

impl From<diesel::result::Error> for EnqueueError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Database(error.into())
    }
}

impl TransactionError for EnqueueError {
    fn database_error(&self) -> Option<&diesel::result::Error> {
        match self {
            Self::Database(error) => error.database_error(),
            _ => None,
        }
    }
}
