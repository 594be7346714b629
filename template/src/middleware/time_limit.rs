use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use tokio::time::{Instant, sleep_until};

use crate::error::AppError;

/// How long the request may take: `REQUEST_TIMEOUT_SECS`, and what its handler adds.
#[derive(Debug, Clone)]
pub struct TimeLimit(Arc<Mutex<Duration>>);

impl TimeLimit {
    pub(super) fn new(duration: Duration) -> Self {
        Self(Arc::new(Mutex::new(duration)))
    }

    /// Lets the request take so much longer, for a handler that knows what it waits for.
    pub fn extend(&self, by: Duration) {
        let mut limit = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *limit = limit.saturating_add(by);
    }

    fn get(&self) -> Duration {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the request when its time is over.
    pub(super) async fn enforce<F, R>(self, answer: F) -> Response
    where
        F: Future<Output = Result<R, Infallible>>,
        R: IntoResponse,
    {
        tokio::select! {
            // What is answered at once, as most is, sets no timer.
            biased;
            Ok(response) = answer => response.into_response(),
            limit = self.over() => {
                let detail = format!("the request took longer than {} seconds", limit.as_secs());
                AppError::new(StatusCode::REQUEST_TIMEOUT, detail).into_response()
            }
        }
    }

    /// Waits until it is over, and returns how long it was in the end.
    async fn over(&self) -> Duration {
        let start = Instant::now();
        loop {
            let limit = self.get();
            sleep_until(start + limit).await;
            if self.get() == limit {
                return limit;
            }
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for TimeLimit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let limit = parts.extensions.get::<Self>().cloned();
        Ok(limit.unwrap_or_else(|| Self::new(Duration::ZERO)))
    }
}
