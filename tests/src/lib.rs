//! Renders the template for tests.
