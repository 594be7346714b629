//! Renders the template and checks the result.
