//! Our own router.

use utoipa_axum::router::OpenApiRouter;
use crate::macros::all;

use crate::app::AppState;
use crate::routes::{persons, tasks};

/// Without a token.
fn public_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(all!(persons::find_person))
}

/// With a token.
fn api_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(all!(persons::create_person))
        .routes(all!(tasks::find_task))
        .routes(all!(tasks::list_tasks))
}
