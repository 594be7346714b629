#[macro_use]
mod macros;

#[cfg(feature = "docs")]
pub mod docs;
pub mod health;
/// The people.
#[path = "people.rs"]
pub mod persons;
#[cfg(any(
    feature = "tasks",
    feature = "all",
))]
pub mod tasks; // with the ledger
#[rustfmt::skip] pub mod webhooks;
