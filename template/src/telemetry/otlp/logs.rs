use std::time::Duration;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use tracing::Level;

use super::{Collector, PAUSE, any_value, attribute, scope};
use crate::config::{AppEnv, OtlpConfig};
use crate::telemetry::sink::{Destination, Line};

/// Where the collector takes lines of the log.
#[derive(Debug)]
pub(in crate::telemetry) struct Logs(Collector);

impl Logs {
    pub(in crate::telemetry) fn new(config: &OtlpConfig, env: AppEnv) -> anyhow::Result<Self> {
        Ok(Self(Collector::new(config, "/v1/logs", env)?))
    }
}

impl Destination for Logs {
    type Item = Line;

    const PAUSE: Duration = PAUSE;

    fn write(&mut self, lines: &[Line]) -> usize {
        self.0.send(lines, request)
    }
}

fn request(collector: &Collector, lines: &[Line]) -> Value {
    let records: Vec<Value> = lines.iter().map(record).collect();
    json!({ "resourceLogs": [{
        "resource": collector.resource,
        "scopeLogs": [{ "scope": scope(), "logRecords": records }],
    }] })
}

/// A line as OTLP tells it: what has no place of its own there is an attribute.
fn record(line: &Line) -> Value {
    let mut fields: Map<String, Value> = serde_json::from_str(&line.text).unwrap_or_default();
    for told_elsewhere in ["timestamp", "level", "service", "version", "env"] {
        fields.remove(told_elsewhere);
    }
    let message = fields.remove("message").unwrap_or_default();
    let trace_id = fields.remove("trace_id");
    let attributes = fields.iter().map(|(name, value)| attribute(name, value));
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

fn severity(level: Level) -> u8 {
    match level {
        Level::TRACE => 1,
        Level::DEBUG => 5,
        Level::INFO => 9,
        Level::WARN => 13,
        Level::ERROR => 17,
    }
}
