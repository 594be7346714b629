//! How much the HTTP server takes on.
//!
//! Reads `HEADER_READ_TIMEOUT_SECS`, `MAX_CONCURRENT_REQUESTS`, `RATE_LIMIT_PER_SECOND` and
//! `RATE_LIMIT_BURST`.

use std::num::NonZeroU32;
use std::time::Duration;

use super::{Error, Settings, Variable};

pub(super) const VARIABLES: &[Variable] = &[
    Variable::new(
        "HEADER_READ_TIMEOUT_SECS",
        "How long a connection may wait for the head of a request to be whole, 1 to 3600; longer \
         than a proxy in front keeps a connection that it does not use.",
    )
    .default("75"),
    Variable::new(
        "MAX_CONCURRENT_REQUESTS",
        "Most requests at once, 1 to 1000000, others are told to come back (503); 0 is any number.",
    )
    .default("1024"),
    Variable::new(
        "RATE_LIMIT_PER_SECOND",
        "Requests a second of one client, 1 to 1000000, others are told to come back (429); 0 is \
         any number.",
    )
    .default("0"),
    Variable::new(
        "RATE_LIMIT_BURST",
        "How many of them may come at once, 1 to 1000000; without it, those of two seconds.",
    ),
];

/// How much the HTTP server takes on.
#[derive(Debug, Clone)]
pub struct LimitsConfig {
    /// How long the head of a request may take.
    pub header_read_timeout: Duration,
    /// Most requests at once, if there is a limit.
    pub max_concurrent_requests: Option<usize>,
    /// How often one client may ask, if there is a limit.
    pub rate: Option<Rate>,
}

/// How often one client may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Requests a second.
    pub per_second: NonZeroU32,
    /// How many may come at once.
    pub burst: NonZeroU32,
}

impl LimitsConfig {
    pub(super) fn new(settings: &Settings) -> Result<Self, Error> {
        let timeout_secs = settings.number("HEADER_READ_TIMEOUT_SECS", 1..=3600)?;
        let max_concurrent = settings.number("MAX_CONCURRENT_REQUESTS", 0..=1_000_000)?;
        let per_second = settings.number("RATE_LIMIT_PER_SECOND", 0..=1_000_000)?;
        let burst = settings.optional_number("RATE_LIMIT_BURST", 1..=1_000_000)?;
        let rate = |per_second: NonZeroU32| Rate {
            per_second,
            burst: burst
                .and_then(NonZeroU32::new)
                .unwrap_or_else(|| per_second.saturating_add(per_second.get())),
        };
        Ok(Self {
            header_read_timeout: Duration::from_secs(timeout_secs),
            max_concurrent_requests: Some(max_concurrent).filter(|max| *max > 0),
            rate: NonZeroU32::new(per_second).map(rate),
        })
    }
}
