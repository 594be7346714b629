use serde::Serialize;
use serde_json::Value;

use super::TaskResponse;
use crate::queue::TaskRecord;

/// All there is to know of a task, for those who look after the service.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskDetails {
    #[serde(flatten)]
    task: TaskResponse,
    lost_leases: i32,
    args: Value,
    result: Option<Value>,
}

impl From<TaskRecord> for TaskDetails {
    fn from(mut task: TaskRecord) -> Self {
        Self {
            lost_leases: task.lost_leases,
            args: json(std::mem::take(&mut task.args)),
            result: task.result.take().map(json),
            task: TaskResponse::for_operators(task),
        }
    }
}

/// What cannot be read is shown as it is, for that may be what is wrong with the task.
fn json(text: String) -> Value {
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}
