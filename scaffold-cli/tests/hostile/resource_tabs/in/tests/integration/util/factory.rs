//! What tests begin with.

use service::models::{Person, PersonFields};

/// Somebody.
#[derive(Debug)]
pub(crate) struct PersonFactory(PersonFields);

impl PersonFactory {
	pub(crate) fn new() -> Self {
		Self(PersonFields::default())
	}
}
