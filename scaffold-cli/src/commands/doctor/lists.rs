//! Modules that their list does not name, or names twice.

use super::Findings;
use crate::edit::mod_list;
use crate::error::Result;
use crate::project::Project;
use crate::survey;

/// The folders in which every file has a line in `mod.rs`.
const FOLDERS: [&str; 5] = [
    "src/models",
    "src/routes",
    "src/tasks",
    "tests/integration/routes",
    "tests/integration/tasks",
];

pub(super) fn check(project: &Project, findings: &mut Findings) -> Result<()> {
    for folder in FOLDERS {
        let list = format!("{folder}/mod.rs");
        let Some(text) = project.read(&list)? else {
            continue;
        };
        let source = survey::parse(&list, &text)?;
        let modules = mod_list::placed_modules(&source);
        for file in project.list(folder)? {
            let path = format!("{folder}/{file}");
            let name = match file.strip_suffix(".rs") {
                Some(name) => name,
                None if project.has(&format!("{path}/mod.rs")) => &file,
                None => continue,
            };
            // What editors leave beside a file is hidden.
            if name == "mod" || name.starts_with('.') {
                continue;
            }
            let is_listed = modules.iter().any(|module| module.name == name);
            if !is_listed && !mod_list::may_have(&source, name) && !text.contains("#[path") {
                let message = format!("is not in {list}, so it is not compiled");
                findings.add("unlisted_module", &path, 1, message);
            }
        }
        for (index, module) in modules.iter().enumerate() {
            // Under conditions, one of several may hold.
            let twin = modules[..index]
                .iter()
                .find(|other| other.name == module.name);
            if let Some(twin) = twin.filter(|twin| !module.has_attributes && !twin.has_attributes) {
                let message = format!(
                    "the module `{}` is on line {} already",
                    module.name, twin.line
                );
                findings.add("module_twice", &list, module.line, message);
            }
        }
    }
    Ok(())
}
