//! The routes of a resource.

use super::super::field::{Field, FieldType, variant};
use super::super::layout::imports;
use super::request::schema;
use super::{ResourceSpec, fit, label, value};

/// The file in `src/routes`.
pub fn routes(spec: &ResourceSpec) -> String {
    let fields = spec.fields.iter().map(|it| response_field(spec, it));
    let values = spec.fields.iter().map(|field| {
        let (name, one) = (&field.name, spec.one.snake());
        let wrap = match (&field.ty, field.optional) {
            (FieldType::Binary, false) => {
                return format!("            {name}: Base64({one}.{name}),\n");
            }
            (FieldType::Binary, true) => ".map(Base64)",
            (FieldType::Json, false) => ".0",
            (FieldType::Json, true) => ".map(|value| value.0)",
            _ => "",
        };
        format!("            {name}: {one}.{name}{wrap},\n")
    });
    let (security, guard) = match spec.public {
        true => ("", ""),
        false => (
            " security((\"bearer\" = [\"read\"])),",
            "    _: Scoped<Read>,\n",
        ),
    };
    let conflict = match spec.conflicts() {
        true => {
            ",\n        (status = 409, description = \"It does not go with what is there\", \
             body = Problem,\n            content_type = \"application/problem+json\")"
        }
        false => "",
    };
    let places = [
        ("imports", routes_imports(spec)),
        ("response_fields", fields.collect()),
        ("response_values", values.collect()),
        ("read_security", security.to_owned()),
        ("read_guard", guard.to_owned()),
        ("conflict", conflict.to_owned()),
    ];
    spec.fill(include_str!("routes.txt"), &places)
}

fn routes_imports(spec: &ResourceSpec) -> String {
    let model = format!("crate::models::{}", spec.ty());
    let mut paths: Vec<String> = [
        "axum::http::StatusCode",
        "axum::http::header",
        "axum::response::IntoResponse",
        "axum::response::Response",
        "serde::Serialize",
        "time::OffsetDateTime",
        "utoipa::ToSchema",
        "crate::app::AppState",
        "crate::auth::Scoped",
        "crate::auth::Write",
        "crate::db::Tx",
        "crate::error::AppError",
        "crate::error::AppResult",
        "crate::error::Problem",
        "crate::extract::ETag",
        "crate::extract::IfMatch",
        "crate::extract::IfNoneMatch",
        "crate::extract::Json",
        "crate::extract::KeysetQuery",
        "crate::extract::Page",
        "crate::extract::PageQuery",
        "crate::extract::Paging",
        "crate::extract::Path",
        "crate::extract::Query",
        "crate::id::Id",
        model.as_str(),
    ]
    .map(str::to_owned)
    .to_vec();
    if !spec.public {
        paths.push("crate::auth::Read".to_owned());
    }
    if spec.has(|ty| *ty == FieldType::Binary) {
        paths.push("crate::base64::Base64".to_owned());
    }
    paths.extend(
        spec.fields
            .iter()
            .filter_map(value::import)
            .map(str::to_owned),
    );
    let choices = spec.choices().map(|(field, _)| spec.choice(field));
    paths.extend(choices.map(|choice| format!("crate::models::{choice}")));
    imports(paths.iter().map(String::as_str))
}

fn response_field(spec: &ResourceSpec, field: &Field) -> String {
    let (name, described) = (&field.name, field.described());
    let serde = match (value::with(field), field.optional) {
        (Some(module), false) => format!("    #[serde(with = \"{module}\")]\n"),
        (Some(module), true) => format!("    #[serde(with = \"{module}::option\")]\n"),
        (None, _) => String::new(),
    };
    let schema = match field.ty {
        FieldType::Time => format!("    #[schema({})]\n", schema(field).join(", ")),
        _ => String::new(),
    };
    let ty = value::api_type(spec, field);
    format!("    /// {described}.\n{serde}{schema}    {name}: {ty},\n")
}

