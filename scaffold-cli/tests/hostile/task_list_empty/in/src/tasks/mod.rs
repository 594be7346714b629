use crate::queue::TaskList;

pub fn register(_tasks: &mut TaskList) {}
