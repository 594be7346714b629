//! Caddy: a proxy, or a server with TLS.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// A process of Caddy, killed with the value.
pub struct Caddy {
    child: Child,
    directory: TempDir,
}

impl Caddy {
    /// Starts it with this file, in a directory of its own. What the file has in `{$NAME}` is among the variables.
    ///
    /// # Panics
    ///
    /// If it is not installed: a test that matters is not skipped.
    pub fn start(caddyfile: &str, variables: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        fs::write(directory.path().join("Caddyfile"), caddyfile).expect("the file is written");
        let child = Command::new("caddy")
            .args(["run", "--adapter", "caddyfile", "--config", "Caddyfile"])
            .current_dir(directory.path())
            .env("HOME", directory.path())
            .env("XDG_CONFIG_HOME", directory.path())
            .env("XDG_DATA_HOME", directory.path())
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("`caddy` is installed: run `scripts/test`");
        Self { child, directory }
    }

    /// Where it runs.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The certificate of its own authority, which signs where the file says `tls internal`.
    pub fn authority(&self) -> PathBuf {
        let path = "caddy/pki/authorities/local/root.crt";
        self.directory().join(path)
    }
}

impl Drop for Caddy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
