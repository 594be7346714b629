//! An OpenID Connect provider with keys of its own.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair,
};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{Peer, Reply};

/// How much stands before the key itself in the PKCS #8 form of an RSA key of 2048 bits.
const PKCS8_HEADER_BYTES: usize = 26;

/// A key that tokens are signed with.
pub(crate) struct SigningKey {
    pub(crate) id: &'static str,
    pub(crate) algorithm: Algorithm,
    key: EncodingKey,
}

impl SigningKey {
    pub(crate) fn new(id: &'static str, algorithm: Algorithm) -> Self {
        let key = match algorithm {
            Algorithm::ES256 => ec_key(&ECDSA_P256_SHA256_FIXED_SIGNING),
            Algorithm::ES384 => ec_key(&ECDSA_P384_SHA384_FIXED_SIGNING),
            Algorithm::EdDSA => {
                let key = Ed25519KeyPair::generate().expect("a key");
                let der = key.to_pkcs8v1().expect("its bytes");
                EncodingKey::from_ed_der(der.as_ref())
            }
            _ => {
                let key = KeyPair::generate(KeySize::Rsa2048).expect("a key");
                let der = key.as_der().expect("its bytes");
                EncodingKey::from_rsa_der(&der.as_ref()[PKCS8_HEADER_BYTES..])
            }
        };
        Self { id, algorithm, key }
    }

    /// The public half, as an issuer tells it.
    pub(crate) fn jwk(&self) -> Value {
        let jwk = Jwk::from_encoding_key(&self.key, self.algorithm).expect("a public key");
        let mut jwk = serde_json::to_value(jwk).expect("JSON");
        jwk["kid"] = json!(self.id);
        jwk["use"] = json!("sig");
        jwk
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        let mut header = Header::new(self.algorithm);
        header.kid = Some(self.id.to_owned());
        jsonwebtoken::encode(&header, claims, &self.key).expect("a token")
    }
}

fn ec_key(algorithm: &'static EcdsaSigningAlgorithm) -> EncodingKey {
    let key = EcdsaKeyPair::generate(algorithm).expect("a key");
    let der = key.to_pkcs8v1().expect("its bytes");
    EncodingKey::from_ec_der(der.as_ref())
}

/// A provider, as long as it is not dropped.
pub(crate) struct Issuer {
    pub(crate) peer: Peer,
}

impl Issuer {
    pub(crate) const DISCOVERY: &str = "/.well-known/openid-configuration";
    pub(crate) const KEYS: &str = "/keys";
    pub(crate) const AUDIENCE: &str = "this-service";

    /// A provider with these keys.
    pub(crate) async fn start(keys: &[&SigningKey]) -> Self {
        let issuer = Self {
            peer: Peer::start().await,
        };
        let discovery = json!({"issuer": issuer.url(), "jwks_uri": issuer.peer.url(Self::KEYS)});
        let discovery = Reply::body(discovery.to_string());
        issuer.peer.replies(Self::DISCOVERY, [discovery]);
        issuer.tell(keys);
        issuer
    }

    pub(crate) fn url(&self) -> String {
        self.peer.url("")
    }

    /// From now on it has these keys and no others.
    pub(crate) fn tell(&self, keys: &[&SigningKey]) {
        let keys: Vec<Value> = keys.iter().map(|key| key.jwk()).collect();
        let keys = Reply::body(json!({ "keys": keys }).to_string());
        self.peer.replies(Self::KEYS, [keys]);
    }

    /// How often it was asked for its keys.
    pub(crate) fn asked(&self) -> usize {
        self.peer.received(Self::KEYS).len()
    }

    /// What a good token says.
    pub(crate) fn claims(&self) -> Value {
        let now = OffsetDateTime::now_utc().unix_timestamp();
        json!({
            "iss": self.url(),
            "aud": [Self::AUDIENCE, "another"],
            "sub": "ada",
            "scope": "openid read",
            "exp": now + 60,
        })
    }
}
