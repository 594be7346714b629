use serde_json::{Value, json};
use service::queue::TaskState;
use service::tasks::HandleWebhook;

use crate::util::TestApp;

async fn handled(payload: Value) -> Option<String> {
    let app = TestApp::new().await;
    let task = HandleWebhook {
        event_id: "evt_1".to_owned(),
        payload,
    };
    let id = app.enqueue(task).await;
    app.run_pending_tasks().await;
    let task = app.task(id).await;
    assert_eq!(task.state(), TaskState::Succeeded);
    task.result
}

#[tokio::test]
async fn every_kind_of_event_is_taken() {
    let known = handled(json!({"type": "order.paid"})).await;
    assert_eq!(known.as_deref(), Some(r#""order.paid""#));
    for payload in [json!({}), json!([1]), json!({"type": "a\u{0}b"})] {
        handled(payload).await;
    }
}
