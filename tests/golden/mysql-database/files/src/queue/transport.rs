//! The transport: how a worker learns which task to look at.

mod database;
pub use database::TransportError;
pub(super) use database::{Consumer, Transport};
