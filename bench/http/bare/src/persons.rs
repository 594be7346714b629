//! The routes under `/persons`.

use std::error::Error;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use diesel_async::pooled_connection::deadpool::Pool;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::database::{Connection, Id, new_id, persons};

#[derive(Clone, Serialize, Queryable, Selectable, Insertable)]
#[diesel(treat_none_as_default_value = false)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    id: Id,
    name: String,
    email: String,
    age: i32,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    updated_at: OffsetDateTime,
    version: i64,
    #[serde(skip)]
    created_by: Option<String>,
}

#[derive(Deserialize)]
pub struct PersonRequest {
    name: String,
    email: String,
    age: i32,
}

#[derive(Deserialize)]
pub struct Paging {
    limit: i64,
}

#[derive(Serialize)]
pub struct Page {
    objects: Vec<Person>,
}

/// Whatever goes wrong is a 500.
pub struct Failure;

impl<E: Error> From<E> for Failure {
    fn from(_: E) -> Self {
        Self
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}

pub async fn list(
    State(pool): State<Pool<Connection>>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page>, Failure> {
    let mut conn = pool.get().await?;
    let objects = persons::table
        .order(persons::id)
        .limit(paging.limit)
        .select(Person::as_select())
        .load(&mut conn)
        .await?;
    Ok(Json(Page { objects }))
}

pub async fn find(
    State(pool): State<Pool<Connection>>,
    Path(id): Path<Id>,
) -> Result<Json<Person>, Failure> {
    let mut conn = pool.get().await?;
    let person = persons::table
        .find(id)
        .select(Person::as_select())
        .get_result(&mut conn)
        .await?;
    Ok(Json(person))
}

pub async fn create(
    State(pool): State<Pool<Connection>>,
    Json(body): Json<PersonRequest>,
) -> Result<(StatusCode, Json<Person>), Failure> {
    let now = OffsetDateTime::now_utc();
    let person = Person {
        id: new_id(),
        name: body.name,
        email: body.email,
        age: body.age,
        created_at: now,
        updated_at: now,
        version: 1,
        created_by: None,
    };
    let mut conn = pool.get().await?;
    diesel::insert_into(persons::table)
        .values(person.clone())
        .execute(&mut conn)
        .await?;
    Ok((StatusCode::CREATED, Json(person)))
}
