//! What the tests share.

mod events;
mod factory;
mod issuer;
mod listening;
mod live;
mod peer;
mod response;
mod socket;
mod sqlite;
mod test_app;

pub(crate) use events::EventReader;
pub(crate) use factory::PersonFactory;
pub(crate) use issuer::{Issuer, SigningKey};
pub(crate) use listening::Listening;
pub(crate) use live::LiveService;
pub(crate) use peer::{Peer, Reply};
pub(crate) use response::TestResponse;
pub(crate) use socket::Socket;
use sqlite::TestDatabase;
pub(crate) use sqlite::{ID_TYPE, JSON_COLUMN, SCHEMA};
pub(crate) use test_app::{TestApp, block_on};

/// Nobody listens there: tests do without a broker.
pub(crate) const NO_BROKER: &str = "redis://127.0.0.1:1";
