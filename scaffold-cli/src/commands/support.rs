//! Modules that a service gets with the first field that needs them.

use crate::edit::mod_list;
use crate::error::Result;
use crate::plan::Plan;
use crate::project::Project;
use crate::snippets::field::Field;
use crate::snippets::support::Support;

const LIST: &str = "src/lib.rs";

/// Plans the modules that these fields need; one that is there stays as it is.
pub(super) fn plan(plan: &mut Plan, project: &Project, fields: &[Field]) -> Result<()> {
    for support in Support::of(fields) {
        let module = support.module();
        let path = format!("src/{module}.rs");
        if project.read(&path)?.is_some() {
            plan.keep(project, &path)?;
        } else {
            plan.create(project, &path, support.content(project.database()?))?;
        }
        plan.edit(project, LIST, |text| {
            mod_list::insert_mod(text, "pub ", module)
        })?;
    }
    Ok(())
}
