//! What happens to every request, whatever its route.

mod cors;
mod observe;
mod problem;
mod request_id;
mod time_limit;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::AppState;

pub(crate) use request_id::REQUEST_ID;
pub use time_limit::TimeLimit;

/// Puts the layers around the routes; a request passes them from top to bottom.
pub fn apply(router: Router<AppState>, state: &AppState) -> Router<AppState> {
    let server = &state.config.server;
    router.layer(
        ServiceBuilder::new()
            .layer(from_fn(request_id::assign))
            .layer(from_fn(observe::observe))
            .option_layer(cors::layer(&server.cors_allow_origins))
            .layer(from_fn_with_state(state.clone(), problem::write))
            .layer(CatchPanicLayer::custom(problem::from_panic))
            .layer(from_fn_with_state(state.clone(), time_limit::enforce))
            .layer(DefaultBodyLimit::max(server.max_body_bytes)),
    )
}
