//! Who is asking, and what for.
//!
//! Nobody without a valid token gets as far as a handler behind [`guard()`], which all are but the
//! public ones. A handler that takes [`Scoped`] answers only those whose token has the scope; one
//! that takes [`Holds`], those who have the role; one that takes [`Claims`], everybody with a valid
//! token. All is judged before the body is read.

mod claims;
mod guard;
mod issuer;
mod keys;
mod role;
mod scope;
mod secret;
mod token;
mod verifier;

pub use claims::Claims;
pub use guard::guard;
pub use role::{Admin, Holds, Role};
pub use scope::{Read, Scope, Scoped, Write};
pub use secret::sign;
pub use token::SUBPROTOCOL;
pub use verifier::{Verifier, check};
