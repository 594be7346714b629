//! The form of a line.

mod json;
mod text;

use std::io::IsTerminal;

use time::OffsetDateTime;
use tracing::{Event, Level};

use super::fields::{Fields, SpanFields, Value};
use super::redact::redact;
use crate::config::{AppEnv, LogFormat};

/// How lines are written for a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// For people, in colours.
    Terminal,
    /// For people.
    Text,
    /// For machines.
    Json,
}

impl Form {
    /// The form that was chosen, for a place that may be a terminal.
    pub(super) fn of(format: LogFormat, place: &impl IsTerminal) -> Self {
        match Self::without_colours(format) {
            Self::Text if place.is_terminal() => Self::Terminal,
            form => form,
        }
    }

    /// The form that was chosen, for a place that is no terminal.
    pub(super) fn without_colours(format: LogFormat) -> Self {
        match format {
            LogFormat::Json => Self::Json,
            LogFormat::Text => Self::Text,
        }
    }
}

/// Which service it is that logs, for whoever gathers the lines of many.
#[derive(Debug)]
pub(super) struct Service {
    text: String,
    json: String,
}

impl Service {
    pub(super) fn new(env: AppEnv) -> Self {
        let (name, version) = (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
        Self {
            text: format!(" service={name} version={version} env={env}"),
            json: format!(r#","service":"{name}","version":"{version}","env":"{env}""#),
        }
    }
}

/// What a line tells.
pub(super) struct Entry<'a> {
    pub(super) time: OffsetDateTime,
    pub(super) level: Level,
    pub(super) target: &'a str,
    pub(super) told: Told<'a>,
    pub(super) service: &'a Service,
}

/// Hands on the fields of each span, the innermost first.
pub(super) type Spans<'a> = dyn Fn(&mut dyn FnMut(&SpanFields)) + 'a;

/// What has happened.
pub(super) enum Told<'a> {
    /// An event, and the spans that it is in.
    Event(&'a Event<'a>, &'a Spans<'a>),
    /// What stopped the start, before there were events.
    Message(&'a str),
}

impl Entry<'_> {
    /// Writes the line, with its line break.
    pub(super) fn write(&self, form: Form, out: &mut String) {
        match form {
            Form::Json => json::write(self, out),
            Form::Text => text::write(self, out, false),
            Form::Terminal => text::write(self, out, true),
        }
    }

    /// Hands on the message and every field, those of inner spans before those of outer ones. A name
    /// comes once. Returns the module that has logged, which events of the crate `log` tell in a field.
    pub(super) fn tell(&self, mut take: impl FnMut(&'static str, Value<'_>)) -> Option<String> {
        let (event, spans) = match self.told {
            Told::Event(event, spans) => (event, spans),
            Told::Message(message) => {
                take(MESSAGE, Value::Text(message));
                return None;
            }
        };
        let mut target = None;
        event.record(&mut Fields::new(|name, value| match (name, value) {
            ("log.target", Value::Text(text)) => target = Some(text.to_owned()),
            _ if name.starts_with("log.") => {}
            _ => take(name, value),
        }));
        let known = event.metadata().fields();
        let mut told = Vec::new();
        spans(&mut |fields| {
            for (name, value) in fields.iter() {
                if known.field(name).is_none() && !told.contains(&name) {
                    told.push(name);
                    take(name, value);
                }
            }
        });
        target
    }
}

/// The field with the sentence that an event is about.
pub(super) const MESSAGE: &str = "message";

/// RFC 3339 with microseconds, in UTC.
fn push_time(out: &mut String, time: OffsetDateTime) {
    let (date, clock) = (time.date(), time.time());
    push_number(out, 4, date.year().unsigned_abs());
    for (mark, number) in [
        ('-', u8::from(date.month())),
        ('-', date.day()),
        ('T', clock.hour()),
        (':', clock.minute()),
        (':', clock.second()),
    ] {
        out.push(mark);
        push_number(out, 2, number.into());
    }
    out.push('.');
    push_number(out, 6, clock.microsecond());
    out.push('Z');
}

/// A number of so many digits: every line has seven, and `write!` takes its time.
fn push_number(out: &mut String, digits: u32, number: u32) {
    for place in (0..digits).rev() {
        let digit = number / 10_u32.pow(place) % 10;
        out.extend(char::from_digit(digit, 10));
    }
}

/// What stopped the start, as the log would tell it.
pub(crate) fn failure(format: LogFormat, env: AppEnv, message: &str) -> String {
    let message = redact(message);
    if format == LogFormat::Text {
        return format!("error: {message}");
    }
    let entry = Entry {
        time: OffsetDateTime::now_utc(),
        level: Level::ERROR,
        target: env!("CARGO_CRATE_NAME"),
        told: Told::Message(&message),
        service: &Service::new(env),
    };
    let mut line = String::new();
    entry.write(Form::Json, &mut line);
    line
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn times_have_all_their_digits() {
        let mut text = String::new();
        push_time(&mut text, datetime!(2026-01-02 03:04:05.000678 UTC));
        assert_eq!(text, "2026-01-02T03:04:05.000678Z");
    }

    #[test]
    fn what_stops_the_start_has_the_form_of_the_log_and_no_secrets() {
        let message = "cannot connect to db://me:hush@host/";
        let text = failure(LogFormat::Text, AppEnv::Test, message);
        assert_eq!(text, "error: cannot connect to db://***@host/");
        let json = failure(LogFormat::Json, AppEnv::Test, message);
        let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(json["message"], "cannot connect to db://***@host/");
        assert_eq!(json["env"], "test");
    }
}
