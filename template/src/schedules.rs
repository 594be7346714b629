//! What runs by the clock. One statement for each schedule, sorted by name.

use crate::queue::ScheduleList;
use crate::tasks::PurgeFinishedTasks;

/// Lists the schedules of this service.
pub fn register(schedules: &mut ScheduleList) {
    schedules.cron("purge_finished_tasks", "17 3 * * *", || {
        PurgeFinishedTasks {}
    });
}
