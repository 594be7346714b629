use aws_lc_rs::hmac;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures_util::future::join_all;
use serde_json::{Value, json};
use service::queue::TaskState;
use service::tasks::HandleWebhook;
use time::OffsetDateTime;

use crate::util::{TestApp, TestResponse};

const KEY: &[u8] = b"a key that only two services have";
const TOLERANCE_SECS: i64 = 300;

/// The service with the secret, and with more settings.
async fn app_with(settings: &[(&str, &str)]) -> TestApp {
    let secret = format!("whsec_{}", BASE64_STANDARD.encode(KEY));
    let mut all = vec![("WEBHOOK_SECRET", secret.as_str())];
    all.extend(settings);
    TestApp::with(&all).await
}

/// What a sender sends.
struct Webhook {
    id: &'static str,
    sent: i64,
    body: String,
    signature: String,
}

impl Webhook {
    fn new(id: &'static str, body: &Value) -> Self {
        Self::sent(now(), id, &body.to_string())
    }

    fn sent(sent: i64, id: &'static str, body: &str) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, KEY);
        let signed = format!("{id}.{sent}.{body}");
        let signature = BASE64_STANDARD.encode(hmac::sign(&key, signed.as_bytes()));
        Self {
            id,
            sent,
            body: body.to_owned(),
            signature: format!("v1,{signature}"),
        }
    }

    async fn send(&self, app: &TestApp) -> TestResponse {
        let request = Request::post("/webhooks")
            .header("webhook-id", self.id)
            .header("webhook-timestamp", self.sent)
            .header("webhook-signature", &self.signature);
        app.send(request.body(Body::from(self.body.clone()))).await
    }
}

fn now() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}

fn paid() -> Value {
    json!({"type": "order.paid", "data": {"orderId": 7}})
}

#[track_caller]
fn assert_refused(response: &TestResponse, status: StatusCode) {
    assert_eq!(response.status(), status, "{}", response.text());
    assert_eq!(
        response.header("content-type"),
        Some("application/problem+json")
    );
}

#[tokio::test]
async fn an_event_becomes_a_task() {
    // Whoever sends it has no token.
    let app = app_with(&[("JWT_SECRET", "a secret that nobody guesses in a test")]).await;
    let response = Webhook::new("evt_1", &paid()).send(&app).await;
    assert_eq!(response.status(), StatusCode::OK, "{}", response.text());

    let tasks = app.enqueued_as::<HandleWebhook>().await;
    let [(args, task)] = tasks.as_slice() else {
        panic!("not one task: {tasks:?}");
    };
    assert_eq!(response.json::<Value>(), json!({"taskId": task.id}));
    assert_eq!(args.event_id, "evt_1");
    assert_eq!(args.payload, paid());

    app.run_pending_tasks().await;
    let task = app.task(task.id).await;
    assert_eq!(task.state(), TaskState::Succeeded);
    assert_eq!(task.result.as_deref(), Some(r#""order.paid""#));
}

#[tokio::test]
async fn an_event_that_is_sent_again_is_the_same_task() {
    let app = app_with(&[]).await;
    let first = Webhook::new("evt_1", &paid()).send(&app).await;
    app.run_pending_tasks().await;
    let later = Webhook::sent(now() + 1, "evt_1", &paid().to_string());
    let again = later.send(&app).await;
    assert_eq!(again.status(), StatusCode::OK);
    assert_eq!(again.json::<Value>(), first.json::<Value>());

    let webhook = Webhook::new("evt_2", &paid());
    let answers = join_all((0..8).map(|_| webhook.send(&app))).await;
    assert!(
        answers
            .iter()
            .all(|answer| answer.status() == StatusCode::OK)
    );
    assert_eq!(app.enqueued().await, ["handle_webhook", "handle_webhook"]);
}

#[tokio::test]
async fn what_is_not_signed_as_it_is_does_nothing() {
    let app = app_with(&[]).await;
    let good = || Webhook::new("evt_1", &paid());
    let other = Webhook::new("evt_2", &paid());
    let body = paid().to_string();
    let forged = [
        Webhook {
            body: body.replace('7', "8"),
            ..good()
        },
        // The same JSON in other bytes.
        Webhook {
            body: body.replace(':', ": "),
            ..good()
        },
        Webhook {
            signature: other.signature,
            ..good()
        },
        Webhook {
            id: "evt_3",
            ..good()
        },
        Webhook {
            sent: good().sent + 1,
            ..good()
        },
        Webhook {
            signature: "v1,".to_owned(),
            ..good()
        },
        Webhook {
            signature: String::new(),
            ..good()
        },
        Webhook { id: "", ..good() },
    ];
    for webhook in forged {
        assert_refused(&webhook.send(&app).await, StatusCode::BAD_REQUEST);
    }
    let unsigned = app.post("/webhooks", &paid()).await;
    assert_refused(&unsigned, StatusCode::BAD_REQUEST);
    assert_eq!(app.enqueued().await, [""; 0]);
}

#[tokio::test]
async fn what_was_recorded_cannot_be_sent_later() {
    let app = app_with(&[]).await;
    let body = paid().to_string();
    // With some seconds to spare, for the clock goes on.
    for (sent, expected) in [
        (now() - TOLERANCE_SECS + 30, StatusCode::OK),
        (now() - TOLERANCE_SECS - 30, StatusCode::BAD_REQUEST),
        (now() + TOLERANCE_SECS - 30, StatusCode::OK),
        (now() + TOLERANCE_SECS + 30, StatusCode::BAD_REQUEST),
    ] {
        let response = Webhook::sent(sent, "evt_1", &body).send(&app).await;
        assert_eq!(response.status(), expected, "{}", response.text());
    }

    let hasty = app_with(&[("WEBHOOK_TOLERANCE_SECS", "10")]).await;
    let webhook = Webhook::sent(now() - 30, "evt_1", &body);
    assert_refused(&webhook.send(&hasty).await, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_body_has_to_be_json_and_small_enough() {
    let app = app_with(&[("MAX_BODY_BYTES", "200")]).await;
    let text = Webhook::sent(now(), "evt_1", "no JSON");
    assert_refused(&text.send(&app).await, StatusCode::BAD_REQUEST);
    let large = Webhook::new("evt_1", &json!({"type": "x".repeat(200)}));
    assert_refused(&large.send(&app).await, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(app.enqueued().await, [""; 0]);

    let app = app_with(&[("TASK_MAX_ARGS_BYTES", "100")]).await;
    assert_refused(&large.send(&app).await, StatusCode::PAYLOAD_TOO_LARGE);
}

/// So that the sender tries again.
#[tokio::test]
async fn without_a_database_the_answer_is_no_success() {
    let settings = [
        ("DATABASE_POOL_SIZE", "1"),
        ("DATABASE_POOL_TIMEOUT_MS", "1000"),
    ];
    let app = app_with(&settings).await;
    let only_connection = app.app.connection().await.expect("a connection");
    let webhook = Webhook::new("evt_1", &paid());
    assert_refused(&webhook.send(&app).await, StatusCode::SERVICE_UNAVAILABLE);
    drop(only_connection);
    assert_eq!(webhook.send(&app).await.status(), StatusCode::OK);
    assert_eq!(app.enqueued().await, ["handle_webhook"]);
}

#[tokio::test]
async fn without_a_secret_there_is_no_such_route() {
    let app = TestApp::new().await;
    let response = Webhook::new("evt_1", &paid()).send(&app).await;
    assert_refused(&response, StatusCode::NOT_FOUND);
}
