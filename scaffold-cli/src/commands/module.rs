//! The place of a module that a command is going to write.

use crate::edit::{Source, mod_list};
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
