//! The log: one subscriber for everything, also for what libraries log. And the spans of traces.
//!
//! A line is put together where it is logged, without what nobody is to read, and left for threads
//! that write it. So a place that is slow, full or gone costs lines, which are counted, but never
//! time. It is the same with spans.

mod fields;
mod file;
mod format;
mod layer;
mod otlp;
mod redact;
#[cfg(feature = "sentry")]
mod sentry;
mod sink;
mod span;
mod stream;
mod syslog;

use std::backtrace::Backtrace;
use std::io;
use std::panic::PanicHookInfo;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use anyhow::Context;
use time::OffsetDateTime;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry};

use self::file::RotatingFile;
use self::format::{Form, Service};
use self::layer::LogLayer;
use self::otlp::{Logs, Spans};
use self::sink::{Destination, Sink};
use self::stream::Stream;
use self::syslog::Syslog;
use crate::config::{AppEnv, LogConfig};
use crate::metrics;

pub(crate) use self::format::failure;
pub(crate) use self::span::{Attributes, Span, SpanKind};

/// How long the end of the process waits until the last lines are written.
const FLUSH_PATIENCE: Duration = Duration::from_secs(2);

/// What these log below `info` is what goes over their wires: values of rows, headers, passwords.
const TALKATIVE: [&str; 12] = [
    "async_nats",
    "h2",
    "hyper",
    "hyper_util",
    "lapin",
    "mysql_async",
    "redis",
    "reqwest",
    "rustls",
    "tokio_postgres",
    "tokio_tungstenite",
    "tungstenite",
];

/// The setting that says where the collector is.
const COLLECTOR: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// A process has one log.
static SINKS: OnceLock<Vec<Sink>> = OnceLock::new();

/// Where the log goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogTarget {
    /// Standard output and whatever else is set, for roles.
    Role,
    /// Standard error, for commands that print data.
    Command,
}

/// Writes what is left of the log when it is dropped.
#[derive(Debug)]
#[must_use = "the last lines are written when it is dropped"]
pub struct LogGuard(());

impl Drop for LogGuard {
    fn drop(&mut self) {
        let deadline = Instant::now() + FLUSH_PATIENCE;
        for sink in SINKS.get().into_iter().flatten() {
            sink.flush(deadline);
        }
        if let Some(sink) = span::sink() {
            sink.flush(deadline);
        }
        #[cfg(feature = "sentry")]
        self::sentry::flush(deadline);
    }
}

/// Starts to log. Calling it again does nothing.
pub fn init(env: AppEnv, config: &LogConfig, target: LogTarget) -> anyhow::Result<LogGuard> {
    if SINKS.get().is_none() {
        let outputs = outputs(env, config, target)?;
        let sinks = outputs.iter().flat_map(|(_, sinks)| sinks).cloned();
        drop(SINKS.set(sinks.collect()));
        let layer = LogLayer {
            service: Service::new(env),
            outputs,
            held_back: held_back(env, &config.level),
        };
        let filter = EnvFilter::new(&config.level);
        let registry = Registry::default().with(filter).with(layer);
        #[cfg(feature = "sentry")]
        let registry = registry.with(self::sentry::layer(env, config, target)?);
        registry.try_init()?;
        std::panic::set_hook(Box::new(log_panic));
        if target == LogTarget::Role {
            gather_spans(env, config)?;
        }
    }
    Ok(LogGuard(()))
}

/// Has the collector gather the spans of traces, if there is one. Calling it again does nothing.
pub fn gather_spans(env: AppEnv, config: &LogConfig) -> anyhow::Result<()> {
    if let Some(otlp) = config.otlp.as_ref().filter(|_| span::sink().is_none()) {
        let spans = Spans::new(otlp, env).context(COLLECTOR)?;
        span::send_to(start("spans", config, spans)?);
    }
    Ok(())
}

/// Tells the metrics how many lines and spans were lost until now.
pub fn count_lost() {
    for sink in SINKS.get().into_iter().flatten() {
        metrics::set_lost_log_lines(sink.name(), sink.lost());
    }
    if let Some(sink) = span::sink() {
        metrics::set_lost_spans(sink.lost());
    }
}

/// Where lines go, by the form in which they go there.
fn outputs(
    env: AppEnv,
    config: &LogConfig,
    target: LogTarget,
) -> anyhow::Result<Vec<(Form, Vec<Sink>)>> {
    if target == LogTarget::Command {
        let sink = start("stderr", config, Stream::new(io::stderr()))?;
        return Ok(vec![(Form::of(config.format, &io::stderr()), vec![sink])]);
    }
    let stdout = start("stdout", config, Stream::new(io::stdout()))?;
    let mut outputs = vec![(Form::of(config.format, &io::stdout()), vec![stdout])];
    let mut add =
        |form: Form, sink: Sink| match outputs.iter_mut().find(|(known, _)| *known == form) {
            Some((_, sinks)) => sinks.push(sink),
            None => outputs.push((form, vec![sink])),
        };
    if let Some(file) = &config.file {
        let opened = RotatingFile::open(file, OffsetDateTime::now_utc());
        let path = file.path.display();
        let file = opened.with_context(|| format!("LOG_FILE: cannot write to {path}"))?;
        add(
            Form::without_colours(config.format),
            start("file", config, file)?,
        );
    }
    if let Some(address) = &config.syslog {
        let syslog = Syslog::new(address.clone());
        add(
            Form::without_colours(config.format),
            start("syslog", config, syslog)?,
        );
    }
    if let Some(otlp) = &config.otlp {
        let logs = Logs::new(otlp, env).context(COLLECTOR)?;
        add(Form::Json, start("otlp", config, logs)?);
    }
    Ok(outputs)
}

fn start<D: Destination>(
    name: &'static str,
    config: &LogConfig,
    destination: D,
) -> anyhow::Result<Sink<D::Item>> {
    let sink = Sink::start(name, config.buffer_lines, destination);
    sink.with_context(|| format!("no thread for the log to {name}"))
}

/// In dev, whoever names such a crate in `LOG_LEVEL` gets to see what it has to say.
fn held_back(env: AppEnv, level: &str) -> Vec<&'static str> {
    let is_asked_for = |name: &str| env == AppEnv::Dev && level.contains(name);
    let held_back = TALKATIVE.iter().copied();
    held_back.filter(|name| !is_asked_for(name)).collect()
}

/// Puts panics where everything else is, with the request that they happened in.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let message = panic.payload_as_str().unwrap_or("no message");
    let location = panic.location().map(ToString::to_string);
    let backtrace = Backtrace::capture();
    tracing::error!(location, %backtrace, "panicked: {message}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_dev_gets_to_see_what_goes_over_wires() {
        let level = "info,tokio_postgres=debug";
        assert!(!held_back(AppEnv::Dev, level).contains(&"tokio_postgres"));
        for (env, level) in [
            (AppEnv::Dev, "trace"),
            (AppEnv::Test, level),
            (AppEnv::Prod, level),
        ] {
            assert!(held_back(env, level).contains(&"tokio_postgres"));
        }
    }
}
