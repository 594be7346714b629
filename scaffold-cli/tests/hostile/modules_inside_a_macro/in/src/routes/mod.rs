//! The handlers.

modules! {
    pub mod health;
    pub mod persons;
}
