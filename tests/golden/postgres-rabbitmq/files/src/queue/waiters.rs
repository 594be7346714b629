//! Who waits for the end of which task, and what wakes them.

mod board;
mod listen;

pub(super) use listen::Waiters;
