//! The name of a project.

use crate::error::Result;

#[derive(Debug)]
pub(super) struct ServiceName(String);

impl ServiceName {
    pub(super) fn parse(name: &str) -> Result<Self> {
        Ok(Self(name.to_owned()))
    }
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
    pub(super) fn crate_name(&self) -> String {
        self.0.replace('-', "_")
    }
}
