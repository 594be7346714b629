//! Models.

mod task;
pub mod person;

pub use self::task::Task;
pub use self::person::{Person, PersonFields as Fields, *};
