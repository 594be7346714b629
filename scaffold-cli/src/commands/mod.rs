//! One module per command.

pub mod new;
