mod rate;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::sync::{Semaphore, SemaphorePermit};

use self::rate::RateLimit;
use super::{Caller, observe};
use crate::config::LimitsConfig;
use crate::error::AppError;

/// What keeps requests from becoming too many.
pub(super) struct Limits {
    rate: Option<RateLimit>,
    turns: Option<Semaphore>,
}

impl Limits {
    pub(super) fn new(config: &LimitsConfig) -> Arc<Self> {
        Arc::new(Self {
            rate: config.rate.map(RateLimit::new),
            turns: config.max_concurrent_requests.map(Semaphore::new),
        })
    }

    /// Lets a request of this client in, or says when it may come back.
    fn admit(&self, client: Option<IpAddr>) -> Result<Option<SemaphorePermit<'_>>, AppError> {
        if let (Some(rate), Some(client)) = (&self.rate, client) {
            rate.check(client).map_err(|wait| {
                let detail = "these are more requests than one client may send";
                come_back(StatusCode::TOO_MANY_REQUESTS, detail, wait)
            })?;
        }
        let Some(turns) = &self.turns else {
            return Ok(None);
        };
        turns.try_acquire().map(Some).map_err(|_| {
            let detail = "the service has too much to do, try again later";
            come_back(StatusCode::SERVICE_UNAVAILABLE, detail, Duration::ZERO)
        })
    }
}

/// Refuses the request if there are too many, of this client or of all.
pub(super) async fn enforce(
    State(limits): State<Arc<Limits>>,
    request: Request,
    next: Next,
) -> Response {
    if is_of_operators(&request) {
        return next.run(request).await;
    }
    let caller = request.extensions().get::<Caller>();
    let client = caller.map(|caller| caller.address);
    match limits.admit(client) {
        Ok(_turn) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

/// Whoever restarts the service or looks after it is to be answered above all under load.
fn is_of_operators(request: &Request) -> bool {
    let route = observe::route(request);
    route == "/metrics" || route.starts_with("/health/")
}

/// `Retry-After` counts whole seconds (RFC 9110, section 10.2.3).
fn come_back(status: StatusCode, detail: &'static str, wait: Duration) -> AppError {
    let secs = wait.as_millis().div_ceil(1_000).max(1);
    let secs = HeaderValue::from(u64::try_from(secs).unwrap_or(u64::MAX));
    AppError::new(status, detail).with_header(header::RETRY_AFTER, secs)
}
