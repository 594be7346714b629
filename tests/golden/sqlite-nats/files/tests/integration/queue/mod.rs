//! Tests of the task engine.

mod attempts;
mod enqueue;
mod hazards;
mod schedules;
mod support;
mod worker;
