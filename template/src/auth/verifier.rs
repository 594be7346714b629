use std::sync::Arc;

use anyhow::anyhow;
use axum::http::HeaderMap;
use jsonwebtoken::TokenData;
use jsonwebtoken::errors::{Error, ErrorKind};
use serde_json::Map;

use super::Claims;
use super::issuer::Issuer;
use super::secret::Secret;
use super::token::bearer_token;
use crate::client::Client;
use crate::config::{AppEnv, Config};
use crate::error::{AppError, unauthorized};

/// Who everybody is while no token is asked for.
const DEV_IDENTITY: &str = "dev";

/// The longest `sub` (OpenID Connect Core 1.0, section 2). It is stored with what its holder makes.
const MAX_SUB_BYTES: usize = 255;

/// All that clients learn of a token that is not good.
pub(super) const NOT_VALID: &str = "the bearer token is not valid";

/// Verifies bearer tokens.
pub struct Verifier(Source);

/// Who signs tokens.
enum Source {
    /// Nobody: everybody is let in.
    Open,
    Secret(Box<Secret>),
    Issuer(Arc<Issuer>),
}

/// Refuses settings with which everybody could do everything in prod.
pub fn check(config: &Config) -> anyhow::Result<()> {
    let is_set = config.auth.issuer.is_some() || config.auth.jwt_secret.is_some();
    anyhow::ensure!(
        is_set || config.env != AppEnv::Prod,
        "OIDC_ISSUER_URL or JWT_SECRET: one of them must be set when APP_ENV is `prod`, or \
         everybody could do everything"
    );
    Ok(())
}

impl Verifier {
    /// Without an issuer or a secret, everybody is let in, which is refused in prod.
    ///
    /// The keys of an issuer are fetched when they are first needed.
    pub fn new(config: &Config, http: &Arc<Client>) -> anyhow::Result<Self> {
        check(config)?;
        if let Some(issuer) = &config.auth.issuer {
            let issuer = Issuer::new(issuer.clone(), Arc::clone(http));
            return Ok(Self(Source::Issuer(Arc::new(issuer))));
        }
        match &config.auth.jwt_secret {
            Some(secret) => Ok(Self(Source::Secret(Box::new(Secret::new(secret))))),
            None => {
                tracing::warn!(
                    "neither OIDC_ISSUER_URL nor JWT_SECRET is set: every request is let in, as \
                     `{DEV_IDENTITY}`, with every scope and role"
                );
                Ok(Self(Source::Open))
            }
        }
    }

    /// Whether everybody is let in, with every scope and role.
    pub fn is_open(&self) -> bool {
        matches!(self.0, Source::Open)
    }

    /// The claims of the bearer token in these headers, or 401; 503 as long as an issuer has never
    /// told its keys.
    pub async fn verify(&self, headers: &HeaderMap) -> Result<Claims, AppError> {
        match &self.0 {
            Source::Open => Ok(dev_claims()),
            Source::Secret(secret) => accept(secret.verify(bearer_token(headers)?)),
            Source::Issuer(issuer) => issuer.verify(bearer_token(headers)?).await,
        }
    }
}

/// The claims of a good token, unless it has an extension whose meaning must be known to whoever
/// accepts it (RFC 7515, section 4.1.11): none is known here.
pub(super) fn accept(token: Result<TokenData<Claims>, Error>) -> Result<Claims, AppError> {
    let token = token.map_err(refused)?;
    if let Some(names) = token.header.crit {
        let cause = anyhow!("its header `crit` has {names:?}");
        return Err(not_valid(NOT_VALID, cause));
    }
    let sub = &token.claims.sub;
    if sub.len() > MAX_SUB_BYTES || sub.contains(char::is_control) {
        let cause = anyhow!("its `sub` is too long, or has control characters");
        return Err(not_valid(NOT_VALID, cause));
    }
    Ok(token.claims)
}

/// 401, which tells clients only what they may do about it.
pub(super) fn refused(error: Error) -> AppError {
    let detail = match error.kind() {
        ErrorKind::ExpiredSignature => "the bearer token has expired",
        _ => NOT_VALID,
    };
    not_valid(detail, error)
}

/// 401 for a token that is there; the cause is for the log.
pub(super) fn not_valid(detail: &'static str, cause: impl Into<anyhow::Error>) -> AppError {
    unauthorized(detail, r#"Bearer error="invalid_token""#).with_cause(cause)
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
