use std::time::Duration;

use axum::http::{HeaderMap, header};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Map;
use time::OffsetDateTime;

use super::Claims;
use crate::config::{AppEnv, Config};
use crate::error::{AppError, unauthorized};

/// Who everybody is while no token is asked for.
const DEV_IDENTITY: &str = "dev";

/// Verifies bearer tokens.
pub struct Verifier(Option<Keys>);

struct Keys {
    decoding: DecodingKey,
    validation: Validation,
}

impl Verifier {
    /// Without a secret, everybody is let in, which is refused in prod.
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        match &config.auth.jwt_secret {
            Some(secret) => Ok(Self(Some(Keys::new(secret)))),
            None if config.env == AppEnv::Prod => anyhow::bail!(
                "JWT_SECRET: must be set when APP_ENV is `prod`, or everybody could do everything"
            ),
            None => {
                tracing::warn!(
                    "JWT_SECRET is not set: every request is let in, as `{DEV_IDENTITY}`, with \
                     every scope"
                );
                Ok(Self(None))
            }
        }
    }

    /// Whether everybody is let in, with every scope.
    pub fn is_open(&self) -> bool {
        self.0.is_none()
    }

    /// The claims of the bearer token in these headers, or 401.
    pub fn verify(&self, headers: &HeaderMap) -> Result<Claims, AppError> {
        let Some(keys) = &self.0 else {
            return Ok(dev_claims());
        };
        let token = bearer_token(headers)
            .ok_or_else(|| unauthorized("a bearer token is needed", "Bearer"))?;
        jsonwebtoken::decode(token, &keys.decoding, &keys.validation)
            .map(|token| token.claims)
            .map_err(|error| {
                unauthorized(
                    "the bearer token is not valid",
                    r#"Bearer error="invalid_token""#,
                )
                .with_cause(error)
            })
    }
}

impl Keys {
    fn new(secret: &SecretString) -> Self {
        // The algorithm is ours to choose: a token that names its own could ask for none.
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = 0;
        validation.validate_nbf = true;
        validation.validate_aud = false;
        Self {
            decoding: DecodingKey::from_secret(secret.expose_secret().as_bytes()),
            validation,
        }
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

fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn dev_claims() -> Claims {
    Claims {
        sub: DEV_IDENTITY.to_owned(),
        scope: "read write".to_owned(),
        exp: u64::MAX,
        nbf: None,
        other: Map::new(),
    }
}
