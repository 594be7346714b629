//! Tests.

mod health;
mod persons;