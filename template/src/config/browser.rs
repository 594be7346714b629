//! What browsers may do with the answers.
//!
//! Reads `CORS_ALLOW_ORIGINS`, `CORS_ALLOW_CREDENTIALS`, `CORS_MAX_AGE_SECS`, `HSTS_MAX_AGE_SECS`
//! and `SAFE_DOMAINS`.

use axum::http::HeaderValue;

use super::{Error, Settings, Variable};

pub(super) const VARIABLES: &[Variable] = &[
    Variable::new(
        "CORS_ALLOW_ORIGINS",
        "Origins, separated by commas, whose pages may call the API; * is any.",
    )
    .default(""),
    Variable::new(
        "CORS_ALLOW_CREDENTIALS",
        "true: those pages may send cookies along, and * is refused; or false.",
    )
    .default("false"),
    Variable::new(
        "CORS_MAX_AGE_SECS",
        "How long a browser may remember what pages may call, 0 to 86400.",
    )
    .default("600"),
    Variable::new(
        "HSTS_MAX_AGE_SECS",
        "How long a browser that came by https uses nothing else, 0 to 63072000; 0 sends no header.",
    )
    .default("31536000"),
    Variable::new(
        "SAFE_DOMAINS",
        "Domains, separated by commas, that redirects may lead to, with our own if they name it; any other is refused.",
    )
    .default(""),
];

/// What browsers may do with the answers.
#[derive(Debug, Clone)]
pub struct BrowserConfig {
    /// Origins whose pages may call the API.
    pub cors_allow_origins: Vec<HeaderValue>,
    /// Whether those pages may send cookies along.
    pub cors_allow_credentials: bool,
    /// How long a browser may remember what pages may call.
    pub cors_max_age_secs: u64,
    /// How long a browser that came by https uses nothing else.
    pub hsts_max_age_secs: u32,
    /// Domains that redirects may lead to, in lower case.
    pub safe_domains: Vec<String>,
}

impl BrowserConfig {
    pub(super) fn new(settings: &Settings) -> Result<Self, Error> {
        const CREDENTIALS: &str = "CORS_ALLOW_CREDENTIALS";
        let cors_allow_origins = origins(settings)?;
        let cors_allow_credentials =
            settings.parsed(CREDENTIALS, "`true` or `false`", |text| text.parse().ok())?;
        // Every page of the web could act as whoever looks at it.
        if cors_allow_credentials && cors_allow_origins.contains(&ANY) {
            return Err(settings.invalid(CREDENTIALS, "`false` while CORS_ALLOW_ORIGINS is `*`"));
        }
        Ok(Self {
            cors_allow_origins,
            cors_allow_credentials,
            cors_max_age_secs: settings.number("CORS_MAX_AGE_SECS", 0..=86_400)?,
            hsts_max_age_secs: settings.number("HSTS_MAX_AGE_SECS", 0..=63_072_000)?,
            safe_domains: safe_domains(settings)?,
        })
    }
}

const ANY: HeaderValue = HeaderValue::from_static("*");

fn origins(settings: &Settings) -> Result<Vec<HeaderValue>, Error> {
    const NAME: &str = "CORS_ALLOW_ORIGINS";
    let accepts = "`*` or a comma-separated list of origins as browsers send them, such as \
                   `https://example.com`";
    let listed = settings.list(NAME, accepts)?.into_iter();
    let origins: Option<Vec<_>> = listed.map(|text| origin(&text)).collect();
    // Among other origins, `*` would be a mistake that opens the API to everybody.
    match origins {
        Some(origins) if origins.len() == 1 || !origins.contains(&ANY) => Ok(origins),
        _ => Err(settings.invalid(NAME, accepts)),
    }
}

/// What the header `Origin` can be (RFC 6454, section 7): `*` has no meaning within it, and it has the
/// port only where that is another than the scheme's own. Browsers write all of it in lower case.
fn origin(text: &str) -> Option<HeaderValue> {
    let text = text.to_ascii_lowercase();
    if text == "*" {
        return Some(ANY);
    }
    let (scheme, host) = text.split_once("://")?;
    let is_made_of = |part: &str, others: &str| {
        let valid = |c: char| c.is_ascii_alphanumeric() || others.contains(c);
        !part.is_empty() && part.chars().all(valid)
    };
    let is_own_port = (scheme == "https" && host.ends_with(":443"))
        || (scheme == "http" && host.ends_with(":80"));
    let valid = is_made_of(scheme, "+-.") && is_made_of(host, "-._:[]") && !is_own_port;
    valid.then(|| HeaderValue::try_from(text).ok())?
}

fn safe_domains(settings: &Settings) -> Result<Vec<String>, Error> {
    const NAME: &str = "SAFE_DOMAINS";
    let valid = |c: char| c.is_ascii_alphanumeric() || "-.".contains(c);
    let domain = |text: String| text.chars().all(valid).then(|| text.to_ascii_lowercase());
    let accepts = "a comma-separated list of domains such as `accounts.example.com`";
    let listed = settings.list(NAME, accepts)?.into_iter();
    let domains: Option<Vec<_>> = listed.map(domain).collect();
    domains.ok_or_else(|| settings.invalid(NAME, accepts))
}
