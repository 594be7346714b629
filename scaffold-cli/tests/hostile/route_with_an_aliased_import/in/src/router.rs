//! Our own router.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;
use crate::routes::{self as handlers, persons as people, tasks};

/// Without a token.
fn public_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(people::find_person))
}

/// With a token.
fn api_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(people::create_person))
        .routes(routes!(tasks::find_task))
        .routes(routes!(tasks::list_tasks))
}
