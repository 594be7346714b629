use std::fmt::{self, Display};

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::{DeserializeOwned, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::error::Category;
use serde_path_to_error::Segment;

use crate::error::{AppError, FieldError, bad_request, invalid};

/// A JSON body.
///
/// 415 if it says that it is something else, 413 if it is too large, 400 if it is not JSON, and 422
/// with the place of the fault if it is not a `T`.
#[derive(Debug, Clone, Copy)]
pub struct Json<T>(pub T);

impl<S, T> FromRequest<S> for Json<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = AppError;

    async fn from_request(request: Request, state: &S) -> Result<Self, AppError> {
        if !is_json(request.headers()) {
            return Err(AppError::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "the body must be JSON, with `Content-Type: application/json`",
            ));
        }
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| reject_bytes(&rejection))?;
        refuse_nul(&body)?;
        parse(&body).map(Self)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

pub(super) fn reject_bytes(rejection: &BytesRejection) -> AppError {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => AppError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "the body is larger than this service accepts",
        ),
        _ => bad_request("the body ended too early, or is not what `Content-Encoding` says"),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE);
    let Some(value) = value.and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let kind = value.split(';').next().unwrap_or_default().trim();
    let kind = kind.to_ascii_lowercase();
    kind == "application/json" || kind.starts_with("application/") && kind.ends_with("+json")
}

pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, AppError> {
    let body = str::from_utf8(body).map_err(not_json)?;
    let mut deserializer = serde_json::Deserializer::from_str(body);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let pointer = pointer(error.path());
        // What is wrong with a field matters only if the rest, too, is JSON.
        match serde_json::from_str::<IgnoredAny>(body) {
            Err(error) => not_json(error),
            Ok(_) => reject(&pointer, error.inner()),
        }
    })?;
    deserializer.end().map_err(not_json)?;
    Ok(value)
}

fn not_json(error: impl Display) -> AppError {
    bad_request(format!("the body is not valid JSON: {error}"))
}

/// What is wrong with a body that is JSON.
fn reject(pointer: &str, error: &serde_json::Error) -> AppError {
    let text = error.to_string();
    // The position in the text says less than the pointer.
    let detail = text.split(" at line ").next().unwrap_or_default();
    // So it says of a list where an enum is expected.
    if error.classify() != Category::Data && detail.starts_with("expected") {
        return invalid(vec![FieldError::new(pointer, "has another type")]);
    }
    let missing = detail
        .strip_prefix("missing field `")
        .and_then(|rest| rest.strip_suffix('`'));
    invalid(vec![match missing {
        Some(field) => FieldError::new(format!("{pointer}/{}", escape(field)), "is missing"),
        None => FieldError::new(pointer, detail),
    }])
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    let segment = |segment: &Segment| match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } => format!("/{}", escape(key)),
        Segment::Enum { .. } | Segment::Unknown => String::new(),
    };
    path.iter().map(segment).collect()
}

fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// PostgreSQL cannot hold a NUL character, so one that got through would fail later, with a 500. What
/// is not JSON fails when it is parsed.
fn refuse_nul(body: &[u8]) -> Result<(), AppError> {
    if !holds_nul(body) || serde_json::from_slice::<IgnoredAny>(body).is_err() {
        return Ok(());
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let found = serde_path_to_error::deserialize::<_, NoNul>(&mut deserializer);
    let pointer = found.err().map(|error| pointer(error.path()));
    Err(invalid(vec![FieldError::new(
        pointer.unwrap_or_default(),
        "must not contain a NUL character",
    )]))
}

/// Whether there is a NUL character in JSON, where one has to be escaped. The backslash before it may
/// itself be escaped.
fn holds_nul(body: &[u8]) -> bool {
    let mut rest = body;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        rest = &rest[at + 1..];
        if rest.starts_with(b"u0000") {
            return true;
        }
        rest = rest.get(1..).unwrap_or_default();
    }
    false
}

/// JSON up to the first NUL character. Nothing of it is kept.
struct NoNul;

impl<'de> Deserialize<'de> for NoNul {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for NoNul {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no NUL character")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self, E> {
        match text.contains('\0') {
            true => Err(E::custom("a NUL character")),
            false => Ok(self),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self, A::Error> {
        while let Some(Self) = elements.next_element()? {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self, A::Error> {
        while let Some(name) = fields.next_key::<String>()? {
            Self.visit_str(&name)?;
            let Self = fields.next_value()?;
        }
        Ok(self)
    }
}
