use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use secrecy::ExposeSecret;
use serde_json::Value;
use time::OffsetDateTime;

use super::json;
use crate::app::AppState;
use crate::error::{AppError, bad_request, not_found};

/// The id of the event: the same each time that it is sent.
const ID: &str = "webhook-id";
/// When it was sent, in seconds since the Unix epoch.
const TIMESTAMP: &str = "webhook-timestamp";
/// Its signatures, separated by spaces: one for each secret that the sender has.
const SIGNATURE: &str = "webhook-signature";

/// What a signature with a shared secret begins with.
const VERSION: &str = "v1,";

const MAX_ID_BYTES: usize = 128;

/// An event of another service, which knows `WEBHOOK_SECRET`.
///
/// The format is that of Standard Webhooks: `<id>.<timestamp>.<body>` is signed by HMAC-SHA256 (RFC
/// 2104). 404 if webhooks are not set up, and 400 if the signature is missing, is not that of these
/// very bytes, or is older than `WEBHOOK_TOLERANCE_SECS`: somebody may have recorded it.
#[derive(Debug)]
pub struct WebhookEvent {
    /// Its id: the same each time that it is sent.
    pub id: String,
    /// What happened, in JSON.
    pub payload: Value,
}

impl FromRequest<AppState> for WebhookEvent {
    type Rejection = AppError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, AppError> {
        let config = &state.config.webhook;
        let secret = config.secret.as_ref().ok_or_else(not_found)?;
        let headers = request.headers().clone();
        let envelope = Envelope::read(&headers)?;
        if !envelope.is_recent(OffsetDateTime::now_utc(), config.tolerance_secs) {
            return Err(bad_request(
                "the webhook was sent too long ago, or is ahead of our clock",
            ));
        }
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| json::reject_bytes(&rejection))?;
        if !envelope.is_signed_with(secret.expose_secret(), &body) {
            return Err(bad_request("the signature is not that of this webhook"));
        }
        Ok(Self {
            id: envelope.id.to_owned(),
            payload: json::parse(&body)?,
        })
    }
}

/// What the headers say.
struct Envelope<'a> {
    id: &'a str,
    timestamp: &'a str,
    signatures: &'a str,
}

impl<'a> Envelope<'a> {
    fn read(headers: &'a HeaderMap) -> Result<Self, AppError> {
        let read = |name: &'static str| {
            let value = headers.get(name).and_then(|value| value.to_str().ok());
            let value = value.filter(|value| !value.is_empty());
            value.ok_or_else(|| bad_request(format!("the header `{name}` is missing or not text")))
        };
        let envelope = Self {
            id: read(ID)?,
            timestamp: read(TIMESTAMP)?,
            signatures: read(SIGNATURE)?,
        };
        if envelope.id.len() > MAX_ID_BYTES {
            return Err(bad_request(format!(
                "the header `{ID}` has more than {MAX_ID_BYTES} bytes"
            )));
        }
        Ok(envelope)
    }

    fn is_recent(&self, now: OffsetDateTime, tolerance_secs: u64) -> bool {
        let timestamp = self.timestamp.parse::<i64>();
        timestamp.is_ok_and(|sent| now.unix_timestamp().abs_diff(sent) <= tolerance_secs)
    }

    /// Whether one of the signatures is that of the body. Takes as long whichever byte differs, so
    /// that nobody can guess one byte after the other.
    fn is_signed_with(&self, secret: &[u8], body: &[u8]) -> bool {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let mut context = hmac::Context::with_key(&key);
        for part in [self.id.as_bytes(), b".", self.timestamp.as_bytes(), b"."] {
            context.update(part);
        }
        context.update(body);
        let expected = context.sign();
        let signatures = self.signatures.split(' ');
        let signatures = signatures.filter_map(|signature| signature.strip_prefix(VERSION));
        signatures
            .filter_map(|signature| BASE64_STANDARD.decode(signature).ok())
            .any(|given| verify_slices_are_equal(expected.as_ref(), &given).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the tests of Standard Webhooks.
    const SECRET: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const ENVELOPE: Envelope<'_> = Envelope {
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp: "1614265330",
        signatures: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    };

    fn is_signed(envelope: &Envelope<'_>, body: &[u8]) -> bool {
        let secret = BASE64_STANDARD.decode(SECRET).expect("base64");
        envelope.is_signed_with(&secret, body)
    }

    #[test]
    fn the_signature_is_that_of_standard_webhooks() {
        assert!(is_signed(&ENVELOPE, BODY));
        assert!(!is_signed(&ENVELOPE, br#"{"test":2432232314}"#));
    }

    #[test]
    fn id_and_time_are_signed_too() {
        for envelope in [
            Envelope {
                id: "msg_other",
                ..ENVELOPE
            },
            Envelope {
                timestamp: "1614265331",
                ..ENVELOPE
            },
        ] {
            assert!(!is_signed(&envelope, BODY));
        }
    }

    #[test]
    fn only_a_whole_signature_of_this_kind_counts() {
        let good = ENVELOPE.signatures;
        let cases = [
            (good.replace("v1,", "v1a,"), false),
            (good.replace("v1,", ""), false),
            (good.replace("=", ""), false),
            ("v1,".to_owned(), false),
            (format!("v1,{} {good}", "A".repeat(44)), true),
            (format!("v1a,xyz {good} v1,!"), true),
        ];
        for (signatures, expected) in cases {
            let envelope = Envelope {
                signatures: &signatures,
                ..ENVELOPE
            };
            assert_eq!(is_signed(&envelope, BODY), expected, "{signatures}");
        }
    }

    #[test]
    fn a_webhook_is_recent_for_a_while_in_both_directions() {
        let sent: i64 = 1_614_265_330;
        for (now, expected) in [
            (sent, true),
            (sent + 300, true),
            (sent + 301, false),
            (sent - 300, true),
            (sent - 301, false),
        ] {
            let now = OffsetDateTime::from_unix_timestamp(now).expect("a time");
            assert_eq!(ENVELOPE.is_recent(now, 300), expected, "{now}");
        }
        for timestamp in ["", "soon", "1614265330.5", "9223372036854775808"] {
            let envelope = Envelope {
                timestamp,
                ..ENVELOPE
            };
            assert!(!envelope.is_recent(OffsetDateTime::UNIX_EPOCH, u64::MAX));
        }
    }
}
