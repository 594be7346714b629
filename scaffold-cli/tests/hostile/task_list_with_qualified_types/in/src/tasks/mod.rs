pub mod add_one_year;
pub mod purge_finished_tasks;

pub fn register(tasks: &mut crate::queue::TaskList) {
    tasks.add::<add_one_year::AddOneYear>();
    tasks.add::<self::purge_finished_tasks::PurgeFinishedTasks>();
}
