//! Who is asking, and what for.
//!
//! A handler that takes [`Scoped`] answers only those whose token has the scope; one that takes
//! [`Claims`] answers everybody with a valid token. Both are judged before the body is read.

mod claims;
mod scope;
mod verifier;

pub use claims::Claims;
pub use scope::{Read, Scope, Scoped, Write};
pub use verifier::{Verifier, sign};
