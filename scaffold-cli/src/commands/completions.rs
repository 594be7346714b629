//! `scaffold completions`.

use clap::CommandFactory;
use serde_json::json;

use crate::cli::{Cli, CompletionsArgs};
use crate::error::Result;
use crate::shell::{Listing, Shell};

/// Prints the script of a shell.
pub fn run(args: &CompletionsArgs, shell: &mut Shell) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "scaffold", &mut script);
    let script = String::from_utf8_lossy(&script);
    let name = args.shell.to_string();
    let mut text = Listing::text(&script);
    text.add(&[], json!({"shell": name, "text": script}));
    shell.list(&text);
    Ok(())
}
