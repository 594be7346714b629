//! The guide at `/doc`: the pages in `docs/`, as HTML.
//!
//! They are in the binary, so they tell of this version. Nothing is loaded from elsewhere.

mod markdown;

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{Html, IntoResponse, Redirect};

use crate::app::AppState;
use crate::error::{AppResult, not_found};
use crate::extract::Path;

/// Where the guide is. The paths of its pages begin with it.
pub const PATH: &str = "/doc";

/// The pages, in the order in which they are listed, each by its name in `docs/`.
const PAGES: &[(&str, &str)] = &[
    ("architecture", include_str!("../../docs/architecture.md")),
    ("grow", include_str!("../../docs/grow.md")),
    ("http", include_str!("../../docs/http.md")),
    ("auth", include_str!("../../docs/auth.md")),
    ("tasks", include_str!("../../docs/tasks.md")),
    ("flows", include_str!("../../docs/flows.md")),
    ("following", include_str!("../../docs/following.md")),
    ("calls", include_str!("../../docs/calls.md")),
    ("commands", include_str!("../../docs/commands.md")),
    ("configuration", include_str!("../../docs/configuration.md")),
    ("testing", include_str!("../../docs/testing.md")),
    ("deploy", include_str!("../../docs/deploy.md")),
    ("platforms", include_str!("../../docs/platforms.md")),
    ("logs", include_str!("../../docs/logs.md")),
    ("metrics", include_str!("../../docs/metrics.md")),
    ("runbooks", include_str!("../../docs/runbooks.md")),
    ("versioning", include_str!("../../docs/versioning.md")),
    ("celery", include_str!("../../docs/celery.md")),
];

const LAYOUT: &str = include_str!("doc/page.html");
const STYLE: &str = include_str!("doc/style.css");

/// What a browser may do with a page, which has nothing to run. It asks whether a page is still the one of
/// this version.
const HEADERS: [(HeaderName, HeaderValue); 2] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; \
             form-action 'none'; frame-ancestors 'none'",
        ),
    ),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
];

/// Put together when somebody first asks.
static GUIDE: LazyLock<Guide> = LazyLock::new(Guide::new);

/// The guide as it is sent.
struct Guide {
    index: String,
    pages: HashMap<&'static str, String>,
}

/// Show what there is to read.
pub async fn show_index() -> impl IntoResponse {
    (HEADERS, Html(GUIDE.index.as_str()))
}

/// The index names the pages relative to itself, so its path must not end in a slash.
pub async fn redirect_to_index(state: AppState) -> Redirect {
    Redirect::to(&format!("{}{PATH}", state.config.server.root_path))
}

/// Show a page.
pub async fn show_page(Path(name): Path<String>) -> AppResult<impl IntoResponse> {
    let page = GUIDE.pages.get(name.as_str()).ok_or_else(not_found)?;
    Ok((HEADERS, Html(page.as_str())))
}

/// Show what the pages look like.
pub async fn show_style() -> impl IntoResponse {
    const CONTENT_TYPE: &str = "text/css; charset=utf-8";
    (HEADERS, [(header::CONTENT_TYPE, CONTENT_TYPE)], STYLE)
}

impl Guide {
    fn new() -> Self {
        let page = |(name, text): &(&'static str, &str)| {
            let content = markdown::to_html(text);
            (*name, layout(Some(name), title(text), &content))
        };
        Self {
            index: index(),
            pages: PAGES.iter().map(page).collect(),
        }
    }
}

/// The page at `/doc`.
fn index() -> String {
    let (name, version) = (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
    let line = |(page, text): &(&str, &str)| format!("- [{}](doc/{page})\n", title(text));
    let list: String = PAGES.iter().map(line).collect();
    let text = format!(
        "# {name} {version}\n\nThe guide to this service, as it is in this version. \
         [/docs](docs) describes its API.\n\n{list}"
    );
    layout(None, "Guide", &markdown::to_html(&text))
}

/// A whole page; without a name, the index. Paths are relative, so they are found behind any proxy.
fn layout(name: Option<&str>, title: &str, content: &str) -> String {
    let (base, home) = match name {
        Some(_) => ("", "../doc"),
        None => ("doc/", "doc"),
    };
    let link = |(page, text): &(&str, &str)| {
        let current = match name {
            Some(name) if name == *page => " aria-current=\"page\"",
            _ => "",
        };
        let title = markdown::escape(self::title(text));
        format!("<li><a href=\"{base}{page}\"{current}>{title}</a></li>\n")
    };
    let menu: String = PAGES.iter().map(link).collect();
    LAYOUT
        .replace("__NAME__", env!("CARGO_PKG_NAME"))
        .replace("__TITLE__", &markdown::escape(title))
        .replace("__BASE__", base)
        .replace("__HOME__", home)
        .replace("__MENU__", menu.trim_end())
        // Last, for it may hold such words itself.
        .replace("__CONTENT__", content.trim_end())
}

/// The heading that a page begins with.
fn title(text: &str) -> &str {
    let line = text.lines().next().unwrap_or_default();
    line.trim_start_matches(['#', ' '])
}
