//! Persons.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use time::{Duration, OffsetDateTime};

use crate::db::{Backend, DbConnection, Tx, found, locked, now};
use crate::id::Id;
use crate::schema::persons;

/// A row of `persons`.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Identifiable, Insertable, AsChangeset,
)]
// With a default in the place of `None`, each INSERT would be prepared anew.
#[diesel(check_for_backend(Backend), treat_none_as_default_value = false)]
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
    /// How often the row was written: from 1, and one more with each change.
    pub version: i64,
    /// The `sub` of the token with which it was made; none if no request made it.
    pub created_by: Option<String>,
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

/// Which persons to list.
#[derive(Debug, Clone, Default)]
pub struct PersonFilter {
    /// Only those with this name.
    pub name: Option<String>,
    /// Who comes first.
    pub order: PersonOrder,
    /// Only those who come behind this one in the order of ids.
    pub after: Option<Id>,
    /// How many at most.
    pub limit: i64,
    /// How many to skip.
    pub offset: i64,
}

/// In which order to list persons. An id grows with the time at which it was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PersonOrder {
    /// By id.
    #[default]
    OldestFirst,
    /// By id, the other way round.
    NewestFirst,
    /// By name.
    Name,
    /// By name, the other way round.
    NameDescending,
}

impl Person {
    /// A page of persons.
    pub async fn list(conn: &mut DbConnection, filter: &PersonFilter) -> QueryResult<Vec<Self>> {
        let mut persons = persons::table
            .select(Self::as_select())
            .limit(filter.limit)
            .offset(filter.offset)
            .into_boxed();
        if let Some(name) = &filter.name {
            persons = persons.filter(persons::name.eq(name));
        }
        if let Some(after) = filter.after {
            persons = match filter.order {
                PersonOrder::NewestFirst => persons.filter(persons::id.lt(after)),
                _ => persons.filter(persons::id.gt(after)),
            };
        }
        let persons = match filter.order {
            PersonOrder::OldestFirst => persons.order(persons::id),
            PersonOrder::NewestFirst => persons.order(persons::id.desc()),
            PersonOrder::Name => persons.order((persons::name, persons::id)),
            PersonOrder::NameDescending => {
                persons.order((persons::name.desc(), persons::id.desc()))
            }
        };
        persons.load(conn).await
    }

    /// The person with this id, or `NotFound`.
    pub async fn find(conn: &mut DbConnection, id: Id) -> QueryResult<Self> {
        persons::table
            .find(id)
            .select(Self::as_select())
            .get_result(conn)
            .await
    }

    /// Stores a new person.
    pub async fn create(
        conn: &mut DbConnection,
        fields: PersonFields,
        created_by: Option<&str>,
    ) -> QueryResult<Self> {
        let now = now();
        let person = Self {
            id: Id::new(),
            name: fields.name,
            email: fields.email,
            age: fields.age,
            created_at: now,
            updated_at: now,
            version: 1,
            created_by: created_by.map(str::to_owned),
        };
        diesel::insert_into(persons::table)
            .values(person.clone())
            .execute(conn)
            .await?;
        Ok(person)
    }

    /// The person with this id, whom nobody else changes until the transaction ends, or `NotFound`.
    pub async fn lock(tx: &mut Tx, id: Id) -> QueryResult<Self> {
        let conn: &mut DbConnection = tx;
        locked!(persons::table.find(id).select(Self::as_select()))
            .get_result(conn)
            .await
    }

    /// Replaces the fields of a person who is locked.
    pub async fn replace(self, tx: &mut Tx, fields: PersonFields) -> QueryResult<Self> {
        let person = Self {
            name: fields.name,
            email: fields.email,
            age: fields.age,
            ..self
        };
        person.save(tx).await
    }

    /// Makes a person a year older. Whoever is as old as can be is `NotFound`, like nobody.
    pub async fn add_one_year(tx: &mut Tx, id: Id) -> QueryResult<Self> {
        // Locked, so no birthday is lost when two are celebrated at once.
        let person = Self::lock(tx, id).await?;
        let age = person.age.checked_add(1).ok_or(diesel::NotFound)?;
        Self { age, ..person }.save(tx).await
    }

    /// Deletes a person who is locked.
    pub async fn delete(self, tx: &mut Tx) -> QueryResult<()> {
        let conn: &mut DbConnection = tx;
        let this = persons::table.find(self.id);
        let deleted = diesel::delete(this.filter(persons::version.eq(self.version)))
            .execute(conn)
            .await?;
        found(deleted)
    }

    /// Writes what was changed of a person, as the next version. All changes come by here.
    ///
    /// Of somebody who was not locked this may no longer be the latest version: `NotFound`.
    async fn save(self, tx: &mut Tx) -> QueryResult<Self> {
        let conn: &mut DbConnection = tx;
        let this = persons::table.find(self.id);
        let this = this.filter(persons::version.eq(self.version));
        let person = Self {
            version: self.version + 1,
            // A clock that was set back must not make a change look older than the one before.
            updated_at: now().max(self.updated_at + Duration::MICROSECOND),
            ..self
        };
        let changed = diesel::update(this)
            .set(person.clone())
            .execute(conn)
            .await?;
        found(changed)?;
        Ok(person)
    }
}
