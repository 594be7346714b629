use std::time::Duration;

use axum::http::{HeaderName, Method, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::REQUEST_ID;
use super::deprecated::{DEPRECATION, SUNSET, X_DEPRECATED};
use crate::config::BrowserConfig;
use crate::trace::TRACEPARENT;

/// Where a page goes on with a stream of events.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

const METHODS: [Method; 4] = [Method::GET, Method::POST, Method::PUT, Method::DELETE];

/// What a page may send, besides what any page may.
const SENT: [HeaderName; 8] = [
    header::AUTHORIZATION,
    header::CONTENT_ENCODING,
    header::CONTENT_TYPE,
    header::IF_MATCH,
    header::IF_NONE_MATCH,
    LAST_EVENT_ID,
    TRACEPARENT,
    REQUEST_ID,
];

/// What a page may read, besides what any page may.
const READ: [HeaderName; 7] = [
    DEPRECATION,
    header::ETAG,
    header::LOCATION,
    header::RETRY_AFTER,
    SUNSET,
    X_DEPRECATED,
    REQUEST_ID,
];

/// Lets pages of the chosen origins call the API; without any, browsers keep all of them out.
pub(super) fn layer(config: &BrowserConfig) -> Option<CorsLayer> {
    let allow_origin = match config.cors_allow_origins.as_slice() {
        [] => return None,
        [any] if any == "*" => AllowOrigin::any(),
        origins => AllowOrigin::list(origins.iter().cloned()),
    };
    Some(
        CorsLayer::new()
            .allow_origin(allow_origin)
            .allow_credentials(config.cors_allow_credentials)
            .allow_methods(METHODS)
            .allow_headers(SENT)
            .expose_headers(READ)
            .max_age(Duration::from_secs(config.cors_max_age_secs)),
    )
}
