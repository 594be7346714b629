//! The database.
//!
//! Reads `DATABASE_URL`, `DATABASE_POOL_SIZE`, `DATABASE_POOL_TIMEOUT_MS` and
//! `DATABASE_SYNCHRONOUS`.

use std::time::Duration;

use secrecy::SecretString;

use super::{Error, Settings, Variable};

const URL_ACCEPTS: &str = "`sqlite://relative.db` or `sqlite:///absolute.db`";
const URL_DEFAULT: &str = "sqlite://data.db";
const URL_DOC: &str = "sqlite://relative.db or sqlite:///absolute.db.";
const URL_SCHEMES: &[&str] = &["sqlite://"];

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
    Variable::new(
        "DATABASE_SYNCHRONOUS",
        "full: a commit survives a power cut; normal: faster, the last ones may not.",
    )
    .default("full"),
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
    /// What a commit waits for.
    pub synchronous: Synchronous,
}

impl DatabaseConfig {
    pub(super) fn new(settings: &Settings) -> Result<Self, Error> {
        Ok(Self {
            url: settings.url("DATABASE_URL", URL_ACCEPTS, URL_SCHEMES)?,
            pool_size: settings.number("DATABASE_POOL_SIZE", 1..=1000)?,
            pool_timeout: Duration::from_millis(
                settings.number("DATABASE_POOL_TIMEOUT_MS", 100..=60_000)?,
            ),
            synchronous: settings.parsed(
                "DATABASE_SYNCHRONOUS",
                "`full` or `normal`",
                Synchronous::parse,
            )?,
        })
    }
}

/// What a commit waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Synchronous {
    /// For the disk: it survives a power cut.
    Full,
    /// For the operating system: it survives a crash of the service.
    Normal,
}

impl Synchronous {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "full" => Some(Self::Full),
            "normal" => Some(Self::Normal),
            _ => None,
        }
    }
}
