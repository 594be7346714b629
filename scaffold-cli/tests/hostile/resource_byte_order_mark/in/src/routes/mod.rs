//! The handlers.

pub mod health;
pub mod persons;
pub mod tasks;
