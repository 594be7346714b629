//! Persons.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use time::OffsetDateTime;

use crate::db::{Backend, DbConnection};
use crate::id::Id;
use crate::schema::persons;

/// A row of `persons`.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Identifiable, Insertable, AsChangeset,
)]
#[diesel(check_for_backend(Backend))]
pub struct Person {
    /// Its id.
    pub id: Id,
    /// The full name.
    pub name: String,
    /// The e-mail address, which no other person has.
    pub email: String,
    /// The age in years.
    pub age: i32,
    /// When the row was made.
    pub created_at: OffsetDateTime,
    /// When the row was last changed.
    pub updated_at: OffsetDateTime,
}

/// What the owner of a person decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonFields {
    /// The full name.
    pub name: String,
    /// The e-mail address, which no other person has.
    pub email: String,
    /// The age in years.
    pub age: i32,
}

impl Person {
    /// A page of persons, oldest first.
    pub async fn list(conn: &mut DbConnection, limit: i64, offset: i64) -> QueryResult<Vec<Self>> {
        persons::table
            .select(Self::as_select())
            .order(persons::id)
            .limit(limit)
            .offset(offset)
            .load(conn)
            .await
    }

    /// The person with this id, or `NotFound`.
    pub async fn find(conn: &mut DbConnection, id: Id) -> QueryResult<Self> {
        persons::table
            .find(id)
            .select(Self::as_select())
            .first(conn)
            .await
    }

    /// Stores a new person.
    pub async fn create(conn: &mut DbConnection, fields: PersonFields) -> QueryResult<Self> {
        let now = now();
        let person = Self {
            id: Id::new(),
            name: fields.name,
            email: fields.email,
            age: fields.age,
            created_at: now,
            updated_at: now,
        };
        diesel::insert_into(persons::table)
            .values(person.clone())
            .execute(conn)
            .await?;
        Ok(person)
    }

    /// Replaces the fields of the person with this id, or answers `NotFound`.
    pub async fn replace(
        conn: &mut DbConnection,
        id: Id,
        fields: PersonFields,
    ) -> QueryResult<Self> {
        let found = Self::find(conn, id).await?;
        let person = Self {
            name: fields.name,
            email: fields.email,
            age: fields.age,
            updated_at: now(),
            ..found
        };
        let changed = diesel::update(persons::table.find(id))
            .set(person.clone())
            .execute(conn)
            .await?;
        if changed == 0 {
            return Err(diesel::NotFound);
        }
        Ok(person)
    }

    /// Makes a person a year older. Whoever is as old as can be is `NotFound`, like nobody.
    ///
    /// The database does the sum, so no birthday is lost when two are celebrated at once.
    pub async fn add_one_year(conn: &mut DbConnection, id: Id) -> QueryResult<Self> {
        // What comes after that has another error on every database.
        let can_age = persons::table.find(id).filter(persons::age.lt(i32::MAX));
        let changed = diesel::update(can_age)
            .set((
                persons::age.eq(persons::age + 1),
                persons::updated_at.eq(now()),
            ))
            .execute(conn)
            .await?;
        if changed == 0 {
            return Err(diesel::NotFound);
        }
        Self::find(conn, id).await
    }

    /// Deletes the person with this id, or answers `NotFound`.
    pub async fn delete(conn: &mut DbConnection, id: Id) -> QueryResult<()> {
        match diesel::delete(persons::table.find(id))
            .execute(conn)
            .await?
        {
            0 => Err(diesel::NotFound),
            _ => Ok(()),
        }
    }
}

/// The present, as precisely as every database keeps it.
fn now() -> OffsetDateTime {
    let now = OffsetDateTime::now_utc();
    now.replace_microsecond(now.microsecond()).unwrap_or(now)
}
