use std::collections::HashMap;
use std::time::{Duration, Instant};

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

/// A public key, and what it may have signed with.
pub(super) struct Key {
    pub(super) decoding: DecodingKey,
    /// The key decides and not the token: one that names its own algorithm could have it verified
    /// with the bytes of a public key as a secret, or not at all (RFC 8725, section 3.1).
    pub(super) algorithms: Vec<Algorithm>,
}

/// The keys of an issuer (RFC 7517).
pub(super) struct KeySet {
    keys: HashMap<Option<String>, Key>,
    fetched_at: Instant,
}

/// A key that nobody here understands must not spoil the others.
#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

impl KeySet {
    /// Those keys of a document that signatures can be verified with.
    pub(super) fn parse(document: &[u8]) -> anyhow::Result<Self> {
        let document: Document = serde_json::from_slice(document)?;
        let jwks = document.keys.into_iter().map(serde_json::from_value::<Jwk>);
        let keys: HashMap<_, _> = jwks
            .flatten()
            .filter_map(|jwk| Some((jwk.common.key_id.clone(), key(&jwk)?)))
            .collect();
        anyhow::ensure!(
            !keys.is_empty(),
            "there is no key to verify signatures with"
        );
        Ok(Self {
            keys,
            fetched_at: Instant::now(),
        })
    }

    /// The key with this id. A token may do without one if there is but one key.
    pub(super) fn find(&self, id: Option<&str>) -> Option<&Key> {
        match id {
            Some(id) => self.keys.get(&Some(id.to_owned())),
            None if self.keys.len() == 1 => self.keys.values().next(),
            None => None,
        }
    }

    pub(super) fn age(&self) -> Duration {
        self.fetched_at.elapsed()
    }
}

fn key(jwk: &Jwk) -> Option<Key> {
    if matches!(
        jwk.common.public_key_use,
        Some(PublicKeyUse::Encryption | PublicKeyUse::Other(_))
    ) {
        return None;
    }
    let mut algorithms = algorithms(&jwk.algorithm);
    if let Some(only) = jwk.common.key_algorithm {
        let only = only.to_string().parse().ok();
        algorithms.retain(|algorithm| Some(*algorithm) == only);
    }
    if algorithms.is_empty() {
        return None;
    }
    Some(Key {
        decoding: DecodingKey::from_jwk(jwk).ok()?,
        algorithms,
    })
}

/// What a key of this type signs with: never with a secret that both sides know.
fn algorithms(parameters: &AlgorithmParameters) -> Vec<Algorithm> {
    match parameters {
        AlgorithmParameters::RSA(_) => vec![
            Algorithm::RS256,
            Algorithm::RS384,
            Algorithm::RS512,
            Algorithm::PS256,
            Algorithm::PS384,
            Algorithm::PS512,
        ],
        AlgorithmParameters::EllipticCurve(key) => match key.curve {
            EllipticCurve::P256 => vec![Algorithm::ES256],
            EllipticCurve::P384 => vec![Algorithm::ES384],
            _ => Vec::new(),
        },
        AlgorithmParameters::OctetKeyPair(key) => match key.curve {
            EllipticCurve::Ed25519 => vec![Algorithm::EdDSA],
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}
