//! Answers that go on until the client leaves: streams of events, WebSockets.
//!
//! Reads `MAX_OPEN_STREAMS` and `STREAM_HEARTBEAT_SECS`.

use std::time::Duration;

use super::{Error, Settings, Variable};

pub(super) const VARIABLES: &[Variable] = &[
    Variable::new(
        "MAX_OPEN_STREAMS",
        "Most streams of events and WebSockets at once, 1 to 100000.",
    )
    .default("256"),
    Variable::new(
        "STREAM_HEARTBEAT_SECS",
        "How often a stream without news shows that it is alive, 1 to 3600.",
    )
    .default("15"),
];

/// How many streams there may be, and how they are kept open.
#[derive(Debug, Clone)]
pub struct StreamsConfig {
    /// Most streams at once.
    pub max_open: u32,
    /// How often a stream without news shows that it is alive.
    pub heartbeat: Duration,
}

impl StreamsConfig {
    pub(super) fn new(settings: &Settings) -> Result<Self, Error> {
        Ok(Self {
            max_open: settings.number("MAX_OPEN_STREAMS", 1..=100_000)?,
            heartbeat: Duration::from_secs(settings.number("STREAM_HEARTBEAT_SECS", 1..=3600)?),
        })
    }
}
