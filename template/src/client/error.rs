use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use thiserror::Error;

use crate::error::{AppError, bad_gateway, gateway_timeout, internal};

/// Why a call to another service came to nothing.
#[derive(Debug, Error)]
pub enum ClientError {
    /// The request cannot be made: a URL, a header or a body is not one.
    #[error("the request is not valid")]
    Request(#[source] reqwest::Error),
    /// It took too long, with the wait for its turn and all attempts.
    #[error("{peer} did not answer within {limit:?}")]
    TimedOut {
        /// Host and port.
        peer: Arc<str>,
        /// `CLIENT_TIMEOUT_MS`.
        limit: Duration,
    },
    /// There was no connection, or it broke.
    #[error("{peer} cannot be reached")]
    Unreachable {
        /// Host and port.
        peer: Arc<str>,
        /// The last of what went wrong.
        source: reqwest::Error,
    },
    /// The response is larger than `CLIENT_MAX_RESPONSE_BYTES`.
    #[error("{peer} answered with more than {limit} bytes")]
    TooLarge {
        /// Host and port.
        peer: Arc<str>,
        /// `CLIENT_MAX_RESPONSE_BYTES`.
        limit: usize,
    },
    /// The response has a status that is no success.
    #[error("{peer} answered with {status}")]
    Status {
        /// Host and port.
        peer: Arc<str>,
        /// The status.
        status: StatusCode,
    },
    /// The response is not what was expected.
    #[error("{peer} answered with something else")]
    Body {
        /// Host and port.
        peer: Arc<str>,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

impl ClientError {
    /// Without the URL, which may hold what nobody else is to read.
    pub(super) fn invalid(error: reqwest::Error) -> Self {
        Self::Request(error.without_url())
    }

    /// Without the URL, whose query may be secret.
    pub(super) fn unreachable(peer: &Arc<str>, error: reqwest::Error) -> Self {
        Self::Unreachable {
            peer: Arc::clone(peer),
            source: error.without_url(),
        }
    }
}

/// 504 if the peer took too long, 502 if it failed: it is no fault of the client.
impl From<ClientError> for AppError {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Request(_) => internal(error),
            ClientError::TimedOut { .. } => gateway_timeout(error),
            ClientError::Unreachable { ref source, .. } if source.is_timeout() => {
                gateway_timeout(error)
            }
            _ => bad_gateway(error),
        }
    }
}
