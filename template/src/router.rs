//! The routes. One line for each handler, which itself says its method and path.

use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use axum::{Extension, Router};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;
use crate::config::ServerConfig;
use crate::middleware::{self, Deprecations};
use crate::routes::{
    dashboard, doc, docs, health, home, metrics, persons, socket, tasks, webhooks,
};
use crate::{auth, openapi};

/// The service, ready to answer.
pub fn build(state: AppState) -> Router {
    crate::metrics::install();
    let server = &state.config.server;
    let api = guarded(api_routes(), &state);
    let (router, document) = all_routes(server, api);
    let router = router
        // Not in the document: who sends webhooks is told where to, and knows the format.
        .route(webhooks::PATH, post(webhooks::receive_webhook))
        .merge(document_routes(&document, &state))
        .merge(dashboard_routes(&state))
        .merge(guide_routes());
    middleware::apply(router, &state, Deprecations::of(&document)).with_state(state)
}

/// The document, and the pages that show it.
fn document_routes(document: &OpenApi, state: &AppState) -> Router<AppState> {
    let path = |rest: &str| format!("{}{rest}", openapi::UI_PATH);
    Router::new()
        .route(openapi::DOCUMENT_PATH, get(docs::show_document))
        .route(openapi::UI_PATH, get(docs::redirect_to_ui))
        .route(&path("/"), get(docs::show_ui))
        .route(&path("/{*file}"), get(docs::show_ui))
        .route_layer(Extension(docs::Ui::new(document, &state.config)))
}

/// The dashboard of tasks: a page and what it asks for, not a part of the API.
fn dashboard_routes(state: &AppState) -> Router<AppState> {
    let path = |rest: &str| format!("{}{rest}", dashboard::PATH);
    Router::new()
        .route(dashboard::PATH, get(dashboard::show_page))
        .route(&path("/"), get(dashboard::redirect_to_page))
        .route(&path("/script.js"), get(dashboard::show_script))
        .route(&path("/style.css"), get(dashboard::show_style))
        .route(&path("/api/overview"), get(dashboard::show_overview))
        .route(&path("/api/tasks"), get(dashboard::list_tasks))
        .route(&path("/api/tasks/{id}"), get(dashboard::find_task))
        .route(&path("/api/tasks/{id}/retry"), post(dashboard::retry_task))
        .route(
            &path("/api/tasks/{id}/revoke"),
            post(dashboard::revoke_task),
        )
        // Not `layer`, which would guard every unknown path of the service too.
        .route_layer(from_fn_with_state(state.clone(), dashboard::guard))
}

/// The guide: pages to read, not a part of the API.
fn guide_routes() -> Router<AppState> {
    let path = |rest: &str| format!("{}{rest}", doc::PATH);
    Router::new()
        .route(doc::PATH, get(doc::show_index))
        .route(&path("/"), get(doc::redirect_to_index))
        .route(&path("/style.css"), get(doc::show_style))
        .route(&path("/{page}"), get(doc::show_page))
}

/// What a worker or a scheduler answers, on a port of its own.
pub fn build_for_operators(state: AppState) -> Router {
    let router = Router::new()
        .route("/health/liveness", get(health::check_liveness))
        .route("/health/readiness", get(health::check_readiness))
        .route("/metrics", get(metrics::show_metrics));
    middleware::apply(router, &state, Deprecations::default()).with_state(state)
}

/// The OpenAPI document of the service.
pub fn document(config: &ServerConfig) -> OpenApi {
    all_routes(config, api_routes()).1
}

/// Answers these routes only to whoever has a token, also where a handler forgets to ask for one.
pub fn guarded(routes: OpenApiRouter<AppState>, state: &AppState) -> OpenApiRouter<AppState> {
    routes.route_layer(from_fn_with_state(state.clone(), auth::guard))
}

/// The routes, and the document that describes them.
fn all_routes(
    config: &ServerConfig,
    mut api: OpenApiRouter<AppState>,
) -> (Router<AppState>, OpenApi) {
    openapi::ask_for_token(api.get_openapi_mut());
    let routes = OpenApiRouter::with_openapi(openapi::base())
        .merge(service_routes())
        // As one router: of several with the same prefix, only the last would be in the document.
        .nest(&config.api_prefix, public_routes().merge(api));
    let (router, mut document) = routes.split_for_parts();
    openapi::complete(&mut document, config);
    (router, document)
}

/// What is there whatever the service is about.
fn service_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(health::check_liveness))
        .routes(routes!(health::check_readiness))
        .routes(routes!(home::show_home))
        .routes(routes!(metrics::show_metrics))
}

/// What of the API anybody may ask for, without a token.
fn public_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(persons::find_person))
        .routes(routes!(persons::list_persons))
        .routes(routes!(persons::search_persons))
}

/// What the service is about, below `API_PREFIX`, for whoever has a token.
fn api_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(persons::celebrate_birthday))
        .routes(routes!(persons::create_person))
        .routes(routes!(persons::delete_person))
        .routes(routes!(persons::update_person))
        .routes(routes!(socket::open_socket))
        .routes(routes!(tasks::find_task))
        .routes(routes!(tasks::find_task_result))
        .routes(routes!(tasks::list_tasks))
        .routes(routes!(tasks::revoke_task))
        .routes(routes!(tasks::watch_task))
}
