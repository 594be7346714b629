use std::fs;
use std::process::Command;

use template_tests::root;

/// The scripts of this repository, not those of a project.
#[test]
fn our_own_scripts_are_as_shellcheck_has_them() {
    let listed = Command::new("git")
        .args(["ls-files", "bench", "scripts"])
        .current_dir(root())
        .output()
        .expect("git can be started");
    let listed = String::from_utf8(listed.stdout).expect("text");
    let scripts: Vec<&str> = listed.lines().filter(|path| is_bash(path)).collect();
    assert!(scripts.len() >= 15, "{scripts:?}");
    let output = Command::new("shellcheck")
        .arg("--external-sources")
        .args(&scripts)
        .current_dir(root())
        .output()
        .expect("`shellcheck` is installed: run `scripts/test`");
    let found = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{found}");
}

/// Whether the first line of a file says so: that of a program, or for shellcheck that of what others source.
fn is_bash(path: &str) -> bool {
    let text = fs::read_to_string(root().join(path)).unwrap_or_default();
    let first = text.lines().next().unwrap_or_default();
    first.contains("bash")
}
