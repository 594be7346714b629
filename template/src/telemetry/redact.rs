//! Keeps out of the log what nobody is to read there.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

/// What stands in place of it.
pub(super) const REDACTED: &str = "***";

/// A name with one of these words in it is that of a secret.
const SECRET_WORDS: [&str; 12] = [
    "apikey",
    "authorization",
    "cookie",
    "credential",
    "credentials",
    "dsn",
    "email",
    "passphrase",
    "passwd",
    "password",
    "secret",
    "token",
];

/// And one that ends like this.
const SECRET_ENDS: [&str; 2] = ["api_key", "private_key"];

/// What is not shown wherever it stands, and what stands there instead.
static SECRETS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let words = [SECRET_WORDS.as_slice(), &SECRET_ENDS].concat().join("|");
    // `api_key`, `api-key` and `apiKey`.
    let name = format!(r"(?is)[\w-]*(?:{})[\w-]*", words.replace('_', "[_-]?"));
    let valid = |pattern: &str| Regex::new(pattern).expect("the pattern is valid");
    let named = |rest: &str| valid(&format!("({name}{rest}"));
    vec![
        // User and password in a URL, up to the last `@` before the path.
        (
            valid(r#"([A-Za-z][A-Za-z0-9+.-]*://)[^\s/?#"'<>]*@"#),
            "${1}***@",
        ),
        // A header, to the end of the line.
        (
            valid(
                r#"(?i)\b((?:set-)?cookie|(?:proxy-)?authorization|x-[\w-]*(?:key|secret|token))\s*:\s*[^\s"'][^\r\n]*"#,
            ),
            "${1}: ***",
        ),
        // The value of `Authorization` without its name.
        (
            valid(r"(?i)\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}"),
            "${1} ***",
        ),
        // JSON Web Tokens.
        (
            valid(r"\beyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*){1,2}"),
            REDACTED,
        ),
        // `password: "x"`, `"password":"x"`, `password: Some("x")`.
        (
            named(r#"["']?\s*[:=]\s*(?:Some\()?")(?:[^"\\]|\\.)*"#),
            "${1}***",
        ),
        // The same in a text in quotation marks.
        (
            named(r#"\\?"?\s*[:=]\s*(?:Some\()?\\")(?:[^"\\]|\\\\\\"|\\[^"])*"#),
            "${1}***",
        ),
        // `password: 'x'`.
        (named(r#"["']?\s*[:=]\s*(?:Some\()?')[^']*"#), "${1}***"),
        // `"tokens":["x","y"]`.
        (named(r#"\\?["']?\s*[:=]\s*\[)[^\]]*"#), "${1}***"),
        // `password=x`, also in the query of a URL.
        (named(r#"\s*=\s*)[^\s"'\\,;&)}\[]+"#), "${1}***"),
        // E-mail addresses, also in the path of a URL.
        (valid(r"[\w.+%'-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+"), REDACTED),
    ]
});

/// Whether a field or a part of its name says that its value is not to be shown.
pub(super) fn is_secret(name: &str) -> bool {
    let name = name.as_bytes();
    let mut parts = name.split(|byte| matches!(byte, b'_' | b'.' | b'-'));
    let is_word = |part: &[u8]| SECRET_WORDS.iter().any(|word| word.as_bytes() == part);
    parts.any(is_word) || SECRET_ENDS.iter().any(|end| name.ends_with(end.as_bytes()))
}

/// The text without what is not to be shown.
pub(super) fn redact(text: &str) -> Cow<'_, str> {
    let mut redacted = Cow::Borrowed(text);
    if !is_suspicious(text) {
        return redacted;
    }
    for (secret, instead) in &*SECRETS {
        redacted = match secret.replace_all(&redacted, *instead) {
            Cow::Borrowed(_) => redacted,
            Cow::Owned(text) => Cow::Owned(text),
        };
    }
    redacted
}

/// Whether there is anything to look for. Most texts are short and plain, and this is quick.
fn is_suspicious(text: &str) -> bool {
    // One of these is in everything that is looked for; before the token of a header it is a space.
    let is_hint = |byte: u8| matches!(byte, 0..=b' ' | b'@' | b'%' | b'=' | b':' | b'J' | 0x80..);
    let is_mark = |byte| matches!(byte, b'@' | b'%' | b'=' | b':');
    let words = ["eyJ", "earer", "EARER", "asic", "ASIC"];
    has_byte(text, is_hint)
        && (text.bytes().any(is_mark) || words.iter().any(|word| text.contains(word)))
}

/// Whether there is such a byte in a text that most likely has none: to look at all of them takes less
/// time than to ask each whether it is the last.
pub(super) fn has_byte(text: &str, is_it: impl Fn(u8) -> bool) -> bool {
    text.bytes().fold(false, |found, byte| found | is_it(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_found_wherever_they_stand() {
        for (text, shown) in [
            (
                "postgres://ada:p@ss@db:5432/x?y",
                "postgres://***@db:5432/x?y",
            ),
            ("amqp://:hush@mq/%2f", "amqp://***@mq/%2f"),
            (
                "sent Authorization: Bearer abc.def-123",
                "sent Authorization: ***",
            ),
            ("sent Bearer abc.def-123", "sent Bearer ***"),
            ("Cookie: a=hush; b=hush\nHost: x", "Cookie: ***\nHost: x"),
            ("x-api-key: hush", "x-api-key: ***"),
            (
                r#"Some(Login { password: Some("hush"), id: 1 })"#,
                r#"Some(Login { password: Some("***"), id: 1 })"#,
            ),
            ("{'passphrase': 'x y'}", "{'passphrase': '***'}"),
            (
                r#"{"secrets":["hush","hush"],"n":[1]}"#,
                r#"{"secrets":[***],"n":[1]}"#,
            ),
            (
                r#"{"password":"a\"hush\"b","n":1}"#,
                r#"{"password":"***","n":1}"#,
            ),
            (
                r#""{\"password\":\"a\\\"hush\",\"n\":1}""#,
                r#""{\"password\":\"***\",\"n\":1}""#,
            ),
            ("BASIC dXNlcjpwYXNz", "BASIC ***"),
            ("bearer\tabcdef-123", "bearer ***"),
            ("Bearer\u{a0}abcdef-123", "Bearer ***"),
            ("it was eyJhbGciOi.eyJzdWIi.c2ln!", "it was ***!"),
            ("eyJhbGciOi.eyJzdWIi.c2ln", "***"),
            (
                r#"{"password":"my own","n":1}"#,
                r#"{"password":"***","n":1}"#,
            ),
            (r#""{\"apiKey\":\"k 1\"}""#, r#""{\"apiKey\":\"***\"}""#),
            (
                r#"Login { password: "a b", id: 1 }"#,
                r#"Login { password: "***", id: 1 }"#,
            ),
            ("/login?access_token=abc&x=1", "/login?access_token=***&x=1"),
            (
                "Key (email)=(ada@example.com) exists",
                "Key (email)=(***) exists",
            ),
            ("/persons/ada%40example.com", "/persons/***"),
            ("zoë@example.com", "***"),
        ] {
            assert_eq!(redact(text), shown);
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for text in [
            "/api/v1/persons/{id}",
            "the bearer token has expired",
            "invalid token: it is too long",
            "{\"tokens\": 3}",
            "JWT_SECRET: must be set",
            "neither OIDC_ISSUER_URL nor JWT_SECRET is set",
            "listening on http://127.0.0.1:8000",
            "cannot reach redis://127.0.0.1:6379/0",
            "retry_in_ms=5",
        ] {
            assert!(matches!(redact(text), Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn the_name_of_a_field_tells_that_it_is_secret() {
        for name in [
            "password",
            "user_email",
            "set-cookie",
            "api_key",
            "jwt.secret",
            "tls_private_key",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["path", "idempotency_key", "tokens_left", "request_id"] {
            assert!(!is_secret(name), "{name}");
        }
    }
}
