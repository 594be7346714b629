//! Tests of who may do what.

mod issuer;
mod roles;
mod secret;
