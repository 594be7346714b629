//! Calls to other services.
//!
//! Reads `CLIENT_CONNECT_TIMEOUT_MS`, `CLIENT_TIMEOUT_MS`, `CLIENT_MAX_RETRIES`,
//! `CLIENT_MAX_CONCURRENT_PER_PEER` and `CLIENT_MAX_RESPONSE_BYTES`.

use std::time::Duration;

use super::{Error, Settings, Variable};

pub(super) const VARIABLES: &[Variable] = &[
    Variable::new(
        "CLIENT_CONNECT_TIMEOUT_MS",
        "How long connecting to another service may take, 1 to 60000.",
    )
    .default("2000"),
    Variable::new(
        "CLIENT_TIMEOUT_MS",
        "How long a call to another service may take with all retries, 1 to 600000.",
    )
    .default("10000"),
    Variable::new(
        "CLIENT_MAX_RETRIES",
        "How often a call that may be repeated is repeated, 0 to 10.",
    )
    .default("2"),
    Variable::new(
        "CLIENT_MAX_CONCURRENT_PER_PEER",
        "Most calls to one host at once, 1 to 10000; others wait.",
    )
    .default("16"),
    Variable::new(
        "CLIENT_MAX_RESPONSE_BYTES",
        "Largest response that is read, unpacked, 1 to 1073741824.",
    )
    .default("8388608"),
];

/// How other services are called.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// How long connecting may take.
    pub connect_timeout: Duration,
    /// How long a call may take with all retries.
    pub timeout: Duration,
    /// How often a call that may be repeated is repeated.
    pub max_retries: u32,
    /// Most calls to one host at once.
    pub max_concurrent_per_peer: usize,
    /// Largest response that is read.
    pub max_response_bytes: usize,
}

impl ClientConfig {
    pub(super) fn new(settings: &Settings) -> Result<Self, Error> {
        let connect_timeout_ms = settings.number("CLIENT_CONNECT_TIMEOUT_MS", 1..=60_000)?;
        let timeout_ms = settings.number("CLIENT_TIMEOUT_MS", 1..=600_000)?;
        Ok(Self {
            connect_timeout: Duration::from_millis(connect_timeout_ms),
            timeout: Duration::from_millis(timeout_ms),
            max_retries: settings.number("CLIENT_MAX_RETRIES", 0..=10)?,
            max_concurrent_per_peer: settings
                .number("CLIENT_MAX_CONCURRENT_PER_PEER", 1..=10_000)?,
            max_response_bytes: settings.number("CLIENT_MAX_RESPONSE_BYTES", 1..=1 << 30)?,
        })
    }
}
