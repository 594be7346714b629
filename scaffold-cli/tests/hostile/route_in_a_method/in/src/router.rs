//! Our own router.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;
use crate::routes::{persons, tasks};

pub struct Api;

impl Api {
    pub async fn api_routes(&self) -> OpenApiRouter<AppState> {
        let api = self
            .base()
            .routes(routes!(persons::create_person))
            .routes(routes!(tasks::list_tasks));
        Self::seal(api).await
    }
}
