use std::fmt::Write;

use tracing::Level;

use super::{Entry, MESSAGE, Value, push_time};

const DIM: &str = "\x1b[2m";
const PLAIN: &str = "\x1b[0m";

/// Writes time, level, module and message, and then the fields. On a terminal, everybody knows which
/// service it is.
pub(super) fn write(entry: &Entry<'_>, out: &mut String, in_colours: bool) {
    let mut message = String::new();
    let mut fields = String::new();
    let target = entry.tell(|name, value| match value {
        Value::Text(text) if name == MESSAGE => push_text(&mut message, text),
        value => {
            fields.push(' ');
            fields.push_str(name);
            fields.push('=');
            match value {
                Value::Text(text) => push_value(&mut fields, text),
                // Writing to a text does not fail.
                Value::Plain(value) => drop(write!(fields, "{value}")),
            }
        }
    });
    let target = target.as_deref().unwrap_or(entry.target);
    let (dim, colour, plain) = match in_colours {
        true => (DIM, colour(entry.level), PLAIN),
        false => ("", "", ""),
    };
    out.push_str(dim);
    push_time(out, entry.time);
    out.push_str(plain);
    let level = entry.level.as_str();
    let _ = write!(out, " {colour}{level:>5}{plain} {dim}{target}:{plain} ");
    out.push_str(&message);
    out.push_str(&fields);
    if !in_colours {
        out.push_str(&entry.service.text);
    }
    out.push('\n');
}

fn colour(level: Level) -> &'static str {
    match level {
        Level::ERROR => "\x1b[31m",
        Level::WARN => "\x1b[33m",
        Level::INFO => "\x1b[32m",
        Level::DEBUG => "\x1b[34m",
        Level::TRACE => "\x1b[35m",
    }
}

fn push_value(out: &mut String, text: &str) {
    let is_one_word = !text.is_empty() && !text.contains([' ', '"', '=']);
    if is_one_word {
        push_text(out, text);
    } else {
        out.push('"');
        push_text(out, &text.replace('"', "\\\""));
        out.push('"');
    }
}

/// Nothing in a text can look like the beginning of a line, or give orders to a terminal.
fn push_text(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\n    "),
            c if c.is_control() => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
}
