//! What the tests share.

mod postgres;
mod response;
mod test_app;

use postgres::TestDatabase;
pub(crate) use response::TestResponse;
pub(crate) use test_app::{TestApp, block_on};
