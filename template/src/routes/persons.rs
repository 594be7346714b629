//! The routes under `/persons`.

mod list;
mod request;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::tasks::{EnqueuedResponse, TaskResultResponse, WaitQuery};
use crate::app::AppState;
use crate::auth::{Scoped, Write};
use crate::db::Tx;
use crate::error::{AppError, AppResult, Problem};
use crate::extract::{
    ETag, IfMatch, IfNoneMatch, Json, KeysetQuery, Page, PageQuery, Paging, Path, Query,
};
use crate::id::Id;
use crate::middleware::TimeLimit;
use crate::models::Person;
use crate::queue::Task;
use crate::tasks::AddOneYear;

pub use list::{PersonListOrder, PersonListQuery};
pub use request::PersonRequest;

/// A person.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PersonResponse {
    /// Its id.
    id: Id,
    /// The full name.
    #[schema(example = "Ada Lovelace")]
    name: String,
    /// The e-mail address, which no other person has.
    #[schema(example = "ada@example.com")]
    email: String,
    /// The age in years.
    #[schema(example = 36)]
    age: i32,
    /// When the person was created.
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    /// When the person was last changed.
    #[serde(with = "time::serde::rfc3339")]
    updated_at: OffsetDateTime,
    /// The number of this version, which is in quotes in `ETag` and `If-Match`.
    #[schema(example = 1)]
    version: i64,
}

/// List persons.
#[utoipa::path(get, path = "/persons", tag = "persons",
    params(PersonListQuery, PageQuery, KeysetQuery),
    responses((status = 200, description = "A page of persons", body = Page<PersonResponse>)))]
pub async fn list_persons(
    state: AppState,
    Query(query): Query<PersonListQuery>,
    paging: Paging,
) -> AppResult<Json<Page<PersonResponse>>> {
    let filter = query.filter(&paging)?;
    let mut conn = state.connection().await?;
    let persons = Person::list(&mut conn, &filter).await?;
    Ok(Json(paging.page(persons, |person| person.id)))
}

/// Find a person.
#[utoipa::path(get, path = "/persons/{id}", tag = "persons",
    params(("id" = Id, Path, description = "The person"), IfNoneMatch),
    responses(
        (status = 200, description = "The person", body = PersonResponse,
            headers(("ETag" = String, description = "The version"))),
        (status = 304, description = "The version is known",
            headers(("ETag" = String, description = "The version")))))]
pub async fn find_person(
    state: AppState,
    Path(id): Path<Id>,
    if_none_match: IfNoneMatch,
) -> AppResult<Response> {
    let mut conn = state.connection().await?;
    let person = Person::find(&mut conn, id).await?;
    let version = ETag(person.version);
    Ok(if_none_match.answer(version, Json(PersonResponse::from(person))))
}

/// Search for persons, as `GET /persons` does too.
#[utoipa::path(get, path = "/persons/search", tag = "persons",
    params(PersonListQuery, PageQuery, KeysetQuery),
    extensions(
        ("x-deprecated-since" = json!("2026-11-20")),
        ("x-sunset" = json!("2027-11-20"))),
    responses((status = 200, description = "A page of persons", body = Page<PersonResponse>)))]
pub async fn search_persons(
    state: AppState,
    query: Query<PersonListQuery>,
    paging: Paging,
) -> AppResult<Json<Page<PersonResponse>>> {
    list_persons(state, query, paging).await
}

/// Create a person.
#[utoipa::path(post, path = "/persons", tag = "persons", security(("bearer" = ["write"])),
    request_body = PersonRequest,
    responses(
        (status = 201, description = "The new person", body = PersonResponse,
            headers(
                ("ETag" = String, description = "The version"),
                ("Location" = String, description = "Where the person is"))),
        (status = 409, description = "Another person has the e-mail address", body = Problem,
            content_type = "application/problem+json")))]
