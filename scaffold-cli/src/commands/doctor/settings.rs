//! Settings that `.env.example` does not list, and lines of it that nothing reads.

use super::Findings;
use crate::edit::variables::variables;
use crate::error::Result;
use crate::project::Project;
use crate::survey;

const EXAMPLE: &str = ".env.example";

pub(super) fn check(project: &Project, findings: &mut Findings) -> Result<()> {
    let Some(example) = project.read(EXAMPLE)? else {
        findings.add("settings", EXAMPLE, 1, "there is no such file");
        return Ok(());
    };
    let declared = declared(project)?;
    let listed: Vec<(&str, usize)> = (1..)
        .zip(example.lines())
        .filter_map(|(number, line)| Some((name(line)?, number)))
        .collect();
    for (file, variable, line) in &declared {
        if listed.iter().all(|(name, _)| name != variable) {
            let message = format!("`{variable}` is not in {EXAMPLE}");
            findings.add("settings", file, *line, message);
        }
    }
    // A project that declares its settings in another way is not judged.
    for (name, line) in listed.iter().filter(|_| !declared.is_empty()) {
        if declared.iter().all(|(_, variable, _)| variable != name) && !is_named(project, name)? {
            let message = format!("no setting in src/config is called `{name}`");
            findings.add("settings", EXAMPLE, *line, message);
        }
    }
    Ok(())
}

/// Whether a source names a variable in a form that is not read: in a macro, or where it is asked for.
fn is_named(project: &Project, name: &str) -> Result<bool> {
    let quoted = format!("\"{name}\"");
    for file in project.sources("src")? {
        let text = project.read(&file)?.unwrap_or_default();
        if text.contains(&quoted) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn declared(project: &Project) -> Result<Vec<(String, String, usize)>> {
    let mut files = project.sources("src/config")?;
    files.push("src/config.rs".to_owned());
    let mut declared = Vec::new();
    for file in files {
        let text = project.read(&file)?.unwrap_or_default();
        let found = variables(&survey::parse(&file, &text)?).into_iter();
        declared.extend(found.map(|(name, line)| (file.clone(), name, line)));
    }
    Ok(declared)
}

/// The variable in `NAME=value` or `#NAME=`.
fn name(line: &str) -> Option<&str> {
    let (name, _) = line.trim_start_matches('#').split_once('=')?;
    let fits = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let is_name = name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().all(fits);
    is_name.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn variables_are_read_from_lines() {
        assert_eq!(name("PORT=80"), Some("PORT"));
        assert_eq!(name("#METRICS_PORT="), Some("METRICS_PORT"));
        assert_eq!(name("# Set A=1 for this."), None);
        assert_eq!(name("# text"), None);
    }
}
