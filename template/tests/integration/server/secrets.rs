use secrecy::ExposeSecret;
use serde_json::json;

use super::log::{parsed, start};
use super::{Running, service};
use crate::util::{NO_BROKER, Socket, TestApp};

const JWT_SECRET: &str = "signed-with-this-0123456789-abcdef";
const EMAIL: &str = "zebedee.quux@example.com";
const NAME: &str = "Zebedee Quux";

/// User and password of the dashboard, in base64.
const BASIC: &str = "b3BlcmF0b3I6aHVzaC1kYXNoYm9hcmQ=";

fn new_token(app: &TestApp) -> String {
    let mut token = service(app, &["token", "--sub", "me", "--scope", "read write"], 1);
    let token = token.env("JWT_SECRET", JWT_SECRET).output();
    let token = String::from_utf8(token.expect("a token").stdout).expect("text");
    token.trim().to_owned()
}

/// Everything that a service gets to hear which is nobody else's business.
async fn tell_secrets(running: &Running, token: &str) {
    let bearer = format!("Bearer {token}");
    let authorized = [("Authorization", bearer.as_str())];
    let person = json!({ "name": NAME, "email": EMAIL, "age": 1 }).to_string();
    for status in [201, 409] {
        let response = running.send("POST /api/v1/persons", &authorized, &person);
        let start = format!("HTTP/1.1 {status} ");
        assert!(response.starts_with(&start), "{response}");
    }
    let forged = format!("{bearer}x");
    let forged = [("Authorization", forged.as_str())];
    running.send("POST /api/v1/persons", &forged, &person);
    running.send("POST /api/v1/persons", &authorized, "{\"email\":");
    running.send(&format!("GET /api/v1/persons/{EMAIL}"), &[], "");
    running.send("GET /api/v1/persons?token=hush-query", &[], "");
    let basic = format!("Basic {BASIC}");
    running.send("GET /admin/tasks", &[("Authorization", &basic)], "");

    let url = format!("http://127.0.0.1:{}/api/v1/ws", running.port);
    let offered = format!("bearer, {token}");
    let mut socket = Socket::open(&url, &[("sec-websocket-protocol", &offered)]).await;
    socket.say("hush-socket").await;
    assert_eq!(socket.hear().await, "Message text was: hush-socket");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_is_secret_is_logged_at_any_level() {
    let broker = NO_BROKER.replace("://", "://somebody:hush-broker@");
    let settings = [
        ("LOG_LEVEL", "trace"),
        ("JWT_SECRET", JWT_SECRET),
        ("DASHBOARD_USER", "operator"),
        ("DASHBOARD_PASSWORD", "hush-dashboard"),
        ("BROKER_URL", broker.as_str()),
    ];
    let app = TestApp::new().await;
    let token = new_token(&app);
    let running = start(&app, &settings);
    tell_secrets(&running, &token).await;
    let (code, log) = running.stop();
    assert_eq!(code, Some(0), "{log}");

    let lines = parsed(&log);
    assert!(lines.iter().any(|line| line["level"] == "DEBUG"), "{log}");
    let refused = "/api/v1/persons/***";
    assert!(lines.iter().any(|line| line["path"] == refused), "{log}");
    let database = app.app.config.database.url.expose_secret();
    let password = database
        .split_once("://")
        .and_then(|(_, rest)| rest.split_once('@'));
    let password = password.map_or("no password", |(user, _)| user);
    for secret in [JWT_SECRET, EMAIL, NAME, BASIC, &token, password, "hush-"] {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
}
