//! One module per command.

pub mod add_migration;
pub mod add_route;
pub mod add_task;
pub mod completions;
pub mod doctor;
pub mod list;
pub mod man;
mod module;
pub mod new;
pub mod remove;
pub mod undo;
