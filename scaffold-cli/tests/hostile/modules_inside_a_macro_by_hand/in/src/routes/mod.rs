//! The handlers.

modules! {
    pub mod health;
    pub mod persons;
    pub mod reports; // ours
}
