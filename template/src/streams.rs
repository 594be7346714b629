//! Answers that go on until the client leaves: streams of events, WebSockets.
//!
//! No limit on the time of requests holds for them. There may be `MAX_OPEN_STREAMS` of them, and
//! each ends by itself when its token has expired or the process is to stop.

use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::auth::Claims;
use crate::config::StreamsConfig;
use crate::error::{AppResult, too_busy};
use crate::metrics::StreamOpen;

/// How long streams may take to say goodbye when the process stops.
const GOODBYE: Duration = Duration::from_secs(2);

/// When to try again to open one.
const RETRY_AFTER_SECS: u64 = 5;

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
        let slot = self.take_slot()?;
        let now = OffsetDateTime::now_utc().unix_timestamp();
        let now = u64::try_from(now).unwrap_or_default();
        Ok(OpenStream {
            _slot: slot,
            _counted: StreamOpen::begin(kind),
            stopping: self.stopping.clone(),
            valid_for: Duration::from_secs(claims.exp.saturating_sub(now)),
        })
    }

    /// Counts one more thing that is followed, until the slot is dropped.
    pub fn take_slot(&self) -> AppResult<OwnedSemaphorePermit> {
        let slot = Arc::clone(&self.slots).try_acquire_owned();
        slot.map_err(|_| too_busy(RETRY_AFTER_SECS))
    }

    /// Waits a moment for all streams to end, and opens no other one.
    pub async fn end(&self) {
        let all = self.slots.acquire_many(self.max_open);
        if tokio::time::timeout(GOODBYE, all).await.is_err() {
            tracing::warn!("some streams did not end, their clients do not hear of it");
        }
        self.slots.close();
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
