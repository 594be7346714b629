//! Who may call the API.
//!
//! Reads `JWT_SECRET`.

use secrecy::{ExposeSecret, SecretString};

use super::{Error, Settings, Variable};

/// A shorter secret can be guessed from a single token.
const MIN_SECRET_BYTES: usize = 32;

pub(super) const VARIABLES: &[Variable] = &[Variable::new(
    "JWT_SECRET",
    "Secret that bearer tokens are signed with (HS256), at least 32 bytes; without it, dev and \
     test let everybody in and prod does not start.",
)
.secret()];

/// How bearer tokens are verified.
#[derive(Debug, Clone)]
pub struct AuthConfig {
    /// The secret that tokens are signed with, if tokens are asked for.
    pub jwt_secret: Option<SecretString>,
}

impl AuthConfig {
    pub(super) fn new(settings: &Settings) -> Result<Self, Error> {
        let jwt_secret = settings.secret("JWT_SECRET");
        let too_short = |secret: &SecretString| secret.expose_secret().len() < MIN_SECRET_BYTES;
        if jwt_secret.as_ref().is_some_and(too_short) {
            let accepts = format!(
                "a secret of at least {MIN_SECRET_BYTES} bytes, such as `openssl rand -hex 32` prints"
            );
            return Err(settings.invalid("JWT_SECRET", &accepts));
        }
        Ok(Self { jwt_secret })
    }
}
