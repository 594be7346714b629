//! Completes the command line: by asking, or by the defaults.

use std::fmt::Display;
use std::io::{self, IsTerminal};

use clap::ValueEnum;
use dialoguer::{Input, Select};

use crate::cli::NewArgs;
use crate::error::{Error, Result};
use crate::name::ServiceName;
use crate::render::Pair;

/// What is to be rendered.
#[derive(Debug)]
pub(super) struct Order {
    /// The name of the project.
    pub(super) name: ServiceName,
    /// Its database and broker.
    pub(super) pair: Pair,
}

/// Tells whether there is somebody to ask.
pub(super) fn may_ask(args: &NewArgs) -> bool {
    !args.yes && !args.run && io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Takes what was given, asks for the rest if `ask`, and otherwise takes the defaults.
pub(super) fn complete(args: &NewArgs, ask: bool) -> Result<Order> {
    let name = match &args.name {
        Some(name) => ServiceName::parse(name)?,
        None if ask => ask_name()?,
        None => {
            return Err(Error::Argument {
                message: "the name of the service is missing".to_owned(),
                hint: "give it one: `scaffold new my-service`".to_owned(),
            });
        }
    };
    let database = match args.database {
        Some(database) => database,
        None if ask => choose("Database")?,
        None => Pair::DEFAULT.database,
    };
    let broker = match args.broker {
        Some(broker) => broker,
        None if ask => choose("Task broker")?,
        None => Pair::DEFAULT.broker,
    };
    let pair = Pair::new(database, broker);
    Ok(Order { name, pair })
}

fn ask_name() -> Result<ServiceName> {
    let name: String = Input::new()
        .with_prompt("Project name")
        .validate_with(|name: &String| ServiceName::parse(name).map(drop))
        .interact_text()
        .map_err(no_answer)?;
    ServiceName::parse(&name)
}

/// Offers every value, the default first.
fn choose<T: ValueEnum + Display>(question: &str) -> Result<T> {
    let choices = T::value_variants();
    let chosen = Select::new()
        .with_prompt(question)
        .items(choices)
        .default(0)
        .interact()
        .map_err(no_answer)?;
    Ok(choices[chosen].clone())
}

fn no_answer(error: dialoguer::Error) -> Error {
    let dialoguer::Error::IO(source) = error;
    Error::io("read", "the answer")(source)
}

#[cfg(test)]
mod tests {
    use crate::answers::{Broker, Database};

    use super::*;

    fn args(name: Option<&str>, database: Option<Database>, broker: Option<Broker>) -> NewArgs {
        NewArgs {
            name: name.map(str::to_owned),
            database,
            broker,
            path: None,
            yes: true,
            run: false,
            no_git: false,
        }
    }

    #[test]
    fn defaults_fill_what_was_not_given() {
        let order = complete(&args(Some("shop"), None, None), false).unwrap();
        assert_eq!(order.pair, Pair::DEFAULT);
        assert_eq!(order.name.as_str(), "shop");
    }

    #[test]
    fn half_a_pair_is_completed() {
        let order = complete(&args(Some("shop"), Some(Database::Postgres), None), false).unwrap();
        assert_eq!(
            order.pair,
            Pair::new(Database::Postgres, Pair::DEFAULT.broker)
        );
    }

    #[test]
    fn name_is_needed() {
        let error = complete(&args(None, None, None), false).unwrap_err();
        assert!(
            error
                .hint()
                .is_some_and(|hint| hint.contains("scaffold new"))
        );
    }
}
