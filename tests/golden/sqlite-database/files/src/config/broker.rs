//! The broker.
//!
//! Reads `BROKER_URL`.

use secrecy::SecretString;

use super::{Error, Settings, Variable};

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
