//! PostgreSQL.

use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
};
use uuid::Uuid;

pub type Connection = AsyncPgConnection;
pub type Id = Uuid;

diesel::table! {
    persons (id) {
        id -> Uuid,
        name -> Text,
        email -> Text,
        age -> Integer,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> BigInt,
        created_by -> Nullable<Text>,
    }
}

pub fn new_id() -> Id {
    Uuid::now_v7()
}

pub fn manager(url: &str) -> AsyncDieselConnectionManager<Connection> {
    let mut config = ManagerConfig::default();
    config.recycling_method = RecyclingMethod::Fast;
    AsyncDieselConnectionManager::new_with_config(url, config)
}
