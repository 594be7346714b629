//! The OpenAPI document: what handlers cannot say for themselves is said here, once.

use utoipa::OpenApi;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Content, PathItem, Ref, ResponseBuilder, Server};

use crate::config::ServerConfig;
use crate::error::{FieldError, PROBLEM_JSON, Problem};

/// Where the document is.
pub const DOCUMENT_PATH: &str = "/openapi.json";

/// Where a browser can read it.
pub const UI_PATH: &str = "/docs";

/// The name of the security scheme in the document.
const BEARER: &str = "bearer";

/// The document without its paths, which come from the router.
#[derive(OpenApi)]
#[openapi(
    components(schemas(FieldError, Problem)),
    tags(
        (name = "persons", description = "The example resource."),
        (name = "service", description = "How the service is doing."),
        (name = "tasks", description = "What happens in the background."),
    )
)]
struct Base;

/// The document without its paths.
pub fn base() -> utoipa::openapi::OpenApi {
    let mut document = Base::openapi();
    document.info.license = None;
    document
}

/// Adds what all operations have in common.
pub fn complete(document: &mut utoipa::openapi::OpenApi, config: &ServerConfig) {
    let root_path = match config.root_path.as_str() {
        "" => "/",
        root_path => root_path,
    };
    document.servers = Some(vec![Server::new(root_path)]);
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .build();
    let components = document.components.get_or_insert_default();
    components.add_security_scheme(BEARER, SecurityScheme::Http(bearer));
    for item in document.paths.paths.values_mut() {
        add_default_response(item);
    }
}

/// Says of operations that do not say it themselves that they want a token.
pub fn ask_for_token(document: &mut utoipa::openapi::OpenApi) {
    for item in document.paths.paths.values_mut() {
        for operation in operations(item) {
            operation
                .security
                .get_or_insert_with(|| vec![SecurityRequirement::new(BEARER, [""; 0])]);
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let operations = [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.delete,
        &mut item.options,
        &mut item.head,
        &mut item.patch,
        &mut item.trace,
    ];
    operations.into_iter().flatten()
}

/// Any operation may end with a problem.
fn add_default_response(item: &mut PathItem) {
    for operation in operations(item) {
        let problem = ResponseBuilder::new()
            .description("A problem")
            .content(
                PROBLEM_JSON,
                Content::new(Some(Ref::from_schema_name("Problem"))),
            )
            .build();
        let responses = &mut operation.responses.responses;
        responses
            .entry("default".to_owned())
            .or_insert_with(|| problem.into());
    }
}
