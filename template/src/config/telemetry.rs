//! The log.
//!
//! Reads `LOG_LEVEL`, `LOG_FORMAT`, `LOG_BUFFER_LINES`, `LOG_FILE`, `LOG_FILE_ROTATION`,
//! `LOG_FILE_MAX_FILES`, `LOG_SYSLOG`, `OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_EXPORTER_OTLP_HEADERS` and
//! `SENTRY_DSN`.

use std::path::PathBuf;

use axum::http::{HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use tracing_subscriber::EnvFilter;

use super::{Error, Settings, Variable};

pub(super) const VARIABLES: &[Variable] = &[
    Variable::new(
        "LOG_LEVEL",
        "error, warn, info, debug, trace, or directives such as info,tower_http=debug.",
    )
    .default("info"),
    Variable::new("LOG_FORMAT", "text or json.").default("text"),
    Variable::new(
        "LOG_BUFFER_LINES",
        "Lines, or spans of traces, that wait for each place they go to, 16 to 1048576; with more, the newest are lost and counted.",
    )
    .default("16384"),
    Variable::new(
        "LOG_FILE",
        "File that a role logs to as well as to standard output.",
    ),
    Variable::new(
        "LOG_FILE_ROTATION",
        "never, hourly or daily: whether LOG_FILE is one file, or one for each hour or day (UTC), named LOG_FILE.2026-12-31.",
    )
    .default("never"),
    Variable::new(
        "LOG_FILE_MAX_FILES",
        "How many of those are kept, 1 to 10000.",
    )
    .default("14"),
    Variable::new(
        "LOG_SYSLOG",
        "Syslog that a role logs to as well: udp://host:514 (RFC 5424), or the socket of this host, unix:///dev/log.",
    ),
    Variable::new(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OpenTelemetry collector that a role sends its log and the spans of its traces to as well, by OTLP over HTTP: http://host:4318.",
    )
    .url(),
    Variable::new(
        "OTEL_EXPORTER_OTLP_HEADERS",
        "Headers for the collector, such as a key: name=value,name=value, with percent-encoded values.",
    )
    .secret(),
    Variable::new(
        "SENTRY_DSN",
        "Sentry that a role tells of errors and panics: https://key@host/project; for a binary built with --features sentry.",
    )
    .secret(),
];

/// What is logged, how, and where to.
#[derive(Debug, Clone)]
pub struct LogConfig {
    /// Filter directives.
    pub level: String,
    /// The form of a line.
    pub format: LogFormat,
    /// How many lines or spans of traces may wait for each place they go to.
    pub buffer_lines: usize,
    /// A file.
    pub file: Option<LogFileConfig>,
    /// A syslog.
    pub syslog: Option<SyslogAddress>,
    /// An OpenTelemetry collector.
    pub otlp: Option<OtlpConfig>,
    /// A Sentry, in a binary that can talk to it.
    pub sentry_dsn: Option<SecretString>,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// A file to log to.
#[derive(Debug, Clone)]
pub struct LogFileConfig {
    /// Its path, or how the paths of all of them begin.
    pub path: PathBuf,
    /// When the next one begins.
    pub rotation: LogRotation,
    /// How many are kept.
    pub max_files: usize,
}

/// When the next log file begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogRotation {
    /// There is one file.
    Never,
    /// With each hour.
    Hourly,
    /// With each day.
    Daily,
}

/// Where a syslog takes messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyslogAddress {
    /// Host and port.
    Udp(String),
    /// A socket of this host.
    Unix(PathBuf),
}

/// An OpenTelemetry collector.
#[derive(Debug, Clone)]
pub struct OtlpConfig {
    /// Where it is, without the path of what it gathers.
    pub endpoint: String,
    /// What each call has to have. The values are not shown.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl LogConfig {
    pub(super) fn new(settings: &Settings) -> Result<Self, Error> {
        let levels = "a level such as `info` or directives such as `info,tower_http=debug`";
        Ok(Self {
            level: settings.parsed("LOG_LEVEL", levels, level)?,
            format: settings.parsed("LOG_FORMAT", "`text` or `json`", LogFormat::parse)?,
            buffer_lines: settings.number("LOG_BUFFER_LINES", 16..=1 << 20)?,
            file: LogFileConfig::new(settings)?,
            syslog: settings.optional(
                "LOG_SYSLOG",
                "`udp://host:port` or `unix:///path`",
                syslog,
            )?,
            otlp: OtlpConfig::new(settings)?,
            sentry_dsn: sentry_dsn(settings)?,
        })
    }
}

