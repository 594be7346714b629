//! Who is asking, and what for.
//!
//! Nobody without a valid token gets as far as a handler behind [`guard`], which all are but the
//! public ones. A handler that takes [`Scoped`] answers only those whose token has the scope; one
//! that takes [`Claims`] answers everybody with a valid token. All is judged before the body is read.

mod claims;
mod guard;
mod scope;
mod verifier;

pub use claims::Claims;
pub use guard::guard;
pub use scope::{Read, Scope, Scoped, Write};
pub use verifier::{Verifier, sign};
