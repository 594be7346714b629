use super::execution::Outcome;
use super::ledger::Claimed;
use crate::telemetry::{Span, SpanKind};
use crate::trace::TraceContext;

/// The next step in the trace of the request that the task comes from. One that comes from none
/// begins a trace with each attempt.
pub(super) fn trace_of(claimed: &Claimed) -> TraceContext {
    let parent = claimed.traceparent.as_deref();
    let parent = parent.and_then(|text| text.parse::<TraceContext>().ok());
    parent.map_or_else(TraceContext::new, TraceContext::child)
}

/// Begins the step that an attempt is. OpenTelemetry's conventions know messages and queues, and what
/// they do not know has names of our own.
pub(super) fn begin(trace: TraceContext, claimed: &Claimed) -> Span {
    Span::begin(Some(trace), SpanKind::Consumer, || {
        let attributes = vec![
            ("messaging.operation.type", "process".into()),
            ("messaging.destination.name", claimed.queue.clone().into()),
            ("messaging.message.id", claimed.id.to_string().into()),
            ("task.attempt", claimed.attempts.into()),
        ];
        (claimed.name.clone(), attributes)
    })
}

/// Ends it. An attempt that failed is a failure, also if there will be another one.
pub(super) fn end(mut span: Span, outcome: &Outcome) {
    let label = outcome.label();
    span.set("task.outcome", label);
    match outcome {
        Outcome::RetryLater { error, .. } | Outcome::Failed(error) => span.fail(label, error),
        Outcome::Succeeded(_) | Outcome::AlreadyWritten | Outcome::Stopped => span.end(),
    }
}
