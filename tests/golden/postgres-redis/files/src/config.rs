//! The settings of the service, read once, at the start.
//!
//! A value comes from the last of these layers that has one:
//! 1. the default in the table of its module,
//! 2. `config/<APP_ENV>.toml`, whose keys are the variables in lower case,
//! 3. `.env`, in dev only,
//! 4. the environment, where an empty value counts as none,
//! 5. the flags of the command line.
//!
//! Read here: `APP_ENV`, `SHUTDOWN_TIMEOUT_SECS`.

mod auth;
mod broker;
mod browser;
mod client;
mod dashboard;
mod database;
mod environment;
mod error;
mod flags;
mod limits;
mod server;
mod settings;
mod streams;
mod telemetry;
mod variable;
mod webhook;
mod worker;

use std::fmt;
use std::path::Path;

pub use auth::{AuthConfig, IssuerConfig};
pub use broker::BrokerConfig;
pub use browser::BrowserConfig;
pub use client::ClientConfig;
pub use dashboard::{Credentials, DashboardConfig};
pub use database::DatabaseConfig;
pub use environment::Environment;
pub use error::Error;
pub use flags::FlagsConfig;
pub use limits::{LimitsConfig, Rate};
pub use server::ServerConfig;
pub use settings::{Entry, Settings};
pub use streams::StreamsConfig;
pub use telemetry::{LogConfig, LogFileConfig, LogFormat, LogRotation, OtlpConfig, SyslogAddress};
pub use variable::Variable;
pub use webhook::WebhookConfig;
pub use worker::WorkerConfig;

const VARIABLES: &[Variable] = &[
    Variable::new("APP_ENV", "Where the service runs: dev, test or prod.").default("dev"),
    Variable::new(
        "SHUTDOWN_TIMEOUT_SECS",
        "How long open requests and running tasks may take to finish after a stop signal, 0 to 3600.",
    )
    .default("30"),
];

/// The variables of every concern, in the order in which they are listed everywhere.
const TABLES: &[&[Variable]] = &[
    VARIABLES,
    server::VARIABLES,
    limits::VARIABLES,
    browser::VARIABLES,
    streams::VARIABLES,
    auth::VARIABLES,
    dashboard::VARIABLES,
    database::VARIABLES,
    broker::VARIABLES,
    worker::VARIABLES,
    client::VARIABLES,
    webhook::VARIABLES,
    telemetry::VARIABLES,
    flags::VARIABLES,
];

/// Every variable that the service reads.
pub fn variables() -> impl Iterator<Item = &'static Variable> {
    TABLES.iter().copied().flatten()
}

/// Where the service runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppEnv {
    /// On a developer's machine.
    Dev,
    /// In a test.
    Test,
    /// For its users.
    Prod,
}

impl AppEnv {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "dev" => Some(Self::Dev),
            "test" => Some(Self::Test),
            "prod" => Some(Self::Prod),
            _ => None,
        }
    }
}

impl fmt::Display for AppEnv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dev => "dev",
            Self::Test => "test",
            Self::Prod => "prod",
        })
    }
}

/// The settings, one struct for each concern.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the service runs.
    pub env: AppEnv,
    /// How long open requests and running tasks may take to finish after a stop signal.
    pub shutdown_timeout_secs: u64,
    /// The HTTP server.
    pub server: ServerConfig,
    /// How much it takes on.
    pub limits: LimitsConfig,
    /// What browsers may do with its answers.
    pub browser: BrowserConfig,
    /// Answers that go on until the client leaves.
    pub streams: StreamsConfig,
    /// Who may call it.
    pub auth: AuthConfig,
    /// The dashboard of tasks.
    pub dashboard: DashboardConfig,
    /// The database.
    pub database: DatabaseConfig,
    /// The broker.
    pub broker: BrokerConfig,
    /// The workers.
    pub worker: WorkerConfig,
    /// Calls to other services.
    pub client: ClientConfig,
    /// What other services tell this one.
    pub webhook: WebhookConfig,
    /// The log.
    pub log: LogConfig,
    /// Which features are on.
    pub flags: FlagsConfig,
}

impl Config {
    /// Reads and checks every setting.
    pub fn new(settings: &Settings) -> Result<Self, Error> {
        Ok(Self {
            env: settings.env(),
            shutdown_timeout_secs: settings.number("SHUTDOWN_TIMEOUT_SECS", 0..=3600)?,
            server: ServerConfig::new(settings)?,
            limits: LimitsConfig::new(settings)?,
            browser: BrowserConfig::new(settings)?,
            streams: StreamsConfig::new(settings)?,
            auth: AuthConfig::new(settings)?,
            dashboard: DashboardConfig::new(settings)?,
            database: DatabaseConfig::new(settings)?,
            broker: BrokerConfig::new(settings)?,
            worker: WorkerConfig::new(settings)?,
            client: ClientConfig::new(settings)?,
            webhook: WebhookConfig::new(settings)?,
            log: LogConfig::new(settings)?,
            flags: FlagsConfig::new(settings)?,
        })
    }

    /// Reads the settings as if `env` were the environment.
    ///
    /// Tests use this, for the environment of the process belongs to all of them.
    pub fn from_env(env: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        Self::new(&Settings::load(env, Path::new("."))?)
    }
}
