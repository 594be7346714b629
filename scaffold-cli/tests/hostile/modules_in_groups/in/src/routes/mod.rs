//! Handlers.
#![warn(missing_docs)]

// What every service has.
pub mod health;
pub mod home;

// What this one is about: z comes last.
pub mod tasks;
pub mod persons;

pub use persons::PersonResponse;
