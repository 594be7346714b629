#![forbid(unsafe_code)]

pub mod router;
pub mod models;
pub mod app;
