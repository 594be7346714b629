//! What the tests share.

mod response;
mod sqlite;
mod test_app;

pub(crate) use response::TestResponse;
use sqlite::TestDatabase;
pub(crate) use test_app::{TestApp, block_on};
