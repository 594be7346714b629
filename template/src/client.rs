//! Calls to other services.
//!
//! There is one client for the whole process, [`App::http`](crate::app::App::http). A call takes
//! `CLIENT_TIMEOUT_MS` at most, with the wait for its turn, all attempts and the pauses between
//! them; what may be repeated is repeated; a peer that has become slow holds up nobody but those
//! who call it; and the request id and the trace go along.

mod bulkhead;
mod error;
mod response;
mod retry;
mod span;

use std::sync::Arc;

use axum::http::{HeaderName, HeaderValue, Method};
use serde::Serialize;
use tokio::time::{Instant, timeout_at};

use self::bulkhead::Bulkhead;
use crate::config::ClientConfig;
use crate::middleware::REQUEST_ID;
use crate::queue::request_id;
use crate::trace::{self, TRACEPARENT, TraceContext};

pub use error::ClientError;
pub use response::ClientResponse;

/// Calls other services.
///
/// Redirects are answers like others: following one may lead to where the caller must not go.
pub struct Client {
    http: reqwest::Client,
    bulkhead: Bulkhead,
    config: ClientConfig,
}

impl Client {
    /// Connects to nobody yet.
    pub fn new(config: &ClientConfig) -> anyhow::Result<Self> {
        let name = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
        Ok(Self {
            http: reqwest::Client::builder()
                .connect_timeout(config.connect_timeout)
                .redirect(reqwest::redirect::Policy::none())
                .user_agent(name)
                .pool_max_idle_per_host(config.max_concurrent_per_peer)
                .build()?,
            bulkhead: Bulkhead::new(config.max_concurrent_per_peer),
            config: config.clone(),
        })
    }

    /// A call with any method.
    pub fn call(&self, method: Method, url: &str) -> Call<'_> {
        Call {
            client: self,
            may_repeat: method.is_idempotent(),
            request: self.http.request(method, url),
        }
    }

    /// A GET.
    pub fn get(&self, url: &str) -> Call<'_> {
        self.call(Method::GET, url)
    }

    /// A POST, which is repeated only if it is marked as [`idempotent`](Call::idempotent).
    pub fn post(&self, url: &str) -> Call<'_> {
        self.call(Method::POST, url)
    }

    /// A PUT.
    pub fn put(&self, url: &str) -> Call<'_> {
        self.call(Method::PUT, url)
    }

    /// A DELETE.
    pub fn delete(&self, url: &str) -> Call<'_> {
        self.call(Method::DELETE, url)
    }

    /// One attempt, a step of the trace of its own, after so many others.
    async fn attempt(
        &self,
        peer: &Arc<str>,
        deadline: Instant,
        mut request: reqwest::Request,
        made: u32,
    ) -> Result<ClientResponse, ClientError> {
        let trace = trace::current().map(TraceContext::child);
        if let Some(trace) = trace {
            let header = request.headers_mut().entry(TRACEPARENT);
            header.or_insert(trace.to_header());
        }
        let span = span::begin(trace, &request, made);
        let result = match timeout_at(deadline, self.exchange(peer, request)).await {
            Ok(result) => result,
            Err(_) => Err(self.timed_out(peer)),
        };
        span::end(span, &result);
        result
    }

    /// The request and all of its answer.
    async fn exchange(
        &self,
        peer: &Arc<str>,
        request: reqwest::Request,
    ) -> Result<ClientResponse, ClientError> {
        let answer = self.http.execute(request).await;
        let answer = answer.map_err(|error| ClientError::unreachable(peer, error))?;
        ClientResponse::read(peer, answer, self.config.max_response_bytes).await
    }

    fn timed_out(&self, peer: &Arc<str>) -> ClientError {
        ClientError::TimedOut {
            peer: Arc::clone(peer),
            limit: self.config.timeout,
        }
    }
}

/// A call that is being put together.
#[must_use = "nothing is called before `send`"]
pub struct Call<'a> {
    client: &'a Client,
    request: reqwest::RequestBuilder,
    may_repeat: bool,
}

impl Call<'_> {
    /// Adds a header. One that is marked as sensitive is not logged.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    /// Adds a bearer token.
    pub fn bearer(mut self, token: &str) -> Self {
        self.request = self.request.bearer_auth(token);
        self
    }

    /// Adds a body, as JSON.
    pub fn json(mut self, body: &impl Serialize) -> Self {
        self.request = self.request.json(body);
        self
    }

    /// Says that doing it twice does no more than doing it once, such as with an idempotency key.
    pub fn idempotent(mut self) -> Self {
        self.may_repeat = true;
        self
    }

    /// Makes the call. Any status is a response: see [`ClientResponse::success`].
    pub async fn send(self) -> Result<ClientResponse, ClientError> {
        let Self {
            client,
            request,
            may_repeat,
        } = self;
        let deadline = Instant::now() + client.config.timeout;
        let mut request = request.build().map_err(ClientError::invalid)?;
        add_request_id(&mut request);
        let peer = bulkhead::peer(request.url());
        let retries = if may_repeat {
            client.config.max_retries
        } else {
            0
        };
        let last = timeout_at(deadline, async {
            let _turn = client.bulkhead.enter(&peer).await;
            retry::attempts(retries, deadline, request, |request, made| {
                client.attempt(&peer, deadline, request, made)
            })
            .await
        });
        last.await.unwrap_or_else(|_| Err(client.timed_out(&peer)))
    }
}

/// The request that this is done for, so that the logs of both services can be read together.
fn add_request_id(request: &mut reqwest::Request) {
    if let Some(id) = request_id().and_then(|id| HeaderValue::try_from(id).ok()) {
        request.headers_mut().entry(REQUEST_ID).or_insert(id);
    }
}
