//! Tests of the routes, one file for each resource.

mod dashboard;
mod docs;
mod health;
mod home;
mod metrics;
mod persons;
mod tasks;
mod waiting;
