use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use service::id::Id;
use service::queue::TaskState;
use service::tasks::{AddOneYear, PurgeFinishedTasks};

use crate::util::{TestApp, TestResponse};

const PAGE: &str = "/admin/tasks";
const API: &str = "/admin/tasks/api";

/// Every path, so that none is forgotten by a guard.
const PATHS: [&str; 6] = [
    "",
    "/",
    "/script.js",
    "/style.css",
    "/api/overview",
    "/api/tasks",
];

const PASSWORD: [(&str, &str); 2] = [
    ("DASHBOARD_USER", "ada"),
    ("DASHBOARD_PASSWORD", "pass:word"),
];
/// `ada:pass:word`
const ADA: &str = "Basic YWRhOnBhc3M6d29yZA==";
/// `ada:pass:worD`
const NOT_ADA: &str = "Basic YWRhOnBhc3M6d29yRA==";

/// What a browser knows after it has shown the page.
struct Browser {
    cookie: String,
    token: String,
}

impl Browser {
    async fn open(app: &TestApp) -> Self {
        let page = app.get(PAGE).await;
        let cookie = page.header("set-cookie").expect("a cookie");
        assert!(cookie.contains("; HttpOnly; SameSite=Strict"), "{cookie}");
        let (_, token) = page
            .text()
            .split_once("csrf-token\" content=\"")
            .expect("a token");
        Self {
            cookie: cookie.split(';').next().unwrap_or_default().to_owned(),
            token: token.split('"').next().unwrap_or_default().to_owned(),
        }
    }

    async fn post(&self, app: &TestApp, path: &str) -> TestResponse {
        post(
            app,
            path,
            &[("cookie", &self.cookie), ("x-csrf-token", &self.token)],
        )
        .await
    }
}

async fn post(app: &TestApp, path: &str, headers: &[(&str, &str)]) -> TestResponse {
    send(app, Method::POST, path, headers).await
}

async fn send(app: &TestApp, method: Method, path: &str, headers: &[(&str, &str)]) -> TestResponse {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.send(request.body(Body::empty())).await
}

/// A task that fails at once, for there is no such person.
async fn fail(app: &TestApp) -> Id {
    let person_id = Id::new();
    let id = app.enqueue(AddOneYear { person_id }).await;
    app.run_pending_tasks().await;
    id
}

#[tokio::test]
async fn the_page_needs_nothing_from_elsewhere_and_says_so() {
    let app = TestApp::new().await;
    for path in ["", "/script.js", "/style.css"] {
        let response = app.get(&format!("{PAGE}{path}")).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert!(!response.text().contains("//cdn"), "{path}");
        assert!(!response.text().contains("innerHTML"), "{path}");
        let policy = response
            .header("content-security-policy")
            .expect("a policy");
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self';"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
    }
    let page = app.get(PAGE).await;
    assert!(page.text().contains(env!("CARGO_PKG_NAME")));
    assert!(!page.text().contains("<script>"));
    let document = app.get("/openapi.json").await;
    assert!(!document.text().contains(PAGE));
}

#[tokio::test]
async fn the_page_is_found_behind_a_proxy() {
    let app = TestApp::with(&[("ROOT_PATH", "/shop")]).await;
    let redirect = app.get("/admin/tasks/").await;
    assert_eq!(redirect.status(), StatusCode::SEE_OTHER);
    assert_eq!(redirect.header("location"), Some("/shop/admin/tasks"));
    let page = app.get(PAGE).await;
    assert!(page.text().contains("src=\"tasks/script.js\""));
    let cookie = page.header("set-cookie").expect("a cookie");
    assert!(cookie.contains("; Path=/shop/admin/tasks;"), "{cookie}");
}

#[tokio::test]
async fn a_password_guards_nothing_else() {
    let app = TestApp::with(&PASSWORD).await;
    for path in ["/nothing", "/admin", "/api/v1/nothing"] {
        let response = app.get(path).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(response.header("www-authenticate"), None, "{path}");
    }
}

