//! The transport: how a worker learns which task to look at.

mod nats;
pub use nats::TransportError;
pub(super) use nats::{Consumer, Transport};
