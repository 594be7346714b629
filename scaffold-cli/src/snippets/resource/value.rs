//! What a field is in Rust and in JSON.

use super::super::field::{Field, FieldType, variant};
use super::ResourceSpec;

/// The type in a model.
pub(super) fn model_type(spec: &ResourceSpec, field: &Field) -> String {
    optional(field, &base_type(spec, field, "Json<Value>", "Vec<u8>"))
}

/// The type in a request or an answer.
pub(super) fn api_type(spec: &ResourceSpec, field: &Field) -> String {
    optional(field, &base_type(spec, field, "Value", "Base64"))
}

/// The type in a query, where everything can be left out.
pub(super) fn query_type(spec: &ResourceSpec, field: &Field) -> String {
    format!("Option<{}>", base_type(spec, field, "Value", "Base64"))
}

fn optional(field: &Field, ty: &str) -> String {
    match field.optional {
        true => format!("Option<{ty}>"),
        false => ty.to_owned(),
    }
}

fn base_type(spec: &ResourceSpec, field: &Field, json: &str, binary: &str) -> String {
    let name = match &field.ty {
        FieldType::String | FieldType::Text => "String",
        FieldType::Integer => "i32",
        FieldType::Bigint => "i64",
        FieldType::Float => "f64",
        FieldType::Decimal => "Decimal",
        FieldType::Boolean => "bool",
        FieldType::Date => "Date",
        FieldType::Time => "Time",
        FieldType::Datetime => "OffsetDateTime",
        FieldType::Uuid | FieldType::References(_) => "Id",
        FieldType::Json => json,
        FieldType::Binary => binary,
        FieldType::Enum(_) => return spec.choice(field),
    };
    name.to_owned()
}

/// What the type of a field needs from other modules.
pub(super) fn import(field: &Field) -> Option<&'static str> {
    Some(match field.ty {
        FieldType::Date => "time::Date",
        FieldType::Time => "time::Time",
        FieldType::Datetime => "time::OffsetDateTime",
        FieldType::Uuid | FieldType::References(_) => "crate::id::Id",
        FieldType::Json => "serde_json::Value",
        FieldType::Decimal => "crate::decimal::Decimal",
        _ => return None,
    })
}

/// How serde writes what has more than one form.
pub(super) fn with(field: &Field) -> Option<&'static str> {
    Some(match field.ty {
        FieldType::Date => "crate::calendar::date",
        FieldType::Time => "crate::calendar::time_of_day",
        FieldType::Datetime => "time::serde::rfc3339",
        _ => return None,
    })
}

/// A value in JSON; the first or another one.
pub(super) fn json(field: &Field, first: bool) -> String {
    let pick = |one: &str, two: &str| if first { one } else { two }.to_owned();
    match &field.ty {
        FieldType::String => pick("\"Ada\"", "\"Berta\""),
        FieldType::Text => pick("\"Ada\\nand others\"", "\"\""),
        FieldType::Integer => pick("1", "-2147483648"),
        FieldType::Bigint => pick("1", "9007199254740991_i64"),
        FieldType::Float => pick("1.5", "-0.25"),
        FieldType::Decimal => pick("\"12.5\"", "\"-99999999999999.9999\""),
        FieldType::Boolean => pick("true", "false"),
        FieldType::Date => pick("\"2026-02-28\"", "\"2024-02-29\""),
        FieldType::Time => pick("\"17:30:00.0\"", "\"08:15:59.000001\""),
        FieldType::Datetime => pick(
            "\"2026-02-28T17:30:00Z\"",
            "\"2024-02-29T08:15:59.000001Z\"",
        ),
        FieldType::Uuid => pick(
            "\"01890a5d-ac96-774b-bcce-b302099a8057\"",
            "\"01890a5d-ac96-774b-bcce-b302099a8058\"",
        ),
        FieldType::Json => pick("{\"list\": [1, null, \"x\"]}", "[]"),
        FieldType::Binary => pick("\"aGVsbG8=\"", "\"AP8=\""),
        FieldType::Enum(values) => {
            let value = if first { values.first() } else { values.last() };
            format!("\"{}\"", value.map_or("", String::as_str))
        }
        FieldType::References(_) => field.name.clone(),
    }
}

