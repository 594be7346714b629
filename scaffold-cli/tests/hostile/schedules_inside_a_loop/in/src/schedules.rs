use crate::queue::ScheduleList;
use crate::tasks::PurgeFinishedTasks;

pub fn register(schedules: &mut ScheduleList) {
    for (name, when) in TIMES {
        schedules.cron(name, when, || PurgeFinishedTasks {});
    }
}
