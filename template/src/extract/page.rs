use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::Uri;
use axum::http::request::Parts;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Query;
use crate::app::AppState;
use crate::error::{AppError, FieldError, invalid};

const DEFAULT_LIMIT: i64 = 20;
const MAX_LIMIT: i64 = 100;

/// Which part of a list is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Most objects in the page.
    #[param(default = 20, minimum = 1, maximum = 100)]
    pub(super) limit: Option<i64>,
    /// How many objects to skip.
    #[param(default = 0, minimum = 0)]
    pub(super) offset: Option<i64>,
}

/// A part of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The objects.
    objects: Vec<T>,
    /// Where the next page is, if there is one.
    #[schema(required)]
    next: Option<String>,
    /// Where the page before is, if there is one.
    #[schema(required)]
    prev: Option<String>,
}

impl<T> Page<T> {
    pub(super) fn new(objects: Vec<T>, next: Option<String>, prev: Option<String>) -> Self {
        Self {
            objects,
            next,
            prev,
        }
    }
}

/// Extracts which page is asked for, and makes it.
#[derive(Debug)]
pub struct Pagination {
    offset: i64,
    list: List,
}

impl Pagination {
    /// How many objects to ask the database for: one more than the page holds, which tells whether
    /// there is a next page.
    pub fn limit(&self) -> i64 {
        self.list.limit + 1
    }

    /// How many objects to skip.
    pub fn offset(&self) -> i64 {
        self.offset
    }

    /// Makes the page of what the database had.
    pub fn page<T, U: Into<T>>(&self, mut found: Vec<U>) -> Page<T> {
        let limit = self.list.limit;
        let more = self.list.cut(&mut found);
        let next = more.then(|| self.url(self.offset.saturating_add(limit)));
        let prev = (self.offset > 0).then(|| self.url((self.offset - limit).max(0)));
        Page::new(found.into_iter().map(Into::into).collect(), next, prev)
    }

    fn url(&self, offset: i64) -> String {
        self.list.url("offset", offset)
    }
}

impl FromRequestParts<AppState> for Pagination {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        let Query(query) = Query::<PageQuery>::from_request_parts(parts, state).await?;
        let list = List::new(query.limit, parts, state)?;
        let offset = query.offset.unwrap_or(0);
        if offset < 0 {
            return Err(invalid(vec![FieldError::new(
                "/offset",
                "must not be negative",
            )]));
        }
        Ok(Self { offset, list })
    }
}

/// The list that a page is a part of, whatever says where the page begins.
#[derive(Debug)]
pub(super) struct List {
    /// Most objects in a page.
    pub(super) limit: i64,
    root_path: String,
    uri: Uri,
}

impl List {
    pub(super) fn new(
        limit: Option<i64>,
        parts: &Parts,
        state: &AppState,
    ) -> Result<Self, AppError> {
        let limit = limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            let detail = format!("must be between 1 and {MAX_LIMIT}");
            return Err(invalid(vec![FieldError::new("/limit", detail)]));
        }
        let uri = parts.extensions.get::<OriginalUri>();
        Ok(Self {
            limit,
            root_path: state.config.server.root_path.clone(),
            uri: uri.map_or_else(|| parts.uri.clone(), |uri| uri.0.clone()),
        })
    }

    /// Leaves what belongs to the page, and returns whether there is more.
    pub(super) fn cut<T>(&self, found: &mut Vec<T>) -> bool {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = found.len() > limit;
        found.truncate(limit);
        more
    }

    /// The URL of this request with another beginning. All other parameters stay.
    pub(super) fn url(&self, parameter: &str, begin: impl std::fmt::Display) -> String {
        let is_page = |pair: &&str| {
            let name = pair.split('=').next().unwrap_or_default();
            let name = percent_decode_str(name).decode_utf8_lossy();
            ["limit", parameter, ""].contains(&&*name)
        };
        let query = self.uri.query().unwrap_or_default();
        let others = query.split('&').filter(|pair| !is_page(pair));
        let (root_path, path, limit) = (&self.root_path, self.uri.path(), self.limit);
        let query: String = others.map(|pair| format!("{pair}&")).collect();
        format!("{root_path}{path}?{query}limit={limit}&{parameter}={begin}")
    }
}
