//! The task `handle_webhook`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::queue::{Task, TaskContext, TaskResult};

/// Does what an event of another service asks for.
#[derive(Debug, Serialize, Deserialize)]
pub struct HandleWebhook {
    /// The id of the event.
    pub event_id: String,
    /// What happened.
    pub payload: Value,
}

impl Task for HandleWebhook {
    const NAME: &'static str = "handle_webhook";
    /// The kind of event.
    type Output = Option<String>;

    async fn run(self, _: TaskContext) -> TaskResult<Self::Output> {
        // A kind that means nothing here is no failure: senders come up with new ones.
        let kind = self.payload["type"].as_str();
        tracing::info!(event_id = self.event_id, kind, "there was an event");
        Ok(kind.map(str::to_owned))
    }
}
