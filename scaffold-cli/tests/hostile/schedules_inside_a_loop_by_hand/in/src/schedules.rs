use crate::queue::ScheduleList;
use crate::tasks::PurgeFinishedTasks;

pub fn register(schedules: &mut ScheduleList) {
    for (name, when) in TIMES {
        schedules.cron(name, when, || PurgeFinishedTasks {});
    }
    schedules.cron("nightly_report", "30 2 * * *", || {
        crate::tasks::NightlyReport {}
    });
}
