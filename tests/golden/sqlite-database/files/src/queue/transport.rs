//! The transport: how a worker learns which task to look at.

mod database;
mod poll;

pub use database::TransportError;
pub(super) use database::{Consumer, Transport};
use poll::{Alarm, Wakeup};
