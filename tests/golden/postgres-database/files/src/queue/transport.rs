//! The transport: how a worker learns which task to look at.

mod database;
mod listen;

pub use database::TransportError;
pub(super) use database::{Consumer, Transport};
use listen::{Alarm, Wakeup};
