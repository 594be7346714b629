//! What happens to every request, whatever its route.

mod caller;
mod cors;
mod deprecated;
mod encoding;
mod limits;
mod observe;
mod problem;
mod redirects;
mod request_id;
mod security_headers;
mod time_limit;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::HeaderValue;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use ipnet::IpNet;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::decompression::RequestDecompressionLayer;
use tower_http::map_request_body::MapRequestBodyLayer;

use self::limits::Limits;
use self::observe::Observed;
use self::request_id::Identity;
use crate::app::AppState;
use crate::config::{AppEnv, Config};

pub use caller::Caller;
pub(crate) use caller::is_proxy;
pub use deprecated::Deprecations;
pub use problem::KeepBody;
pub(crate) use request_id::REQUEST_ID;
pub use time_limit::TimeLimit;

/// Puts the layers around the routes; a request passes them from top to bottom.
pub fn apply(
    router: Router<AppState>,
    state: &AppState,
    deprecations: Deprecations,
) -> Router<AppState> {
    let config = &state.config;
    let outside = Arc::new(Outside::new(config, deprecations));
    let inside = Arc::new(Inside::new(config));
    router.layer(
        ServiceBuilder::new()
            .layer(from_fn_with_state(outside, describe))
            .option_layer(cors::layer(&config.browser))
            .layer(CatchPanicLayer::custom(problem::from_panic))
            .layer(from_fn_with_state(inside, restrict))
            .layer(encoding::compress())
            .layer(RequestDecompressionLayer::new())
            .layer(MapRequestBodyLayer::new(Body::new))
            .layer(DefaultBodyLimit::max(config.server.max_body_bytes)),
    )
}

/// What [`describe`] goes by.
struct Outside {
    env: AppEnv,
    proxies: Vec<IpNet>,
    hsts: Option<HeaderValue>,
    deprecations: Deprecations,
}

impl Outside {
    fn new(config: &Config, deprecations: Deprecations) -> Self {
        Self {
            env: config.env,
            proxies: config.server.trusted_proxies.clone(),
            hsts: security_headers::hsts(config.browser.hsts_max_age_secs),
            deprecations,
        }
    }
}

/// Says of every request whose it is, and puts its id on the answer, and whether it is deprecated.
///
/// With [`answer`] this is one layer, and each of its steps stands before or after what comes next, not
/// around it: between two layers everything below is copied for each request, and a future holds
/// every future that it awaits.
async fn describe(
    State(outside): State<Arc<Outside>>,
    mut request: Request,
    next: Next,
) -> Response {
    caller::identify(&mut request, &outside.proxies);
    let deprecated = outside.deprecations.find(&request);
    let identity = Identity::of(request.headers());
    let id = identity.header();

    let mut response = identity.carry(answer(&outside, request, next)).await;

    if let Some(id) = id {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    if let Some(deprecated) = deprecated {
        deprecated.announce(&mut response);
    }
    response
}

/// Tells in the log, in metrics and traces what became of the request, and writes the body of a
/// problem and the headers for browsers.
async fn answer(outside: &Outside, request: Request, next: Next) -> Response {
    let observed = Observed::begin(&request);
    // RFC 6797, section 7.2: never without https, where anybody could have put it in.
    let hsts = outside.hsts.as_ref();
    let hsts = hsts.filter(|_| caller::is_https(&request));

    let response = next.run(request).await;

    let mut response = problem::write(outside.env, &observed, response);
    security_headers::add(&mut response, hsts);
    observed.end(response.status());
    response
}

/// What [`restrict`] goes by.
struct Inside {
    limits: Limits,
    request_timeout: Duration,
    safe_domains: Vec<String>,
}

impl Inside {
    fn new(config: &Config) -> Self {
        Self {
            limits: Limits::new(&config.limits),
            request_timeout: Duration::from_secs(config.server.request_timeout_secs),
            safe_domains: config.browser.safe_domains.clone(),
        }
    }
}

/// Keeps requests from becoming too many or taking too long, and answers from leading elsewhere.
/// What encodings are called is made the same for all that is below.
async fn restrict(State(inside): State<Arc<Inside>>, mut request: Request, next: Next) -> Response {
    encoding::normalize(&mut request);
    let _turn = match inside.limits.admit(&request) {
        Ok(turn) => turn,
        Err(error) => return error.into_response(),
    };
    let response = time_limit::enforce(inside.request_timeout, request, next).await;
    redirects::check(response, &inside.safe_domains)
}
