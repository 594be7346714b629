//! What the tests share.

mod factory;
mod response;
mod sqlite;
mod test_app;

pub(crate) use factory::PersonFactory;
pub(crate) use response::TestResponse;
pub(crate) use sqlite::ID_TYPE;
use sqlite::TestDatabase;
pub(crate) use sqlite::{JSON_COLUMN, SCHEMA};
pub(crate) use test_app::{TestApp, block_on};

/// Nobody listens there: tests do without a broker.
pub(crate) const NO_BROKER: &str = "redis://127.0.0.1:1";
