use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::Deserialize;
use utoipa::IntoParams;

use super::page::{List, Page, Pagination};
use super::{PageQuery, Query};
use crate::app::AppState;
use crate::error::{AppError, FieldError, bad_request, invalid};
use crate::id::Id;

/// Where in a list to go on.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct KeysetQuery {
    /// The last object that is known: the page begins behind it, whatever is added or deleted
    /// before it (its id). Empty: the first page. Not together with `offset`.
    next_id: Option<String>,
}

/// Extracts which page is asked for, and makes it, in either of two styles.
///
/// With `offset`, a client can jump, but sees an object twice, or not at all, when others come and
/// go between two pages. With `next_id` it cannot jump, and sees each once.
#[derive(Debug)]
pub enum Paging {
    /// `?offset=`
    Offset(Pagination),
    /// `?next_id=`
    Keyset(Keyset),
}

/// The page behind an object.
#[derive(Debug)]
pub struct Keyset {
    after: Option<Id>,
    list: List,
}

impl Paging {
    /// How many objects to ask the database for.
    pub fn limit(&self) -> i64 {
        match self {
            Self::Offset(pagination) => pagination.limit(),
            Self::Keyset(keyset) => keyset.list.limit + 1,
        }
    }

    /// How many objects to skip.
    pub fn offset(&self) -> i64 {
        match self {
            Self::Offset(pagination) => pagination.offset(),
            Self::Keyset(_) => 0,
        }
    }

    /// The object behind which to begin.
    pub fn after(&self) -> Option<Id> {
        match self {
            Self::Offset(_) => None,
            Self::Keyset(keyset) => keyset.after,
        }
    }

    /// Refuses what cannot be done by id, with 422.
    pub fn only_by_offset(&self, parameter: &str) -> Result<(), AppError> {
        match self {
            Self::Offset(_) => Ok(()),
            Self::Keyset(_) => Err(not_with_next_id(parameter)),
        }
    }

    /// Makes the page of what the database had.
    pub fn page<T, U: Into<T>>(&self, mut found: Vec<U>, id: impl Fn(&U) -> Id) -> Page<T> {
        match self {
            Self::Offset(pagination) => pagination.page(found),
            Self::Keyset(Keyset { list, .. }) => {
                let more = list.cut(&mut found);
                let last = found.last().filter(|_| more);
                let next = last.map(|last| list.url("next_id", id(last)));
                Page::new(found.into_iter().map(Into::into).collect(), next, None)
            }
        }
    }
}

impl FromRequestParts<AppState> for Paging {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        let Query(query) = Query::<KeysetQuery>::from_request_parts(parts, state).await?;
        let Some(next_id) = query.next_id else {
            let pagination = Pagination::from_request_parts(parts, state).await?;
            return Ok(Self::Offset(pagination));
        };
        let Query(page) = Query::<PageQuery>::from_request_parts(parts, state).await?;
        if page.offset.is_some() {
            return Err(not_with_next_id("offset"));
        }
        let after = match next_id.as_str() {
            "" => None,
            id => Some(id.parse().map_err(|_| bad_request("`next_id` is no id"))?),
        };
        let list = List::new(page.limit, parts, state)?;
        Ok(Self::Keyset(Keyset { after, list }))
    }
}

fn not_with_next_id(parameter: &str) -> AppError {
    invalid(vec![FieldError::new(
        format!("/{parameter}"),
        "does not go with `next_id`",
    )])
}
