//! Rung 3: what `cargo generate` would pass over in silence is an error here.

#[path = "lint/conditions.rs"]
mod conditions;
#[path = "lint/files.rs"]
mod files;
#[path = "lint/guide.rs"]
mod guide;
#[path = "lint/hooks.rs"]
mod hooks;
#[path = "lint/variables.rs"]
mod variables;
