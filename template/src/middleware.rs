//! What happens to every request, whatever its route.

mod around;
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

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::HeaderValue;
use axum::response::{IntoResponse, Response};
use ipnet::IpNet;
use tower::{Service, ServiceBuilder};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::decompression::RequestDecompressionLayer;
use tower_http::map_request_body::MapRequestBodyLayer;

use self::around::around;
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
///
/// Only two of them are ours, and large, for each layer costs every request something.
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
            .layer_fn(move |next| {
                let outside = Arc::clone(&outside);
                around(next, move |request, next| describe(&outside, request, next))
            })
            .option_layer(cors::layer(&config.browser))
            .layer(CatchPanicLayer::custom(problem::from_panic))
            .layer_fn(move |next| {
                let inside = Arc::clone(&inside);
                around(next, move |request, next| restrict(&inside, request, next))
            })
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

/// Says of every request whose it is, tells in the log, in metrics and traces what became of it, and
/// writes the body of a problem and what headers all answers have.
fn describe<S>(
    outside: &Outside,
    mut request: Request,
    next: &mut S,
) -> impl Future<Output = Result<Response, Infallible>> + use<S>
where
    S: Service<Request, Error = Infallible>,
    S::Response: IntoResponse,
{
    caller::identify(&mut request, &outside.proxies);
    let deprecated = outside.deprecations.find(&request);
    // RFC 6797, section 7.2: never without https, where anybody could have put it in.
    let hsts = outside.hsts.clone().filter(|_| caller::is_https(&request));
    let env = outside.env;
    let identity = Identity::of(request.headers());
    let id = identity.header();
    let observed = Observed::begin(&request, identity.trace());
    let answer = next.call(request);

    identity.carry(async move {
        let Ok(response) = answer.await;
        let mut response = problem::write(env, &observed, response.into_response());
        security_headers::add(&mut response, hsts);
        if let Some(id) = id {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        if let Some(deprecated) = deprecated {
            deprecated.announce(&mut response);
        }
        observed.end(response.status());
        Ok(response)
    })
}

/// What [`restrict`] goes by.
struct Inside {
    limits: Limits,
    request_timeout: Duration,
    safe_domains: Arc<[String]>,
}

impl Inside {
    fn new(config: &Config) -> Self {
        Self {
            limits: Limits::new(&config.limits),
            request_timeout: Duration::from_secs(config.server.request_timeout_secs),
            safe_domains: config.browser.safe_domains.as_slice().into(),
        }
    }
}

/// Keeps requests from becoming too many or taking too long, and answers from leading elsewhere.
/// What encodings are called is made the same for all that is below.
fn restrict<S>(
    inside: &Inside,
    mut request: Request,
    next: &mut S,
) -> impl Future<Output = Result<Response, Infallible>> + use<S>
where
    S: Service<Request, Error = Infallible>,
    S::Response: IntoResponse,
{
    encoding::normalize(&mut request);
    let limit = TimeLimit::new(inside.request_timeout);
    request.extensions_mut().insert(limit.clone());
    let admitted = inside.limits.admit(&request);
    let admitted = admitted.map(|turn| (turn, next.call(request)));
    let safe_domains = Arc::clone(&inside.safe_domains);

    async move {
        let (_turn, answer) = match admitted {
            Ok(admitted) => admitted,
            Err(error) => return Ok(error.into_response()),
        };
        Ok(redirects::check(limit.enforce(answer).await, &safe_domains))
    }
}