/// The file `list.rs` below that of the routes.
pub fn list(spec: &ResourceSpec) -> String {
    let orders = spec.orders();
    let values = spec.filters();
    let values = values
        .iter()
        .map(|field| format!("            {0}: self.{0},\n", field.name));
    let (only_offset, no_id) = match orders.is_empty() {
        true => ("", ""),
        false => (
            " With\n    /// `next_id` only by `createdAt`.",
            " A place in any other order than that of ids has no id: 422.",
        ),
    };
    let ty = spec.ty();
    let check = match orders.is_empty() {
        true => String::new(),
        false => only_by_offset(&ty),
    };
    let places = [
        ("imports", list_imports(spec)),
        (
            "query_fields",
            spec.filters()
                .iter()
                .map(|it| query_field(spec, it))
                .collect(),
        ),
        ("only_offset", only_offset.to_owned()),
        ("no_id", no_id.to_owned()),
        ("variants", orders.iter().map(|it| variants(it)).collect()),
        ("arms", orders.iter().map(|it| arms(&ty, it)).collect()),
        ("newest_arm", arm(&ty, "CreatedAtDescending", "NewestFirst")),
        ("check", check),
        ("values", values.collect()),
    ];
    spec.fill(include_str!("list.txt"), &places)
}

fn only_by_offset(ty: &str) -> String {
    let inner = format!("order, {ty}Order::OldestFirst | {ty}Order::NewestFirst");
    let line = format!("        if !matches!({inner}) {{");
    let line = fit(line, inner.len(), || {
        let lines = inner.replace("order, ", "order,\n            ");
        format!("        if !matches!(\n            {lines}\n        ) {{")
    });
    format!("{line}\n            paging.only_by_offset(\"order\")?;\n        }}\n")
}

fn list_imports(spec: &ResourceSpec) -> String {
    let ty = spec.ty();
    let mut paths = vec![
        "serde::Deserialize".to_owned(),
        "utoipa::IntoParams".to_owned(),
        "utoipa::ToSchema".to_owned(),
        "crate::error::AppResult".to_owned(),
        "crate::extract::Paging".to_owned(),
        format!("crate::models::{ty}Filter"),
        format!("crate::models::{ty}Order"),
    ];
    for field in spec.filters() {
        paths.extend(value::import(field).map(str::to_owned));
        if let FieldType::Enum(_) = field.ty {
            paths.push(format!("crate::models::{}", spec.choice(field)));
        }
    }
    imports(paths.iter().map(String::as_str))
}

fn query_field(spec: &ResourceSpec, field: &&Field) -> String {
    let (name, many, label) = (&field.name, spec.many.spaced(), label(&field.camel()));
    let ty = value::query_type(spec, field);
    let with = value::with(field)
        .map(|module| format!("    #[serde(default, with = \"{module}::option\")]\n"));
    let param = match field.ty {
        FieldType::Time => "    #[param(value_type = Option<String>)]\n",
        FieldType::Enum(_) => "    #[param(inline)]\n",
        _ => "",
    };
    let with = with.unwrap_or_default();
    format!("    /// Only {many} with this {label}.\n{with}{param}    {name}: {ty},\n")
}

fn variants(field: &Field) -> String {
    let (name, wire) = (variant(&field.name), field.camel());
    let label = label(&wire);
    format!(
        "    /// By {label}.\n    #[serde(rename = \"{wire}\")]\n    {name},\n    \
         /// By {label}, the other way round.\n    #[serde(rename = \"-{wire}\")]\n    \
         {name}Descending,\n"
    )
}

fn arms(ty: &str, field: &Field) -> String {
    let name = variant(&field.name);
    let of = |name: &str| arm(ty, name, name);
    of(&name) + &of(&format!("{name}Descending"))
}

/// `ListOrder::Name => Order::Name,` on one line, or in a block.
fn arm(ty: &str, from: &str, to: &str) -> String {
    let (from, to) = (format!("{ty}ListOrder::{from}"), format!("{ty}Order::{to}"));
    fit(format!("            {from} => {to},"), 0, || {
        format!("            {from} => {{\n                {to}\n            }}")
    }) + "\n"
}
