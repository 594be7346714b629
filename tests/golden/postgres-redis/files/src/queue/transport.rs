//! The transport: how a worker learns which task to look at.

mod redis;
pub(super) use redis::Transport;
pub use redis::TransportError;
