//! Who may call the API.
//!
//! Reads `OIDC_ISSUER_URL`, `OIDC_AUDIENCE`, `OIDC_KEYS_TTL_SECS` and `JWT_SECRET`.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::{AppEnv, Error, Settings, Variable};

/// A shorter secret can be guessed from a single token.
const MIN_SECRET_BYTES: usize = 32;

pub(super) const VARIABLES: &[Variable] = &[
    Variable::new(
        "OIDC_ISSUER_URL",
        "OpenID Connect provider whose bearer tokens are accepted, as its tokens name it; in prod \
         with https.",
    ),
    Variable::new(
        "OIDC_AUDIENCE",
        "Whom those tokens have to be for: this service, as the provider knows it.",
    ),
    Variable::new(
        "OIDC_KEYS_TTL_SECS",
        "How old the provider's keys may get before they are fetched anew, 1 to 86400.",
    )
    .default("600"),
    Variable::new(
        "JWT_SECRET",
        "Instead of a provider: secret that bearer tokens are signed with (HS256), at least 32 \
         bytes; without either, dev and test let everybody in and prod does not start.",
    )
    .secret(),
];

/// How bearer tokens are verified.
#[derive(Debug, Clone)]
pub struct AuthConfig {
    /// The provider that signs tokens.
    pub issuer: Option<IssuerConfig>,
    /// The secret that tokens are signed with, if there is no provider.
    pub jwt_secret: Option<SecretString>,
}

/// An OpenID Connect provider.
#[derive(Debug, Clone)]
pub struct IssuerConfig {
    /// Its URL, byte for byte as in its tokens.
    pub url: String,
    /// Whom its tokens have to be for.
    pub audience: String,
    /// How old its keys may get before they are fetched anew, so that one that was withdrawn is not trusted
    /// for long.
    pub keys_ttl: Duration,
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
        let issuer = issuer(settings)?;
        if issuer.is_some() && jwt_secret.is_some() {
            let accepts = "to be set together with OIDC_ISSUER_URL: choose one of them";
            return Err(settings.invalid("JWT_SECRET", accepts));
        }
        Ok(Self { issuer, jwt_secret })
    }
}

fn issuer(settings: &Settings) -> Result<Option<IssuerConfig>, Error> {
    let keys_ttl_secs = settings.number("OIDC_KEYS_TTL_SECS", 1..=86_400)?;
    let audience = settings.text("OIDC_AUDIENCE").unwrap_or_default();
    let Some(url) = settings.text("OIDC_ISSUER_URL") else {
        if audience.is_empty() {
            return Ok(None);
        }
        let accepts = "to be left out without OIDC_ISSUER_URL, for nothing checks it then";
        return Err(settings.invalid("OIDC_AUDIENCE", accepts));
    };
    let is_prod = settings.env() == AppEnv::Prod;
    let has_host = |scheme| {
        url.strip_prefix(scheme)
            .is_some_and(|host| !host.is_empty())
    };
    if !has_host("https://") && (is_prod || !has_host("http://")) {
        return Err(settings.invalid("OIDC_ISSUER_URL", "a URL that starts with `https://`"));
    }
    if audience.is_empty() {
        let accepts = "set, as it has to be with OIDC_ISSUER_URL";
        return Err(settings.invalid("OIDC_AUDIENCE", accepts));
    }
    Ok(Some(IssuerConfig {
        url,
        audience,
        keys_ttl: Duration::from_secs(keys_ttl_secs),
    }))
}
