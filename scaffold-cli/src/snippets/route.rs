//! The handlers of a route file.

use super::handler::{Deprecation, Guard, HandlerSpec, Method, Parameter};
use super::layout::{imports, let_struct, signature, tuple_argument, tuple_result};

/// Tells how a file names an item of another module.
pub type Spell<'a> = &'a dyn Fn(&str) -> String;

/// The name of an item alone, as a file writes that imports everything.
pub fn short(path: &str) -> String {
    path.rsplit("::").next().unwrap_or(path).to_owned()
}

/// The file in `src/routes`.
pub fn route(path: &str, handlers: &[HandlerSpec]) -> String {
    let imports = imports(handlers.iter().flat_map(needed_imports));
    let mut text = format!("//! The routes under `{path}`.\n\n{imports}");
    if let Some(scope) = handlers
        .first()
        .and_then(|handler| scope_type(handler, &short))
    {
        text.push('\n');
        text.push_str(&scope);
    }
    for handler in handlers {
        text.push('\n');
        text.push_str(&handler_items(handler, &short));
    }
    text
}

/// What a handler needs from other modules.
pub fn needed_imports(handler: &HandlerSpec) -> Vec<&'static str> {
    let mut paths = vec!["crate::error::AppResult"];
    match handler.method {
        Method::Get => {}
        Method::Post => paths.extend(["axum::http::StatusCode", "serde::Deserialize"]),
        Method::Put => paths.push("serde::Deserialize"),
        Method::Delete => paths.push("axum::http::StatusCode"),
    }
    if handler.method != Method::Delete {
        paths.extend([
            "crate::extract::Json",
            "serde::Serialize",
            "utoipa::ToSchema",
        ]);
    }
    if !handler.parameters.is_empty() {
        paths.push("crate::extract::Path");
    }
    if handler.parameters.iter().any(|parameter| parameter.is_id) {
        paths.push("crate::id::Id");
    }
    match &handler.guard {
        Guard::Public => {}
        Guard::Known { ty: "Read", .. } => {
            paths.extend(["crate::auth::Read", "crate::auth::Scoped"])
        }
        Guard::Known { .. } => paths.extend(["crate::auth::Scoped", "crate::auth::Write"]),
        Guard::Own { .. } => paths.extend(["crate::auth::Scope", "crate::auth::Scoped"]),
    }
    paths
}

/// The type of a scope that the service does not know yet.
pub fn scope_type(handler: &HandlerSpec, spell: Spell<'_>) -> Option<String> {
    let Guard::Own { scope, ty } = &handler.guard else {
        return None;
    };
    let scope_trait = spell("crate::auth::Scope");
    Some(format!(
        "/// Allows what the scope `{scope}` stands for.\n#[derive(Debug)]\npub struct {ty};\n\n\
         impl {scope_trait} for {ty} {{\n    const NAME: &'static str = \"{scope}\";\n}}\n"
    ))
}

/// A handler with the types of its request and its answer.
pub fn handler_items(handler: &HandlerSpec, spell: Spell<'_>) -> String {
    let mut text = String::new();
    if handler.method.has_body() {
        text.push_str(&request_type(handler, spell));
        text.push('\n');
    }
    if handler.method != Method::Delete {
        text.push_str(&response_type(handler, spell));
        text.push('\n');
    }
    text + &function(handler, spell)
}

/// The types that a handler declares.
pub fn types(handler: &HandlerSpec) -> Vec<String> {
    let pascal = handler.name.pascal();
    match handler.method {
        Method::Get => vec![format!("{pascal}Response")],
        Method::Post | Method::Put => vec![format!("{pascal}Request"), format!("{pascal}Response")],
        Method::Delete => Vec::new(),
    }
}

fn request_type(handler: &HandlerSpec, spell: Spell<'_>) -> String {
    let (deserialize, to_schema) = (spell("serde::Deserialize"), spell("utoipa::ToSchema"));
    let (title, pascal) = (title(handler), handler.name.pascal());
    format!(
        "/// The body of `{title}`.\n#[derive(Debug, {deserialize}, {to_schema})]\n\
         #[serde(rename_all = \"camelCase\")]\npub struct {pascal}Request {{\n    \
         /// A text that the answer repeats.\n    message: String,\n}}\n"
    )
}

fn response_type(handler: &HandlerSpec, spell: Spell<'_>) -> String {
    let (serialize, to_schema) = (spell("serde::Serialize"), spell("utoipa::ToSchema"));
    let (title, pascal) = (title(handler), handler.name.pascal());
    let parameters: String = handler
        .parameters
        .iter()
        .map(|parameter| {
            let (name, ty) = (&parameter.name, parameter_type(parameter, spell));
            format!("    /// The `{name}` of the path.\n    {name}: {ty},\n")
        })
        .collect();
    let message = if handler.method.has_body() {
        "The text of the request"
    } else {
        "A text for the caller"
    };
    format!(
        "/// The answer to `{title}`.\n#[derive(Debug, {serialize}, {to_schema})]\n\
         #[serde(rename_all = \"camelCase\")]\npub struct {pascal}Response {{\n{parameters}    \
         /// {message}.\n    message: String,\n}}\n"
    )
}

fn function(handler: &HandlerSpec, spell: Spell<'_>) -> String {
    let summary = summary(handler);
    let attribute = attribute(handler, spell);
    let head = format!("pub async fn {}", handler.name.snake());
    let signature = signature(&head, &arguments(handler, spell), &output(handler, spell));
    let body = body(handler, spell);
    format!("/// {summary}.\n{attribute}\n{signature}\n{body}}}\n")
}

