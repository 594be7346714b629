use crate::queue::TaskList;

mod add_one_year;
mod purge_finished_tasks;

pub use add_one_year::AddOneYear;
pub use purge_finished_tasks::PurgeFinishedTasks;

pub fn register(tasks: &mut TaskList) {
    tasks
        .add::<AddOneYear>()
        .add::<PurgeFinishedTasks>();
}