impl LogFormat {
    /// The format with this name.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "text" => Some(Self::Text),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

impl LogFileConfig {
    fn new(settings: &Settings) -> Result<Option<Self>, Error> {
        let rotations = "`never`, `hourly` or `daily`";
        let rotation = settings.parsed("LOG_FILE_ROTATION", rotations, rotation)?;
        let max_files = settings.number("LOG_FILE_MAX_FILES", 1..=10_000)?;
        let path = settings.optional("LOG_FILE", "the path of a file", |text| {
            let path = PathBuf::from(text);
            (!text.ends_with('/') && path.file_name().is_some()).then_some(path)
        })?;
        Ok(path.map(|path| Self {
            path,
            rotation,
            max_files,
        }))
    }
}

impl OtlpConfig {
    fn new(settings: &Settings) -> Result<Option<Self>, Error> {
        let pairs = "`name=value` pairs, separated by commas";
        let secret = settings.secret("OTEL_EXPORTER_OTLP_HEADERS");
        let text = secret.as_ref().map_or("", |secret| secret.expose_secret());
        let parts = text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty());
        let headers = parts.map(header).collect::<Option<_>>();
        let headers =
            headers.ok_or_else(|| settings.invalid("OTEL_EXPORTER_OTLP_HEADERS", pairs))?;
        let urls = "an `http://` or `https://` URL of a host, such as `http://127.0.0.1:4318`";
        let endpoint = settings.optional("OTEL_EXPORTER_OTLP_ENDPOINT", urls, endpoint)?;
        Ok(endpoint.map(|endpoint| Self { endpoint, headers }))
    }
}

#[cfg(feature = "sentry")]
fn sentry_dsn(settings: &Settings) -> Result<Option<SecretString>, Error> {
    settings.optional("SENTRY_DSN", "a DSN: `https://key@host/project`", |text| {
        let is_dsn = text.parse::<sentry::types::Dsn>().is_ok();
        is_dsn.then(|| SecretString::from(text))
    })
}

#[cfg(not(feature = "sentry"))]
fn sentry_dsn(settings: &Settings) -> Result<Option<SecretString>, Error> {
    match settings.text("SENTRY_DSN").as_deref() {
        None | Some("") => Ok(None),
        Some(_) => Err(Error::NotBuiltIn {
            name: "SENTRY_DSN",
            feature: "sentry",
        }),
    }
}

/// A single word would also be taken as the name of a module, and `LOG_LEVEL=verbose` hide
/// everything.
fn level(text: &str) -> Option<String> {
    let known =
        text.contains(['=', ',']) || text.parse::<tracing::level_filters::LevelFilter>().is_ok();
    (known && EnvFilter::try_new(text).is_ok()).then(|| text.to_owned())
}

fn rotation(text: &str) -> Option<LogRotation> {
    match text {
        "never" => Some(LogRotation::Never),
        "hourly" => Some(LogRotation::Hourly),
        "daily" => Some(LogRotation::Daily),
        _ => None,
    }
}

fn syslog(text: &str) -> Option<SyslogAddress> {
    if let Some(path) = text.strip_prefix("unix://") {
        let is_possible = cfg!(unix) && path.starts_with('/') && path.len() > 1;
        return is_possible.then(|| SyslogAddress::Unix(path.into()));
    }
    let address = text.strip_prefix("udp://")?;
    let (host, port) = address.rsplit_once(':')?;
    let port: u16 = port.parse().ok()?;
    (!host.is_empty() && port > 0).then(|| SyslogAddress::Udp(address.to_owned()))
}

/// Values are percent-encoded, as in the header `baggage` (W3C), so that they can hold a comma.
fn header(text: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = text.split_once('=')?;
    let value = percent_decode_str(value.trim()).decode_utf8().ok()?;
    let mut value: HeaderValue = value.parse().ok()?;
    value.set_sensitive(true);
    Some((name.trim().parse().ok()?, value))
}

fn endpoint(text: &str) -> Option<String> {
    let url = reqwest::Url::parse(text).ok()?;
    let is_http = ["http", "https"].contains(&url.scheme()) && url.has_host();
    let is_base = url.query().is_none() && url.fragment().is_none();
    // A password goes into the headers.
    let is_open = url.username().is_empty() && url.password().is_none();
    (is_http && is_base && is_open).then(|| text.trim_end_matches('/').to_owned())
}
