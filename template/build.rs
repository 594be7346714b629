//! Rebuilds the binary when a migration is added: `embed_migrations!` alone cannot see a new file.

fn main() {
    println!("cargo::rerun-if-changed=migrations");
}
