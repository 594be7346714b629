use std::error::Error;
use std::fmt::{self, Write};

use tracing::field::{Field, Visit};

use super::redact::{REDACTED, is_secret, redact};

/// The longest value that is told, so that what waits to be written takes no end of memory.
const MAX_BYTES: usize = 8_192;

/// The value of a field.
#[derive(Clone, Copy)]
pub(super) enum Value<'a> {
    Text(&'a str),
    /// A number or a truth value, which is the same in every form.
    Plain(&'a dyn fmt::Display),
}

/// Hands on the fields of an event or of a span, without what is not to be shown.
pub(super) struct Fields<F>(F);

impl<F: FnMut(&'static str, Value<'_>)> Fields<F> {
    pub(super) fn new(take: F) -> Self {
        Self(take)
    }

    fn text(&mut self, field: &Field, text: &str) {
        if is_secret(field.name()) {
            (self.0)(field.name(), Value::Text(REDACTED));
        } else {
            (self.0)(field.name(), Value::Text(shortened(&redact(text))));
        }
    }

    fn plain(&mut self, field: &Field, value: impl fmt::Display) {
        if is_secret(field.name()) {
            (self.0)(field.name(), Value::Text(REDACTED));
        } else {
            (self.0)(field.name(), Value::Plain(&value));
        }
    }
}

impl<F: FnMut(&'static str, Value<'_>)> Visit for Fields<F> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut text = String::new();
        // A text that cannot be told is told as far as it goes.
        let _ = write!(text, "{value:?}");
        self.text(field, &text);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let mut text = value.to_string();
        let mut source = value.source();
        while let Some(cause) = source {
            let _ = write!(text, ": {cause}");
            source = cause.source();
        }
        self.text(field, &text);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.plain(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.plain(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.plain(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON knows no infinity.
        match value.is_finite() {
            true => self.plain(field, value),
            false => self.text(field, &value.to_string()),
        }
    }
}

fn shortened(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_BYTES)]
}

/// The fields of a span, kept for the events in it.
#[derive(Debug, Default)]
pub(super) struct SpanFields(Vec<(&'static str, Kept)>);

#[derive(Debug)]
enum Kept {
    Text(String),
    Plain(String),
}

impl SpanFields {
    /// Keeps what `record` tells; a field that is told again has its last value.
    pub(super) fn keep(&mut self, record: impl FnOnce(&mut dyn Visit)) {
        record(&mut Fields::new(|name, value| {
            let kept = match value {
                Value::Text(text) => Kept::Text(text.to_owned()),
                Value::Plain(value) => Kept::Plain(value.to_string()),
            };
            match self.0.iter_mut().find(|(known, _)| *known == name) {
                Some(field) => field.1 = kept,
                None => self.0.push((name, kept)),
            }
        }));
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static str, Value<'_>)> {
        self.0.iter().map(|(name, kept)| match kept {
            Kept::Text(text) => (*name, Value::Text(text)),
            Kept::Plain(text) => (*name, Value::Plain(text)),
        })
    }
}
