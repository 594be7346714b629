use crate::queue::TaskList;

mod add_one_year;
#[cfg(feature = "cleaning")]
mod purge_finished_tasks;

pub use add_one_year::AddOneYear;
#[cfg(feature = "cleaning")]
pub use purge_finished_tasks::PurgeFinishedTasks;

/// `list.add::<SendMail>()` is missing here.
pub fn register(list: &mut TaskList) {
    tracing::debug!("tasks.add::<SendMail>();");
    // The oldest one.
    list.add::<AddOneYear>(); // keep
    #[cfg(feature = "cleaning")]
    list.add::<PurgeFinishedTasks>();
    if cfg!(debug_assertions) {
        list.add::<crate::dev::Zero>();
    }
}
