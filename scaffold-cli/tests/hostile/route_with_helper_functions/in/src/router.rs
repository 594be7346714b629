//! Our own router.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;
use crate::routes::{persons, tasks};

/// Without a token.
fn public_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(persons::find_person))
}

fn api_routes() -> OpenApiRouter<AppState> {
    person_routes().merge(task_routes())
}

fn person_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(persons::create_person))
}

fn task_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(tasks::list_tasks))
}
