//! `scaffold add-kit`.

use crate::cli::KitArgs;
use crate::error::Result;
use crate::kits;
use crate::plan::Plan;
use crate::project::Project;

/// Plans the files of a kit.
pub fn plan(project: &Project, args: &KitArgs) -> Result<Plan> {
    let kit = kits::render(project, &kits::named(&args.kit))?;
    let mut plan = Plan::new();
    plan.way_out("move what is there to another place, or replace it with `--force`");
    for (path, text) in kit.files {
        plan.renew(project, &path, text)?;
    }
    for step in kit.steps_when_added {
        plan.next_step(step);
    }
    Ok(plan)
}
