//! A database server that a test may take away.

use scaffold_cli::answers::Database;

use super::server::Server;
use crate::deployment::Deployment;
use crate::proxy::Proxy;

/// A database server that can be killed and started again.
pub enum FragileDatabase {
    /// A server of the test's own.
    Own(Server),
    /// The way to a server that others use, too.
    Way(Proxy),
}

impl FragileDatabase {
    /// Starts it, if the database is a server, and tells the service where it is.
    pub(super) fn start(kind: Database, service: &mut Deployment) -> Option<Self> {
        let (database, url) = match kind {
            Database::Sqlite => return None,
            Database::Postgres => {
                let server = Server::postgres();
                let url = format!("postgres://postgres@{}/postgres", server.address());
                (Self::Own(server), url)
            }
            Database::Mysql => {
                let url = service.setting("DATABASE_URL");
                let way = Proxy::to(url);
                let url = way.url(url);
                (Self::Way(way), url)
            }
        };
        service.set("DATABASE_URL", &url);
        Some(database)
    }

    /// Kills it, with all that it is about to do.
    pub fn kill(&mut self) {
        match self {
            Self::Own(server) => server.kill(),
            Self::Way(way) => way.stop(),
        }
    }

    /// Starts it again, where it was.
    pub fn restart(&mut self) {
        match self {
            Self::Own(server) => server.start(),
            Self::Way(way) => way.start(),
        }
    }
}