/// A value in Rust, for a row that can be any; unique where it has to be.
pub(super) fn any(spec: &ResourceSpec, field: &Field) -> String {
    match &field.ty {
        FieldType::References(_) if !field.optional => return field.name.clone(),
        _ if field.optional => return "None".to_owned(),
        FieldType::Enum(values) => {
            let first = values.first().map_or("", String::as_str);
            return format!("{}::{}", spec.choice(field), variant(first));
        }
        _ => {}
    }
    let [usual, unique] = match &field.ty {
        FieldType::String | FieldType::Text => ["\"text\".to_owned()", "Id::new().to_string()"],
        FieldType::Integer => ["1", "number()"],
        FieldType::Bigint => ["1", "number().into()"],
        FieldType::Float => ["1.5", "number().into()"],
        FieldType::Decimal => [
            "Decimal::default()",
            "number().to_string().parse().expect(\"a number\")",
        ],
        FieldType::Date => [
            "OffsetDateTime::UNIX_EPOCH.date()",
            "OffsetDateTime::UNIX_EPOCH.date() + Duration::days(number().into())",
        ],
        FieldType::Time => [
            "Time::MIDNIGHT",
            "Time::MIDNIGHT + Duration::seconds(number().into())",
        ],
        FieldType::Datetime => [
            "OffsetDateTime::UNIX_EPOCH",
            "OffsetDateTime::UNIX_EPOCH + Duration::days(number().into())",
        ],
        FieldType::Json => ["Json(Value::Null)"; 2],
        FieldType::Binary => ["Vec::new()", "Id::new().to_string().into_bytes()"],
        FieldType::Boolean => ["true"; 2],
        _ => ["Id::new()"; 2],
    };
    if field.unique { unique } else { usual }.to_owned()
}

/// What such a value needs from other modules, if it is not `None`.
pub(super) fn any_imports(field: &Field) -> Vec<&'static str> {
    let mut paths = match field.ty {
        _ if field.optional => Vec::new(),
        FieldType::Decimal if !field.unique => vec!["service::decimal::Decimal"],
        FieldType::Date | FieldType::Datetime => vec!["time::OffsetDateTime"],
        FieldType::Time => vec!["time::Time"],
        FieldType::Json => vec!["serde_json::Value", "service::db::Json"],
        FieldType::Uuid => vec!["service::id::Id"],
        FieldType::String | FieldType::Text | FieldType::Binary if field.unique => {
            vec!["service::id::Id"]
        }
        _ => Vec::new(),
    };
    let counts_days = matches!(
        field.ty,
        FieldType::Date | FieldType::Time | FieldType::Datetime
    );
    if counts_days && field.unique && !field.optional {
        paths.push("time::Duration");
    }
    paths
}

/// Whether such a value is a number that is counted up.
pub(super) fn is_counted(field: &Field) -> bool {
    let has_number = matches!(
        field.ty,
        FieldType::Integer
            | FieldType::Bigint
            | FieldType::Float
            | FieldType::Decimal
            | FieldType::Date
            | FieldType::Time
            | FieldType::Datetime
    );
    has_number && field.unique && !field.optional
}

/// A default in Rust.
pub(super) fn default(spec: &ResourceSpec, field: &Field, value: &str) -> String {
    match &field.ty {
        FieldType::Integer | FieldType::Bigint | FieldType::Boolean => value.to_owned(),
        FieldType::Float if value.contains('.') => value.to_owned(),
        FieldType::Float => format!("{value}.0"),
        FieldType::Enum(_) => format!("{}::{}", spec.choice(field), variant(value)),
        FieldType::Date => format!("date!({})", value.replace('-', " - ")),
        FieldType::Time => format!("time!({value})"),
        FieldType::Datetime => {
            let value = value.trim_end_matches('Z').replace('T', " ");
            format!("datetime!({value} UTC)")
        }
        FieldType::Decimal => format!("\"{value}\".parse().unwrap_or_default()"),
        _ => format!("\"{}\".to_owned()", value.escape_debug()),
    }
}
