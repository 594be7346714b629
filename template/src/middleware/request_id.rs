use axum::http::{HeaderMap, HeaderName, HeaderValue};
use tracing::Instrument;

use crate::id::Id;
use crate::queue;
use crate::trace::{TraceContext, in_trace};

/// What names a request, on its way in, out and on to other services.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const MAX_LENGTH: usize = 128;

/// What names a request and its trace.
pub(super) struct Identity {
    request_id: String,
    trace: TraceContext,
}

impl Identity {
    /// Those that the request came with, or new ones.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        Self {
            request_id: accepted(headers).unwrap_or_else(|| Id::new().to_string()),
            trace: TraceContext::of_request(headers),
        }
    }

    pub(super) fn trace(&self) -> TraceContext {
        self.trace
    }

    /// The value of [`REQUEST_ID`].
    pub(super) fn header(&self) -> Option<HeaderValue> {
        HeaderValue::try_from(&self.request_id).ok()
    }

    /// Does the work as that of the request: every log line and every task that it enqueues carry
    /// the id and the trace.
    pub(super) fn carry<F: Future>(self, work: F) -> impl Future<Output = F::Output> {
        let Self { request_id, trace } = self;
        let trace_id = trace.trace_id();
        // Of the highest level, so that it is there whatever LOG_LEVEL says.
        let span = tracing::error_span!("request", request_id, trace_id);
        in_trace(trace, queue::with_request_id(Some(request_id), work)).instrument(span)
    }
}

/// The id that the client sent, if it can do no harm in a header or a log.
fn accepted(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(REQUEST_ID)?.to_str().ok()?;
    let valid = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let accepted = (1..=MAX_LENGTH).contains(&id.len()) && id.chars().all(valid);
    accepted.then(|| id.to_owned())
}
