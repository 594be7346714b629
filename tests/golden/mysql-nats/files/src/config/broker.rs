//! The broker.
//!
//! Reads `BROKER_URL`.

use secrecy::SecretString;

use super::{Error, Settings, Variable};

const URL_ACCEPTS: &str = "a URL such as `nats://user:password@host:4222`";
const URL_DEFAULT: &str = "nats://127.0.0.1:4222";
const URL_DOC: &str = "nats://user:password@host:4222, tls:// with TLS; has to be set in prod.";
const URL_SCHEMES: &[&str] = &["nats://", "tls://"];

pub(super) const VARIABLES: &[Variable] = &[Variable::new("BROKER_URL", URL_DOC)
    .default(URL_DEFAULT)
    .url()];

/// How to reach the broker.
#[derive(Debug, Clone)]
pub struct BrokerConfig {
    /// Where it is.
    pub url: SecretString,
}

impl BrokerConfig {
    pub(super) fn new(settings: &Settings) -> Result<Self, Error> {
        Ok(Self {
            url: settings.url("BROKER_URL", URL_ACCEPTS, URL_SCHEMES)?,
        })
    }
}
