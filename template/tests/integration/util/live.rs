//! The service as its users have it: at an address, over HTTP.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use serde_json::Value;

use super::{Listening, TestApp};

/// The service at `TEST_BASE_URL`, or one in this process if that is not set.
pub(crate) struct LiveService {
    url: String,
    token: Option<String>,
    http: reqwest::Client,
    here: Option<Here>,
}

/// What runs in this process.
struct Here {
    app: TestApp,
    _server: Listening,
}

impl LiveService {
    /// What it is asked with is `TEST_TOKEN`, which needs the scopes `read` and `write`.
    pub(crate) async fn find() -> Self {
        let (url, here) = match std::env::var("TEST_BASE_URL") {
            Ok(url) => (url.trim_end_matches('/').to_owned(), None),
            Err(_) => Here::start().await,
        };
        Self {
            url,
            token: std::env::var("TEST_TOKEN").ok(),
            http: reqwest::Client::new(),
            here,
        }
    }

    /// Whether it wants a token.
    pub(crate) fn is_guarded(&self) -> bool {
        self.token.is_some()
    }

    /// A request with the token.
    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.anonymous(method, path);
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// A request without the token.
    pub(crate) fn anonymous(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    /// Asks for something that must be there.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let response = self.request(Method::GET, path).send().await;
        let response = response.expect("an answer");
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.json().await.expect("JSON")
    }

    /// Has tasks run, if nobody else does that.
    pub(crate) async fn let_tasks_run(&self) {
        match &self.here {
            Some(here) => drop(here.app.run_pending_tasks().await),
            None => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

impl Here {
    async fn start() -> (String, Option<Self>) {
        let app = TestApp::new().await;
        let server = Listening::start(app.router()).await;
        let url = server.url("");
        let here = Self {
            app,
            _server: server,
        };
        (url, Some(here))
    }
}
