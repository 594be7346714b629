//! The OpenAPI document: what handlers cannot say for themselves is said here, once.

mod answers;

use utoipa::OpenApi;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Deprecated, PathItem, Server};

use crate::config::ServerConfig;
use crate::error::{FieldError, Problem};

/// Where the document is.
pub const DOCUMENT_PATH: &str = "/openapi.json";

/// Where a browser can read it.
pub const UI_PATH: &str = "/docs";

/// The extension that makes an operation deprecated: since when, a date.
pub const DEPRECATED_SINCE: &str = "x-deprecated-since";

/// The extension that says on what date a deprecated operation will be gone.
pub const SUNSET_ON: &str = "x-sunset";

/// The tag of what operators ask.
const SERVICE: &str = "service";

/// The name of the security scheme in the document.
const BEARER: &str = "bearer";

/// The document without its paths, which come from the router. Title, description, version, licence and
/// contact are those of `Cargo.toml`; terms of service go into `#[openapi(info(terms_of_service = "…"))]`.
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
    document
        .info
        .license
        .take_if(|license| license.name.is_empty());
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
    answers::describe(components);
    let items = document.paths.paths.values_mut();
    for operation in items.flat_map(operations) {
        mark_if_deprecated(operation);
        answers::add(operation);
    }
}

/// Marks an operation that says since when it is deprecated.
fn mark_if_deprecated(operation: &mut Operation) {
    let extensions = operation.extensions.as_ref();
    if extensions.is_some_and(|extensions| extensions.contains_key(DEPRECATED_SINCE)) {
        operation.deprecated = Some(Deprecated::True);
    }
}

/// Says of operations that do not say it themselves that they want a token.
pub fn ask_for_token(document: &mut utoipa::openapi::OpenApi) {
    let items = document.paths.paths.values_mut();
    for operation in items.flat_map(operations) {
        operation
            .security
            .get_or_insert_with(|| vec![SecurityRequirement::new(BEARER, [""; 0])]);
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
