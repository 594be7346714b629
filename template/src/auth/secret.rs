use std::time::Duration;

use jsonwebtoken::errors::Error;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, TokenData, Validation};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Map;
use time::OffsetDateTime;

use super::Claims;

/// Verifies tokens that are signed with a secret of ours (HS256).
pub(super) struct Secret {
    key: DecodingKey,
    validation: Validation,
}

impl Secret {
    pub(super) fn new(secret: &SecretString) -> Self {
        // The algorithm is ours to choose: a token that names its own could ask for none.
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = 0;
        validation.validate_nbf = true;
        validation.validate_aud = false;
        Self {
            key: DecodingKey::from_secret(secret.expose_secret().as_bytes()),
            validation,
        }
    }

    pub(super) fn verify(&self, token: &str) -> Result<TokenData<Claims>, Error> {
        jsonwebtoken::decode(token, &self.key, &self.validation)
    }
}

/// Signs a token for development.
pub fn sign(
    secret: &SecretString,
    sub: String,
    scope: String,
    ttl: Duration,
) -> anyhow::Result<String> {
    let expires_at = OffsetDateTime::now_utc() + ttl;
    let claims = Claims {
        sub,
        scope,
        exp: u64::try_from(expires_at.unix_timestamp())?,
        nbf: None,
        other: Map::new(),
    };
    let key = EncodingKey::from_secret(secret.expose_secret().as_bytes());
    Ok(jsonwebtoken::encode(
        &Header::new(Algorithm::HS256),
        &claims,
        &key,
    )?)
}
