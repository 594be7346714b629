use std::io;
use std::path::PathBuf;

/// Why the service cannot start with these settings.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A value is not of the kind that its variable accepts.
    #[error("{name}: `{value}` ({origin}) is not {accepts}")]
    Invalid {
        /// The variable.
        name: &'static str,
        /// The value, masked if it is a secret.
        value: String,
        /// Where the value comes from.
        origin: String,
        /// What the variable accepts.
        accepts: String,
    },
    /// A variable has to be set and is not.
    #[error("{name}: must be set when APP_ENV is `prod`; it accepts {accepts}")]
    Missing {
        /// The variable.
        name: &'static str,
        /// What the variable accepts.
        accepts: String,
    },
    /// A variable is set that asks for something that was left out of the binary.
    #[error(
        "{name}: this binary cannot do that: build it with `cargo build --release --features \
         {feature}`, or leave {name} unset"
    )]
    NotBuiltIn {
        /// The variable.
        name: &'static str,
        /// The feature of the package that has it.
        feature: &'static str,
    },
    /// The file sets something that does not exist.
    #[error(
        "{}: `{key}` is not a setting; the keys are the variables of `.env.example`, except \
         APP_ENV, in lower case",
        file.display()
    )]
    UnknownKey {
        /// The file.
        file: PathBuf,
        /// What it sets.
        key: String,
    },
    /// `.env` cannot be read.
    #[error(".env: cannot be read")]
    DotEnv(#[source] io::Error),
    /// A line of `.env` cannot be read. What stands there may be secret.
    #[error(
        ".env: line {0} is not `NAME=value`; a value with spaces or `#` needs quotation marks, and \
         each of them a second one"
    )]
    DotEnvLine(usize),
    /// A value in `.env` has a `$`, which readers of such files replace.
    #[error(
        ".env: line {0} has a `$`, which would be replaced with what follows: put the value in \
         single quotes"
    )]
    DotEnvDollar(usize),
    /// `.env` says that this is not dev.
    #[error(
        ".env: is read in dev only, so it cannot set APP_ENV to `{0}`; set it in the environment"
    )]
    DotEnvOutsideDev(String),
    /// A layer cannot be read.
    #[error(transparent)]
    Layer(#[from] ::config::ConfigError),
}
