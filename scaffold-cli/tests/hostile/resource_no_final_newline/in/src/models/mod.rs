//! What is stored, and how it is queried. Knows nothing of HTTP.

pub mod person;

pub use person::{Person, PersonFields, PersonFilter, PersonOrder};