//! The log.
//!
//! Reads `LOG_LEVEL` and `LOG_FORMAT`.

use tracing_subscriber::EnvFilter;

use super::{Error, Settings, Variable};

pub(super) const VARIABLES: &[Variable] = &[
    Variable::new(
        "LOG_LEVEL",
        "error, warn, info, debug, trace, or directives such as info,tower_http=debug.",
    )
    .default("info"),
    Variable::new("LOG_FORMAT", "text or json.").default("text"),
];

/// What is logged, and how.
#[derive(Debug, Clone)]
pub struct LogConfig {
    /// Filter directives.
    pub level: String,
    /// The form of a line.
    pub format: LogFormat,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

impl LogConfig {
    pub(super) fn new(settings: &Settings) -> Result<Self, Error> {
        let levels = "a level such as `info` or directives such as `info,tower_http=debug`";
        Ok(Self {
            level: settings.parsed("LOG_LEVEL", levels, level)?,
            format: settings.parsed("LOG_FORMAT", "`text` or `json`", format)?,
        })
    }
}

/// A single word would also be taken as the name of a module, and `LOG_LEVEL=verbose` hide
/// everything.
fn level(text: &str) -> Option<String> {
    let known =
        text.contains(['=', ',']) || text.parse::<tracing::level_filters::LevelFilter>().is_ok();
    (known && EnvFilter::try_new(text).is_ok()).then(|| text.to_owned())
}

fn format(text: &str) -> Option<LogFormat> {
    match text {
        "text" => Some(LogFormat::Text),
        "json" => Some(LogFormat::Json),
        _ => None,
    }
}
