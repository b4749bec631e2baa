//! TLS towards the database, when its URL asks for it: always verified, against the system's root certificates.

use ::postgres::Config;
use ::postgres::config::SslMode;
pub(in crate::store) use tokio_postgres_rustls::MakeRustlsConnect as Connector;

use super::{Error, Result};

/// Reads the URL. Without `sslmode` there is no TLS; `require`, `verify-ca` and `verify-full` all mean verified TLS.
pub(in crate::store) fn configure(url: &str) -> Result<(Config, Option<Connector>)> {
    let strict = url
        .replace("sslmode=verify-full", "sslmode=require")
        .replace("sslmode=verify-ca", "sslmode=require");
    let mut config: Config = strict
        .parse()
        .map_err(|error| Error::Fault(format!("the store's url cannot be read: {error}")))?;
    if !url.contains("sslmode=") {
        config.ssl_mode(SslMode::Disable);
    }
    if config.get_ssl_mode() == SslMode::Disable {
        return Ok((config, None));
    }
    let (connector, unread) = Connector::with_native_certs().map_err(|errors| no_roots(&errors))?;
    for error in unread {
        tracing::warn!(%error, "a root certificate of the system cannot be read");
    }
    Ok((config, Some(connector)))
}

fn no_roots<T: std::fmt::Display>(errors: &[T]) -> Error {
    let reason = errors
        .first()
        .map_or_else(|| "there are none".to_owned(), ToString::to_string);
    Error::Fault(format!(
        "TLS to the database needs the system's root certificates: {reason}"
    ))
}
