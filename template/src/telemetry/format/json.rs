use std::fmt::Write;

use super::{Entry, Value, push_time};
use crate::telemetry::redact::has_byte;

/// What every line has. A field with such a name gets another one.
const OWN_KEYS: [&str; 6] = ["timestamp", "level", "target", "service", "version", "env"];

/// Writes an object with everything on its top level.
pub(super) fn write(entry: &Entry<'_>, out: &mut String) {
    out.push_str(r#"{"timestamp":""#);
    push_time(out, entry.time);
    out.push_str(r#"","level":""#);
    out.push_str(entry.level.as_str());
    out.push('"');
    let target = entry.tell(|name, value| {
        out.push_str(",\"");
        if OWN_KEYS.contains(&name) {
            out.push_str("field_");
        }
        out.push_str(name);
        out.push_str("\":");
        match value {
            Value::Text(text) => push_string(out, text),
            // Writing to a text does not fail.
            Value::Plain(value) => drop(write!(out, "{value}")),
        }
    });
    out.push_str(r#","target":"#);
    push_string(out, target.as_deref().unwrap_or(entry.target));
    out.push_str(&entry.service.json);
    out.push_str("}\n");
}

fn push_string(out: &mut String, text: &str) {
    out.push('"');
    match has_byte(text, is_special) {
        true => push_escaped(out, text),
        false => out.push_str(text),
    }
    out.push('"');
}

/// What has to be escaped (RFC 8259, section 7).
fn is_special(byte: u8) -> bool {
    byte < b' ' || byte == b'"' || byte == b'\\'
}

fn push_escaped(out: &mut String, text: &str) {
    let mut plain_from = 0;
    let special = text
        .bytes()
        .enumerate()
        .filter(|(_, byte)| is_special(*byte));
    for (index, byte) in special {
        out.push_str(&text[plain_from..index]);
        plain_from = index + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            control => drop(write!(out, "\\u{control:04x}")),
        }
    }
    out.push_str(&text[plain_from..]);
}

#[cfg(test)]
mod tests {
    use super::push_string;

    #[test]
    fn strings_are_read_as_they_were() {
        let every_control: String = (0..=0x20_u8).map(char::from).collect();
        for text in ["", "a\"b\\c", "zoë 🦀", "\u{7f}\u{2028}", &every_control] {
            let mut json = String::new();
            push_string(&mut json, text);
            let read: String = serde_json::from_str(&json).expect("JSON");
            assert_eq!(read, text);
        }
    }
}
