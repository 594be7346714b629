use std::fmt;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use utoipa::IntoParams;

use crate::error::{AppError, bad_request, precondition_failed};

/// The entity tag of a version of something (RFC 9110, section 8.8.3): its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ETag(pub i64);

impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0)
    }
}

/// Which versions a client has already (RFC 9110, section 13.1.2).
#[derive(Debug, IntoParams)]
#[into_params(names("If-None-Match"), parameter_in = Header)]
pub struct IfNoneMatch(
    /// The versions that are known, which are not sent again.
    #[param(value_type = String, required = false, example = "\"1\"")]
    Option<Tags>,
);

impl IfNoneMatch {
    /// Answers with the body, or with 304 and none to a client that has this version.
    pub fn answer(&self, version: ETag, body: impl IntoResponse) -> Response {
        let tag = [(header::ETAG, version.to_string())];
        match &self.0 {
            // As with the body, which may be packed.
            Some(tags) if tags.hold(version) => {
                let vary = [(header::VARY, "accept-encoding")];
                (StatusCode::NOT_MODIFIED, tag, vary).into_response()
            }
            _ => (tag, body).into_response(),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for IfNoneMatch {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, AppError> {
        Tags::of(&parts.headers, &header::IF_NONE_MATCH).map(Self)
    }
}

/// Which versions a client means to change (RFC 9110, section 13.1.1); without the header, any.
#[derive(Debug, IntoParams)]
#[into_params(names("If-Match"), parameter_in = Header)]
pub struct IfMatch(
    /// The versions that may be changed; any, if this is left out.
    #[param(value_type = String, required = false, example = "\"1\"")]
    Option<Tags>,
);

impl IfMatch {
    /// Refuses a client that has not seen this version: with 412.
    pub fn check(&self, version: ETag) -> Result<(), AppError> {
        match &self.0 {
            Some(tags) if !tags.hold(version) => Err(precondition_failed()),
            _ => Ok(()),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, AppError> {
        Tags::of(&parts.headers, &header::IF_MATCH).map(Self)
    }
}

/// The entity tags in a header.
#[derive(Debug, PartialEq, Eq)]
enum Tags {
    /// `*`
    Any,
    /// These, in their quotes.
    These(Vec<String>),
}

impl Tags {
    /// What the header says, if it is there; 400 if that is no list of entity tags.
    fn of(headers: &HeaderMap, name: &HeaderName) -> Result<Option<Self>, AppError> {
        let mut tags = None;
        for value in headers.get_all(name) {
            let these = value.to_str().ok().and_then(Self::parse).ok_or_else(|| {
                bad_request(format!(
                    "the header `{name}` must be `*` or hold entity tags, as in `\"1\"`"
                ))
            })?;
            tags = Some(match tags {
                Some(tags) => these.and(tags),
                None => these,
            });
        }
        Ok(tags)
    }

    fn parse(text: &str) -> Option<Self> {
        let is_between = [' ', '\t', ','];
        if text.trim() == "*" {
            return Some(Self::Any);
        }
        let mut tags = Vec::new();
        let mut rest = text.trim_start_matches(is_between);
        while !rest.is_empty() {
            // A proxy that compresses the body weakens the tag, which names the version all the same.
            let tag = rest.strip_prefix("W/").unwrap_or(rest);
            let (tag, behind) = tag.strip_prefix('"')?.split_once('"')?;
            if !behind.is_empty() && !behind.starts_with(is_between) {
                return None;
            }
            tags.push(format!("\"{tag}\""));
            rest = behind.trim_start_matches(is_between);
        }
        Some(Self::These(tags))
    }

    fn and(self, others: Self) -> Self {
        match (self, others) {
            (Self::These(mut tags), Self::These(others)) => {
                tags.extend(others);
                Self::These(tags)
            }
            _ => Self::Any,
        }
    }

    /// Whether this version is among them.
    fn hold(&self, version: ETag) -> bool {
        match self {
            Self::Any => true,
            Self::These(tags) => tags.contains(&version.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(values: &[&str]) -> Option<Tags> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::IF_MATCH, value.parse().expect("a value"));
        }
        Tags::of(&headers, &header::IF_MATCH).expect("entity tags")
    }

    #[test]
    fn a_list_may_be_weak_and_in_several_headers() {
        for values in [
            &[r#""7""#] as &[_],
            &[r#"W/"7""#],
            &[r#""1", W/"a,b" ,,"7""#],
            &[r#""1""#, r#""7""#],
            &["*"],
            &[r#""1""#, " * "],
        ] {
            let tags = tags(values).expect("some");
            assert!(tags.hold(ETag(7)), "{values:?}");
        }
        for values in [&[r#""77""#] as &[_], &[r#""07""#, r#""a""#], &[""]] {
            let tags = tags(values).expect("some");
            assert!(!tags.hold(ETag(7)), "{values:?}");
        }
        assert_eq!(tags(&[]), None);
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for value in [
            "7",
            r#""7"#,
            r#"w/"7""#,
            r#""7""8""#,
            r#""7";x"#,
            r#"*, "7""#,
        ] {
            assert_eq!(Tags::parse(value), None, "{value}");
        }
    }
}
