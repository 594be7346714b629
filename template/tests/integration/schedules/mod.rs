//! Tests of the schedules, one file for each.

mod purge_finished_tasks;
