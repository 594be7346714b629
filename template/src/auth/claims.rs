use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Number, Value};

use crate::app::AppState;
use crate::error::AppError;

/// What a token says about who holds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Claims {
    /// Who it is.
    pub sub: String,
    /// What they may do: scopes, separated by spaces.
    #[serde(default)]
    pub scope: String,
    /// Until when it is valid, in seconds since the Unix epoch.
    #[serde(deserialize_with = "seconds")]
    pub exp: u64,
    /// From when on it is valid.
    #[serde(
        default,
        deserialize_with = "some_seconds",
        skip_serializing_if = "Option::is_none"
    )]
    pub nbf: Option<u64>,
    /// Everything else.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Claims {
    /// Whether the token has this scope. Some providers list them in `scp` instead.
    pub fn has_scope(&self, scope: &str) -> bool {
        let listed = self.other.get("scp");
        self.scope.split(' ').any(|name| name == scope)
            || listed.is_some_and(|listed| names(listed, scope))
    }

    /// Whether its holder has this role, or is in the group of this name: in `roles`, in Keycloak's
    /// `realm_access` or in `groups`.
    pub fn has_role(&self, role: &str) -> bool {
        let realm = self.other.get("realm_access");
        let realm = realm.and_then(|realm| realm.get("roles"));
        let listed = [self.other.get("roles"), realm, self.other.get("groups")];
        listed
            .into_iter()
            .flatten()
            .any(|listed| names(listed, role))
    }
}

impl FromRequestParts<AppState> for Claims {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        match parts.extensions.get::<Self>() {
            Some(claims) => Ok(claims.clone()),
            None => state.auth.verify(&parts.headers).await,
        }
    }
}

/// A point in time, which may have a fraction (RFC 7519, section 2): that is left out.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let number = Number::deserialize(deserializer)?;
    let whole = |secs: f64| (secs >= 0.0).then_some(secs as u64);
    let secs = number.as_u64().or_else(|| whole(number.as_f64()?));
    secs.ok_or_else(|| D::Error::custom("this is no point in time since 1970"))
}

fn some_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    seconds(deserializer).map(Some)
}

/// Whether a claim that lists names has this one. It is an array, or a text with spaces between.
fn names(listed: &Value, name: &str) -> bool {
    match listed {
        Value::Array(names) => names.iter().any(|one| one == name),
        Value::String(names) => names.split(' ').any(|one| one == name),
        _ => false,
    }
}
