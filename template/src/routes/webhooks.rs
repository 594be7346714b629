//! The route `/webhooks`, where other services tell of events.

use axum::http::StatusCode;

use crate::app::AppState;
use crate::db::Tx;
use crate::error::{AppError, AppResult};
use crate::extract::{Json, WebhookEvent};
use crate::queue::{EnqueueError, EnqueueOptions, Task};
use crate::tasks::HandleWebhook;

use super::tasks::EnqueuedResponse;

/// Where events are sent to. Outside `API_PREFIX`, for senders know nothing of versions of the API.
pub const PATH: &str = "/webhooks";

/// Takes an event, for a task to handle: the same one, however often the event is sent.
///
/// Whoever sends it tries again later unless the answer is a 2xx, which there is only once the task
/// is in the ledger.
pub async fn receive_webhook(
    state: AppState,
    event: WebhookEvent,
) -> AppResult<Json<EnqueuedResponse>> {
    let options = EnqueueOptions {
        idempotency_key: Some(format!("webhook:{}", event.id)),
        ..EnqueueOptions::default()
    };
    let task = HandleWebhook {
        event_id: event.id,
        payload: event.payload,
    };
    let task_id = state
        .transaction(async |tx: &mut Tx| task.enqueue_with(tx, &options).await)
        .await
        .map_err(refused)?;
    Ok(Json(EnqueuedResponse { task_id }))
}

/// Whoever sends an event knows nothing of tasks.
fn refused(error: EnqueueError) -> AppError {
    match error {
        EnqueueError::TooLarge { .. } => AppError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "the event is larger than is taken here",
        ),
        error => error.into(),
    }
}
