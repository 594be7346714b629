//! An HTTP client for one service.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::deployment::eventually;

/// Where a service says whether it can do its work.
pub const READINESS: &str = "/health/readiness";

/// The longest that a test waits for that to change.
const READINESS_SECS: u64 = 20;

/// Sends requests to one service.
#[derive(Debug, Clone)]
pub struct Client {
    agent: ureq::Agent,
    base: String,
    token: Option<String>,
}

/// What the service answered.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: ureq::http::HeaderMap,
    /// The body.
    pub body: String,
}

impl Client {
    /// A client for the service on a port of this machine.
    pub fn new(port: u16) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(20)));
        Self {
            agent: config.build().into(),
            base: format!("http://127.0.0.1:{port}"),
            token: None,
        }
    }

    /// The same with a bearer token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    /// Sends a request, with a body of JSON if there is one.
    ///
    /// # Errors
    ///
    /// If there is no answer.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<&str>,
    ) -> Result<Answer, ureq::Error> {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let mut response = match body {
            Some(body) => {
                let request = request.header("content-type", "application/json");
                self.agent.run(request.body(body.to_owned())?)?
            }
            None => self.agent.run(request.body(())?)?,
        };
        Ok(Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.body_mut().read_to_string()?,
        })
    }

    /// `GET`.
    ///
    /// # Panics
    ///
    /// If there is no answer.
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None)
            .unwrap_or_else(|error| panic!("GET {path}: {error}"))
    }

    /// `POST`.
    ///
    /// # Panics
    ///
    /// If there is no answer.
    pub fn post(&self, path: &str, body: Option<&Value>) -> Answer {
        let text = body.map_or_else(String::new, Value::to_string);
        self.send("POST", path, Some(&text))
            .unwrap_or_else(|error| panic!("POST {path}: {error}"))
    }

    /// Waits until the readiness has a status. Returns how many seconds that took, and what it said.
    ///
    /// # Panics
    ///
    /// If it does not come to that.
    pub fn wait_for_readiness(&self, status: u16) -> (f64, Answer) {
        let start = Instant::now();
        let answer = eventually(&format!("readiness {status}"), READINESS_SECS, || {
            let answer = self.get(READINESS);
            (answer.status == status).then_some(answer)
        });
        (start.elapsed().as_secs_f64(), answer)
    }
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Panics
    ///
    /// If it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// A header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).map(|value| value.to_str());
        value.and_then(Result::ok).unwrap_or_default()
    }

    /// The answer itself, if it has the status.
    ///
    /// # Panics
    ///
    /// If it has another one.
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }
}