#[tokio::test]
async fn with_a_password_only_those_who_know_it_get_in() {
    let app = TestApp::with(&PASSWORD).await;
    let id = fail(&app).await;
    for path in PATHS {
        let path = format!("{PAGE}{path}");
        let let_in = send(&app, Method::GET, &path, &[("authorization", ADA)]).await;
        assert!(!let_in.status().is_client_error(), "{path}");
        for headers in [
            &[][..],
            &[("authorization", NOT_ADA)],
            &[("authorization", "Basic")],
        ] {
            let refused = send(&app, Method::GET, &path, headers).await;
            assert_eq!(refused.status(), StatusCode::UNAUTHORIZED, "{path}");
            let challenge = refused.header("www-authenticate").expect("a challenge");
            assert!(challenge.starts_with("Basic "), "{challenge}");
            assert_eq!(refused.json::<Value>()["status"], 401);
        }
    }
    let retry = post(&app, &format!("{API}/tasks/{id}/retry"), &[]).await;
    assert_eq!(retry.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn prod_has_no_dashboard_without_a_password() {
    let prod = [
        ("APP_ENV", "prod"),
        ("JWT_SECRET", "a secret that nobody guesses in a test"),
    ];
    let app = TestApp::with(&prod).await;
    for path in PATHS {
        let response = app.get(&format!("{PAGE}{path}")).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let retry = post(&app, &format!("{API}/tasks/{}/retry", Id::new()), &[]).await;
    assert_eq!(retry.status(), StatusCode::NOT_FOUND);

    let app = TestApp::with(&[prod, PASSWORD].concat()).await;
    assert_eq!(app.get(PAGE).await.status(), StatusCode::UNAUTHORIZED);
    let page = send(&app, Method::GET, PAGE, &[("authorization", ADA)]).await;
    assert_eq!(page.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_overview_counts_what_there_is() {
    let app = TestApp::new().await;
    fail(&app).await;
    app.enqueue(PurgeFinishedTasks {}).await;
    let overview = app.get(&format!("{API}/overview")).await.json::<Value>();
    let states = overview["states"].as_array().expect("states");
    assert_eq!(states.len(), TaskState::ALL.len());
    assert!(states.contains(&json!({"state": "queued", "count": 1})));
    assert!(states.contains(&json!({"state": "failed", "count": 1})));
    assert!(states.contains(&json!({"state": "retrying", "count": 0})));
    assert_eq!(overview["queues"][0]["name"], "default");
    assert_eq!(overview["queues"][0]["due"], 1);
    assert!(overview["queues"][0]["oldestAgeMs"].is_i64());
    assert_eq!(overview["processes"], json!([]));
    assert_eq!(overview["readOnly"], false);
}

#[tokio::test]
async fn tasks_are_listed_by_what_is_asked_for() {
    let app = TestApp::new().await;
    let failed = fail(&app).await;
    let waiting = app.enqueue(PurgeFinishedTasks {}).await;
    for (query, expected) in [
        ("", vec![waiting, failed]),
        ("?state=failed", vec![failed]),
        ("?name=purge_finished_tasks", vec![waiting]),
        ("?queue=default&limit=1", vec![waiting]),
        ("?limit=1&offset=1", vec![failed]),
        ("?queue=other", vec![]),
    ] {
        let page = app
            .get(&format!("{API}/tasks{query}"))
            .await
            .json::<Value>();
        let tasks = page["objects"].as_array().expect("tasks").iter();
        let ids: Vec<Value> = tasks.map(|task| task["id"].clone()).collect();
        assert_eq!(json!(ids), json!(expected), "{query}");
    }
    let unknown = app.get(&format!("{API}/tasks?state=lost")).await;
    assert_eq!(unknown.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn all_of_a_task_is_shown_and_only_as_json() {
    let app = TestApp::new().await;
    let id = fail(&app).await;
    let response = app.get(&format!("{API}/tasks/{id}")).await;
    assert_eq!(response.header("content-type"), Some("application/json"));
    assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
    let task = response.json::<Value>();
    assert_eq!(task["state"], "failed");
    assert!(task["args"]["person_id"].is_string());
    assert!(task["error"].is_string());
    assert_eq!(task["attempts"], 1);
    assert_eq!(task["result"], Value::Null);

    let unknown = app.get(&format!("{API}/tasks/{}", Id::new())).await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_failed_task_is_retried_and_a_waiting_one_revoked() {
    let app = TestApp::new().await;
    let browser = Browser::open(&app).await;
    let id = fail(&app).await;
    let (retry, revoke) = (
        format!("{API}/tasks/{id}/retry"),
        format!("{API}/tasks/{id}/revoke"),
    );
    for (action, status, state) in [
        (&revoke, StatusCode::CONFLICT, TaskState::Failed),
        (&retry, StatusCode::ACCEPTED, TaskState::Queued),
        (&retry, StatusCode::CONFLICT, TaskState::Queued),
        (&revoke, StatusCode::ACCEPTED, TaskState::Revoked),
        (&retry, StatusCode::ACCEPTED, TaskState::Queued),
    ] {
        assert_eq!(
            browser.post(&app, action).await.status(),
            status,
            "{action}"
        );
        assert_eq!(app.task(id).await.state(), state, "{action}");
    }
    for action in ["retry", "revoke"] {
        let unknown = format!("{API}/tasks/{}/{action}", Id::new());
        let response = browser.post(&app, &unknown).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        let get = app.get(&unknown).await;
        assert_eq!(get.status(), StatusCode::METHOD_NOT_ALLOWED);
    }
}

#[tokio::test]
async fn only_the_page_itself_can_change_anything() {
    let app = TestApp::new().await;
    let Browser { cookie, token } = Browser::open(&app).await;
    let other = Browser::open(&app).await;
    assert_ne!(token, other.token);
    let id = app.enqueue(PurgeFinishedTasks {}).await;
    let revoke = format!("{API}/tasks/{id}/revoke");
    let good = [("cookie", cookie.as_str()), ("x-csrf-token", &token)];
    for headers in [
        &[][..],
        &good[..1],
        &good[1..],
        &[good[0], ("x-csrf-token", &other.token)],
        &[good[0], good[1], ("sec-fetch-site", "cross-site")],
        &[("cookie", "dashboard_csrf="), ("x-csrf-token", "")],
    ] {
        let response = post(&app, &revoke, headers).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{headers:?}");
    }
    assert_eq!(app.task(id).await.state(), TaskState::Queued);

    // A second tab does not spoil the first, and nothing foreign gets into the page.
    let page = send(&app, Method::GET, PAGE, &good[..1]).await;
    assert!(page.text().contains(&token));
    let foreign = "dashboard_csrf=\"><script>";
    let page = send(&app, Method::GET, PAGE, &[("cookie", foreign)]).await;
    assert!(!page.text().contains("<script>"));
}

#[tokio::test]
async fn a_read_only_dashboard_changes_nothing() {
    let app = TestApp::with(&[("DASHBOARD_READ_ONLY", "true")]).await;
    let browser = Browser::open(&app).await;
    let id = app.enqueue(PurgeFinishedTasks {}).await;
    let response = browser
        .post(&app, &format!("{API}/tasks/{id}/revoke"))
        .await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert_eq!(app.task(id).await.state(), TaskState::Queued);
    let overview = app.get(&format!("{API}/overview")).await.json::<Value>();
    assert_eq!(overview["readOnly"], true);
}
