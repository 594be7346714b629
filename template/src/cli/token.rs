use std::time::Duration;

use super::args::TokenArgs;
use super::output::print;
use crate::auth;
use crate::config::{AppEnv, Config};

/// Prints a token for development. In prod, whoever can read the secret must not play issuer.
pub(super) fn run(args: TokenArgs, config: &Config) -> anyhow::Result<()> {
    if config.env == AppEnv::Prod {
        anyhow::bail!("APP_ENV: is `prod`, where tokens come from their issuer, not from here");
    }
    let Some(secret) = &config.auth.jwt_secret else {
        anyhow::bail!(
            "JWT_SECRET: is not set, so there is nothing to sign with; no token is needed either"
        );
    };
    let ttl = Duration::from_secs(args.ttl_secs.into());
    let token = auth::sign(secret, args.sub, args.scope, ttl)?;
    Ok(print(&token)?)
}
