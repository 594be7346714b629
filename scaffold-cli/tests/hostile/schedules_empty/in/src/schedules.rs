use crate::queue::ScheduleList;

/// None yet.
pub fn register(_: &mut ScheduleList) {}
