//! Tests of the routes, one file for each resource.

mod dashboard;
mod doc;
mod docs;
mod events;
mod health;
mod home;
mod metrics;
mod persons;
mod socket;
mod tasks;
mod waiting;
mod webhooks;
