use axum::http::{HeaderMap, header};

use crate::error::{AppError, unauthorized};

/// The subprotocol of WebSockets whose other "subprotocol" is a bearer token.
pub const SUBPROTOCOL: &str = "bearer";

/// The token in the header `Authorization` (RFC 6750, section 2.1), or that of a WebSocket.
///
/// Never one in the URL, which stands in logs and histories.
pub(super) fn bearer_token(headers: &HeaderMap) -> Result<&str, AppError> {
    let value = headers.get(header::AUTHORIZATION);
    let value = value.and_then(|value| value.to_str().ok());
    value
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .or_else(|| token_of_socket(headers))
        .ok_or_else(|| unauthorized("a bearer token is needed", "Bearer"))
}

/// A page cannot choose headers when it opens a WebSocket, but it can offer subprotocols:
/// `new WebSocket(url, ["bearer", token])`.
fn token_of_socket(headers: &HeaderMap) -> Option<&str> {
    let upgrade = headers.get(header::UPGRADE)?.to_str().ok()?;
    if !upgrade.eq_ignore_ascii_case("websocket") {
        return None;
    }
    let offered = headers.get(header::SEC_WEBSOCKET_PROTOCOL)?.to_str().ok()?;
    let (first, rest) = offered.split_once(',')?;
    let token = rest.split(',').next().unwrap_or_default().trim();
    (first.trim() == SUBPROTOCOL && !token.is_empty()).then_some(token)
}
