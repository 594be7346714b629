//! The pairs of database and broker, each of which the template can be rendered for.

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

impl Pair {
    /// What is rendered unless the user chooses: nothing to install.
    pub const DEFAULT: Self = Self::new(Database::Sqlite, Broker::Database);

    /// Puts a database and a broker together.
    pub const fn new(database: Database, broker: Broker) -> Self {
        Self { database, broker }
    }

    /// Every pair there is.
    pub fn all() -> impl Iterator<Item = Self> {
        let brokers = Broker::value_variants();
        Database::value_variants().iter().flat_map(|&database| {
            brokers
                .iter()
                .map(move |&broker| Self::new(database, broker))
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pair_is_named_to_people_and_in_file_names() {
        assert_eq!(Pair::DEFAULT.to_string(), "sqlite + database");
        assert_eq!(Pair::DEFAULT.slug(), "sqlite-database");
    }

    #[test]
    fn there_are_twelve_pairs() {
        assert_eq!(Pair::all().count(), 12);
    }
}
