//! The transport: how a worker learns which task to look at.

mod rabbitmq;
pub use rabbitmq::TransportError;
pub(super) use rabbitmq::{Consumer, Transport};
