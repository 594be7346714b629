use axum::http::Method;
use reqwest::{Request, Url};

use super::{ClientError, ClientResponse};
use crate::metrics;
use crate::telemetry::{Attributes, Span, SpanKind};
use crate::trace::TraceContext;

/// Begins the step of a trace that an attempt is, as OpenTelemetry's conventions for HTTP clients have
/// it: one for each attempt, for the peer has received each of them.
pub(super) fn begin(trace: Option<TraceContext>, request: &Request, made: u32) -> Span {
    Span::begin(trace, SpanKind::Client, || describe(request, made))
}

/// Ends it. To be refused is a failure of whoever has asked.
pub(super) fn end(mut span: Span, result: &Result<ClientResponse, ClientError>) {
    match result {
        Ok(response) => {
            let status = response.status;
            span.set("http.response.status_code", status.as_u16());
            match status.is_client_error() || status.is_server_error() {
                true => span.fail(status.as_str(), ""),
                false => span.end(),
            }
        }
        Err(error) => span.fail(kind(error), &error.to_string()),
    }
}

fn describe(request: &Request, made: u32) -> (String, Attributes) {
    let method: &Method = request.method();
    let known = metrics::known_method(method);
    let url = request.url();
    let mut attributes: Attributes = vec![
        ("http.request.method", known.unwrap_or("_OTHER").into()),
        ("server.address", url.host_str().unwrap_or_default().into()),
        ("url.full", without_secrets(url).into()),
    ];
    if let Some(port) = url.port_or_known_default() {
        attributes.push(("server.port", port.into()));
    }
    if made > 0 {
        attributes.push(("http.request.resend_count", made.into()));
    }
    (known.unwrap_or("HTTP").to_owned(), attributes)
}

/// The URL without user, password and query.
fn without_secrets(url: &Url) -> String {
    let mut url = url.clone();
    // What cannot have a user has none.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}

fn kind(error: &ClientError) -> &'static str {
    match error {
        ClientError::TimedOut { .. } => "timeout",
        ClientError::Unreachable { source, .. } if source.is_timeout() => "timeout",
        ClientError::Unreachable { .. } => "unreachable",
        ClientError::TooLarge { .. } => "too_large",
        ClientError::Request(_) | ClientError::Status { .. } | ClientError::Body { .. } => "_OTHER",
    }
}
