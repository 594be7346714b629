//! Who waits for something to happen to which task, and what wakes them.

mod board;
mod poll;

pub(super) use board::Waiting;
pub(super) use poll::Waiters;
