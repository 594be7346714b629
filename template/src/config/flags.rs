//! Feature flags.
//!
//! Reads `FEATURE_FLAGS`.

use std::collections::BTreeMap;

use super::{Error, Settings, Variable};

pub(super) const VARIABLES: &[Variable] = &[Variable::new(
    "FEATURE_FLAGS",
    "Features and for how many percent each is on: new_worker=30,beta=100; any other is off.",
)
.default("")];

/// Which features are on.
#[derive(Debug, Clone)]
pub struct FlagsConfig {
    /// Of 100 calls, how many find a feature on.
    pub percents: BTreeMap<String, u8>,
}

impl FlagsConfig {
    pub(super) fn new(settings: &Settings) -> Result<Self, Error> {
        const NAME: &str = "FEATURE_FLAGS";
        let accepts = "a comma-separated list such as `new_worker=30,beta=100`, of different names \
                       with whole numbers from 0 to 100";
        let mut percents = BTreeMap::new();
        for part in settings.list(NAME, accepts)? {
            let (flag, percent) = flag(&part).ok_or_else(|| settings.invalid(NAME, accepts))?;
            if percents.insert(flag, percent).is_some() {
                return Err(settings.invalid(NAME, accepts));
            }
        }
        Ok(Self { percents })
    }
}

fn flag(text: &str) -> Option<(String, u8)> {
    let (name, percent) = text.split_once('=')?;
    let (name, percent) = (name.trim(), percent.trim());
    let small = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let is_name = name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(small);
    let percent = percent.parse().ok().filter(|percent| *percent <= 100)?;
    is_name.then(|| (name.to_owned(), percent))
}
