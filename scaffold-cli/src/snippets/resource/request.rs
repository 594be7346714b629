//! What a client may say about a resource.

use super::super::field::{Field, FieldType, MAX_STRING};
use super::super::layout::imports;
use super::{ResourceSpec, fit, struct_of, value};

/// The file `request.rs` below that of the routes.
pub fn request(spec: &ResourceSpec) -> String {
    let strings: Vec<&Field> = spec
        .fields
        .iter()
        .filter(|field| field.ty == FieldType::String)
        .collect();
    let if_wrong = match strings.is_empty() {
        true => "",
        false => "; 422 with all that is wrong",
    };
    let fields = spec.fields.iter().map(|it| request_field(spec, it));
    let values = spec.fields.iter();
    let values = values.map(|field| format!("{}: {}", field.name, stored(field)));
    let values: Vec<String> = values.collect();
    let ty = spec.ty();
    let stored = struct_of(&format!("{ty}Fields"), &values);
    let places = [
        ("imports", request_imports(spec, !strings.is_empty())),
        ("fields", fields.collect()),
        ("if_wrong", if_wrong.to_owned()),
        ("checks", checks(&strings)),
        ("stored", stored),
        ("defaults", defaults(spec)),
    ];
    let text = spec.fill(include_str!("request.txt"), &places);
    text.trim_end().to_owned() + "\n"
}

fn request_imports(spec: &ResourceSpec, has_checks: bool) -> String {
    let ty = spec.ty();
    let mut paths = vec![
        "serde::Deserialize".to_owned(),
        "utoipa::ToSchema".to_owned(),
        "crate::error::AppResult".to_owned(),
        format!("crate::models::{ty}Fields"),
    ];
    let mut add = |path: &str| paths.push(path.to_owned());
    if has_checks {
        add("crate::error::FieldError");
        add("crate::error::invalid");
    }
    for field in &spec.fields {
        value::import(field).into_iter().for_each(&mut add);
        match field.ty {
            FieldType::Json => add("crate::db::Json"),
            FieldType::Binary => add("crate::base64::Base64"),
            FieldType::Datetime => add("crate::calendar::stored"),
            FieldType::Time => add("crate::calendar::stored_time"),
            FieldType::Enum(_) => add(&format!("crate::models::{}", spec.choice(field))),
            _ => {}
        }
        match (&field.default, &field.ty) {
            (Some(_), FieldType::Date) => add("time::macros::date"),
            (Some(_), FieldType::Time) => add("time::macros::time"),
            (Some(_), FieldType::Datetime) => add("time::macros::datetime"),
            _ => {}
        }
    }
    imports(paths.iter().map(String::as_str))
}

fn request_field(spec: &ResourceSpec, field: &Field) -> String {
    let (name, described) = (&field.name, field.described());
    let unique = match field.unique {
        true => format!(", which no other {} has", spec.one.spaced()),
        false => String::new(),
    };
    let default = match &field.default {
        Some(value) => format!(" If left out: `{}`.", value.escape_debug()),
        None => String::new(),
    };
    let mut serde = Vec::new();
    match (&field.default, value::with(field), field.optional) {
        (Some(_), ..) => serde.push(format!("default = \"default_{name}\"")),
        (None, Some(_), true) => serde.push("default".to_owned()),
        _ => {}
    }
    serde.extend(value::with(field).map(|module| match field.optional {
        true => format!("with = \"{module}::option\""),
        false => format!("with = \"{module}\""),
    }));
    let serde = attribute("serde", &serde);
    let schema = attribute("schema", &schema(field));
    let ty = value::api_type(spec, field);
    format!("    /// {described}{unique}.{default}\n{serde}{schema}    {name}: {ty},\n")
}

fn attribute(name: &str, arguments: &[String]) -> String {
    if arguments.is_empty() {
        return String::new();
    }
    let inner = arguments.join(", ");
    let line = format!("    #[{name}({inner})]");
    const MAX_ATTRIBUTE: usize = 70;
    fit(line, inner.len().saturating_sub(MAX_ATTRIBUTE - 60), || {
        let lines = arguments.join(",\n        ");
        format!("    #[{name}(\n        {lines}\n    )]")
    }) + "\n"
}

/// What the API's description says of a value, beside its type.
pub(super) fn schema(field: &Field) -> Vec<String> {
    match field.ty {
        FieldType::String => vec![
            "min_length = 1".to_owned(),
            format!("max_length = {MAX_STRING}"),
        ],
        // It does not know times of day.
        FieldType::Time => vec![
            match field.optional {
                true => "value_type = Option<String>".to_owned(),
                false => "value_type = String".to_owned(),
            },
            "example = \"17:30:00.0\"".to_owned(),
        ],
        _ => Vec::new(),
    }
}

/// What is checked of the texts.
fn checks(strings: &[&Field]) -> String {
    if strings.is_empty() {
        return String::new();
    }
    let entry = |field: &&Field| {
        let (pointer, name) = (field.camel(), &field.name);
        let text = match field.optional {
            true => format!("self.{name}.as_deref()"),
            false => format!("Some(self.{name}.as_str())"),
        };
        let line = format!("(\"/{pointer}\", {text})");
        let inner = line.len() - 2;
        fit(line, inner, || {
            format!("(\n                \"/{pointer}\",\n                {text},\n            )")
        })
    };
    let entries: Vec<String> = strings.iter().map(entry).collect();
    let inner = entries.join(", ");
    let line = format!("        let texts = [{inner}];");
    let texts = match entries.as_slice() {
        // A tuple alone is broken inside.
        [only] => format!("        let texts = [{}];", only.replace("\n    ", "\n")),
        _ => fit(line, inner.len(), || {
            let lines = entries.iter().map(|it| format!("            {it},\n"));
            format!(
                "        let texts = [\n{}        ];",
                lines.collect::<String>()
            )
        }),
    };
    format!(
        "{texts}\n        let mut errors = Vec::new();\n        \
         for (pointer, text) in texts {{\n            \
         if text.is_some_and(|text| !(1..={MAX_STRING}).contains(&text.chars().count())) {{\n                \
         errors.push(FieldError::new(pointer, \"must have 1 to {MAX_STRING} characters\"));\n            \
         }}\n        }}\n        \
         if !errors.is_empty() {{\n            return Err(invalid(errors));\n        }}\n"
    )
}

/// What a model is given.
fn stored(field: &Field) -> String {
    let name = &field.name;
    let wrap = match (&field.ty, field.optional) {
        (FieldType::Datetime, false) => return format!("stored(self.{name})"),
        (FieldType::Time, false) => return format!("stored_time(self.{name})"),
        (FieldType::Json, false) => return format!("Json(self.{name})"),
        (FieldType::Binary, false) => return format!("self.{name}.0"),
        (FieldType::Datetime, true) => ".map(stored)",
        (FieldType::Time, true) => ".map(stored_time)",
        (FieldType::Json, true) => ".map(Json)",
        (FieldType::Binary, true) => ".map(|bytes| bytes.0)",
        _ => "",
    };
    format!("self.{name}{wrap}")
}

fn defaults(spec: &ResourceSpec) -> String {
    let default = |field: &Field| {
        let value = value::default(spec, field, field.default.as_deref()?);
        let (name, ty) = (&field.name, value::api_type(spec, field));
        let value = match field.optional {
            true => format!("Some({value})"),
            false => value,
        };
        Some(format!(
            "\nfn default_{name}() -> {ty} {{\n    {value}\n}}\n"
        ))
    };
    spec.fields.iter().filter_map(default).collect()
}
