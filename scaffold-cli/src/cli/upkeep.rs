//! Arguments of the commands that look after what is there.

use clap::Args;

const UNDO_HELP: &str = "\
Examples:
  scaffold undo --list
      what can be taken back, the last first
  scaffold undo
      every file that the last command wrote is what it was before, byte for byte

A file that changed since is named and nothing is written; with `--force` it becomes what it was
before the command, and what changed since is lost. The last 100 commands are kept, in `.scaffold`,
which is not for version control.";

/// Arguments of `scaffold undo`.
#[derive(Debug, Clone, Args)]
#[command(after_help = UNDO_HELP)]
pub struct UndoArgs {
    /// List what can be taken back
    #[arg(long)]
    pub list: bool,
}
