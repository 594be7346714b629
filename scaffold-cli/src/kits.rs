//! The kits of this program, as they are for a project.

use crate::error::Result;
use crate::project::Project;
use crate::render::{Kit, RenderedKit};

/// All kits, which the tests have rendered for every pair.
pub(crate) fn all() -> Vec<Kit<'static>> {
    Kit::embedded().unwrap_or_else(|error| panic!("an embedded kit cannot be read: {error}"))
}

/// The kit of a name that the command line let pass.
pub(crate) fn named(name: &str) -> Kit<'static> {
    let found = all().into_iter().find(|kit| kit.name == name);
    found.unwrap_or_else(|| panic!("there is no kit `{name}`"))
}

/// What a project gets of a kit.
pub(crate) fn render(project: &Project, kit: &Kit<'_>) -> Result<RenderedKit> {
    let rendered = kit.render(project.name(), project.crate_name(), project.pair()?);
    let name = kit.name;
    Ok(rendered.unwrap_or_else(|error| panic!("the kit `{name}` cannot be rendered: {error}")))
}

/// The files of a kit that a command has made in a project, and that are still there.
pub(crate) fn present(project: &Project, kit: &Kit<'_>) -> Result<Vec<String>> {
    let mut present = Vec::new();
    for path in kit.paths() {
        if project.recorded(path)?.is_some() && project.has(path) {
            present.push(path.to_owned());
        }
    }
    Ok(present)
}
