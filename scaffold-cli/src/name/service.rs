//! The name of a service.

use super::{MAX_LENGTH, reserved, shown};
use crate::error::{Error, Result};

/// Crates that a rendered service is built from, or whose names Cargo refuses.
const DEPENDENCIES: &[&str] = &[
    "anyhow",
    "apalis",
    "apalis_core",
    "async_nats",
    "aws_lc_rs",
    "axum",
    "base64",
    "chrono",
    "chrono_tz",
    "clap",
    "config",
    "croner",
    "deadpool",
    "diesel",
    "diesel_async",
    "diesel_migrations",
    "dotenvy",
    "flate2",
    "futures_util",
    "http_body_util",
    "hyper",
    "hyper_util",
    "ipnet",
    "jsonwebtoken",
    "lapin",
    "libsqlite3_sys",
    "metrics",
    "metrics_exporter_prometheus",
    "mysql_async",
    "percent_encoding",
    "pulldown_cmark",
    "rand",
    "redis",
    "regex",
    "reqwest",
    "rustls",
    "rustls_native_certs",
    "secrecy",
    "sentry",
    "serde",
    "serde_json",
    "serde_path_to_error",
    "tempfile",
    "thiserror",
    "time",
    "tokio",
    "tokio_postgres",
    "tokio_postgres_rustls",
    "tokio_tungstenite",
    "tokio_util",
    "tower",
    "tower_http",
    "tracing",
    "tracing_subscriber",
    "utoipa",
    "utoipa_axum",
    "utoipa_swagger_ui",
    "uuid",
];

/// Directories that Cargo makes beside the binary, which cannot have their names.
const BUILD_DIRECTORIES: &[&str] = &["build", "deps", "examples", "incremental"];

/// A name that a package, a crate and a directory can have: `my-service`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceName(String);

impl ServiceName {
    /// Parses `[a-z][a-z0-9]*([-_][a-z0-9]+)*`, at most 64 characters.
    pub fn parse(text: &str) -> Result<Self> {
        let refuse = |reason: &str| {
            Err(Error::Name {
                message: format!("the service name `{}` {reason}", shown(text)),
                hint: suggestion(text),
            })
        };
        if text.is_empty() {
            return refuse("is empty");
        }
        if text.len() > MAX_LENGTH {
            return refuse("is longer than 64 characters");
        }
        if !is_well_formed(text) {
            return refuse(
                "is not made of lower-case words that start with a letter and are joined by `-` or `_`",
            );
        }
        // As `cargo generate` does: only one kind of separator.
        let name = if text.contains('-') {
            Self(text.replace('_', "-"))
        } else {
            Self(text.to_owned())
        };
        if let Some(reason) = taken(&name.crate_name()) {
            return refuse(&format!("is {reason}"));
        }
        Ok(name)
    }

    /// The name of the project: `my-service`, or `my_service` if it was given so.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Every crate name that is refused although it is well formed; `hooks/pre.rhai` has the same list.
    pub fn reserved() -> impl Iterator<Item = &'static str> {
        let own = DEPENDENCIES.iter().chain(BUILD_DIRECTORIES);
        reserved::modules().chain(own.copied())
    }

    /// The name of the library crate: `my_service`.
    pub fn crate_name(&self) -> String {
        self.0.replace('-', "_")
    }
}

fn is_well_formed(text: &str) -> bool {
    let word = |word: &str| {
        let mut bytes = word.bytes();
        !word.is_empty() && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    text.starts_with(|c: char| c.is_ascii_lowercase()) && text.split(['-', '_']).all(word)
}

fn taken(crate_name: &str) -> Option<&'static str> {
    if DEPENDENCIES.contains(&crate_name) {
        return Some("the name of a crate it is built from");
    }
    if BUILD_DIRECTORIES.contains(&crate_name) {
        return Some("a directory of Cargo's build");
    }
    reserved::module(crate_name)
}

/// The nearest name that would be accepted.
fn suggestion(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let words = lower
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    let joined = words.collect::<Vec<_>>().join("-");
    let name = joined.trim_start_matches(|c: char| !c.is_ascii_lowercase());
    let name: String = name.chars().take(MAX_LENGTH).collect();
    let name = name.trim_end_matches('-');
    if name.is_empty() {
        return "use a name like `my-service`".to_owned();
    }
    match taken(&name.replace('-', "_")) {
        Some(_) => format!("try `{name}-service`"),
        None => format!("try `{name}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_names_are_accepted() {
        for name in ["a", "my-service", "my_service", "v2-api", "a1-2b"] {
            assert_eq!(ServiceName::parse(name).unwrap().as_str(), name);
        }
        assert_eq!(
            ServiceName::parse("my-service").unwrap().crate_name(),
            "my_service"
        );
        assert!(ServiceName::parse(&"a".repeat(64)).is_ok());
    }

    #[test]
    fn mixed_separators_become_hyphens() {
        assert_eq!(
            ServiceName::parse("my-big_service").unwrap().as_str(),
            "my-big-service"
        );
    }

    #[test]
    fn unusable_names_are_refused_with_a_suggestion() {
        for (name, hint) in [
            ("", "use a name like `my-service`"),
            ("My Service", "try `my-service`"),
            ("../evil", "try `evil`"),
            ("2fast", "try `fast`"),
            ("a--b", "try `a-b`"),
            ("a-", "try `a`"),
            ("type", "try `type-service`"),
            ("std", "try `std-service`"),
            ("test", "try `test-service`"),
            ("serde-json", "try `serde-json-service`"),
            ("deps", "try `deps-service`"),
            ("build", "try `build-service`"),
            ("com1", "try `com1-service`"),
            ("größe", "try `gr-e`"),
        ] {
            let error = ServiceName::parse(name).expect_err(name);
            assert_eq!(error.code(), "invalid_name");
            assert_eq!(error.hint(), Some(hint), "{name}");
        }
        assert!(ServiceName::parse(&"a".repeat(65)).is_err());
    }
}
