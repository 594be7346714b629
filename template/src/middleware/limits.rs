mod rate;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use self::rate::RateLimit;
use super::{caller, observe};
use crate::config::LimitsConfig;
use crate::error::{AppError, too_busy};

/// What keeps requests from becoming too many.
pub(super) struct Limits {
    rate: Option<RateLimit>,
    turns: Option<Arc<Semaphore>>,
}

impl Limits {
    pub(super) fn new(config: &LimitsConfig) -> Self {
        Self {
            rate: config.rate.map(RateLimit::new),
            turns: config
                .max_concurrent_requests
                .map(|turns| Arc::new(Semaphore::new(turns))),
        }
    }

    /// Lets the request in, whose turn lasts until the permit is dropped, or says when it may come back
    /// if there are too many, of its client or of all.
    pub(super) fn admit(
        &self,
        request: &Request,
    ) -> Result<Option<OwnedSemaphorePermit>, AppError> {
        if is_of_operators(request) {
            return Ok(None);
        }
        if let Some(rate) = &self.rate {
            rate.check(caller::address(request)).map_err(too_many)?;
        }
        let Some(turns) = &self.turns else {
            return Ok(None);
        };
        Arc::clone(turns)
            .try_acquire_owned()
            .map(Some)
            .map_err(|_| too_busy(1))
    }
}

/// Whoever restarts the service or looks after it is to be answered above all under load.
fn is_of_operators(request: &Request) -> bool {
    let route = observe::route(request);
    route == "/metrics" || route.starts_with("/health/")
}

/// 429, and when to come back, in whole seconds (RFC 9110, section 10.2.3).
fn too_many(wait: Duration) -> AppError {
    let secs = wait.as_millis().div_ceil(1_000).max(1);
    let secs = HeaderValue::from(u64::try_from(secs).unwrap_or(u64::MAX));
    let detail = "these are more requests than one client may send";
    AppError::new(StatusCode::TOO_MANY_REQUESTS, detail).with_header(header::RETRY_AFTER, secs)
}
