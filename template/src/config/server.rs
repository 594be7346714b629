//! The HTTP server.
//!
//! Reads `HOST`, `PORT`, `METRICS_PORT`, `API_PREFIX`, `ROOT_PATH`, `TRUSTED_PROXIES`,
//! `REQUEST_TIMEOUT_SECS` and `MAX_BODY_BYTES`.

use std::net::IpAddr;

use ipnet::IpNet;

use super::{Error, Settings, Variable};

/// What is not below `API_PREFIX`.
const OWN_PATHS: [&str; 7] = [
    "/admin/tasks",
    "/doc",
    "/docs",
    "/health",
    "/metrics",
    "/openapi.json",
    "/webhooks",
];

pub(super) const VARIABLES: &[Variable] = &[
    Variable::new(
        "HOST",
        "Address or name to listen on; 0.0.0.0 is every interface.",
    )
    .default("127.0.0.1"),
    Variable::new("PORT", "Port to listen on, 1 to 65535.").default("8000"),
    Variable::new(
        "METRICS_PORT",
        "Port on which a worker or a scheduler tells its metrics and health, 1 to 65535; without \
         it, on none.",
    ),
    Variable::new("API_PREFIX", "Path before every route of the API.").default("/api/v1"),
    Variable::new(
        "ROOT_PATH",
        "Path that a proxy in front takes off; put before every URL that is sent out.",
    )
    .default(""),
    Variable::new(
        "TRUSTED_PROXIES",
        "Addresses and networks, separated by commas, of the proxies in front; only what they say \
         about the client is believed (X-Forwarded-For, -Proto, -Host), and only they may speak \
         HTTP/2.",
    )
    .default(""),
    Variable::new(
        "REQUEST_TIMEOUT_SECS",
        "Longest time for a request, 1 to 3600; one that waits for a task has that time on top.",
    )
    .default("60"),
    Variable::new(
        "MAX_BODY_BYTES",
        "Largest request body, unpacked, 1 to 1073741824.",
    )
    .default("16777216"),
];

/// How the HTTP server listens and answers.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// Address or name to listen on.
    pub host: String,
    /// Port to listen on.
    pub port: u16,
    /// Port for metrics and health of a worker or a scheduler, if they are to tell them.
    pub metrics_port: Option<u16>,
    /// Path before every route of the API: `/api/v1`.
    pub api_prefix: String,
    /// Path that a proxy takes off: empty, or like `/shop`.
    pub root_path: String,
    /// The proxies in front.
    pub trusted_proxies: Vec<IpNet>,
    /// Longest time for a request.
    pub request_timeout_secs: u64,
    /// Largest request body, unpacked.
    pub max_body_bytes: usize,
}

impl ServerConfig {
    /// Where clients find this path of the API, without scheme and host.
    pub fn api_url(&self, path: &str) -> String {
        format!("{}{}{path}", self.root_path, self.api_prefix)
    }

    pub(super) fn new(settings: &Settings) -> Result<Self, Error> {
        Ok(Self {
            host: settings.parsed("HOST", "an address or a host name", host)?,
            port: settings.number("PORT", 1..=65535)?,
            metrics_port: settings.optional_number("METRICS_PORT", 1..=65535)?,
            api_prefix: settings.parsed(
                "API_PREFIX",
                "a path such as `/api/v1` where the service has nothing else",
                |text| path(text).filter(|prefix| !meets_own_path(prefix)),
            )?,
            root_path: settings.parsed("ROOT_PATH", "empty or a path such as `/shop`", |text| {
                if text.is_empty() {
                    Some(String::new())
                } else {
                    path(text)
                }
            })?,
            trusted_proxies: trusted_proxies(settings)?,
            request_timeout_secs: settings.number("REQUEST_TIMEOUT_SECS", 1..=3600)?,
            max_body_bytes: settings.number("MAX_BODY_BYTES", 1..=1_073_741_824)?,
        })
    }
}

fn host(text: &str) -> Option<String> {
    let valid = |c: char| c.is_ascii_alphanumeric() || "-_.:[]".contains(c);
    (!text.is_empty() && text.chars().all(valid)).then(|| text.to_owned())
}

fn path(text: &str) -> Option<String> {
    let valid = |c: char| c.is_ascii_alphanumeric() || "-_.~".contains(c);
    let segments = text.strip_prefix('/')?;
    segments
        .split('/')
        .all(|segment| !segment.is_empty() && segment.chars().all(valid))
        .then(|| text.to_owned())
}

/// Whether one of the two is below the other.
fn meets_own_path(prefix: &str) -> bool {
    let is_below = |path: &str, other: &str| {
        let rest = path.strip_prefix(other);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    OWN_PATHS
        .iter()
        .any(|own| is_below(prefix, own) || is_below(own, prefix))
}

fn trusted_proxies(settings: &Settings) -> Result<Vec<IpNet>, Error> {
    const NAME: &str = "TRUSTED_PROXIES";
    let network = |text: String| {
        let address = |address: IpAddr| IpNet::from(address.to_canonical());
        text.parse().ok().or_else(|| text.parse().ok().map(address))
    };
    let accepts = "a comma-separated list of addresses and networks such as `10.0.0.0/8`";
    let listed = settings.list(NAME, accepts)?.into_iter();
    let networks: Option<Vec<_>> = listed.map(network).collect();
    networks.ok_or_else(|| settings.invalid(NAME, accepts))
}
