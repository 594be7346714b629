//! The service.

pub mod app;
pub mod models;
pub mod router;

mod private;
