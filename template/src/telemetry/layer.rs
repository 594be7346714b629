use std::cell::Cell;
use std::sync::Arc;

use time::OffsetDateTime;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::fields::SpanFields;
use super::format::{Entry, Form, Service, Told};
use super::sink::{Line, Sink};

/// A text that has grown longer than this is not kept for the next line.
const MAX_KEPT_BYTES: usize = 1 << 16;

thread_local! {
    /// Where lines are put together.
    static BUFFER: Cell<String> = const { Cell::new(String::new()) };
}

/// Writes every event, once for each form that is asked for, and hands it to the sinks.
#[derive(Debug)]
pub(super) struct LogLayer {
    pub(super) service: Service,
    pub(super) outputs: Vec<(Form, Vec<Sink>)>,
    /// Crates of which nothing below `info` is logged, whatever the filter says.
    pub(super) held_back: Vec<&'static str>,
}

impl LogLayer {
    fn write(&self, entry: &Entry<'_>) {
        for (form, sinks) in &self.outputs {
            let mut buffer = BUFFER.take();
            buffer.clear();
            entry.write(*form, &mut buffer);
            let line = Line {
                time: entry.time,
                level: entry.level,
                text: Arc::from(buffer.as_str()),
            };
            if buffer.capacity() <= MAX_KEPT_BYTES {
                BUFFER.set(buffer);
            }
            for sink in sinks {
                sink.push(line.clone());
            }
        }
    }
}

impl<S> Layer<S> for LogLayer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        let is_of = |name: &&str| {
            let rest = metadata.target().strip_prefix(*name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        };
        *metadata.level() <= Level::INFO || !self.held_back.iter().any(is_of)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = SpanFields::default();
        fields.keep(|visitor| attributes.record(visitor));
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<SpanFields>()
        {
            fields.keep(|visitor| record.record(visitor));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        with_entry(event, &context, &self.service, |entry| self.write(entry));
    }
}

/// Hands on what an event tells, with the fields that this layer has kept of the spans around it.
pub(super) fn with_entry<S>(
    event: &Event<'_>,
    context: &Context<'_, S>,
    service: &Service,
    work: impl FnOnce(&Entry<'_>),
) where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let spans = |take: &mut dyn FnMut(&SpanFields)| {
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(fields) = span.extensions().get() {
                take(fields);
            }
        }
    };
    work(&Entry {
        time: OffsetDateTime::now_utc(),
        level: *event.metadata().level(),
        target: event.metadata().target(),
        told: Told::Event(event, &spans),
        service,
    });
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::{Duration, Instant};

    use serde_json::{Value, json};
    use tracing_subscriber::Registry;
    use tracing_subscriber::layer::SubscriberExt;

    use super::super::sink::Destination;
    use super::*;
    use crate::config::AppEnv;

    struct Channel(mpsc::Sender<String>);

    impl Destination for Channel {
        type Item = Line;

        const PAUSE: Duration = Duration::ZERO;

        fn write(&mut self, lines: &[Line]) -> usize {
            let texts = lines.iter().map(|line| line.text.to_string());
            texts
                .filter(|text| self.0.send(text.clone()).is_err())
                .count()
        }
    }

    /// What is logged meanwhile.
    fn log(form: Form, work: impl FnOnce()) -> Vec<String> {
        let (sender, lines) = mpsc::channel();
        let sink = Sink::start("test", 100, Channel(sender)).expect("a thread");
        let layer = LogLayer {
            service: Service::new(AppEnv::Test),
            outputs: vec![(form, vec![sink.clone()])],
            held_back: vec!["chatty"],
        };
        tracing::subscriber::with_default(Registry::default().with(layer), work);
        sink.flush(Instant::now() + Duration::from_secs(20));
        lines.try_iter().collect()
    }

    fn log_json(work: impl FnOnce()) -> Vec<Value> {
        let lines = log(Form::Json, work).into_iter();
        let parse = |line: String| serde_json::from_str(&line).expect("JSON");
        lines.map(parse).collect()
    }

    #[test]
    fn everything_stands_on_the_top_level_once() {
        let lines = log_json(|| {
            let outer = tracing::info_span!("outer", request_id = "r-1", step = 1, late = 0);
            let _in_outer = outer.enter();
            let inner = tracing::info_span!("inner", step = 2, path = "/span");
            let _in_inner = inner.enter();
            outer.record("late", 7);
            tracing::warn!(
                path = "/a\"b\n",
                count = 3,
                ok = true,
                ratio = 0.5,
                "told {}",
                1
            );
        });
        let [line] = lines.as_slice() else {
            panic!("one line, not {lines:?}")
        };
        let mut line = line.clone();
        let time = line["timestamp"].take();
        let time = OffsetDateTime::parse(
            time.as_str().expect("a text"),
            &time::format_description::well_known::Rfc3339,
        );
        let age = OffsetDateTime::now_utc() - time.expect("a time");
        assert!(age < Duration::from_secs(60), "{age}");
        let expected = json!({
            "timestamp": null, "level": "WARN", "message": "told 1", "target": module_path!(),
            "path": "/a\"b\n", "count": 3, "ok": true, "ratio": 0.5,
            "request_id": "r-1", "step": 2, "late": 7,
            "service": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION"), "env": "test",
        });
        assert_eq!(line, expected);
    }

    #[test]
    fn a_field_cannot_take_the_place_of_another() {
        let lines = log(Form::Json, || tracing::info!(level = 9, env = "x", "told"));
        let line: Value = serde_json::from_str(&lines[0]).expect("JSON");
        assert_eq!(line["level"], "INFO");
        assert_eq!(line["field_level"], 9);
        assert_eq!(line["field_env"], "x");
        assert_eq!(lines[0].matches("\"level\"").count(), 1);
    }

    #[test]
    fn secrets_are_left_out_of_fields_messages_and_spans() {
        let lines = log(Form::Json, || {
            let span = tracing::info_span!("span", token = 4711, url = "db://me:hush@host/");
            let _in_span = span.enter();
            let body = json!({ "password": "hush" });
            tracing::info!(email = %"hush", %body, "for hush@example.com");
        });
        assert!(!lines[0].contains("hush"), "{lines:?}");
        assert!(!lines[0].contains("4711"), "{lines:?}");
        assert!(lines[0].contains("db://***@host/"), "{lines:?}");
    }

    #[test]
    fn a_text_cannot_look_like_a_line_of_its_own() {
        let lines = log(Form::Text, || {
            tracing::info!(a = "x\ny", b = "two words", c = "\u{1b}[2J", "one\ntwo");
        });
        let name = env!("CARGO_PKG_NAME");
        let (_, line) = lines[0].split_once("Z ").expect("a time");
        let expected = format!(
            " INFO {}: one\n    two a=x\n    y b=\"two words\" c=\\u{{1b}}[2J service={name} \
             version={} env=test\n",
            module_path!(),
            env!("CARGO_PKG_VERSION"),
        );
        assert_eq!(line, expected);
    }

    #[test]
    fn crates_that_tell_too_much_are_held_back() {
        let lines = log_json(|| {
            tracing::debug!(target: "chatty", "SELECT");
            tracing::trace!(target: "chatty::wire", "SELECT");
            tracing::info!(target: "chatty::wire", "connected");
            tracing::debug!(target: "chattyness", "told");
        });
        let messages: Vec<_> = lines.iter().map(|line| &line["message"]).collect();
        assert_eq!(messages, ["connected", "told"]);
    }
}
