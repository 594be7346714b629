use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use axum::http::{HeaderValue, header};
use jsonwebtoken::{Algorithm, Validation};
use serde::Deserialize;
use tokio::sync::Mutex;
use tracing::Instrument;

use super::Claims;
use super::keys::{Key, KeySet};
use super::verifier::{NOT_VALID, accept, not_valid, refused};
use crate::client::Client;
use crate::config::IssuerConfig;
use crate::error::{AppError, unavailable};

/// The pause between two looks for new keys: tokens may name any key, and must not have the issuer
/// asked each time.
const PAUSE: Duration = Duration::from_secs(10);

/// The same as long as there are none at all.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// How far clocks may differ, in seconds.
const LEEWAY_SECS: u64 = 30;

/// Verifies tokens of an OpenID Connect provider, whose keys are kept. As long as it is away, the
/// keys that are known hold.
pub(super) struct Issuer {
    config: IssuerConfig,
    http: Arc<Client>,
    keys: RwLock<Option<Arc<KeySet>>>,
    /// When keys were last asked for. Whoever asks holds it, so that one does.
    asked_at: Arc<Mutex<Option<Instant>>>,
}

/// What is needed of OpenID Connect Discovery 1.0, section 3.
#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

impl Issuer {
    pub(super) fn new(config: IssuerConfig, http: Arc<Client>) -> Self {
        Self {
            config,
            http,
            keys: RwLock::default(),
            asked_at: Arc::default(),
        }
    }

    pub(super) async fn verify(self: &Arc<Self>, token: &str) -> Result<Claims, AppError> {
        let header = jsonwebtoken::decode_header(token).map_err(refused)?;
        let keys = self.keys_with(header.kid.as_deref()).await?;
        let Some(key) = keys.find(header.kid.as_deref()) else {
            let cause = anyhow::anyhow!("the issuer has no key with the id {:?}", header.kid);
            // Keys that could not be fetched just now may have it: a good token is not to be thrown away.
            return Err(match keys.age() < PAUSE {
                true => not_valid(NOT_VALID, cause),
                false => away(cause),
            });
        };
        accept(jsonwebtoken::decode(
            token,
            &key.decoding,
            &self.validation(key),
        ))
    }

    fn validation(&self, key: &Key) -> Validation {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.algorithms.clone_from(&key.algorithms);
        validation.set_issuer(&[&self.config.url]);
        validation.set_audience(&[&self.config.audience]);
        // A token without an audience would pass otherwise.
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        validation.validate_nbf = true;
        validation.leeway = LEEWAY_SECS;
        validation
    }

    /// The keys, fetched anew if this one is not among them. Old ones are good until there are new
    /// ones, for which nobody waits.
    async fn keys_with(self: &Arc<Self>, id: Option<&str>) -> Result<Arc<KeySet>, AppError> {
        let known = self.known();
        if let Some(keys) = known.clone().filter(|keys| keys.find(id).is_some()) {
            if keys.age() >= self.config.keys_ttl && self.may_ask() {
                let issuer = Arc::clone(self);
                tokio::spawn(async move { issuer.refresh(known).await });
            }
            return Ok(keys);
        }
        self.refresh(known).await;
        self.known()
            .ok_or_else(|| away(anyhow::anyhow!("the issuer has not told its keys yet")))
    }

    fn known(&self) -> Option<Arc<KeySet>> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.clone()
    }

    /// Whether nobody asks for keys just now, or has lately.
    fn may_ask(&self) -> bool {
        let asked_at = self.asked_at.try_lock();
        asked_at.is_ok_and(|at| at.is_none_or(|at| at.elapsed() >= PAUSE))
    }

    /// Asks for the keys, unless somebody else has since the caller looked, or has lately in vain.
    async fn refresh(self: &Arc<Self>, seen: Option<Arc<KeySet>>) {
        let mut asked_at = Arc::clone(&self.asked_at).lock_owned().await;
        let known = self.known();
        let pause = if known.is_some() { PAUSE } else { FIRST_PAUSE };
        let is_new = known.as_ref().map(Arc::as_ptr) != seen.as_ref().map(Arc::as_ptr);
        if is_new || asked_at.is_some_and(|at| at.elapsed() < pause) {
            return;
        }
        let issuer = Arc::clone(self);
        let asked = async move {
            issuer.replace_keys().await;
            *asked_at = Some(Instant::now());
        };
        // In a task of its own, for whoever asks may go away meanwhile, and the keys are for all.
        drop(tokio::spawn(asked.in_current_span()).await);
    }

    async fn replace_keys(&self) {
        match self.fetch().await {
            Ok(keys) => {
                let mut known = self.keys.write().unwrap_or_else(PoisonError::into_inner);
                *known = Some(Arc::new(keys));
            }
            Err(error) => {
                let age_secs = self.known().map(|keys| keys.age().as_secs());
                let error = format!("{error:#}");
                tracing::warn!(error, age_secs, "cannot fetch the keys of OIDC_ISSUER_URL");
            }
        }
    }

    async fn fetch(&self) -> anyhow::Result<KeySet> {
        let issuer = &self.config.url;
        let url = format!(
            "{}/.well-known/openid-configuration",
            issuer.trim_end_matches('/')
        );
        let found: Discovery = self.http.get(&url).send().await?.success()?.json()?;
        ensure!(
            found.issuer == *issuer,
            "{url} is that of another issuer, `{}`",
            found.issuer
        );
        let is_plain = found.jwks_uri.starts_with("http://");
        ensure!(
            !is_plain || issuer.starts_with("http://"),
            "the keys of {issuer} cannot be trusted without TLS"
        );
        let keys = self.http.get(&found.jwks_uri).send().await?.success()?;
        KeySet::parse(&keys.body).with_context(|| found.jwks_uri)
    }
}

/// 503: whether the token is good cannot be said before the issuer has been asked.
fn away(cause: anyhow::Error) -> AppError {
    unavailable(cause).with_header(header::RETRY_AFTER, HeaderValue::from_static("5"))
}
