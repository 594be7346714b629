//! Our own router.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;
use crate::models::reports;
use crate::routes::{persons, tasks};

/// Without a token.
fn public_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(persons::find_person))
}

/// With a token.
fn api_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(persons::create_person))
        .routes(routes!(tasks::find_task))
        .routes(routes!(tasks::list_tasks))
}
