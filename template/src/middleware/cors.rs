use axum::http::{HeaderValue, Method, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::REQUEST_ID;

/// Lets pages of these origins call the API; without any, browsers keep all of them out.
pub(super) fn layer(origins: &[HeaderValue]) -> Option<CorsLayer> {
    let allow_origin = match origins {
        [] => return None,
        [any] if any == "*" => AllowOrigin::any(),
        origins => AllowOrigin::list(origins.iter().cloned()),
    };
    let methods = [Method::GET, Method::POST, Method::PUT, Method::DELETE];
    Some(
        CorsLayer::new()
            .allow_origin(allow_origin)
            .allow_methods(methods)
            .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, REQUEST_ID])
            .expose_headers([header::LOCATION, REQUEST_ID]),
    )
}
