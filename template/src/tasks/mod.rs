//! The tasks of this service. One file for each, and one line in each of these lists.

use crate::queue::TaskList;

mod add_one_year;
mod handle_webhook;
mod purge_finished_tasks;

pub use add_one_year::AddOneYear;
pub use handle_webhook::HandleWebhook;
pub use purge_finished_tasks::PurgeFinishedTasks;

/// Lists the tasks that a worker can run.
pub fn register(tasks: &mut TaskList) {
    tasks.add::<AddOneYear>();
    tasks.add::<HandleWebhook>();
    tasks.add::<PurgeFinishedTasks>();
}
