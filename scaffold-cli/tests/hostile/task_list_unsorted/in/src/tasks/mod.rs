//! Tasks.

mod purge_finished_tasks;
mod add_one_year;

pub use purge_finished_tasks::PurgeFinishedTasks;
pub use add_one_year::AddOneYear;

use crate::queue::TaskList;

pub fn register(tasks: &mut TaskList) {
    tasks.add::<PurgeFinishedTasks>();
    tasks.add::<AddOneYear>();
}
