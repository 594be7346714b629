//! The trace that a piece of work belongs to, across services, as W3C Trace Context has it.
//!
//! It comes with a request in the header `traceparent`, or begins with it. Every line of the log, the
//! tasks that the request enqueues and the calls that these make carry it on.

use std::fmt;
use std::str::FromStr;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use rand::Rng;

/// The header that carries it.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

const SAMPLED: u8 = 1;

tokio::task_local! {
    static CURRENT: TraceContext;
}

/// A place in a trace: what has come so far, and the step that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceContext {
    trace_id: u128,
    /// The step before this one, or 0.
    parent_id: u64,
    span_id: u64,
    flags: u8,
}

impl TraceContext {
    /// The beginning of a trace. Whoever comes later may record it.
    #[expect(clippy::new_without_default, reason = "no two of them are the same")]
    pub fn new() -> Self {
        let mut rng = rand::rng();
        Self {
            trace_id: rng.random_range(1..=u128::MAX),
            parent_id: 0,
            span_id: rng.random_range(1..=u64::MAX),
            flags: SAMPLED,
        }
    }

    /// The next step in the trace of this one.
    #[must_use]
    pub fn child(self) -> Self {
        Self {
            parent_id: self.span_id,
            span_id: rand::rng().random_range(1..=u64::MAX),
            ..self
        }
    }

    /// The next step in the trace that a request belongs to, or the beginning of one.
    pub fn of_request(headers: &HeaderMap) -> Self {
        let mut values = headers.get_all(TRACEPARENT).iter();
        // Of several, none can be trusted.
        let parent = match (values.next(), values.next()) {
            (Some(value), None) => value.to_str().ok().and_then(|value| value.parse().ok()),
            _ => None,
        };
        parent.map_or_else(Self::new, Self::child)
    }

    /// The id that everything in the trace has, 32 hexadecimal digits.
    pub fn trace_id(&self) -> String {
        format!("{:032x}", self.trace_id)
    }

    /// The id of this step, 16 hexadecimal digits.
    pub fn span_id(&self) -> String {
        format!("{:016x}", self.span_id)
    }

    /// The id of the step before this one, which may be one of another service. None if the trace
    /// begins here.
    pub fn parent_id(&self) -> Option<String> {
        (self.parent_id != 0).then(|| format!("{:016x}", self.parent_id))
    }

    /// Whether whoever began the trace wants it recorded.
    pub fn is_sampled(&self) -> bool {
        self.flags & SAMPLED != 0
    }

    /// The value of the header `traceparent` for whoever is called from here.
    pub fn to_header(self) -> HeaderValue {
        HeaderValue::try_from(self.to_string()).expect("digits and hyphens are fit for a header")
    }
}

/// The trace that the current code is part of, also in a task that its request enqueued.
pub fn current() -> Option<TraceContext> {
    CURRENT.try_with(|trace| *trace).ok()
}

/// Does the work as part of the trace: what it enqueues and whom it calls carry it on.
pub fn in_trace<F: Future>(trace: TraceContext, work: F) -> impl Future<Output = F::Output> {
    CURRENT.scope(trace, work)
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (trace_id, span_id, flags) = (self.trace_id, self.span_id, self.flags);
        write!(f, "00-{trace_id:032x}-{span_id:016x}-{flags:02x}")
    }
}

/// The text is no `traceparent`.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not a traceparent")]
pub struct NotATraceparent;

impl FromStr for TraceContext {
    type Err = NotATraceparent;

    /// Reads `traceparent`, section 3.2 of the recommendation. What a later version adds at the end
    /// is passed over.
    fn from_str(text: &str) -> Result<Self, NotATraceparent> {
        let mut parts = text.splitn(5, '-');
        let version = hex(parts.next(), 2)?;
        let trace_id = hex(parts.next(), 32)?;
        let span_id = hex(parts.next(), 16)?;
        let flags = hex(parts.next(), 2)?;
        let is_readable = match (version, parts.next()) {
            (0, added) => added.is_none(),
            (version, _) => version != 0xff,
        };
        let span_id = u64::try_from(span_id).unwrap_or_default();
        if !is_readable || trace_id == 0 || span_id == 0 {
            return Err(NotATraceparent);
        }
        Ok(Self {
            trace_id,
            parent_id: 0,
            span_id,
            flags: u8::try_from(flags).unwrap_or_default() & SAMPLED,
        })
    }
}

/// A number of so many digits, in lower case only.
fn hex(part: Option<&str>, digits: usize) -> Result<u128, NotATraceparent> {
    let part = part
        .filter(|part| part.len() == digits)
        .ok_or(NotATraceparent)?;
    let is_digit = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if !part.bytes().all(is_digit) {
        return Err(NotATraceparent);
    }
    u128::from_str_radix(part, 16).map_err(|_| NotATraceparent)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn headers(values: &[&'static str]) -> HeaderMap {
        let values = values
            .iter()
            .map(|value| (TRACEPARENT, HeaderValue::from_static(value)));
        values.collect()
    }

    #[test]
    fn a_traceparent_is_read_and_written() {
        let trace: TraceContext = GOOD.parse().expect("it is good");
        assert_eq!(trace.to_string(), GOOD);
        assert_eq!(trace.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        let new = TraceContext::new();
        assert_eq!(new.to_string().parse(), Ok(new));
        // Flags that nobody knows yet are not handed on.
        let unknown_flags = GOOD.replace("-01", "-ff").parse::<TraceContext>();
        assert_eq!(unknown_flags, Ok(trace));
        for added in ["", "-what-is-new"] {
            let later = GOOD.replacen("00", "cc", 1) + added;
            assert_eq!(later.parse(), Ok(trace), "{later}");
        }
    }

    #[test]
    fn what_is_no_traceparent_is_refused() {
        for wrong in [
            "",
            "00",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
            "0-04bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert_eq!(
                wrong.parse::<TraceContext>(),
                Err(NotATraceparent),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_request_goes_on_with_its_trace_or_begins_one() {
        let trace = TraceContext::of_request(&headers(&[GOOD]));
        assert_eq!(trace.trace_id(), &GOOD[3..35]);
        assert_eq!(trace.parent_id().as_deref(), Some(&GOOD[36..52]));
        assert_eq!(trace.child().parent_id(), Some(trace.span_id()));
        assert!(!trace.to_string().contains(&GOOD[36..52]), "{trace}");
        for values in [[].as_slice(), &["nonsense"], &[GOOD, GOOD]] {
            let trace = TraceContext::of_request(&headers(values));
            assert_ne!(trace.trace_id(), &GOOD[3..35]);
            assert_eq!(trace.parent_id(), None);
        }
    }
}
