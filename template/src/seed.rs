//! What a new database begins with, to have something to look at.

use diesel::result::{DatabaseErrorKind, Error as QueryError};

use crate::app::App;
use crate::db::{self, Tx};
use crate::models::{Person, PersonFields};

/// Name, e-mail address and age.
const PERSONS: [(&str, &str, i32); 3] = [
    ("Ada Lovelace", "ada@example.com", 36),
    ("Grace Hopper", "grace@example.com", 85),
    ("Alan Turing", "alan@example.com", 41),
];

/// Stores what is not there yet, and returns how many rows that were.
///
/// What is there stays as it is, so this can be repeated whenever something is added here.
pub async fn run(app: &App) -> Result<usize, db::Error> {
    let mut stored = 0;
    for (name, email, age) in PERSONS {
        let fields = PersonFields {
            name: name.to_owned(),
            email: email.to_owned(),
            age,
        };
        if store_person(app, fields).await? {
            stored += 1;
        }
    }
    Ok(stored)
}

/// Whether nobody had the e-mail address.
async fn store_person(app: &App, fields: PersonFields) -> Result<bool, db::Error> {
    // In a transaction of its own, which ends when the database refuses the person.
    let created = app
        .transaction(async |tx: &mut Tx| {
            Person::create(tx, fields.clone(), None).await?;
            Ok::<_, db::Error>(())
        })
        .await;
    match created {
        Ok(()) => Ok(true),
        Err(db::Error::Query(QueryError::DatabaseError(DatabaseErrorKind::UniqueViolation, _))) => {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}