pub async fn create_person(
    state: AppState,
    author: Scoped<Write>,
    Json(body): Json<PersonRequest>,
) -> AppResult<impl IntoResponse> {
    let fields = body.validate()?;
    let author = Some(author.claims.sub.as_str());
    let mut conn = state.writer().await?;
    let person = Person::create(&mut conn, fields, author).await?;
    drop(conn);
    let location = state
        .config
        .server
        .api_url(&format!("/persons/{}", person.id));
    let headers = [
        (header::LOCATION, location),
        (header::ETAG, ETag(person.version).to_string()),
    ];
    let body = Json(PersonResponse::from(person));
    Ok((StatusCode::CREATED, headers, body))
}

/// Replace what is said about a person.
///
/// The answer has no `ETag`, for it is not what was sent (RFC 9110, section 9.3.4). Its `version`
/// is what the next `If-Match` needs.
#[utoipa::path(put, path = "/persons/{id}", tag = "persons", security(("bearer" = ["write"])),
    params(("id" = Id, Path, description = "The person"), IfMatch),
    request_body = PersonRequest,
    responses(
        (status = 200, description = "The person as it is now", body = PersonResponse),
        (status = 409, description = "Another person has the e-mail address", body = Problem,
            content_type = "application/problem+json"),
        (status = 412, description = "It is another version", body = Problem,
            content_type = "application/problem+json")))]
pub async fn update_person(
    state: AppState,
    _: Scoped<Write>,
    Path(id): Path<Id>,
    if_match: IfMatch,
    Json(body): Json<PersonRequest>,
) -> AppResult<Json<PersonResponse>> {
    let fields = body.validate()?;
    let person = state
        .transaction(async |tx: &mut Tx| {
            let person = Person::lock(tx, id).await?;
            if_match.check(ETag(person.version))?;
            Ok::<_, AppError>(person.replace(tx, fields.clone()).await?)
        })
        .await?;
    Ok(Json(person.into()))
}

/// Delete a person.
#[utoipa::path(delete, path = "/persons/{id}", tag = "persons", security(("bearer" = ["write"])),
    params(("id" = Id, Path, description = "The person"), IfMatch),
    responses(
        (status = 204, description = "The person is gone"),
        (status = 412, description = "It is another version", body = Problem,
            content_type = "application/problem+json")))]
pub async fn delete_person(
    state: AppState,
    _: Scoped<Write>,
    Path(id): Path<Id>,
    if_match: IfMatch,
) -> AppResult<StatusCode> {
    state
        .transaction(async |tx: &mut Tx| {
            let person = Person::lock(tx, id).await?;
            if_match.check(ETag(person.version))?;
            Ok::<_, AppError>(person.delete(tx).await?)
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Make a person a year older, in the background.
///
/// With `wait=true` the answer is what the task returned. If it does not end in time, it is revoked.
#[utoipa::path(post, path = "/persons/{id}/birthday", tag = "persons",
    security(("bearer" = ["write"])),
    params(("id" = Id, Path, description = "The person"), WaitQuery),
    responses(
        (status = 200, description = "It is done", body = TaskResultResponse),
        (status = 202, description = "The task that will do it", body = EnqueuedResponse,
            headers(("Location" = String, description = "Where the task can be watched"))),
        (status = 409, description = "It has failed, or was called off", body = Problem,
            content_type = "application/problem+json"),
        (status = 408, description = "It took too long, and has been called off", body = Problem,
            content_type = "application/problem+json")))]
pub async fn celebrate_birthday(
    state: AppState,
    _: Scoped<Write>,
    Path(id): Path<Id>,
    Query(query): Query<WaitQuery>,
    time_limit: TimeLimit,
) -> AppResult<Response> {
    let task_id = state
        .transaction(async |tx: &mut Tx| {
            let person = Person::find(tx, id).await?;
            let task = AddOneYear {
                person_id: person.id,
            };
            Ok::<_, AppError>(task.enqueue(tx).await?)
        })
        .await?;
    if !query.wait {
        return Ok(EnqueuedResponse::accepted(&state, task_id));
    }
    let result = query.result_of(&state, task_id, &time_limit).await?;
    Ok(result.into_response())
}

impl From<Person> for PersonResponse {
    fn from(person: Person) -> Self {
        Self {
            id: person.id,
            name: person.name,
            email: person.email,
            age: person.age,
            created_at: person.created_at,
            updated_at: person.updated_at,
            version: person.version,
        }
    }
}
