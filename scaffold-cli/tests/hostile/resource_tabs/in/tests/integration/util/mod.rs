//! What the tests share.

mod factory;
mod test_app;

pub(crate) use factory::PersonFactory;
pub(crate) use test_app::{TestApp, block_on};
