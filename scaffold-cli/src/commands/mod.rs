//! One module per command.

pub mod add_kit;
pub mod add_migration;
pub mod add_resource;
pub mod add_route;
pub mod add_schedule;
pub mod add_task;
pub mod completions;
pub mod doctor;
pub mod list;
pub mod man;
mod migrations;
mod module;
pub mod new;
pub mod remove;
mod support;
pub mod undo;
