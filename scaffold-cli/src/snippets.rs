//! The text of new files, laid out as rustfmt would.

pub mod field;
pub mod handler;
pub mod layout;
pub mod migration;
pub mod route;
pub mod route_test;
pub mod task;
