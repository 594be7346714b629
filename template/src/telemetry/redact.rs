//! Keeps out of the log what nobody is to read there.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

/// What stands in place of it.
pub(super) const REDACTED: &str = "***";

/// Words in the name of a field whose value is not shown.
macro_rules! secret_words {
    () => {
        "password|passwd|secret|token|authorization|cookie|api[_-]?key|dsn|email"
    };
}

/// What is not shown wherever it stands, and what stands there instead.
static SECRETS: LazyLock<[(Regex, &str); 6]> = LazyLock::new(|| {
    let pattern = |pattern| Regex::new(pattern).expect("the pattern is valid");
    [
        // User and password in a URL, up to the last `@` before the path.
        (
            pattern(r#"([A-Za-z][A-Za-z0-9+.-]*://)[^\s/?#"'<>]*@"#),
            "${1}***@",
        ),
        // The headers `Authorization` and `Proxy-Authorization`.
        (
            pattern(r"(?i)\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}"),
            "${1} ***",
        ),
        // JSON Web Tokens.
        (
            pattern(r"\beyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*){1,2}"),
            REDACTED,
        ),
        // `password: "x"`, `"password":"x"`, also in a text in quotation marks.
        (
            pattern(concat!(
                r#"(?i)([\w-]*(?:"#,
                secret_words!(),
                r#")[\w-]*\\?["']?\s*[:=]\s*\\?")[^"\\]*"#
            )),
            "${1}***",
        ),
        // `password=x`, also in the query of a URL.
        (
            pattern(concat!(
                r#"(?i)([\w-]*(?:"#,
                secret_words!(),
                r#")[\w-]*\s*=\s*)[^\s"'\\,;&)}]+"#
            )),
            "${1}***",
        ),
        // E-mail addresses, also in the path of a URL.
        (pattern(r"[\w.+%'-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+"), REDACTED),
    ]
});

/// Whether a field or a part of its name says that its value is not to be shown.
pub(super) fn is_secret(name: &str) -> bool {
    let is_secret_part = |part| {
        matches!(
            part,
            "password"
                | "passwd"
                | "secret"
                | "token"
                | "authorization"
                | "cookie"
                | "apikey"
                | "dsn"
                | "email"
        )
    };
    name.split(['_', '.', '-']).any(is_secret_part) || name.ends_with("api_key")
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
    let is_mark = |byte| matches!(byte, b'@' | b'%' | b'=' | b':');
    text.bytes().any(is_mark)
        || text.contains("eyJ")
        || ["earer", "EARER", "asic", "ASIC"]
            .iter()
            .any(|word| text.contains(word))
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
                "sent Authorization: Bearer ***",
            ),
            ("BASIC dXNlcjpwYXNz", "BASIC ***"),
            ("it was eyJhbGciOi.eyJzdWIi.c2ln!", "it was ***!"),
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
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["path", "idempotency_key", "tokens_left", "request_id"] {
            assert!(!is_secret(name), "{name}");
        }
    }
}
