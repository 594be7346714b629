//! The text of new files, laid out as rustfmt would.

pub mod field;
pub mod handler;
pub mod layout;
pub mod migration;
pub mod resource;
pub mod route;
pub mod route_test;
pub mod schedule;
pub mod support;
pub mod task;
pub mod task_route;
