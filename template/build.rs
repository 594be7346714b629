//! Rebuilds the binary when a migration is added: `embed_migrations!` alone cannot see a new file.
#![expect(
    clippy::print_stdout,
    reason = "cargo reads instructions from standard output"
)]

fn main() {
    println!("cargo::rerun-if-changed=migrations");
}
