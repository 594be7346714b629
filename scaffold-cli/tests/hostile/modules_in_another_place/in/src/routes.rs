//! The handlers, with the shapes of what they take and give. One file for each resource.

pub mod dashboard;
pub mod docs;
pub mod health;
pub mod home;
pub mod metrics;
pub mod persons;
pub mod socket;
pub mod tasks;
pub mod webhooks;
