//! What other services tell this one.
//!
//! Reads `WEBHOOK_SECRET` and `WEBHOOK_TOLERANCE_SECS`.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use secrecy::{ExposeSecret, SecretSlice};

use super::{Error, Settings, Variable};

/// What the secret of a webhook begins with, so that a leaked one can be recognised.
const SECRET_PREFIX: &str = "whsec_";

pub(super) const VARIABLES: &[Variable] = &[
    Variable::new(
        "WEBHOOK_SECRET",
        "Secret that webhooks for /webhooks are signed with: whsec_ and 24 to 64 bytes in base64; \
         without it, nobody can send any.",
    )
    .secret(),
    Variable::new(
        "WEBHOOK_TOLERANCE_SECS",
        "How old a webhook may be, or how far ahead of our clock, 1 to 86400.",
    )
    .default("300"),
];

/// Which webhooks are taken.
#[derive(Debug, Clone)]
pub struct WebhookConfig {
    /// What they are signed with; without it there are none.
    pub secret: Option<SecretSlice<u8>>,
    /// How old one may be, or how far ahead of our clock.
    pub tolerance_secs: u64,
}

impl WebhookConfig {
    pub(super) fn new(settings: &Settings) -> Result<Self, Error> {
        Ok(Self {
            secret: secret(settings)?,
            tolerance_secs: settings.number("WEBHOOK_TOLERANCE_SECS", 1..=86_400)?,
        })
    }
}

fn secret(settings: &Settings) -> Result<Option<SecretSlice<u8>>, Error> {
    const NAME: &str = "WEBHOOK_SECRET";
    let Some(text) = settings.secret(NAME) else {
        return Ok(None);
    };
    let text = text.expose_secret().strip_prefix(SECRET_PREFIX);
    let bytes = text.and_then(|text| BASE64_STANDARD.decode(text).ok());
    match bytes.filter(|bytes| (24..=64).contains(&bytes.len())) {
        Some(bytes) => Ok(Some(bytes.into())),
        None => {
            let accepts = format!(
                "`{SECRET_PREFIX}` and 24 to 64 bytes in base64, such as \
                 `echo {SECRET_PREFIX}$(openssl rand -base64 32)` prints"
            );
            Err(settings.invalid(NAME, &accepts))
        }
    }
}
