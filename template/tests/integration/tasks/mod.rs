//! Tests of the tasks, one file for each.

mod add_one_year;
mod handle_webhook;
mod purge_finished_tasks;
