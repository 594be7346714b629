//! Tests of the task engine.

mod attempts;
mod enqueue;
mod worker;
