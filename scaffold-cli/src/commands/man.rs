//! `scaffold man`.

use clap::{Command, CommandFactory};
use serde_json::json;

use crate::cli::{Cli, ManArgs};
use crate::error::{Error, Result};
use crate::name::shown;
use crate::shell::{Listing, Shell};

/// Prints the page of a command.
pub fn run(args: &ManArgs, shell: &mut Shell) -> Result<()> {
    let (name, command) = find(&args.command)?;
    let mut page = Vec::new();
    let man = clap_mangen::Man::new(command).title(name.clone());
    man.render(&mut page).map_err(Error::io("write", &name))?;
    let page = String::from_utf8_lossy(&page);
    let mut text = Listing::text(&page);
    text.add(&[], json!({"page": format!("{name}.1"), "text": page}));
    shell.list(&text);
    Ok(())
}

/// The command of these words, as part of the whole, with the name of its page.
fn find(words: &[String]) -> Result<(String, Command)> {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let mut name = command.get_name().to_owned();
    for word in words {
        let found = command.find_subcommand(word).cloned();
        command = found.ok_or_else(|| Error::Argument {
            message: format!("there is no command `{}` in `{name}`", shown(word)),
            hint: "see `scaffold --help`".to_owned(),
        })?;
        name = format!("{name}-{word}");
    }
    Ok((name, command))
}
