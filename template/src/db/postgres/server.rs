//! Connections to the server, encrypted or not.

use std::sync::{Arc, LazyLock, Once};
use std::time::Duration;

use anyhow::Context;
use diesel::prelude::*;
use diesel_async::pooled_connection::deadpool::{Pool, PoolBuilder};
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use futures_util::FutureExt;
use rustls::{ClientConfig, RootCertStore};
use secrecy::ExposeSecret;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Connection, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::DbConnection;
use crate::config::DatabaseConfig;
use crate::db::PATIENCE;

/// After so long without a word the server is asked whether it is there. What stands between may
/// forget a connection that says nothing, in clouds after a few minutes.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(60);

/// How long until it is asked again.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);

/// Has the server speak the language in which its messages are recognised, if it speaks another. That
/// wants a privilege.
const SPEAK_ENGLISH: &str = "SELECT set_config('lc_messages', 'C', false) \
    WHERE current_setting('lc_messages') !~ '^(C|POSIX|en|$)'";

type TlsStream = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;

/// Where the server is, and how to know that it is the right one.
///
/// With `sslmode=require` in the URL there is TLS or no connection. Certificates are always
/// verified, against those that the system trusts or those in the file `SSL_CERT_FILE`. Without
/// `sslmode`, TLS is used with any server that offers it but one on this machine.
#[derive(Clone)]
struct Server {
    config: tokio_postgres::Config,
    tls: MakeRustlsConnect,
}

impl Server {
    fn new(config: &DatabaseConfig) -> anyhow::Result<Self> {
        Ok(Self {
            config: parse(config.url.expose_secret()).context("DATABASE_URL")?,
            tls: tls_connector()?,
        })
    }

    async fn connect(
        &self,
    ) -> Result<(Client, Connection<Socket, TlsStream>), tokio_postgres::Error> {
        self.config.connect(self.tls.clone()).await
    }
}

/// Sets up how connections are opened.
pub(in crate::db) fn pool_builder(
    config: &DatabaseConfig,
) -> anyhow::Result<PoolBuilder<DbConnection>> {
    let server = Server::new(config)?;
    let mut manager = ManagerConfig::default();
    // A connection that was cut is known to be closed: no need to ask before each use.
    manager.recycling_method = RecyclingMethod::Fast;
    manager.custom_setup = Box::new(move |_| {
        let server = server.clone();
        async move {
            let (client, connection) = server
                .connect()
                .await
                .map_err(|error| ConnectionError::BadConnection(describe(&error)))?;
            let mut conn =
                AsyncPgConnection::try_from_client_and_connection(client, connection).await?;
            if let Err(error) = conn.batch_execute(SPEAK_ENGLISH).await {
                warn_of_language(&error);
            }
            Ok(conn)
        }
        .boxed()
    });
    let manager = AsyncDieselConnectionManager::new_with_config("", manager);
    Ok(Pool::builder(manager))
}

/// Once, for every connection has the same to say.
fn warn_of_language(error: &diesel::result::Error) {
    static WARNED: Once = Once::new();
    WARNED.call_once(|| {
        tracing::warn!(
            %error,
            "PostgreSQL does not speak English, so deadlocks and its own end are not recognised; \
             let a superuser run: ALTER DATABASE … SET lc_messages = 'C'"
        );
    });
}

fn parse(url: &str) -> anyhow::Result<tokio_postgres::Config> {
    // Certificates are verified in any case, so these are all the same here.
    let url = url
        .replace("sslmode=verify-full", "sslmode=require")
        .replace("sslmode=verify-ca", "sslmode=require");
    let mut server: tokio_postgres::Config = url.parse()?;
    if server.get_tcp_user_timeout().is_none() {
        // Without it, it takes the system a quarter of an hour to see that the server has gone.
        server.tcp_user_timeout(PATIENCE);
    }
    if !url.contains("keepalives_idle=") {
        server.keepalives_idle(KEEPALIVE_IDLE);
    }
    if server.get_keepalives_interval().is_none() {
        server.keepalives_interval(KEEPALIVE_INTERVAL);
    }
    let is_local = |host: &Host| match host {
        Host::Tcp(name) => matches!(name.as_str(), "localhost" | "127.0.0.1" | "::1"),
        Host::Unix(_) => true,
    };
    if !url.contains("sslmode=") && server.get_hosts().iter().all(is_local) {
        server.ssl_mode(SslMode::Disable);
    }
    Ok(server)
}

/// Read once: that takes a while, and tests set up many pools.
static ROOTS: LazyLock<Arc<RootCertStore>> = LazyLock::new(|| {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    for error in found.errors {
        tracing::warn!(%error, "a certificate that should be trusted cannot be read");
    }
    roots.add_parsable_certificates(found.certs);
    Arc::new(roots)
});

fn tls_connector() -> anyhow::Result<MakeRustlsConnect> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(Arc::clone(&ROOTS))
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// The error with its causes, which alone say what is wrong with a certificate.
fn describe(error: &tokio_postgres::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
