use std::time::Duration;

use crate::queue::ScheduleList;
use crate::tasks::{AddOneYear as Older, PurgeFinishedTasks};

/// What runs by the clock.
pub fn register(list: &mut ScheduleList) {
    // Every year.
    list.cron("a_birthday", "0 0 1 1 *", || Older { person_id: zero() })
        .time_zone("Europe/Berlin")
        .skip_if_running();
    #[cfg(feature = "cleaning")]
    list.cron("purge_finished_tasks", "17 3 * * *", || {
        PurgeFinishedTasks {}
    }); // at night
    list.every("z_poll", Duration::from_secs(30), || PurgeFinishedTasks {});
}