/// `List reports`, `Find a report`
fn summary(handler: &HandlerSpec) -> String {
    let spaced = handler.name.spaced();
    let (verb, noun) = spaced.split_once(' ').unwrap_or((&spaced, ""));
    let (first, rest) = verb.split_at(1);
    let article = match noun.chars().next() {
        _ if verb == "list" => "",
        Some('a' | 'e' | 'i' | 'o' | 'u') => "an ",
        _ => "a ",
    };
    format!("{}{rest} {article}{noun}", first.to_ascii_uppercase())
}

/// `GET /reports`
fn title(handler: &HandlerSpec) -> String {
    let method = handler.method.as_str().to_ascii_uppercase();
    format!("{method} {}", handler.path)
}

fn attribute(handler: &HandlerSpec, spell: Spell<'_>) -> String {
    let pascal = handler.name.pascal();
    let mut lines = vec![
        handler.method.as_str().to_owned(),
        format!("path = \"{}\"", handler.path),
        format!("tag = \"{}\"", handler.tag),
    ];
    if let Guard::Known { scope, .. } | Guard::Own { scope, .. } = &handler.guard {
        lines.push(format!("security((\"bearer\" = [\"{scope}\"]))"));
    }
    if !handler.parameters.is_empty() {
        let parameter = |parameter: &Parameter| {
            let ty = parameter_type(parameter, spell);
            format!("(\"{}\" = {ty}, Path)", parameter.name)
        };
        let parameters: Vec<String> = handler.parameters.iter().map(parameter).collect();
        lines.push(format!("params({})", parameters.join(", ")));
    }
    if handler.method.has_body() {
        lines.push(format!("request_body = {pascal}Request"));
    }
    if let Some(deprecation) = &handler.deprecation {
        lines.push(extensions(deprecation));
    }
    let (status, _) = handler.method.status();
    lines.push(match handler.method {
        Method::Delete => format!("responses((status = {status}, description = \"It is done\"))"),
        _ => format!(
            "responses((status = {status}, description = \"The answer\", body = {pascal}Response))"
        ),
    });
    format!("#[utoipa::path(\n    {}\n)]", lines.join(",\n    "))
}

/// What makes the document and every answer say that a handler is deprecated.
fn extensions(deprecation: &Deprecation) -> String {
    let since = ("x-deprecated-since", Some(&deprecation.since));
    let dates = [since, ("x-sunset", deprecation.sunset.as_ref())].into_iter();
    let lines =
        dates.filter_map(|(name, date)| Some(format!("(\"{name}\" = json!(\"{}\"))", date?)));
    let lines: Vec<String> = lines.collect();
    format!("extensions(\n        {}\n    )", lines.join(",\n        "))
}

fn parameter_type(parameter: &Parameter, spell: Spell<'_>) -> String {
    if parameter.is_id {
        spell("crate::id::Id")
    } else {
        "String".to_owned()
    }
}

fn arguments(handler: &HandlerSpec, spell: Spell<'_>) -> Vec<String> {
    let mut arguments = Vec::new();
    let scope = match &handler.guard {
        Guard::Public => None,
        Guard::Known { ty, .. } => Some(spell(&format!("crate::auth::{ty}"))),
        Guard::Own { ty, .. } => Some(ty.clone()),
    };
    if let Some(scope) = scope {
        arguments.push(format!("_: {}<{scope}>", spell("crate::auth::Scoped")));
    }
    if !handler.parameters.is_empty() {
        arguments.push(path_argument(handler, spell));
    }
    if handler.method.has_body() {
        let (json, pascal) = (spell("crate::extract::Json"), handler.name.pascal());
        arguments.push(format!("{json}(body): {json}<{pascal}Request>"));
    }
    arguments
}

/// `Path(id): Path<Id>`, or a tuple for several parameters.
fn path_argument(handler: &HandlerSpec, spell: Spell<'_>) -> String {
    let path = spell("crate::extract::Path");
    let unused = if handler.method == Method::Delete {
        "_"
    } else {
        ""
    };
    let names = handler
        .parameters
        .iter()
        .map(|p| format!("{unused}{}", p.name));
    let types = handler.parameters.iter().map(|p| parameter_type(p, spell));
    let (names, types) = (names.collect::<Vec<_>>(), types.collect::<Vec<_>>());
    if let ([name], [ty]) = (names.as_slice(), types.as_slice()) {
        return format!("{path}({name}): {path}<{ty}>");
    }
    tuple_argument(&path, &names, &path, &types)
}

fn output(handler: &HandlerSpec, spell: Spell<'_>) -> String {
    let result = spell("crate::error::AppResult");
    let json = format!(
        "{}<{}Response>",
        spell("crate::extract::Json"),
        handler.name.pascal()
    );
    match handler.method {
        Method::Get | Method::Put => format!("{result}<{json}>"),
        Method::Post => tuple_result(&result, &spell("axum::http::StatusCode"), &json),
        Method::Delete => format!("{result}<{}>", spell("axum::http::StatusCode")),
    }
}

fn body(handler: &HandlerSpec, spell: Spell<'_>) -> String {
    let status_code = spell("axum::http::StatusCode");
    if handler.method == Method::Delete {
        return format!("    Ok({status_code}::NO_CONTENT)\n");
    }
    let mut fields: Vec<String> = handler.parameters.iter().map(|p| p.name.clone()).collect();
    fields.push(match handler.method {
        Method::Get => "message: \"it works\".to_owned()".to_owned(),
        _ => "message: body.message".to_owned(),
    });
    let answer = let_struct(
        "answer",
        &format!("{}Response", handler.name.pascal()),
        &fields,
    );
    let json = spell("crate::extract::Json");
    let result = match handler.method {
        Method::Post => format!("Ok(({status_code}::CREATED, {json}(answer)))"),
        _ => format!("Ok({json}(answer))"),
    };
    format!("{answer}\n    {result}\n")
}
