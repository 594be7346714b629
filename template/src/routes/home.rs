//! The route `/`.

use serde::Serialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::extract::Json;
use crate::openapi;

/// What this service is, and where to read on.
#[derive(Debug, Serialize, ToSchema)]
pub struct HomeResponse {
    /// Its name.
    name: &'static str,
    /// Its version.
    version: &'static str,
    /// Where its documentation is.
    docs: String,
    /// Where its OpenAPI document is.
    openapi: String,
}

/// Say what this service is.
#[utoipa::path(get, path = "/", tag = "service",
    responses((status = 200, description = "The service", body = HomeResponse)))]
pub async fn show_home(state: AppState) -> Json<HomeResponse> {
    let root_path = &state.config.server.root_path;
    Json(HomeResponse {
        name: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
        docs: format!("{root_path}{}", openapi::UI_PATH),
        openapi: format!("{root_path}{}", openapi::DOCUMENT_PATH),
    })
}
