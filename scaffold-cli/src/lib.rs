//! Renders a complete Rust service and grows it without damaging what its owner wrote.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Parser};

pub mod answers;
pub mod apply;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod edit;
pub mod error;
mod grow;
mod kits;
pub mod name;
pub mod plan;
pub mod project;
pub mod render;
pub mod shell;
pub mod snippets;
pub mod sql;
pub mod survey;

use cli::{Cli, Command, Globals};
use clock::{Clock, SystemClock};
use error::{Error, Result};
use shell::Shell;

/// What a command may know besides its own arguments.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Flags that every command knows.
    pub globals: &'a Globals,
    /// Where the command was typed.
    pub cwd: &'a Path,
    /// What time it is.
    pub clock: &'a dyn Clock,
}

/// The whole program but for `fn main`.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    shell::report_panics(&args);
    let cli = match parse(&args) {
        Ok(cli) => cli,
        Err(error) => return usage(&error, &args),
    };
    let mut shell = Shell::new(cli.globals.json, cli.globals.quiet);
    let done = run_here(&cli, &mut shell).and_then(|()| shell.finish());
    exit_code(done, &mut shell)
}

fn exit_code(done: Result<()>, shell: &mut Shell) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            shell.error(&error);
            ExitCode::FAILURE
        }
    }
}

fn parse(args: &[OsString]) -> std::result::Result<Cli, clap::Error> {
    let mut cli = Cli::try_parse_from(args)?;
    cli.globals.typed = shell::typed(args);
    let idle = cli.globals.force || cli.globals.project.is_some();
    if idle && matches!(cli.command, Command::New(_)) {
        let message = "`--force` and `--project` are not for `new`: it replaces nothing, and `--path` \
                       says where";
        return Err(Cli::command().error(ErrorKind::ArgumentConflict, message));
    }
    Ok(cli)
}

fn run_here(cli: &Cli, shell: &mut Shell) -> Result<()> {
    shell.set_command(cli.command.name());
    let cwd = std::env::current_dir().map_err(Error::io("read", "."))?;
    run(cli, &cwd, &SystemClock, shell)
}

/// Runs one command.
pub fn run(cli: &Cli, cwd: &Path, clock: &dyn Clock, shell: &mut Shell) -> Result<()> {
    let context = Context {
        globals: &cli.globals,
        cwd,
        clock,
    };
    match &cli.command {
        Command::New(args) => commands::new::run(args, &context, shell),
        Command::AddRoute(args) => grow::grow(&context, shell, |project| {
            commands::add_route::plan(project, args, clock)
        }),
        Command::AddResource(args) => grow::grow(&context, shell, |project| {
            commands::add_resource::plan(project, args, clock)
        }),
        Command::AddSchedule(args) => grow::grow(&context, shell, |project| {
            commands::add_schedule::plan(project, args)
        }),
        Command::AddTask(args) => grow::grow(&context, shell, |project| {
            commands::add_task::plan(project, args)
        }),
        Command::AddMigration(args) => grow::grow(&context, shell, |project| {
            commands::add_migration::plan(project, args, clock)
        }),
        Command::AddKit(args) => grow::grow(&context, shell, |project| {
            commands::add_kit::plan(project, args)
        }),
        Command::List(args) => commands::list::run(args, &context, shell),
        Command::Remove(args) => commands::remove::run(args, &context, shell),
        Command::Completions(args) => commands::completions::run(args, shell),
        Command::Man(args) => commands::man::run(args, shell),
        Command::Doctor => commands::doctor::run(&context, shell),
        Command::Undo(args) => commands::undo::run(args, &context, shell),
    }
}

fn usage(error: &clap::Error, args: &[OsString]) -> ExitCode {
    let asked_for_help = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    if !asked_for_help && args.iter().any(|arg| arg == "--json") {
        let text = error.render().to_string();
        let message = text.trim_start_matches("error: ");
        let message = message.split("\n\n").next().unwrap_or(message);
        let mut shell = Shell::new(true, true);
        if let Some(command) = named_command(args) {
            shell.set_command(&command);
        }
        shell.usage_error(message, suggestion(error).as_deref());
    } else if let Err(unwritten) = error.print()
        && !shell::is_closed(&unwritten)
    {
        let unwritten = Error::io("write", "the output")(unwritten);
        return exit_code(Err(unwritten), &mut Shell::new(false, true));
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// What was meant, perhaps.
fn suggestion(error: &clap::Error) -> Option<String> {
    let kinds = [
        ContextKind::SuggestedValue,
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedArg,
    ];
    let word = match kinds.into_iter().find_map(|kind| error.get(kind))? {
        ContextValue::String(word) => word,
        ContextValue::Strings(words) => words.first()?,
        _ => return None,
    };
    Some(format!("did you mean `{word}`?"))
}

/// The command of a wrong command line: the first word that is neither a flag nor the value of one.
fn named_command(args: &[OsString]) -> Option<String> {
    let mut before = None;
    let mut words = args.iter().skip(1).filter(|arg| {
        let is_value = before
            .replace(*arg)
            .is_some_and(|before| before == "--project");
        !is_value && !arg.to_string_lossy().starts_with('-')
    });
    let word = words.next()?.to_str()?;
    Cli::command()
        .find_subcommand(word)
        .map(|_| word.to_owned())
}
