//! An OpenTelemetry collector, by OTLP over HTTP in its JSON encoding.
//!
//! What it does not take is lost: repeating it would cost what comes after.

mod logs;
mod spans;

use std::time::Duration;

use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use tokio::runtime::{self, Runtime};
use tracing::subscriber::NoSubscriber;

use crate::config::{AppEnv, OtlpConfig};

pub(super) use self::logs::Logs;
pub(super) use self::spans::Spans;

/// How long to gather: calls are dear, so each takes what there is by then.
const PAUSE: Duration = Duration::from_millis(200);

/// The most that one call takes.
const MAX_ITEMS: usize = 1_000;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const TIMEOUT: Duration = Duration::from_secs(5);

/// The collector, where it takes one kind of what it gathers.
#[derive(Debug)]
struct Collector {
    runtime: Runtime,
    http: reqwest::Client,
    url: String,
    /// Which service it is that tells.
    resource: Value,
}

impl Collector {
    fn new(config: &OtlpConfig, path: &str, env: AppEnv) -> anyhow::Result<Self> {
        let headers: HeaderMap = config.headers.iter().cloned().collect();
        let attributes = [
            ("service.name", env!("CARGO_PKG_NAME").to_owned()),
            ("service.version", env!("CARGO_PKG_VERSION").to_owned()),
            ("deployment.environment.name", env.to_string()),
        ];
        let attributes = attributes.map(|(name, value)| attribute(name, &json!(value)));
        Ok(Self {
            runtime: runtime::Builder::new_current_thread()
                .enable_all()
                .build()?,
            http: http_client().default_headers(headers).build()?,
            url: format!("{}{path}", config.endpoint),
            resource: json!({ "attributes": attributes }),
        })
    }

    /// Sends as many at once as it takes. Returns how many are lost.
    fn send<T>(&self, items: &[T], body: impl Fn(&Self, &[T]) -> Value) -> usize {
        let lost = |items: &[T]| match self.post(&body(self, items)) {
            true => 0,
            false => items.len(),
        };
        items.chunks(MAX_ITEMS).map(lost).sum()
    }

    fn post(&self, body: &Value) -> bool {
        let call = self.http.post(&self.url).json(body);
        // What the client has to say would be more lines to send, and those even more.
        tracing::subscriber::with_default(NoSubscriber::new(), || {
            let answer = self.runtime.block_on(async { call.send().await });
            answer.is_ok_and(|answer| answer.status().is_success())
        })
    }
}

/// For those who gather what this service tells: nobody waits for them, but nor do they hold up what
/// comes after.
pub(super) fn http_client() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
}

/// What has told it, within the service.
fn scope() -> Value {
    json!({ "name": env!("CARGO_CRATE_NAME") })
}

fn attribute(name: &str, value: &Value) -> Value {
    json!({ "key": name, "value": any_value(value) })
}

/// Whole numbers are texts there, as always when Protocol Buffers are written as JSON.
fn any_value(value: &Value) -> Value {
    match value {
        Value::Bool(value) => json!({ "boolValue": value }),
        Value::Number(number) if number.is_f64() => json!({ "doubleValue": number }),
        Value::Number(number) => json!({ "intValue": number.to_string() }),
        Value::String(text) => json!({ "stringValue": text }),
        other => json!({ "stringValue": other.to_string() }),
    }
}
