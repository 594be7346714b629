use std::time::Duration;

use serde_json::{Value, json};

use super::{Collector, PAUSE, attribute, scope};
use crate::config::{AppEnv, OtlpConfig};
use crate::telemetry::redact::redact;
use crate::telemetry::sink::Destination;
use crate::telemetry::span::{Ended, Failure, SpanKind};

/// Where the collector takes spans of traces.
#[derive(Debug)]
pub(in crate::telemetry) struct Spans(Collector);

impl Spans {
    pub(in crate::telemetry) fn new(config: &OtlpConfig, env: AppEnv) -> anyhow::Result<Self> {
        Ok(Self(Collector::new(config, "/v1/traces", env)?))
    }
}

impl Destination for Spans {
    type Item = Ended;

    const PAUSE: Duration = PAUSE;

    fn write(&mut self, spans: &[Ended]) -> usize {
        self.0.send(spans, request)
    }
}

fn request(collector: &Collector, spans: &[Ended]) -> Value {
    let spans: Vec<Value> = spans.iter().map(span).collect();
    json!({ "resourceSpans": [{
        "resource": collector.resource,
        "scopeSpans": [{ "scope": scope(), "spans": spans }],
    }] })
}

fn span(ended: &Ended) -> Value {
    let begun_at = ended.begun_at.unix_timestamp_nanos();
    let took = i128::try_from(ended.took.as_nanos()).unwrap_or_default();
    let attributes = ended.attributes.iter().map(|(name, value)| match value {
        Value::String(text) => attribute(name, &json!(redact(text))),
        value => attribute(name, value),
    });
    let mut attributes: Vec<Value> = attributes.collect();
    if let Some(Failure { kind, .. }) = &ended.failure {
        attributes.push(attribute("error.type", &json!(kind)));
    }
    json!({
        "traceId": ended.trace.trace_id(),
        "spanId": ended.trace.span_id(),
        "parentSpanId": ended.trace.parent_id().unwrap_or_default(),
        "name": ended.name,
        "kind": kind(ended.kind),
        "startTimeUnixNano": begun_at.to_string(),
        "endTimeUnixNano": (begun_at + took).to_string(),
        "attributes": attributes,
        "status": status(ended.failure.as_ref()),
    })
}

/// "Error", or unset: that something went well is for those to say who look at it from outside.
fn status(failure: Option<&Failure>) -> Value {
    match failure {
        Some(failure) => json!({ "code": 2, "message": redact(&failure.message) }),
        None => json!({}),
    }
}

fn kind(kind: SpanKind) -> u8 {
    match kind {
        SpanKind::Server => 2,
        SpanKind::Client => 3,
        SpanKind::Consumer => 5,
    }
}
