//! `scaffold new`.

use crate::Context;
use crate::cli::NewArgs;
use crate::error::Result;
use crate::shell::Shell;

/// Renders a new service.
pub fn run(_args: &NewArgs, _context: &Context<'_>, _shell: &mut Shell) -> Result<()> {
    Ok(())
}
