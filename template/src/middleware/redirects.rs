use axum::http::header;
use axum::response::{IntoResponse, Response};
use reqwest::Url;

use crate::error::forbidden;

/// Where a relative address could be relative to. Which of them makes a difference: `http:x` is a
/// path in the one and a host in the other.
const BASES: [&str; 2] = ["http://here.invalid", "https://here.invalid"];

/// No domain can have this name (RFC 2606).
const HERE: &str = "here.invalid";

/// Refuses to send a client to a domain that is not among `safe_domains`, as a handler does that
/// redirects to whatever a link says. A path stays here; our own domain is safe if it is listed.
pub(super) fn check(response: Response, safe_domains: &[String]) -> Response {
    let location = response.headers().get(header::LOCATION);
    match location.map(|location| location.to_str().ok()) {
        Some(to) if response.status().is_redirection() && !is_safe(to, safe_domains) => {
            // What follows the path is left out, for it may hold what nobody else is to read.
            let to = to.and_then(|to| to.split(['?', '#']).next());
            tracing::warn!(to, "a redirect to a domain that is not in SAFE_DOMAINS");
            forbidden("this would lead to a domain that is not one of ours").into_response()
        }
        _ => response,
    }
}

/// Reads the address as browsers do, for which `/\evil.example` leads to a domain.
fn is_safe(location: Option<&str>, safe_domains: &[String]) -> bool {
    let leads_to = |base| Url::parse(base).ok()?.join(location?).ok();
    BASES.into_iter().map(leads_to).all(|url| {
        url.is_some_and(|url| {
            let host = url.host_str();
            let is_known = host == Some(HERE) || safe_domains.iter().any(|it| host == Some(it));
            ["http", "https"].contains(&url.scheme()) && is_known
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leads_to_us(location: &str) -> bool {
        let safe = ["accounts.example.com".to_owned()];
        is_safe(Some(location), &safe)
    }

    #[test]
    fn paths_and_safe_domains_are_safe() {
        for location in [
            "/docs/",
            "docs/",
            "?page=2",
            "",
            "/to?next=https://evil.example",
            "https://accounts.example.com/login",
            "https://ACCOUNTS.example.com:8443/login",
            "//accounts.example.com/",
        ] {
            assert!(leads_to_us(location), "{location}");
        }
    }

    #[test]
    fn other_domains_are_not_however_they_are_written() {
        for location in [
            "https://evil.example/",
            "//evil.example/",
            "///evil.example/",
            r"/\evil.example/",
            r"\\evil.example/",
            "/\t/evil.example/",
            "http:evil.example",
            "https:evil.example",
            "https:///evil.example",
            "https://accounts.example.com@evil.example/",
            "https://accounts.example.com.evil.example/",
            "https://evilaccounts.example.com/",
            "https://1.accounts.example.com/",
            "javascript:alert(1)",
            "data:text/html,x",
            "ftp://accounts.example.com/",
            "https://",
        ] {
            assert!(!leads_to_us(location), "{location}");
        }
    }
}
