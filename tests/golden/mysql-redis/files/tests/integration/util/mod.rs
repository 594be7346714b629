//! What the tests share.

mod mysql;
mod response;
mod test_app;

use mysql::TestDatabase;
pub(crate) use response::TestResponse;
pub(crate) use test_app::{TestApp, block_on};
