//! Tests of the task engine.

mod attempts;
mod changes;
mod enqueue;
mod flows;
mod guide;
mod hazards;
mod notify;
mod schedules;
mod support;
mod worker;
