//! The `scaffold` binary: parse, run, print the error, exit code. No logic.

use std::process::ExitCode;

fn main() -> ExitCode {
    scaffold_cli::main(std::env::args_os())
}
