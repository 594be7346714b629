use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rand::Rng;
use secrecy::ExposeSecret;

use super::PATH;
use crate::app::AppState;
use crate::config::{AppEnv, Config, Credentials, ServerConfig};
use crate::error::{AppError, forbidden, not_found, unauthorized};
use crate::middleware::Caller;

const CHALLENGE: &str = r#"Basic realm="tasks", charset="UTF-8""#;
const CSRF_COOKIE: &str = "dashboard_csrf";
const CSRF_HEADER: HeaderName = HeaderName::from_static("x-csrf-token");
const CSRF_TOKEN_BYTES: usize = 32;
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What a browser may do with anything of the dashboard.
const HEADERS: [(HeaderName, HeaderValue); 2] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
             img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
    ),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// Lets in who may see the dashboard.
pub async fn guard(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let mut response = match judge(&state.config, request.headers()) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    };
    response.headers_mut().extend(HEADERS);
    response
}

fn judge(config: &Config, headers: &HeaderMap) -> Result<(), AppError> {
    match &config.dashboard.credentials {
        Some(credentials) if are_known(credentials, headers) => Ok(()),
        Some(_) => Err(unauthorized(
            "the user and the password of the dashboard are needed",
            CHALLENGE,
        )),
        None if config.env == AppEnv::Prod => Err(not_found()),
        None => Ok(()),
    }
}

fn are_known(credentials: &Credentials, headers: &HeaderMap) -> bool {
    let value = headers.get(header::AUTHORIZATION);
    let given = value.and_then(|value| value.to_str().ok()?.split_once(' '));
    let Some((scheme, given)) = given else {
        return false;
    };
    let password = credentials.password.expose_secret();
    let known = BASE64_STANDARD.encode(format!("{}:{password}", credentials.user));
    scheme.eq_ignore_ascii_case("basic") && are_equal(given.trim(), known.as_bytes())
}

/// Takes as long whichever byte differs, so that nobody can guess one byte after the other.
fn are_equal(one: &str, other: &[u8]) -> bool {
    verify_slices_are_equal(one.as_bytes(), other).is_ok()
}

/// Something may be changed: the dashboard is not read-only, and it is our page that asks.
///
/// A page of somebody else can make a browser send our cookie, but cannot read it, so it does not
/// know what to put into the header.
pub struct Action(());

impl FromRequestParts<AppState> for Action {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        if state.config.dashboard.read_only {
            return Err(forbidden("the dashboard is read-only"));
        }
        let headers = &parts.headers;
        let is_foreign = |site: &HeaderValue| site != "same-origin";
        let token = csrf_token(headers);
        let given = headers.get(CSRF_HEADER).map(HeaderValue::as_bytes);
        match (token, given) {
            (Some(token), Some(given))
                if are_equal(&token, given)
                    && !headers.get(SEC_FETCH_SITE).is_some_and(is_foreign) =>
            {
                Ok(Self(()))
            }
            _ => Err(forbidden(
                "the CSRF token is missing or not the one of the page; load the page again",
            )),
        }
    }
}

/// The token that the browser keeps, if it has a good one.
pub(super) fn csrf_token(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter();
    let cookies = cookies.filter_map(|cookies| cookies.to_str().ok());
    let token = cookies
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find_map(|(name, token)| (name == CSRF_COOKIE).then_some(token))?;
    // It goes into the page, so it has to be one of ours.
    let is_hex = token.bytes().all(|byte| byte.is_ascii_hexdigit());
    (token.len() == 2 * CSRF_TOKEN_BYTES && is_hex).then(|| token.to_owned())
}

/// A token that nobody can guess.
pub(super) fn new_csrf_token() -> String {
    let bytes: [u8; CSRF_TOKEN_BYTES] = rand::rng().random();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What makes the browser keep the token.
pub(super) fn csrf_cookie(token: &str, config: &ServerConfig, caller: &Caller) -> String {
    let root_path = &config.root_path;
    let secure = if caller.is_https { "; Secure" } else { "" };
    format!("{CSRF_COOKIE}={token}; Path={root_path}{PATH}; HttpOnly; SameSite=Strict{secure}")
}
