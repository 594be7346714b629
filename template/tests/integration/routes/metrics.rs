use std::time::Duration;

use axum::http::StatusCode;
use futures_util::future::join_all;
use serde_json::json;
use service::id::Id;

use crate::util::{PersonFactory, TestApp};

/// The value of a series; `None` if there is none yet.
async fn value(app: &TestApp, series: &str) -> Option<f64> {
    let response = app.get("/metrics").await;
    let mut lines = response.text().lines();
    lines.find_map(|line| line.strip_prefix(series)?.trim().parse().ok())
}

/// Looks at a series, which other tests in this process may change too, until it has this value.
async fn wait_for(app: &TestApp, series: &str, expected: f64) {
    for _ in 0..2_000 {
        if value(app, series).await == Some(expected) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let value = value(app, series).await;
    panic!("{series} is {value:?}, not {expected}");
}

#[tokio::test]
async fn a_request_whose_client_leaves_is_counted() {
    let app = TestApp::with(&[("API_PREFIX", "/left")]).await;
    let person = PersonFactory::new().create(&app).await;
    let url = format!("/left/persons/{}/birthday?wait=true", person.id);
    let request = app.post(&url, &());
    let answer = tokio::time::timeout(Duration::from_millis(300), request).await;
    assert!(answer.is_err(), "nobody runs the task");
    let path = r#"method="POST",path="/left/persons/{id}/birthday""#;
    let series = format!(r#"http_requests_total{{{path},status="499"}}"#);
    assert_eq!(value(&app, &series).await, Some(1.0));
}

#[tokio::test]
async fn requests_are_counted_by_route() {
    let app = TestApp::with(&[("API_PREFIX", "/counted")]).await;
    for _ in 0..3 {
        app.get(&format!("/counted/persons/{}", Id::new())).await;
    }

    let response = app.get("/metrics").await;
    assert_eq!(response.status(), StatusCode::OK);
    let series = r#"http_requests_total{method="GET",path="/counted/persons/{id}",status="404"} 3"#;
    assert!(response.text().lines().any(|line| line == series));
    let duration =
        r#"http_request_duration_seconds_count{method="GET",path="/counted/persons/{id}""#;
    assert!(response.text().contains(duration));
}

#[tokio::test]
async fn a_thousand_ids_make_one_series_and_a_thousand_paths_none() {
    let app = TestApp::with(&[("API_PREFIX", "/many")]).await;
    for _ in 0..1_000 {
        app.get(&format!("/many/persons/{}", Id::new())).await;
        app.get(&format!("/many-paths/{}", Id::new())).await;
    }

    let response = app.get("/metrics").await;
    let of_route: Vec<&str> = response
        .text()
        .lines()
        .filter(|line| line.contains("/many") && line.starts_with("http_requests_total"))
        .collect();
    let series = r#"http_requests_total{method="GET",path="/many/persons/{id}",status="404"} 1000"#;
    assert_eq!(of_route, [series]);
    assert!(!response.text().contains("many-paths"));
}

#[tokio::test]
async fn a_request_is_in_flight_until_its_client_leaves() {
    let app = TestApp::with(&[("API_PREFIX", "/dropped")]).await;
    let body = json!({"name": "Ada", "email": "ada@example.com", "age": 36});
    let created = app.post("/dropped/persons", &body).await;
    let person = created.header("location").expect("a location");
    let server = app.listen().await;

    // No worker is there, so it waits for long.
    let url = server.url(&format!("{person}/birthday?wait=true"));
    let client = tokio::spawn(reqwest::Client::new().post(url).send());
    let in_flight =
        r#"http_requests_in_flight{method="POST",path="/dropped/persons/{id}/birthday"}"#;
    wait_for(&app, in_flight, 1.0).await;
    client.abort();
    wait_for(&app, in_flight, 0.0).await;
    let answered = r#"http_requests_in_flight{method="POST",path="/dropped/persons"}"#;
    assert_eq!(value(&app, answered).await, Some(0.0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_requests_share_few_connections_and_that_is_seen() {
    let settings = [
        ("DATABASE_POOL_SIZE", "10"),
        ("DATABASE_POOL_TIMEOUT_MS", "60000"),
    ];
    let app = TestApp::with(&settings).await;
    let mut taken = Vec::new();
    for _ in 0..10 {
        taken.push(app.app.connection().await.expect("a connection"));
    }
    let requests = join_all((0..200).map(|_| app.get("/api/v1/persons")));
    let make_way = async {
        wait_for(&app, "db_pool_waiting", 200.0).await;
        wait_for(&app, r#"db_pool_connections{state="used"}"#, 10.0).await;
        wait_for(&app, "db_pool_max_connections", 10.0).await;
        drop(taken);
    };
    let (answers, ()) = tokio::join!(requests, make_way);
    for answer in answers {
        assert_eq!(answer.status(), StatusCode::OK, "{}", answer.text());
    }

    wait_for(&app, "db_pool_waiting", 0.0).await;
    wait_for(&app, r#"db_pool_connections{state="used"}"#, 0.0).await;
    wait_for(&app, r#"db_pool_connections{state="idle"}"#, 10.0).await;
    let waited = value(&app, "db_pool_wait_seconds_count").await;
    assert!(waited.is_some_and(|waited| waited >= 200.0), "{waited:?}");
    let secs = value(&app, "db_pool_wait_seconds_sum").await;
    assert!(secs.is_some_and(|secs| secs > 0.0), "{secs:?}");
}

#[tokio::test]
async fn build_and_runtime_are_told() {
    let app = TestApp::new().await;
    let build = format!(
        r#"build_info{{service="{}",version="{}"}}"#,
        env!("CARGO_PKG_NAME"),
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(value(&app, &build).await, Some(1.0));
    assert!(value(&app, "tokio_workers").await >= Some(1.0));
    for series in ["tokio_alive_tasks", "tokio_global_queue_depth"] {
        assert!(value(&app, series).await.is_some(), "{series}");
    }
    #[cfg(target_has_atomic = "64")]
    assert!(value(&app, "tokio_busy_seconds_total").await.is_some());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_process_is_told() {
    let app = TestApp::new().await;
    // More than the other tests of this process have open.
    let files: Vec<_> = (0..200).map(|_| tempfile::tempfile()).collect();
    assert!(files.iter().all(Result::is_ok));
    let open = value(&app, "process_open_fds").await;
    assert!(open > Some(200.0), "{open:?}");

    let memory = value(&app, "process_resident_memory_bytes").await;
    assert!(memory > Some(1_000_000.0), "{memory:?}");
    let addressed = value(&app, "process_virtual_memory_bytes").await;
    assert!(addressed >= memory, "{addressed:?}");
    assert!(value(&app, "process_threads").await >= Some(1.0));
    assert!(value(&app, "process_max_fds").await > open);
    assert!(value(&app, "process_cpu_seconds_total").await.is_some());
    let began = value(&app, "process_start_time_seconds").await;
    assert!(began > Some(1_700_000_000.0), "{began:?}");
}

#[tokio::test]
async fn made_up_paths_and_methods_make_no_new_series() {
    let app = TestApp::new().await;
    app.get("/made-up-path").await;
    let request = axum::http::Request::builder().method("MADEUP").uri("/");
    app.send(request.body(axum::body::Body::empty())).await;

    let response = app.get("/metrics").await;
    assert!(!response.text().contains("made-up-path"));
    assert!(!response.text().contains("MADEUP"));
    assert!(response.text().contains(r#"method="other""#));
}
