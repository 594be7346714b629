//! The place of a module that a command is going to write, and what it calls the service.

use crate::edit::{Source, mod_list, tasks};
use crate::error::{Error, Result};
use crate::name::Name;
use crate::project::Project;

/// Refuses a module that is there already, but not as the file beside its list.
pub(super) fn check(project: &Project, folder: &str, name: &Name) -> Result<()> {
    let name = name.snake();
    let taken = |message: String| {
        Err(Error::Taken {
            message,
            hint: "choose another name".to_owned(),
        })
    };
    let directory = format!("{folder}/{name}/mod.rs");
    if project.has(&directory) {
        return taken(format!("the module `{name}` is in {directory} already"));
    }
    let list = format!("{folder}/mod.rs");
    let text = project.read(&list)?.unwrap_or_default();
    // A list that does not parse is told by the edit.
    if Source::parse(&text).is_ok_and(|source| mod_list::is_elsewhere(&source, &name)) {
        return taken(format!(
            "the module `{name}` in {list} is not the file {folder}/{name}.rs"
        ));
    }
    Ok(())
}

/// The tests may have a shorter name for the service.
pub(super) fn crate_name_in_tests(project: &Project) -> Result<String> {
    let name = project.crate_name();
    let main = project
        .read("tests/integration/main.rs")?
        .unwrap_or_default();
    let source = Source::parse(&main).ok();
    let alias = source.and_then(|source| tasks::crate_alias(&source, name));
    Ok(alias.unwrap_or_else(|| name.to_owned()))
}
