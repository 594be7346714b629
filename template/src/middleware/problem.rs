use std::any::Any;
use std::borrow::Cow;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::observe::Observed;
use crate::config::AppEnv;
use crate::error::{AppError, PROBLEM_JSON, internal};
use crate::queue;

/// In the extensions of a response: its body stays, although its status is that of an error.
#[derive(Debug, Clone, Copy)]
pub struct KeepBody;

/// Writes the body of every error, and logs those that are our fault.
///
/// Errors of handlers and extractors come as [`AppError`]. Those of the router and of other
/// layers come as a bare status and get the same shape here.
pub(super) fn write(env: AppEnv, request: &Observed, mut response: Response) -> Response {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    if !is_error || response.extensions().get::<KeepBody>().is_some() {
        return response;
    }
    let error = match response.extensions_mut().remove::<Arc<AppError>>() {
        Some(error) => error,
        None => Arc::new(AppError::new(status, describe(status, request.method()))),
    };
    log(&error, request);
    let mut problem = error.problem().with_request_id(queue::request_id());
    let is_shown = status.is_server_error() && env == AppEnv::Dev;
    if let Some(cause) = error.cause().filter(|_| is_shown) {
        problem = problem.with_detail(format!("{}: {cause:#}", error.detail()));
    }
    let body = match serde_json::to_vec(&problem) {
        Ok(body) => Body::from(body),
        Err(_) => Body::empty(),
    };
    replace_body(response, body)
}

/// The answer to a request whose handler panicked.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands it over")]
pub(super) fn from_panic(panic: Box<dyn Any + Send>) -> Response {
    let message = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let message = message.unwrap_or("no message");
    internal(anyhow::anyhow!("the handler panicked: {message}")).into_response()
}

fn log(error: &AppError, request: &Observed) {
    let (method, route) = (request.method(), request.route());
    let status = error.status().as_u16();
    let cause = error.cause().map(|cause| format!("{cause:#}"));
    let is_decision = error.status() == StatusCode::SERVICE_UNAVAILABLE && cause.is_none();
    let cause = cause.as_deref().unwrap_or(error.detail());
    if is_decision {
        // Nothing is broken, there is too much to do.
        tracing::warn!(%method, route, status, cause, "the request was put off");
    } else if error.status().is_server_error() {
        tracing::error!(%method, route, status, cause, "the request failed");
    } else {
        tracing::debug!(%method, route, status, cause, "the request was refused");
    }
}

fn describe(status: StatusCode, method: &Method) -> Cow<'static, str> {
    match status {
        StatusCode::NOT_ACCEPTABLE => "every encoding of the answer is refused".into(),
        StatusCode::NOT_FOUND => "there is nothing at this path".into(),
        StatusCode::METHOD_NOT_ALLOWED => {
            format!("{method} is not possible here, see the header `Allow`").into()
        }
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            "the body has an encoding that is not known here, see the header `Accept-Encoding`"
                .into()
        }
        status => status.canonical_reason().unwrap_or("unknown error").into(),
    }
}

/// Other headers stay: `Allow`, `WWW-Authenticate` and the like.
fn replace_body(response: Response, body: Body) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_ENCODING);
    parts.headers.remove(header::CONTENT_LENGTH);
    let content_type = HeaderValue::from_static(PROBLEM_JSON);
    parts.headers.insert(header::CONTENT_TYPE, content_type);
    Response::from_parts(parts, body)
}
