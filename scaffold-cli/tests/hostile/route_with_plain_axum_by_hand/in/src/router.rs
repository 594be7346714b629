use axum::Router;
use axum::routing::get;

use crate::app::AppState;
use crate::routes::{self, persons, tasks};

pub fn build(state: AppState) -> Router {
    Router::new()
        .route("/persons", get(persons::list_persons))
        .route("/reports", get(routes::reports::list_reports))
        .route("/tasks", get(tasks::list_tasks))
        .with_state(state)
}
