//! The route `/ws`.

mod conversation;

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use tracing::Instrument;

use crate::app::AppState;
use crate::auth::{Read, SUBPROTOCOL, Scoped};
use crate::config::BrowserConfig;
use crate::error::{AppError, AppResult, Problem, bad_request, forbidden};
use crate::middleware::Caller;
use conversation::Conversation;

/// The longest message that a client may send.
const MAX_MESSAGE_BYTES: usize = 64 * 1024;

/// Open a WebSocket.
///
/// `{"watch": "<id of a task>"}` has the socket tell what happens to that task, in messages such as
/// `{"event": "state", "task": {…}}`; the last one is an `end`. Any other text comes back. A browser
/// sends its token as a subprotocol: `new WebSocket(url, ["bearer", token])`.
#[utoipa::path(get, path = "/ws", tag = "tasks", security(("bearer" = ["read"])),
    responses(
        (status = 101, description = "The socket is open"),
        (status = 426, description = "This is no WebSocket", body = Problem,
            content_type = "application/problem+json"),
    ))]
pub async fn open_socket(
    state: AppState,
    reader: Scoped<Read>,
    caller: Caller,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> AppResult<Response> {
    let upgrade = upgrade.map_err(refused)?;
    if !is_welcome(&state.config.browser, &caller, &headers) {
        return Err(forbidden("pages of this origin may not open a socket"));
    }
    let stream = state.streams.open("socket", &reader.claims)?;
    let conversation = Conversation::new(state, stream);
    let span = tracing::Span::current();
    Ok(upgrade
        .protocols([SUBPROTOCOL])
        .max_message_size(MAX_MESSAGE_BYTES)
        .max_frame_size(MAX_MESSAGE_BYTES)
        .on_upgrade(move |socket| conversation.run(socket).instrument(span)))
}

/// Whether pages from there may open a socket. A browser asks nobody before it does, as it would
/// with a request (RFC 6455, section 10.2).
fn is_welcome(config: &BrowserConfig, caller: &Caller, headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let allowed = &config.cors_allow_origins;
    let is_allowed = allowed.iter().any(|one| one == "*" || one == origin);
    is_allowed || is_of_this_host(origin, caller)
}

fn is_of_this_host(origin: &HeaderValue, caller: &Caller) -> bool {
    let origin = origin.to_str().ok().and_then(|url| url.split_once("://"));
    origin.is_some_and(|(_, origin)| caller.host() == Some(origin))
}

fn refused(rejection: WebSocketUpgradeRejection) -> AppError {
    match rejection {
        // RFC 6455, section 4.4.
        WebSocketUpgradeRejection::InvalidWebSocketVersionHeader(_) => {
            bad_request("only version 13 of WebSocket is spoken here").with_header(
                header::SEC_WEBSOCKET_VERSION,
                HeaderValue::from_static("13"),
            )
        }
        WebSocketUpgradeRejection::WebSocketKeyHeaderMissing(_) => {
            bad_request("the header `Sec-WebSocket-Key` is missing")
        }
        // RFC 9110, section 15.5.22.
        rejection => AppError::new(
            StatusCode::UPGRADE_REQUIRED,
            "only WebSockets are opened here",
        )
        .with_header(header::UPGRADE, HeaderValue::from_static("websocket"))
        .with_cause(rejection),
    }
}
