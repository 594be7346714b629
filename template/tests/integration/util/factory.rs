//! What tests begin with.

use service::db::{self, Tx};
use service::id::Id;
use service::models::{Person, PersonFields};

use super::TestApp;

/// A person who can be anybody, but for what a test says of them.
#[derive(Debug)]
pub(crate) struct PersonFactory(PersonFields);

impl PersonFactory {
    /// Somebody with an address that nobody else has.
    pub(crate) fn new() -> Self {
        Self(PersonFields {
            name: "Ada Lovelace".to_owned(),
            email: format!("{}@example.com", Id::new()),
            age: 36,
        })
    }

    pub(crate) fn name(mut self, name: &str) -> Self {
        name.clone_into(&mut self.0.name);
        self
    }

    pub(crate) fn email(mut self, email: &str) -> Self {
        email.clone_into(&mut self.0.email);
        self
    }

    pub(crate) fn age(mut self, age: i32) -> Self {
        self.0.age = age;
        self
    }

    /// Stores the person.
    pub(crate) async fn create(self, app: &TestApp) -> Person {
        let stored = app.app.transaction(async |tx: &mut Tx| {
            let person = Person::create(tx, self.0.clone(), None).await?;
            Ok::<_, db::Error>(person)
        });
        stored.await.expect("the person is stored")
    }
}
