//! Connections to the server, encrypted or not.

use std::sync::LazyLock;

use mysql_async::{Conn, DriverError, Opts, OptsBuilder, SslOpts};
use rustls::RootCertStore;

/// What every connection begins with.
///
/// A value that does not fit is an error, a transaction sees what others have committed, messages
/// are in the language in which they are recognised, and no hour comes twice, as it does on the
/// clock of a place when summer ends.
const SETUP: [&str; 2] = [
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    "SET SESSION sql_mode = 'TRADITIONAL,ONLY_FULL_GROUP_BY,PIPES_AS_CONCAT', \
     SESSION lc_messages = 'en_US', SESSION time_zone = '+00:00'",
];

/// After so long without a word the server is asked whether it is there, in milliseconds. What stands
/// between may forget a connection that says nothing, in clouds after a few minutes.
const KEEPALIVE_MS: u32 = 60_000;

/// Where the server is, and whether to encrypt.
///
/// With `require_ssl=true` in the URL there is TLS or no connection. Certificates are always
/// verified, against those that the system trusts or those in the file `SSL_CERT_FILE`. Without
/// `require_ssl`, TLS is used with any server that offers it but one on this machine.
#[derive(Clone)]
pub(super) struct Server {
    /// As the URL says.
    opts: Opts,
    /// The same with TLS, to be tried first.
    preferred: Option<Opts>,
}

impl Server {
    /// Reads where the server is.
    pub(super) fn parse(url: &str) -> anyhow::Result<Self> {
        let opts = Opts::from_url(url)?;
        let is_local = matches!(
            opts.ip_or_hostname(),
            "localhost" | "127.0.0.1" | "::1" | "[::1]"
        );
        let is_decided = url.contains("require_ssl=") || is_local || opts.socket().is_some();
        let builder = OptsBuilder::from_opts(opts.clone())
            .client_found_rows(true)
            .prefer_socket(false)
            .setup(SETUP.to_vec())
            .tcp_keepalive(opts.tcp_keepalive().or(Some(KEEPALIVE_MS)))
            // Diesel has a cache of its own.
            .stmt_cache_size(0);
        let with_tls = || Opts::from(builder.clone().ssl_opts(VERIFYING.clone()));
        Ok(Self {
            preferred: (!is_decided).then(with_tls),
            opts: match opts.ssl_opts() {
                Some(_) => with_tls(),
                None => builder.clone().into(),
            },
        })
    }

    /// Opens a connection below Diesel.
    pub(super) async fn connect(&self) -> mysql_async::Result<Conn> {
        if let Some(opts) = &self.preferred {
            match Conn::new(opts.clone()).await {
                Err(mysql_async::Error::Driver(DriverError::NoClientSslFlagFromServer)) => {}
                connected => return connected,
            }
        }
        Conn::new(self.opts.clone()).await
    }
}

/// Trusts what the system trusts. Read once: that takes a while, and tests set up many pools.
static VERIFYING: LazyLock<SslOpts> = LazyLock::new(|| {
    // The first one wins; there is only this one.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let found = rustls_native_certs::load_native_certs();
    for error in found.errors {
        tracing::warn!(%error, "a certificate that should be trusted cannot be read");
    }
    // One that cannot be parsed would be in the way of all connections.
    let sound = found
        .certs
        .into_iter()
        .filter(|der| RootCertStore::empty().add(der.clone()).is_ok());
    let roots = sound.map(|der| der.to_vec().into());
    SslOpts::default()
        .with_disable_built_in_roots(true)
        .with_root_certs(roots.collect())
});
