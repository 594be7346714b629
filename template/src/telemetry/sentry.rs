//! Sentry: what is logged as an error, panics among them, becomes an event there.
//!
//! An event tells no more than the line of the log does, with the same things left out: no body and
//! no header of a request.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Instant;

use ::sentry::integrations::contexts::ContextIntegration;
use ::sentry::protocol::{self, Exception, Frame, Map, Mechanism, Stacktrace};
use ::sentry::transports::ReqwestHttpTransportOptions;
use ::sentry::types::Dsn;
use ::sentry::{Client, ClientOptions, Transport, TransportFactory, TransportOptions};
use secrecy::ExposeSecret;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::LogTarget;
use super::fields::Value;
use super::format::{Entry, MESSAGE, Service};
use super::layer::with_entry;
use super::otlp::http_client;
use crate::config::{AppEnv, LogConfig};

/// What events are searched by. The rest is told beside.
const TAGS: [&str; 8] = [
    "attempt",
    "method",
    "request_id",
    "route",
    "status",
    "task",
    "task_id",
    "trace_id",
];

/// A process has one.
static CLIENT: OnceLock<Client> = OnceLock::new();

/// Tells Sentry of errors.
#[derive(Debug)]
pub(super) struct SentryLayer {
    client: &'static Client,
    service: Service,
}

/// Calls Sentry as everybody is called who gathers what this service tells: with time limits.
struct Http(reqwest::Client);

impl TransportFactory for Http {
    fn create_transport_with_options(&self, options: TransportOptions) -> Arc<dyn Transport> {
        let options = ReqwestHttpTransportOptions::from(options);
        Arc::new(options.with_client(self.0.clone()).build())
    }
}

/// Connects the log of a role with Sentry, if that is set.
pub(super) fn layer(
    env: AppEnv,
    config: &LogConfig,
    target: LogTarget,
) -> anyhow::Result<Option<SentryLayer>> {
    let Some(dsn) = config
        .sentry_dsn
        .as_ref()
        .filter(|_| target == LogTarget::Role)
    else {
        return Ok(None);
    };
    let dsn: Dsn = dsn.expose_secret().parse()?;
    let http = Http(http_client().build()?);
    let mut options = ClientOptions::new()
        .default_integrations(false)
        .add_integration(ContextIntegration::new())
        .send_default_pii(false)
        .environment(env.to_string())
        .release(concat!(
            env!("CARGO_PKG_NAME"),
            "@",
            env!("CARGO_PKG_VERSION")
        ));
    options.dsn = Some(dsn);
    options.transport = Some(Arc::new(http));
    Ok(Some(SentryLayer {
        client: CLIENT.get_or_init(|| Client::from(options)),
        service: Service::new(env),
    }))
}

/// Waits until everything is sent, but no longer than this.
pub(super) fn flush(deadline: Instant) {
    if let Some(client) = CLIENT.get() {
        client.flush(Some(deadline.saturating_duration_since(Instant::now())));
    }
}

impl<S> Layer<S> for SentryLayer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if *event.metadata().level() == Level::ERROR {
            with_entry(event, &context, &self.service, |entry| {
                self.client.capture_event(told(entry), None);
            });
        }
    }
}

/// The event that a line becomes.
fn told(entry: &Entry<'_>) -> protocol::Event<'static> {
    let mut fields = Map::new();
    let target = entry.tell(|name, value| {
        let value = match value {
            Value::Text(text) => text.to_owned(),
            Value::Plain(value) => value.to_string(),
        };
        fields.insert(name.to_owned(), value);
    });
    let message = fields.remove(MESSAGE).unwrap_or_default();
    // The hook for panics is what logs while a thread panics.
    let is_panic = thread::panicking();
    let place = place(&fields);
    let exception = match is_panic {
        true => panic(&message, fields.get("location")),
        false => Exception {
            ty: message,
            value: ["cause", "error"]
                .iter()
                .find_map(|&name| fields.remove(name)),
            ..Exception::default()
        },
    };
    let fingerprint: Vec<Cow<'static, str>> = match (is_panic, fields.get("location"), &place) {
        // A message may be another one each time.
        (true, Some(location), _) => vec!["panic".into(), location.clone().into()],
        (_, _, Some(place)) => vec!["{{ default }}".into(), place.clone().into()],
        _ => vec!["{{ default }}".into()],
    };
    let mut event = protocol::Event {
        level: if is_panic {
            protocol::Level::Fatal
        } else {
            protocol::Level::Error
        },
        logger: Some(target.unwrap_or_else(|| entry.target.to_owned())),
        transaction: place,
        fingerprint: fingerprint.into(),
        exception: vec![exception].into(),
        ..protocol::Event::default()
    };
    if let Some(trace) = trace(&fields) {
        event.contexts.insert("trace".to_owned(), trace.into());
    }
    for (name, value) in fields {
        match TAGS.contains(&name.as_str()) {
            true => drop(event.tags.insert(name, value)),
            false => drop(event.extra.insert(name, value.into())),
        }
    }
    event
}

/// The route or the task in which it has happened.
fn place(fields: &Map<String, String>) -> Option<String> {
    match (fields.get("method"), fields.get("route")) {
        (Some(method), Some(route)) => Some(format!("{method} {route}")),
        _ => fields.get("task").cloned(),
    }
}

/// A panic, with the one place of the stack that is known also of a binary without symbols.
fn panic(message: &str, location: Option<&String>) -> Exception {
    let frame = location.and_then(|location| {
        let mut parts = location.rsplitn(3, ':');
        let colno = parts.next()?.parse().ok();
        let lineno = parts.next()?.parse().ok();
        Some(Frame {
            filename: parts.next().map(str::to_owned),
            lineno,
            colno,
            ..Frame::default()
        })
    });
    Exception {
        ty: "panic".to_owned(),
        value: Some(message.trim_start_matches("panicked: ").to_owned()),
        mechanism: Some(Mechanism {
            ty: "panic".to_owned(),
            handled: Some(false),
            ..Mechanism::default()
        }),
        stacktrace: frame.and_then(|frame| Stacktrace::from_frames_reversed(vec![frame])),
        ..Exception::default()
    }
}

fn trace(fields: &Map<String, String>) -> Option<protocol::TraceContext> {
    let span_id = crate::trace::current().and_then(|trace| trace.span_id().parse().ok());
    Some(protocol::TraceContext {
        trace_id: fields.get("trace_id")?.parse().ok()?,
        span_id: span_id.unwrap_or_default(),
        ..protocol::TraceContext::default()
    })
}
