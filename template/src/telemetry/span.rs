//! Steps of traces, for a collector that puts them together again.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::Value;
use time::OffsetDateTime;

use super::sink::Sink;
use crate::trace::TraceContext;

/// A process has one way out for spans.
static SINK: OnceLock<Sink<Ended>> = OnceLock::new();

/// What is told about a span, under the names of OpenTelemetry's semantic conventions.
pub(crate) type Attributes = Vec<(&'static str, Value)>;

/// The part that this service has in a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SpanKind {
    /// It is asked.
    Server,
    /// It asks.
    Client,
    /// It does what was left for it to do.
    Consumer,
}

/// A step of a trace, which lasts until this is dropped. Whoever drops it without having ended it was
/// stopped.
///
/// It is nothing, and costs nothing, if nobody gathers traces or this one is not to be recorded.
#[derive(Debug, Default)]
#[must_use = "the step ends when it is dropped"]
pub(crate) struct Span(Option<Box<Open>>);

#[derive(Debug)]
struct Open {
    begun: Instant,
    span: Ended,
}

/// A step that has come to its end.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) trace: TraceContext,
    pub(super) kind: SpanKind,
    pub(super) name: String,
    pub(super) begun_at: OffsetDateTime,
    pub(super) took: Duration,
    pub(super) attributes: Attributes,
    pub(super) failure: Option<Failure>,
}

/// Why a step is one that failed.
#[derive(Debug)]
pub(super) struct Failure {
    /// One of a few, to count by.
    pub(super) kind: String,
    /// What a person wants to know.
    pub(super) message: String,
}

impl Span {
    /// Begins the step. What it is called, as are all of its kind, and what else there is to know of it is
    /// asked for only if anybody will see that.
    pub(crate) fn begin(
        trace: Option<TraceContext>,
        kind: SpanKind,
        describe: impl FnOnce() -> (String, Attributes),
    ) -> Self {
        let trace = trace.filter(|trace| SINK.get().is_some() && trace.is_sampled());
        Self(trace.map(|trace| {
            let (name, attributes) = describe();
            let stopped = Failure {
                kind: "stopped".to_owned(),
                message: String::new(),
            };
            Box::new(Open {
                begun: Instant::now(),
                span: Ended {
                    trace,
                    kind,
                    name,
                    begun_at: OffsetDateTime::now_utc(),
                    took: Duration::ZERO,
                    attributes,
                    failure: Some(stopped),
                },
            })
        }))
    }

    /// Adds what was not known when it began.
    pub(crate) fn set(&mut self, name: &'static str, value: impl Into<Value>) {
        if let Some(open) = &mut self.0 {
            open.span.attributes.push((name, value.into()));
        }
    }

    /// Ends it.
    pub(crate) fn end(mut self) {
        if let Some(open) = &mut self.0 {
            open.span.failure = None;
        }
    }

    /// Ends it as one that failed: `kind` is one of a few, to count by.
    pub(crate) fn fail(mut self, kind: &str, message: &str) {
        if let Some(open) = &mut self.0 {
            open.span.failure = Some(Failure {
                kind: kind.to_owned(),
                message: message.to_owned(),
            });
        }
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if let (Some(open), Some(sink)) = (self.0.take(), SINK.get()) {
            let Open { begun, mut span } = *open;
            span.took = begun.elapsed();
            sink.push(span);
        }
    }
}

/// Has spans go there from now on, unless they go somewhere already.
pub(super) fn send_to(sink: Sink<Ended>) {
    drop(SINK.set(sink));
}

/// Where spans go.
pub(super) fn sink() -> Option<&'static Sink<Ended>> {
    SINK.get()
}
