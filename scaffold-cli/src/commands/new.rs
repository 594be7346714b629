//! `scaffold new`: renders a service, makes it a git repository and, with `--run`, starts it.

mod git;
mod probe;
mod process;
mod questions;
mod start;
mod target;

use crate::Context;
use crate::cli::NewArgs;
use crate::error::{Error, Result};
use crate::render::{RenderedFile, Template};
use crate::shell::{Action, FileReport, Report, Shell};

use self::process::Interrupts;
use self::questions::Order;
use self::start::Service;
use self::target::Target;

/// Renders a new service.
pub fn run(args: &NewArgs, context: &Context<'_>, shell: &mut Shell) -> Result<()> {
    let ask = !context.globals.json && questions::may_ask(args);
    let order = questions::complete(args, ask)?;
    let parent = match &args.path {
        Some(path) => context.cwd.join(path),
        None => context.cwd.to_owned(),
    };
    let target = Target::new(&parent, order.name.as_str())?;
    let files = render(&order);
    if context.globals.dry_run {
        shell.report(&dry_run(&files));
        return Ok(());
    }
    let port = args.run.then(start::free_port).transpose()?;

    target.write(&files)?;
    let (name, pair) = (order.name.as_str(), order.pair);
    let count = files.len();
    shell.status("Created", &format!("{name} with {pair}, {count} files"));
    if !args.no_git {
        git::init(target.path(), shell);
    }

    let mut report = Report::default();
    if context.globals.json {
        report.files = created(&files);
    }
    let Some(port) = port else {
        let directory = target.path().strip_prefix(context.cwd);
        let directory = directory.unwrap_or_else(|_| target.path());
        report.next_steps = vec![
            format!("cd {}", directory.display()),
            "cargo run --locked".to_owned(),
        ];
        shell.report(&report);
        return Ok(());
    };
    let interrupts = Interrupts::listen().map_err(Error::io("watch for Ctrl-C in", &parent))?;
    let globals = context.globals;
    let service = Service::start(target.path(), port, globals, &interrupts, shell)?;
    shell.status("Ready", "press Ctrl-C to stop");
    report.next_steps = service.urls();
    shell.report(&report);
    service.wait_until_stopped()
}

/// Renders the embedded template, which the tests have rendered for every furnished pair.
fn render(order: &Order) -> Vec<RenderedFile> {
    Template::embedded()
        .and_then(|template| {
            template.render(order.name.as_str(), &order.name.crate_name(), order.pair)
        })
        .unwrap_or_else(|error| panic!("{error}"))
}

fn created(files: &[RenderedFile]) -> Vec<FileReport> {
    files
        .iter()
        .map(|file| FileReport {
            path: file.path.clone(),
            action: Action::Create,
        })
        .collect()
}

fn dry_run(files: &[RenderedFile]) -> Report {
    Report {
        files: created(files),
        ..Report::default()
    }
}
