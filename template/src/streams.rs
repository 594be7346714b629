//! Answers that go on until the client leaves: streams of events, WebSockets.
//!
//! No limit on the time of requests holds for them. There may be `MAX_OPEN_STREAMS` of them, and
//! each ends by itself when its token has expired or the process is to stop.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderValue, header};
use time::OffsetDateTime;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::auth::Claims;
use crate::config::StreamsConfig;
use crate::error::{AppResult, unavailable};
use crate::metrics::StreamOpen;

/// How long streams may take to say goodbye when the process stops.
const GOODBYE: Duration = Duration::from_secs(2);

/// The streams of this process.
pub struct Streams {
    slots: Arc<Semaphore>,
    max_open: u32,
    stopping: CancellationToken,
}

/// A stream that is open until it is dropped.
#[derive(Debug)]
pub struct OpenStream {
    _slot: OwnedSemaphorePermit,
    _counted: StreamOpen,
    stopping: CancellationToken,
    valid_for: Duration,
}

/// Why a stream has to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The process stops. Another one may take over.
    Stopping,
    /// The token that opened it holds no longer.
    TokenExpired,
}

impl Streams {
    /// No stream yet. They are to end when `stopping` is cancelled.
    pub fn new(config: &StreamsConfig, stopping: CancellationToken) -> Self {
        Self {
            slots: Arc::new(Semaphore::new(config.max_open as usize)),
            max_open: config.max_open,
            stopping,
        }
    }

    /// Opens a stream for whoever holds this token, or answers 503 if there are too many.
    pub fn open(&self, kind: &'static str, claims: &Claims) -> AppResult<OpenStream> {
        let slot = Arc::clone(&self.slots).try_acquire_owned();
        let slot = slot.map_err(|_| {
            let cause = anyhow::anyhow!("MAX_OPEN_STREAMS are open ({})", self.max_open);
            unavailable(cause).with_header(header::RETRY_AFTER, HeaderValue::from_static("5"))
        })?;
        let now = OffsetDateTime::now_utc().unix_timestamp();
        let now = u64::try_from(now).unwrap_or_default();
        Ok(OpenStream {
            _slot: slot,
            _counted: StreamOpen::begin(kind),
            stopping: self.stopping.clone(),
            valid_for: Duration::from_secs(claims.exp.saturating_sub(now)),
        })
    }

    /// Waits a moment for all streams to end, and opens no other one.
    pub async fn end(&self) {
        let all = self.slots.acquire_many(self.max_open);
        match tokio::time::timeout(GOODBYE, all).await {
            Ok(_) => self.slots.close(),
            Err(_) => tracing::warn!("some streams did not end, their clients do not hear of it"),
        }
    }
}

impl OpenStream {
    /// Waits until the stream has to end, whatever its client wants.
    pub async fn over(&self) -> End {
        tokio::select! {
            () = self.stopping.cancelled() => End::Stopping,
            () = tokio::time::sleep(self.valid_for) => End::TokenExpired,
        }
    }
}
