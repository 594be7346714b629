//! Tests of the task engine.

mod attempts;
mod enqueue;
mod hazards;
mod support;
mod worker;
