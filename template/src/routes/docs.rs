//! The routes `/docs` and `/openapi.json`. All files are in the binary, nothing is loaded from
//! elsewhere.

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Redirect};
use utoipa::openapi::OpenApi;

use crate::config::{AppEnv, Config};
use crate::error::{AppResult, internal, not_found};
use crate::openapi::UI_PATH;

/// The page runs its own scripts, sets styles as it goes, and calls this service.
const CONTENT_SECURITY_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// What the user interface needs.
#[derive(Clone)]
pub struct Ui {
    config: Arc<utoipa_swagger_ui::Config<'static>>,
    document: Bytes,
    url: String,
}

impl Ui {
    /// Writes the document down, once.
    pub fn new(document: &OpenApi, config: &Config) -> Self {
        // Relative to the page, so it is found behind any proxy.
        let ui = utoipa_swagger_ui::Config::from("../openapi.json");
        Self {
            // In prod, a token is not to outlive the page.
            config: Arc::new(ui.persist_authorization(config.env == AppEnv::Dev)),
            document: document.to_json().unwrap_or_default().into(),
            url: format!("{}{UI_PATH}/", config.server.root_path),
        }
    }
}

/// Show the OpenAPI document.
pub async fn show_document(
    Extension(ui): Extension<Ui>,
) -> ([(HeaderName, &'static str); 1], Bytes) {
    ([(header::CONTENT_TYPE, "application/json")], ui.document)
}

/// The page loads its files from beside itself, so its path has to end in a slash.
pub async fn redirect_to_ui(Extension(ui): Extension<Ui>) -> Redirect {
    Redirect::to(&ui.url)
}

/// Show the documentation, or a file that it needs.
pub async fn show_ui(
    Extension(ui): Extension<Ui>,
    file: Option<Path<String>>,
) -> AppResult<impl IntoResponse> {
    let name = file.map_or_else(String::new, |Path(name)| name);
    match utoipa_swagger_ui::serve(&name, ui.config) {
        Ok(Some(file)) => Ok((
            [(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY)],
            [(header::CONTENT_TYPE, file.content_type)],
            file.bytes.into_owned(),
        )),
        Ok(None) => Err(not_found()),
        Err(error) => Err(internal(anyhow::anyhow!("{error}"))),
    }
}
