//! Which pairs of database and broker the template is furnished for.

use std::fmt;

use clap::ValueEnum;

use crate::answers::{Broker, Database};

/// A database with a broker: what decides which service is rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// The answer to the placeholder `database`.
    pub database: Database,
    /// The answer to the placeholder `broker`.
    pub broker: Broker,
}

/// The pairs that can be rendered; `hooks/pre.rhai` has the same list.
pub const FURNISHED: &[Pair] = &[
    Pair::new(Database::Sqlite, Broker::Database),
    Pair::new(Database::Sqlite, Broker::Redis),
    Pair::new(Database::Sqlite, Broker::Rabbitmq),
    Pair::new(Database::Sqlite, Broker::Nats),
    Pair::new(Database::Postgres, Broker::Database),
    Pair::new(Database::Postgres, Broker::Redis),
    Pair::new(Database::Postgres, Broker::Rabbitmq),
    Pair::new(Database::Postgres, Broker::Nats),
    Pair::new(Database::Mysql, Broker::Database),
    Pair::new(Database::Mysql, Broker::Redis),
    Pair::new(Database::Mysql, Broker::Rabbitmq),
    Pair::new(Database::Mysql, Broker::Nats),
];

/// The refusal of a pair that the template is not furnished for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotFurnished(Pair);

impl Pair {
    /// What is rendered unless the user chooses: nothing to install.
    pub const DEFAULT: Self = Self::new(Database::Sqlite, Broker::Database);

    /// Puts a database and a broker together.
    pub const fn new(database: Database, broker: Broker) -> Self {
        Self { database, broker }
    }

    /// Every pair there is, furnished or not.
    pub fn all() -> impl Iterator<Item = Self> {
        let brokers = Broker::value_variants();
        Database::value_variants().iter().flat_map(|&database| {
            brokers
                .iter()
                .map(move |&broker| Self::new(database, broker))
        })
    }

    /// Refuses the pair unless the template is furnished for it.
    pub fn furnished(self) -> Result<Self, NotFurnished> {
        if FURNISHED.contains(&self) {
            Ok(self)
        } else {
            Err(NotFurnished(self))
        }
    }

    /// The name of the pair in file names.
    pub fn slug(self) -> String {
        format!("{}-{}", self.database, self.broker)
    }
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} + {}", self.database, self.broker)
    }
}

impl fmt::Display for NotFurnished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let choices: Vec<String> = FURNISHED.iter().map(Pair::to_string).collect();
        let choices = choices.join(", ");
        write!(
            f,
            "{} is not available yet; choose one of: {choices}",
            self.0
        )
    }
}

impl std::error::Error for NotFurnished {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_pair_is_furnished() {
        assert_eq!(Pair::DEFAULT.to_string(), "sqlite + database");
        assert_eq!(Pair::DEFAULT.furnished(), Ok(Pair::DEFAULT));
    }

    #[test]
    fn refusal_names_the_pair_and_the_way_out() {
        let refused = Pair::new(Database::Mysql, Broker::Nats)
            .furnished()
            .unwrap_err();
        assert!(
            refused
                .to_string()
                .starts_with("mysql + nats is not available yet; choose one of: sqlite + database")
        );
    }

    #[test]
    fn there_are_twelve_pairs() {
        assert_eq!(Pair::all().count(), 12);
    }
}
