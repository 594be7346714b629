//! How far a proof goes, and what it has found out.

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use scaffold_cli::render::Pair;

use crate::{report, root};

/// How much a proof asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// What every change has to pass.
    Short,
    /// What a release has to pass: `PROOF_SIZE=full`.
    Full,
}

impl Size {
    /// The size that this run is to have.
    ///
    /// # Panics
    ///
    /// If `PROOF_SIZE` is neither `short` nor `full`.
    pub fn chosen() -> Self {
        match std::env::var("PROOF_SIZE").as_deref() {
            Err(_) | Ok("short") => Self::Short,
            Ok("full") => Self::Full,
            Ok(other) => panic!("PROOF_SIZE={other}: `short` or `full`"),
        }
    }

    /// One of two numbers.
    pub fn pick<T>(self, short: T, full: T) -> T {
        match self {
            Self::Short => short,
            Self::Full => full,
        }
    }
}

/// Runs the proof of a guarantee, and keeps how long it took and what it measured where `scripts/test --matrix` reads
/// it. What does not come to its end has failed.
pub fn prove(pair: Pair, guarantee: &str, proof: impl FnOnce(Size) -> String) {
    let path = results().join(pair.slug()).join(guarantee);
    let directory = path.parent().expect("results stand in a directory");
    fs::create_dir_all(directory).expect("target can be written");
    let write = |text: &str| fs::write(&path, text).expect("target can be written");
    write("**failed**");
    let start = Instant::now();
    let figures = proof(Size::chosen());
    let secs = start.elapsed().as_secs_f64();
    let comma = if figures.is_empty() { "" } else { ", " };
    let found = format!("{secs:.0} s{comma}{figures}");
    report(&format!("{pair}: {guarantee}: {found}"));
    write(&found);
}

/// A file for each pair and guarantee.
fn results() -> PathBuf {
    root().join("target/rendered/results")
}
