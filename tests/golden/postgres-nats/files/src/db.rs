//! The database: its pool, its clock, its transactions and its migrations.

pub mod clock;
mod error;
pub mod migrations;
mod pool;
mod postgres;
mod transaction;

pub use error::Error;
pub use pool::{Database, PooledConnection};
pub(crate) use postgres::skip_locked;
pub use postgres::{Backend, DbConnection, IdSql};
use postgres::{NOW_MS, WriteGate, begin, is_conflict, ping, pool_builder};
pub use transaction::{TransactionError, Tx, Work};
