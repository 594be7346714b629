//! The tests of a route file.

use super::handler::{HandlerSpec, Method};
use super::layout::{imports, let_await};
use super::route::{Spell, short};

/// Where the service mounts its API.
const PREFIX: &str = "/api/v1";
const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// The file in `tests/integration/routes`.
pub fn route_test(handlers: &[HandlerSpec]) -> String {
    let imports = imports(handlers.iter().flat_map(needed_imports));
    let mut text = imports;
    for handler in handlers {
        text.push('\n');
        text.push_str(&test(handler, &short));
    }
    text
}

/// What a test needs from other modules.
pub fn needed_imports(handler: &HandlerSpec) -> Vec<&'static str> {
    let mut paths = vec!["axum::http::StatusCode", "crate::util::TestApp"];
    if handler.method.has_body() {
        paths.push("serde_json::json");
    }
    paths
}

/// The name of a handler's test.
pub fn test_name(handler: &HandlerSpec) -> String {
    format!("{}_answers", handler.name.snake())
}

/// The test of a handler.
pub fn test(handler: &HandlerSpec, spell: Spell<'_>) -> String {
    let name = test_name(handler);
    let (test_app, status_code) = (
        spell("crate::util::TestApp"),
        spell("axum::http::StatusCode"),
    );
    let url = format!("\"{PREFIX}{}\"", example(handler));
    let mut lines = vec![format!("    let app = {test_app}::new().await;")];
    let mut arguments = vec![url.as_str()];
    if handler.method.has_body() {
        let json = spell("serde_json::json");
        lines.push(format!(
            "    let body = {json}!({{ \"message\": \"hello\" }});"
        ));
        arguments.push("&body");
    }
    lines.push(let_await(
        "response",
        "app",
        handler.method.as_str(),
        &arguments,
    ));
    let (_, status) = handler.method.status();
    lines.push(format!(
        "    assert_eq!(response.status(), {status_code}::{status});"
    ));
    if handler.method != Method::Delete {
        lines.push(format!(
            "    assert!(response.text().contains(\"{}\"));",
            message(handler)
        ));
    }
    if handler.deprecation.is_some() {
        lines.push("    assert!(response.header(\"deprecation\").is_some());".to_owned());
    }
    format!(
        "#[tokio::test]\nasync fn {name}() {{\n{}\n}}\n",
        lines.join("\n")
    )
}

fn message(handler: &HandlerSpec) -> &'static str {
    if handler.method.has_body() {
        "hello"
    } else {
        "it works"
    }
}

/// The path with something for each parameter.
fn example(handler: &HandlerSpec) -> String {
    let mut path = handler.path.clone();
    for parameter in &handler.parameters {
        let value = if parameter.is_id { ID } else { "example" };
        path = path.replace(&format!("{{{}}}", parameter.name), value);
    }
    path
}
