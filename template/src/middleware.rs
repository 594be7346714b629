//! What happens to every request, whatever its route.

mod caller;
mod cors;
mod deprecated;
mod encoding;
mod limits;
mod observe;
mod problem;
mod redirects;
mod request_id;
mod security_headers;
mod time_limit;

use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::decompression::RequestDecompressionLayer;
use tower_http::map_request_body::MapRequestBodyLayer;

use self::limits::Limits;
use crate::app::AppState;

pub use caller::Caller;
pub use deprecated::announce_deprecations;
pub use problem::KeepBody;
pub(crate) use request_id::REQUEST_ID;
pub use time_limit::TimeLimit;

/// Puts the layers around the routes; a request passes them from top to bottom.
pub fn apply(router: Router<AppState>, state: &AppState) -> Router<AppState> {
    let browser = &state.config.browser;
    let hsts = security_headers::hsts(browser.hsts_max_age_secs);
    let limits = Limits::new(&state.config.limits);
    let max_body_bytes = state.config.server.max_body_bytes;
    let proxies = state.config.server.trusted_proxies.clone();
    let safe_domains = browser.safe_domains.clone();
    router.layer(
        ServiceBuilder::new()
            .map_request(move |request| caller::identify(request, &proxies))
            .layer(from_fn(request_id::assign))
            .layer(from_fn(observe::observe))
            .layer(from_fn_with_state(hsts, security_headers::add))
            .option_layer(cors::layer(browser))
            .layer(from_fn_with_state(state.clone(), problem::write))
            .layer(CatchPanicLayer::custom(problem::from_panic))
            .layer(from_fn_with_state(limits, limits::enforce))
            .layer(encoding::compress())
            .map_response(move |response| redirects::check(response, &safe_domains))
            .layer(from_fn_with_state(state.clone(), time_limit::enforce))
            .map_request(encoding::normalize)
            .layer(RequestDecompressionLayer::new())
            .layer(MapRequestBodyLayer::new(Body::new))
            .layer(DefaultBodyLimit::max(max_body_bytes)),
    )
}
