//! Runs a command that changes a project: plan, settle, apply, report.

use crate::Context;
use crate::apply::{self, Note};
use crate::error::{Error, Result};
use crate::name::shown;
use crate::plan::{Changes, Plan};
use crate::project::Project;
use crate::shell::Shell;

/// Makes the plan for the project that the command was typed in, and carries it out.
pub(crate) fn grow(
    context: &Context<'_>,
    shell: &mut Shell,
    plan: impl FnOnce(&Project) -> Result<Plan>,
) -> Result<()> {
    let project = open(context, shell)?;
    let changes = plan(&project)?.settle(&project, context.globals.force)?;
    carry_out(context, shell, &project, &changes, None)
}

/// Writes the changes, or shows them, and says what they are.
pub(crate) fn carry_out(
    context: &Context<'_>,
    shell: &mut Shell,
    project: &Project,
    changes: &Changes,
    takes_back: Option<u64>,
) -> Result<()> {
    let globals = context.globals;
    if globals.dry_run {
        apply::check(project.root(), changes)?;
    } else {
        let note = Note {
            command: globals.typed.clone(),
            at: context.clock.since_epoch().as_secs(),
            takes_back,
        };
        apply::apply(project.root(), changes, &note)?;
    }
    shell.report(&changes.report(globals.dry_run));
    Ok(())
}

/// Opens the project; one that a killed command has left half written is put right first.
pub(crate) fn open(context: &Context<'_>, shell: &mut Shell) -> Result<Project> {
    let start = match &context.globals.project {
        Some(directory) => context.cwd.join(directory),
        None => context.cwd.to_path_buf(),
    };
    let root = Project::find_root(&start)?;
    if !apply::is_interrupted(&root)? {
        return Project::open(&root);
    }
    if context.globals.dry_run {
        return Err(Error::Busy {
            message: "an earlier command was interrupted".to_owned(),
            hint: "run it again without `--dry-run`: what it left behind is taken back first"
                .to_owned(),
        });
    }
    let recovered = apply::recover(&root)?;
    for path in &recovered.restored {
        shell.note(&format!(
            "took back what an interrupted command wrote to {path}"
        ));
    }
    for path in &recovered.kept {
        shell.note(&format!(
            "did not take back what an interrupted command may have written to {}, for it was \
             changed since; look through it, and take out what you do not want",
            shown(path)
        ));
    }
    Project::open(&root)
}
