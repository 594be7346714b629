//! Our own router.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;
// What is served.
use crate::routes::{persons, tasks};

/// Without a token.
fn public_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(persons::find_person))
}

/// With a token.
fn api_routes() -> OpenApiRouter<AppState> {
    // .routes(routes!(reports::list_reports)) came and went
    OpenApiRouter::new()
        /* people first */
        .routes(routes!(persons::create_person)) // asks for `write`

        // --- tasks ---
        // The ledger has them:
        .routes(routes!(tasks::find_task /* by id */))
        .routes(routes!(
            // slow
            tasks::list_tasks
        )) /* .routes(routes!(tasks::old)) */
        // the end
}
