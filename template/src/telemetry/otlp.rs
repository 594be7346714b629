use std::time::Duration;

use reqwest::header::HeaderMap;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use tokio::runtime::{self, Runtime};
use tracing::Level;
use tracing::subscriber::NoSubscriber;

use super::sink::{Destination, Line};
use crate::config::OtlpConfig;

/// The most lines of one call.
const MAX_LINES: usize = 1_000;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const TIMEOUT: Duration = Duration::from_secs(5);

/// An OpenTelemetry collector, by OTLP over HTTP in its JSON encoding.
///
/// What it does not take is lost: repeating it would cost the lines that come after.
#[derive(Debug)]
pub(super) struct Otlp {
    runtime: Runtime,
    http: reqwest::Client,
    url: String,
}

impl Otlp {
    pub(super) fn new(config: &OtlpConfig) -> anyhow::Result<Self> {
        let headers: HeaderMap = config.headers.iter().cloned().collect();
        Ok(Self {
            runtime: runtime::Builder::new_current_thread()
                .enable_all()
                .build()?,
            http: reqwest::Client::builder()
                .connect_timeout(CONNECT_TIMEOUT)
                .timeout(TIMEOUT)
                .redirect(reqwest::redirect::Policy::none())
                .default_headers(headers)
                .build()?,
            url: format!("{}/v1/logs", config.endpoint),
        })
    }

    fn send(&self, lines: &[Line]) -> bool {
        let call = self.http.post(&self.url).json(&request(lines));
        // What the client has to say would be more lines to send, and those even more.
        tracing::subscriber::with_default(NoSubscriber::new(), || {
            let answer = self.runtime.block_on(async { call.send().await });
            answer.is_ok_and(|answer| answer.status().is_success())
        })
    }
}

impl Destination for Otlp {
    // Calls are dear, so each takes what there is by then.
    const PAUSE: Duration = Duration::from_millis(200);

    fn write(&mut self, lines: &[Line]) -> usize {
        let lost = |lines: &[Line]| match self.send(lines) {
            true => 0,
            false => lines.len(),
        };
        lines.chunks(MAX_LINES).map(lost).sum()
    }
}

fn request(lines: &[Line]) -> Value {
    let resource = json!({ "attributes": [
        attribute("service.name", &json!(env!("CARGO_PKG_NAME"))),
        attribute("service.version", &json!(env!("CARGO_PKG_VERSION"))),
    ] });
    let records: Vec<Value> = lines.iter().map(record).collect();
    let scope = json!({ "name": env!("CARGO_CRATE_NAME") });
    json!({ "resourceLogs": [
        { "resource": resource, "scopeLogs": [{ "scope": scope, "logRecords": records }] },
    ] })
}

/// A line as OTLP tells it: what has no place of its own there is an attribute.
fn record(line: &Line) -> Value {
    let mut fields: Map<String, Value> = serde_json::from_str(&line.text).unwrap_or_default();
    for told_elsewhere in ["timestamp", "level", "service", "version"] {
        fields.remove(told_elsewhere);
    }
    let message = fields.remove("message").unwrap_or_default();
    let trace_id = fields.remove("trace_id");
    let attributes = fields.iter().map(|(name, value)| match name.as_str() {
        "env" => attribute("deployment.environment.name", value),
        name => attribute(name, value),
    });
    let mut record = json!({
        "timeUnixNano": line.time.unix_timestamp_nanos().to_string(),
        "observedTimeUnixNano": OffsetDateTime::now_utc().unix_timestamp_nanos().to_string(),
        "severityNumber": severity(line.level),
        "severityText": line.level.as_str(),
        "body": any_value(&message),
        "attributes": attributes.collect::<Vec<_>>(),
    });
    if let Some(trace_id) = trace_id {
        record["traceId"] = trace_id;
    }
    record
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

fn severity(level: Level) -> u8 {
    match level {
        Level::TRACE => 1,
        Level::DEBUG => 5,
        Level::INFO => 9,
        Level::WARN => 13,
        Level::ERROR => 17,
    }
}
