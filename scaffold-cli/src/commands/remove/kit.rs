//! `scaffold remove kit`.

use super::going::Removal;
use crate::error::Result;
use crate::kits;
use crate::plan::Plan;
use crate::project::Project;

/// Plans to take the files of a kit away that a command has made: others may have the same name.
pub(super) fn plan(project: &Project, name: &str, force: bool) -> Result<Plan> {
    let kit = kits::named(name);
    let mut removal = Removal::new(project, "kit", name);
    for path in kits::present(project, &kit)? {
        removal.file(&path)?;
    }
    removal.then(kits::render(project, &kit)?.steps_when_removed);
    removal.finish(force)
}
