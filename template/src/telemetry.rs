//! The log: one subscriber for everything.

use std::backtrace::Backtrace;
use std::io::{self, IsTerminal};
use std::panic::PanicHookInfo;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

use crate::config::{LogConfig, LogFormat};

/// Where the log goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogTarget {
    /// Standard output, for roles.
    Stdout,
    /// Standard error, for commands that print data.
    Stderr,
}

/// Starts to log. Calling it again does nothing.
pub fn init(config: &LogConfig, target: LogTarget) {
    let (writer, is_terminal) = match target {
        LogTarget::Stdout => (BoxMakeWriter::new(io::stdout), io::stdout().is_terminal()),
        LogTarget::Stderr => (BoxMakeWriter::new(io::stderr), io::stderr().is_terminal()),
    };
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(&config.level))
        .with_writer(writer);
    let started = match config.format {
        LogFormat::Text => {
            let subscriber = subscriber.with_ansi(is_terminal).finish();
            tracing::subscriber::set_global_default(subscriber)
        }
        LogFormat::Json => {
            let subscriber = subscriber.json().flatten_event(true);
            let subscriber = subscriber.with_current_span(false).finish();
            tracing::subscriber::set_global_default(subscriber)
        }
    };
    if started.is_ok() {
        std::panic::set_hook(Box::new(log_panic));
    }
}

/// Puts panics where everything else is, with the request that they happened in.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let message = panic.payload_as_str().unwrap_or("no message");
    let location = panic.location().map(ToString::to_string);
    let backtrace = Backtrace::capture();
    tracing::error!(location, %backtrace, "panicked: {message}");
}
