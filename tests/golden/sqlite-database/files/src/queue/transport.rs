//! The transport: how a worker learns which task to look at.

mod database;
pub(super) use database::Transport;
pub use database::TransportError;
