//! How a task fails.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use super::EnqueueError;
use super::execution::storable;
use crate::db::{self, TransactionError};

/// What a task returns.
pub type TaskResult<T> = Result<T, TaskError>;

/// What clients read of an error that nobody wrote a word for them about.
const INTERNAL: &str = "internal error";

/// Why an attempt failed. Made from any error with `?`: the task is then tried again.
///
/// What is wrong is for operators. Clients read no more than what [`public`](Self::public) says.
pub struct TaskError {
    source: anyhow::Error,
    retry: Retry,
    public: Cow<'static, str>,
}

/// What is to happen after a failed attempt, as long as attempts are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Retry {
    /// Try again after the usual delay.
    Usual,
    /// Try again after this long.
    After(Duration),
    /// Do not try again.
    Never,
}

impl TaskError {
    /// An error that another attempt would meet again, such as a person who is gone.
    pub fn permanent(error: impl Into<anyhow::Error>) -> Self {
        Self {
            retry: Retry::Never,
            ..Self::from(error)
        }
    }

    /// An error of which the other side said when to come back.
    pub fn retry_after(delay: Duration, error: impl Into<anyhow::Error>) -> Self {
        Self {
            retry: Retry::After(delay),
            ..Self::from(error)
        }
    }

    /// Adds what clients may read. Without it they learn that there was an internal error.
    pub fn public(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.public = message.into();
        self
    }

    /// What is stored: a line for everybody, and below it what is wrong, for operators.
    pub(super) fn to_stored(&self) -> String {
        let line = self.public.replace(['\n', '\r'], " ");
        storable(&format!("{line}\n{self}"))
    }

    pub(super) fn retry(&self) -> Retry {
        self.retry
    }
}

impl<E: Into<anyhow::Error>> From<E> for TaskError {
    fn from(error: E) -> Self {
        Self {
            source: error.into(),
            retry: Retry::Usual,
            public: Cow::Borrowed(INTERNAL),
        }
    }
}

impl TransactionError for TaskError {
    fn database_error(&self) -> Option<&diesel::result::Error> {
        if let Some(error) = self.source.downcast_ref::<db::Error>() {
            error.database_error()
        } else if let Some(error) = self.source.downcast_ref::<EnqueueError>() {
            error.database_error()
        } else {
            self.source.downcast_ref()
        }
    }
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.source)
    }
}

impl fmt::Debug for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}
