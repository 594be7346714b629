use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use tracing::Instrument;

use crate::id::Id;
use crate::queue;
use crate::trace::{TraceContext, in_trace};

/// What names a request, on its way in, out and on to other services.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const MAX_LENGTH: usize = 128;

/// The id of a request.
#[derive(Debug, Clone)]
pub(super) struct RequestId(pub(super) String);

/// Gives the request an id, its own or a new one, which the response, every log line and every
/// task that it enqueues carry too. Lines and tasks carry its trace as well.
pub(super) async fn assign(
    mut request: Request,
    answer: impl AsyncFnOnce(Request) -> Response,
) -> Response {
    let id = accepted(request.headers()).unwrap_or_else(|| Id::new().to_string());
    let trace = TraceContext::of_request(request.headers());
    let trace_id = trace.trace_id();
    // Of the highest level, so that it is there whatever LOG_LEVEL says.
    let span = tracing::error_span!("request", request_id = id, trace_id);
    request.extensions_mut().insert(RequestId(id.clone()));
    let header = HeaderValue::try_from(&id);
    let run = queue::with_request_id(Some(id), answer(request));
    let mut response = in_trace(trace, run).instrument(span).await;
    if let Ok(header) = header {
        response.headers_mut().insert(REQUEST_ID, header);
    }
    response
}

/// The id that the client sent, if it can do no harm in a header or a log.
fn accepted(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(REQUEST_ID)?.to_str().ok()?;
    let valid = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let accepted = (1..=MAX_LENGTH).contains(&id.len()) && id.chars().all(valid);
    accepted.then(|| id.to_owned())
}
