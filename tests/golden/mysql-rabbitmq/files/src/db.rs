//! The database: its pool, its clock, its transactions and its migrations.

pub mod clock;
mod error;
mod json;
pub mod migrations;
mod mysql;
mod pool;
mod row;
mod transaction;

pub use error::Error;
pub(crate) use error::{PATIENCE, in_time};
pub use json::Json;
pub use mysql::{Backend, DbConnection, IdSql, JsonSql};
pub(crate) use mysql::{INSERT_ALL, SUCCEED_ALL, is_conflict, locked, same_key, skip_locked};
use mysql::{
    MigrationLock, NOW_MS, WriteGate, begin, classify, lock_migrations, ping, pool_builder,
};
pub use pool::{Database, PooledConnection};
pub(crate) use row::{found, now};
pub use transaction::{TransactionError, Tx, Work};
