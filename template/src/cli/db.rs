use super::args::DbCommand;
use super::output::print;
use crate::app::App;
use crate::config::{AppEnv, Config};
use crate::db::migrations;
use crate::seed;

/// Changes what is stored in the database.
pub(super) async fn run(command: DbCommand, config: Config) -> anyhow::Result<()> {
    if let DbCommand::Reset { yes } = command {
        refuse_reset(config.env, yes)?;
    }
    let app = App::new(config)?;
    if let DbCommand::Reset { .. } = command {
        migrations::reset(&app.db).await?;
    }
    let stored = seed::run(&app).await?;
    Ok(print(&format!("stored {stored} rows"))?)
}

fn refuse_reset(env: AppEnv, yes: bool) -> anyhow::Result<()> {
    if env == AppEnv::Prod {
        anyhow::bail!("APP_ENV: is `prod`, where `db reset` would delete what users have stored");
    }
    if !yes {
        anyhow::bail!("this deletes everything in the database; if that is meant, add `--yes`");
    }
    Ok(())
}
