//! The command line: the roles of the service, and what helps to look after it.

mod args;
mod db;
mod health;
mod migrate;
mod output;
mod show;
mod tasks;
mod token;

use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::config::{AppEnv, Config, Environment, LogFormat, Settings};
use crate::server::{self, Role};
use crate::telemetry::{self, LogTarget};

pub use args::Cli;
use args::Command;

/// Does what the arguments of the process say.
pub async fn run() -> ExitCode {
    match execute(Cli::parse()).await {
        Ok(code) => code,
        Err(error) => {
            output::complain(&explain(&error));
            ExitCode::FAILURE
        }
    }
}

async fn execute(cli: Cli) -> anyhow::Result<ExitCode> {
    let here = Path::new(".");
    let flags = cli.command.as_ref().map(Command::flags).unwrap_or_default();
    let environment = Environment::new(flags, here)?;
    let settings = Settings::load(|name| environment.get(name), here)?;
    let command = match cli.command {
        Some(command) => command,
        // What a process in prod does is said, not guessed.
        None if settings.env() == AppEnv::Prod => {
            output::complain(&Cli::command().render_help().to_string());
            return Ok(ExitCode::from(2));
        }
        None => Command::all(),
    };
    let config = Config::new(&settings)?;
    let target = match command.role() {
        Some(_) => LogTarget::Role,
        None => LogTarget::Command,
    };
    let _writes_the_last_lines = telemetry::init(config.env, &config.log, target)?;
    let asks_database = matches!(
        command,
        Command::Db(_) | Command::Tasks { .. } | Command::Health { .. }
    );
    match dispatch(command, config.clone(), &settings).await {
        Err(error) if asks_database => Err(migrate::explain(error, &config).await),
        done => done,
    }
}

/// What went wrong, in the form that the log has: whoever reads the one reads the other.
fn explain(error: &anyhow::Error) -> String {
    let here = Path::new(".");
    let environment = Environment::new([], here).unwrap_or_default();
    let settings = Settings::load(|name| environment.get(name), here).ok();
    let format = match &settings {
        Some(settings) => settings.log_format(),
        None => environment
            .get("LOG_FORMAT")
            .as_deref()
            .and_then(LogFormat::parse),
    };
    let env = settings.map_or(AppEnv::Dev, |settings| settings.env());
    telemetry::failure(
        format.unwrap_or(LogFormat::Text),
        env,
        &format!("{error:#}"),
    )
}

async fn dispatch(
    command: Command,
    config: Config,
    settings: &Settings,
) -> anyhow::Result<ExitCode> {
    match command {
        Command::All { .. } => server::run(config, Role::All).await?,
        Command::Api(_) => server::run(config, Role::Api).await?,
        Command::Worker(_) => server::run(config, Role::Worker).await?,
        Command::Scheduler => server::run(config, Role::Scheduler).await?,
        Command::Migrate(command) => migrate::run(command, &config).await?,
        Command::Db(command) => db::run(command, config).await?,
        Command::Routes => show::routes(&config.server)?,
        Command::Openapi => show::openapi(&config.server)?,
        Command::Config => show::config(settings, &config)?,
        Command::Tasks { command } => return tasks::run(command, &config).await,
        Command::Health { role } => return health::run(role, &config).await,
        Command::Token(args) => token::run(args, &config)?,
    }
    Ok(ExitCode::SUCCESS)
}
