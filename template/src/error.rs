//! What handlers answer when something goes wrong, in one shape: a problem (RFC 9457).
//!
//! - Handlers return [`AppResult`] and make errors with the functions below.
//! - Models return `QueryResult`; `?` turns `NotFound` into 404, a violated constraint into 409 or
//!   422, a database that is away into 503 and anything else into 500.
//! - The cause of a 5xx is logged, once, and never leaves the process (but in dev).

mod database;
mod problem;
mod violation;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::borrow::Cow;
use std::sync::Arc;

use crate::db;
use crate::queue::EnqueueError;

pub use problem::{FieldError, PROBLEM_JSON, Problem};

/// What a handler returns.
pub type AppResult<T> = Result<T, AppError>;

/// An error that a client gets to see.
#[derive(Debug)]
pub struct AppError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    status: StatusCode,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
    header: Option<(HeaderName, HeaderValue)>,
    cause: Option<anyhow::Error>,
}

impl AppError {
    /// An error with this status; `detail` is for the client.
    pub fn new(status: StatusCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            status,
            detail: detail.into(),
            errors: Vec::new(),
            header: None,
            cause: None,
        }))
    }

    /// Adds what is wrong with single fields.
    pub fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.0.errors = errors;
        self
    }

    /// Adds a header to the response.
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.header = Some((name, value));
        self
    }

    /// Adds what the log is to say and the client is not.
    pub fn with_cause(mut self, cause: impl Into<anyhow::Error>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// The status of the response.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// What the client is told.
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// What is wrong with single fields.
    pub fn errors(&self) -> &[FieldError] {
        &self.0.errors
    }

    /// What led to the error, if that is not for the client.
    pub fn cause(&self) -> Option<&anyhow::Error> {
        self.0.cause.as_ref()
    }

    /// The body of the response.
    pub(crate) fn problem(&self) -> Problem {
        Problem::new(self.0.status, self.0.detail.clone()).with_errors(self.0.errors.clone())
    }
}

/// The status, and the error itself for the middleware that writes the body.
impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let mut response = self.0.status.into_response();
        if let Some((name, value)) = self.0.header.clone() {
            response.headers_mut().insert(name, value);
        }
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// 400: the request cannot be parsed.
pub fn bad_request(detail: impl Into<Cow<'static, str>>) -> AppError {
    AppError::new(StatusCode::BAD_REQUEST, detail)
}

/// 401: nobody has proven who is asking. `challenge` tells how to.
pub fn unauthorized(detail: impl Into<Cow<'static, str>>, challenge: &'static str) -> AppError {
    AppError::new(StatusCode::UNAUTHORIZED, detail).with_header(
        header::WWW_AUTHENTICATE,
        HeaderValue::from_static(challenge),
    )
}

/// 403: this one may not do this.
pub fn forbidden(detail: impl Into<Cow<'static, str>>) -> AppError {
    AppError::new(StatusCode::FORBIDDEN, detail)
}

/// 404: there is no such thing.
pub fn not_found() -> AppError {
    AppError::new(StatusCode::NOT_FOUND, "there is nothing here")
}

/// 409: the request does not go with the present state.
pub fn conflict(detail: impl Into<Cow<'static, str>>) -> AppError {
    AppError::new(StatusCode::CONFLICT, detail)
}

/// 412: what is to be changed is not what the client has seen.
pub fn precondition_failed() -> AppError {
    AppError::new(
        StatusCode::PRECONDITION_FAILED,
        "this has changed since you got it, get it again",
    )
}

/// 422: the request can be parsed, but these fields are not valid.
pub fn invalid(errors: Vec<FieldError>) -> AppError {
    AppError::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "some fields are not valid",
    )
    .with_errors(errors)
}

/// 500: our fault.
pub fn internal(cause: impl Into<anyhow::Error>) -> AppError {
    AppError::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "something went wrong on our side",
    )
    .with_cause(cause)
}

/// 502: another service that we need fails.
pub fn bad_gateway(cause: impl Into<anyhow::Error>) -> AppError {
    AppError::new(
        StatusCode::BAD_GATEWAY,
        "a service that this one depends on does not work, try again later",
    )
    .with_cause(cause)
}

/// 503: something that we need is away.
pub fn unavailable(cause: impl Into<anyhow::Error>) -> AppError {
    AppError::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "the service cannot do this now, try again later",
    )
    .with_cause(cause)
}

/// 503: there is more to do than this process should take on. Nothing is broken, so no cause is told.
/// `Retry-After` counts whole seconds (RFC 9110, section 10.2.3).
pub fn too_busy(retry_after_secs: u64) -> AppError {
    AppError::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "the service has too much to do, try again later",
    )
    .with_header(header::RETRY_AFTER, HeaderValue::from(retry_after_secs))
}

/// 504: another service that we need takes too long.
pub fn gateway_timeout(cause: impl Into<anyhow::Error>) -> AppError {
    AppError::new(
        StatusCode::GATEWAY_TIMEOUT,
        "a service that this one depends on takes too long, try again later",
    )
    .with_cause(cause)
}

impl From<anyhow::Error> for AppError {
    fn from(error: anyhow::Error) -> Self {
        internal(error)
    }
}

impl From<EnqueueError> for AppError {
    fn from(error: EnqueueError) -> Self {
        match error {
            // A rule that a task breaks is one of the ledger, of which clients know nothing.
            EnqueueError::Database(error @ db::Error::Unavailable(_)) => unavailable(error),
            EnqueueError::Database(db::Error::Query(error)) => internal(error),
            // What a request brings becomes arguments and options, so it is told what is wrong.
            error @ (EnqueueError::TooLarge { .. } | EnqueueError::Option { .. }) => {
                AppError::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string())
            }
            error => internal(error),
        }
    }
}
