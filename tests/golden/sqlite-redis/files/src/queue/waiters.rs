//! Who waits for the end of which task, and what wakes them.

mod board;
mod poll;

pub(super) use poll::Waiters;
