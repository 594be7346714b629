use std::sync::Arc;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::response::Response;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{Date, OffsetDateTime};
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::Operation;

use crate::openapi::{DEPRECATED_SINCE, SUNSET_ON};

pub(super) const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
pub(super) const SUNSET: HeaderName = HeaderName::from_static("sunset");
pub(super) const X_DEPRECATED: HeaderName = HeaderName::from_static("x-deprecated");

/// The dates of the document.
const DATE: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

/// The dates of HTTP (RFC 9110, section 5.6.7), in UTC.
const HTTP_DATE: &[BorrowedFormatItem<'_>] = format_description!(
    "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
);

/// The operations that will be gone one day.
///
/// Every answer of theirs says so, errors of all layers too: `Deprecation` since when (RFC 9745),
/// `Sunset` when it will be gone (RFC 8594), and `X-Deprecated` for those who only look for that.
#[derive(Debug, Default)]
pub struct Deprecations(Vec<Arc<Deprecated>>);

/// An operation that will be gone one day.
#[derive(Debug)]
pub(super) struct Deprecated {
    method: Method,
    path: String,
    headers: HeaderMap,
}

impl Deprecated {
    /// Has the answer say so.
    pub(super) fn announce(&self, response: &mut Response) {
        response.headers_mut().extend(self.headers.clone());
    }
}

impl Deprecations {
    /// Those of which the document says so.
    ///
    /// # Panics
    ///
    /// If the document has something else than dates there: at start-up, where it is noticed.
    pub fn of(document: &OpenApi) -> Self {
        Self(deprecated_operations(document).map(Arc::new).collect())
    }

    /// Which of the operations is asked for.
    pub(super) fn find(&self, request: &Request) -> Option<Arc<Deprecated>> {
        let path = request.extensions().get::<MatchedPath>()?.as_str();
        // Whoever handles GET handles HEAD.
        let method = match *request.method() {
            Method::HEAD => &Method::GET,
            ref method => method,
        };
        let mut operations = self.0.iter();
        let found = operations.find(|it| it.path == path && it.method == method);
        found.cloned()
    }
}

fn deprecated_operations(document: &OpenApi) -> impl Iterator<Item = Deprecated> {
    document.paths.paths.iter().flat_map(|(path, item)| {
        let operations = [
            (Method::GET, &item.get),
            (Method::PUT, &item.put),
            (Method::POST, &item.post),
            (Method::DELETE, &item.delete),
            (Method::PATCH, &item.patch),
        ];
        operations.into_iter().filter_map(|(method, operation)| {
            Some(Deprecated {
                method,
                path: path.clone(),
                headers: headers(operation.as_ref()?)?,
            })
        })
    })
}

/// What the answers of an operation say, if it is deprecated.
fn headers(operation: &Operation) -> Option<HeaderMap> {
    let since = date(operation, DEPRECATED_SINCE)?.unix_timestamp();
    let mut headers = HeaderMap::new();
    headers.insert(X_DEPRECATED, HeaderValue::from_static("true"));
    headers.insert(DEPRECATION, format!("@{since}").parse().ok()?);
    if let Some(sunset) = date(operation, SUNSET_ON) {
        let sunset = sunset.format(HTTP_DATE).ok()?;
        headers.insert(SUNSET, sunset.parse().ok()?);
    }
    Some(headers)
}

/// The beginning of the day that an extension names.
fn date(operation: &Operation, extension: &str) -> Option<OffsetDateTime> {
    let value = operation.extensions.as_ref()?.get(extension)?;
    let date = value.as_str().and_then(|text| Date::parse(text, DATE).ok());
    let date = date.unwrap_or_else(|| {
        panic!("`{extension}`: {value} is not a date such as \"2026-11-20\"");
    });
    Some(date.midnight().assume_utc())
}
