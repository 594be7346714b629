//! The database: its pool, its clock, its transactions and its migrations.

pub mod clock;
mod error;
mod json;
pub mod migrations;
mod pool;
mod row;
mod sqlite;
mod transaction;

pub use error::Error;
pub(crate) use error::{PATIENCE, in_time};
pub use json::Json;
pub use pool::{Database, PooledConnection};
pub(crate) use row::{found, now};
pub use sqlite::{Backend, DbConnection, IdSql, JsonSql};
pub(crate) use sqlite::{INSERT_ALL, SUCCEED_ALL, is_conflict, locked, same_key, skip_locked};
use sqlite::{
    MigrationLock, NOW_MS, WriteGate, begin, classify, lock_migrations, ping, pool_builder,
};
pub use transaction::{TransactionError, Tx, Work};
