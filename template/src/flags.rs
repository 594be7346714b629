//! Feature flags: what is on for everybody, for some or for nobody yet.
//!
//! `FEATURE_FLAGS` says for how many percent each is on. How often each branch was taken is in the
//! metric `feature_flag_total`.

use rand::Rng;

use crate::config::FlagsConfig;
use crate::metrics;

/// The features that may be on.
#[derive(Debug)]
pub struct Flags(FlagsConfig);

impl Flags {
    /// The features as they are set.
    pub fn new(config: FlagsConfig) -> Self {
        Self(config)
    }

    /// Whether a feature is on this time: of many calls, for as many percent as is set.
    ///
    /// A feature that is not set is off.
    pub fn is_on(&self, flag: &'static str) -> bool {
        self.decide(flag, rand::rng().random_range(0..100))
    }

    /// Whether a feature is on for this user, tenant or whatever the key stands for.
    ///
    /// The answer for a key is always the same, in every process, and stays yes when the percentage
    /// grows. Whoever has one feature early has not therefore all of them early.
    pub fn is_on_for(&self, flag: &'static str, key: &str) -> bool {
        self.decide(flag, place(flag, key))
    }

    fn decide(&self, flag: &'static str, place: u64) -> bool {
        let percent = self.0.percents.get(flag).copied().unwrap_or_default();
        let is_on = place < u64::from(percent);
        metrics::record_flag(flag, is_on);
        is_on
    }
}

/// A number below 100, the same for all time: FNV-1a, then mixed so that every bit counts.
///
/// The hasher of the standard library may be another one in the next release.
fn place(flag: &str, key: &str) -> u64 {
    let bytes = flag.bytes().chain([0]).chain(key.bytes());
    let mut hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    (hash ^ (hash >> 33)) % 100
}
