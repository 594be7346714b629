//! SQLite, with the pragmas of the rendered service.

use diesel::prelude::*;
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig};
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{AsyncConnection, SimpleAsyncConnection};
use futures_util::FutureExt;
use uuid::Uuid;

pub type Connection = SyncConnectionWrapper<SqliteConnection>;
pub type Id = String;

diesel::table! {
    persons (id) {
        id -> Text,
        name -> Text,
        email -> Text,
        age -> Integer,
        created_at -> TimestamptzSqlite,
        updated_at -> TimestamptzSqlite,
        version -> BigInt,
        created_by -> Nullable<Text>,
    }
}

pub fn new_id() -> Id {
    Uuid::now_v7().to_string()
}

pub fn manager(url: &str) -> AsyncDieselConnectionManager<Connection> {
    let synchronous = std::env::var("DATABASE_SYNCHRONOUS").unwrap_or_else(|_| "full".to_owned());
    let pragmas = format!(
        "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; \
         PRAGMA synchronous = {synchronous}; PRAGMA foreign_keys = ON;"
    );
    let mut config = ManagerConfig::default();
    config.custom_setup = Box::new(move |path| {
        let pragmas = pragmas.clone();
        async move {
            let mut conn = Connection::establish(path).await?;
            conn.batch_execute(&pragmas)
                .await
                .map_err(ConnectionError::CouldntSetupConfiguration)?;
            Ok(conn)
        }
        .boxed()
    });
    let path = url.strip_prefix("sqlite://").unwrap_or(url);
    AsyncDieselConnectionManager::new_with_config(path, config)
}
