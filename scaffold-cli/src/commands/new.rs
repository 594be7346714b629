//! `scaffold new`: renders a service, makes it a git repository and, with `--run`, starts it.

mod git;
mod probe;
mod process;
mod questions;
mod start;
mod target;

use std::path::Path;

use similar::TextDiff;

use crate::Context;
use crate::cli::NewArgs;
use crate::error::{Error, Result};
use crate::render::{Pair, RenderedFile, Template};
use crate::shell::{self, Action, FileReport, Report, Shell};

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
    let count = files.len();
    let (name, pair) = (order.name.as_str(), order.pair);
    shell.status("Created", &format!("{name} with {pair}, {count} files"));
    if !args.no_git {
        git::init(target.path(), shell);
    }
    let mut report = Report::default();
    if context.globals.json {
        report.files = created(&files);
    }
    match port {
        Some(port) => start(&target, port, context, report, shell),
        None => {
            report.next_steps = next_steps(&target, pair, context.cwd);
            shell.report(&report);
            Ok(())
        }
    }
}

/// Starts the service and reports where it is; returns when it has ended.
fn start(
    target: &Target,
    port: u16,
    context: &Context<'_>,
    mut report: Report,
    shell: &mut Shell,
) -> Result<()> {
    let project = target.path();
    let interrupts = Interrupts::listen().map_err(Error::io("watch for Ctrl-C in", project))?;
    let service = Service::start(project, port, context.globals, &interrupts, shell)?;
    shell.status("Ready", "press Ctrl-C to stop");
    report.next_steps = service.urls();
    shell.report(&report);
    service.wait_until_stopped()
}

/// Renders the embedded template, which the tests have rendered for every pair.
fn render(order: &Order) -> Vec<RenderedFile> {
    Template::embedded()
        .and_then(|template| {
            template.render(order.name.as_str(), &order.name.crate_name(), order.pair)
        })
        .unwrap_or_else(|error| panic!("the embedded template cannot be rendered: {error}"))
}

fn next_steps(target: &Target, pair: Pair, cwd: &Path) -> Vec<String> {
    let directory = target.path().strip_prefix(cwd);
    let directory = directory.unwrap_or_else(|_| target.path());
    let directory = shell::quoted(&directory.to_string_lossy());
    let mut steps = vec![format!("cd {directory}")];
    if pair != Pair::DEFAULT {
        steps.push("cp .env.example .env  # and name your servers in it".to_owned());
    }
    steps.push("cargo run --locked".to_owned());
    steps
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
    let diff = files.iter().map(|file| {
        let text = String::from_utf8_lossy(&file.content);
        TextDiff::from_lines("", &text)
            .unified_diff()
            .header("/dev/null", &format!("b/{}", file.path))
            .to_string()
    });
    Report {
        files: created(files),
        diff: Some(diff.collect()),
        ..Report::default()
    }
}
