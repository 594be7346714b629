//! The dashboard of tasks at `/admin/tasks`: one page, and the JSON that it asks for.
//!
//! All files are in the binary, nothing is loaded from elsewhere. What the ledger holds goes to the
//! page as JSON only, never as HTML.

mod access;
mod api;

use axum::http::{HeaderMap, HeaderName, header};
use axum::response::{Html, IntoResponse, Redirect};

pub use access::guard;
pub use api::{find_task, list_tasks, retry_task, revoke_task, show_overview};

use crate::app::AppState;
use crate::middleware::Caller;

/// Where the page is. The paths of what it loads begin with it.
pub const PATH: &str = "/admin/tasks";

const PAGE: &str = include_str!("dashboard/page.html");
const SCRIPT: &str = include_str!("dashboard/script.js");
const STYLE: &str = include_str!("dashboard/style.css");

/// Show the page, with the token that its actions have to carry.
pub async fn show_page(state: AppState, caller: Caller, headers: HeaderMap) -> impl IntoResponse {
    let token = access::csrf_token(&headers).unwrap_or_else(access::new_csrf_token);
    let page = PAGE
        .replace("__NAME__", env!("CARGO_PKG_NAME"))
        .replace("__CSRF_TOKEN__", &token);
    let cookie = access::csrf_cookie(&token, &state.config.server, &caller);
    ([(header::SET_COOKIE, cookie)], Html(page))
}

/// The page names its files relative to itself, so its path must not end in a slash.
pub async fn redirect_to_page(state: AppState) -> Redirect {
    Redirect::to(&format!("{}{PATH}", state.config.server.root_path))
}

/// Show what makes the page work.
pub async fn show_script() -> ([(HeaderName, &'static str); 1], &'static str) {
    const CONTENT_TYPE: &str = "text/javascript; charset=utf-8";
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], SCRIPT)
}

/// Show what the page looks like.
pub async fn show_style() -> ([(HeaderName, &'static str); 1], &'static str) {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE)
}
