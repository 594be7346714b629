//! The transport: how a worker learns which task to look at.

mod redis;
pub use redis::TransportError;
pub(super) use redis::{Consumer, Transport};
