//! The database.
//!
//! Reads `DATABASE_URL`, `DATABASE_POOL_SIZE` and `DATABASE_POOL_TIMEOUT_MS`.

use std::time::Duration;

use secrecy::SecretString;

use super::{Error, Settings, Variable};

const URL_ACCEPTS: &str = "a URL such as `postgres://user:password@host:5432/name`";
const URL_DEFAULT: &str = concat!(
    "postgres://postgres:postgres@127.0.0.1:5432/",
    env!("CARGO_CRATE_NAME")
);
const URL_DOC: &str =
    "postgres://user:password@host:5432/name, ?sslmode=disable without TLS; has to be set in prod.";
const URL_SCHEMES: &[&str] = &["postgres://", "postgresql://"];

pub(super) const VARIABLES: &[Variable] = &[
    Variable::new("DATABASE_URL", URL_DOC)
        .default(URL_DEFAULT)
        .url(),
    Variable::new("DATABASE_POOL_SIZE", "Most connections, 1 to 1000.").default("16"),
    Variable::new(
        "DATABASE_POOL_TIMEOUT_MS",
        "How long to wait for a connection, in ms, 100 to 60000.",
    )
    .default("5000"),
];

/// How to reach the database.
#[derive(Debug, Clone)]
pub struct DatabaseConfig {
    /// Where it is.
    pub url: SecretString,
    /// Most connections.
    pub pool_size: usize,
    /// How long to wait for a connection before there is said to be none.
    pub pool_timeout: Duration,
}

impl DatabaseConfig {
    pub(super) fn new(settings: &Settings) -> Result<Self, Error> {
        Ok(Self {
            url: settings.url("DATABASE_URL", URL_ACCEPTS, URL_SCHEMES)?,
            pool_size: settings.number("DATABASE_POOL_SIZE", 1..=1000)?,
            pool_timeout: Duration::from_millis(
                settings.number("DATABASE_POOL_TIMEOUT_MS", 100..=60_000)?,
            ),
        })
    }
}
