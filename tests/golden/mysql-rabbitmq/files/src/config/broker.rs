//! The broker.
//!
//! Reads `BROKER_URL`.

use secrecy::SecretString;

use super::{Error, Settings, Variable};

const URL_ACCEPTS: &str = "a URL such as `amqp://user:password@host:5672/%2f`";
const URL_DEFAULT: &str = "amqp://guest:guest@127.0.0.1:5672/%2f";
const URL_DOC: &str =
    "amqp://user:password@host:5672/vhost, amqps:// with TLS; has to be set in prod.";
const URL_SCHEMES: &[&str] = &["amqp://", "amqps://"];

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
