use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::Claims;
use crate::app::AppState;
use crate::error::{AppError, forbidden};

/// Something that whoever holds a token may be.
pub trait Role {
    /// Its name among the roles of the token.
    const NAME: &'static str;
}

/// May do what is for operators.
#[derive(Debug)]
pub struct Admin;

impl Role for Admin {
    const NAME: &'static str = "admin";
}

/// Extracts the claims of a token whose holder has the role `R`: 401 without a valid token, 403
/// without the role.
#[derive(Debug)]
pub struct Holds<R> {
    /// The claims of the token.
    pub claims: Claims,
    role: PhantomData<R>,
}

impl<R: Role> FromRequestParts<AppState> for Holds<R> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        let claims = Claims::from_request_parts(parts, state).await?;
        if !state.auth.is_open() && !claims.has_role(R::NAME) {
            return Err(forbidden(format!("the role `{}` is needed", R::NAME)));
        }
        Ok(Self {
            claims,
            role: PhantomData,
        })
    }
}
