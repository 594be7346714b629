use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};

use super::Claims;
use crate::app::AppState;
use crate::error::{AppError, forbidden, internal};

/// Something that a token may allow.
pub trait Scope {
    /// Its name in the `scope` claim.
    const NAME: &'static str;
}

/// May read what is not public.
#[derive(Debug)]
pub struct Read;

impl Scope for Read {
    const NAME: &'static str = "read";
}

/// May change things.
#[derive(Debug)]
pub struct Write;

impl Scope for Write {
    const NAME: &'static str = "write";
}

/// Extracts the claims of a token that has the scope `S`: 401 without a valid token, 403 without
/// the scope.
#[derive(Debug)]
pub struct Scoped<S> {
    /// The claims of the token.
    pub claims: Claims,
    scope: PhantomData<S>,
}

impl<S: Scope> FromRequestParts<AppState> for Scoped<S> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        let claims = Claims::from_request_parts(parts, state).await?;
        if !state.auth.is_open() && !claims.has_scope(S::NAME) {
            return Err(missing_scope(S::NAME));
        }
        Ok(Self {
            claims,
            scope: PhantomData,
        })
    }
}

fn missing_scope(scope: &str) -> AppError {
    let challenge = format!(r#"Bearer error="insufficient_scope", scope="{scope}""#);
    match HeaderValue::try_from(challenge) {
        Ok(challenge) => forbidden(format!("the token lacks the scope `{scope}`"))
            .with_header(header::WWW_AUTHENTICATE, challenge),
        Err(error) => internal(error),
    }
}
