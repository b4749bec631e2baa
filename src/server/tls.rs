//! TLS 1.2 and 1.3 with a certificate that is read again when its files change or on SIGHUP.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::signal::unix::Signal;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;

use super::Error;
use crate::config;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(30);

pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    current: Arc<Current>,
    pub acceptor: TlsAcceptor,
}

#[derive(Debug)]
struct Current(ArcSwap<CertifiedKey>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

impl Tls {
    /// `None` when no certificate is configured.
    pub fn load(settings: &config::Server) -> Result<Option<Arc<Self>>, Error> {
        let (Some(certificate), Some(key)) = (&settings.tls_certificate, &settings.tls_key) else {
            return Ok(None);
        };
        let provider = Arc::new(ring::default_provider());
        let current = Arc::new(Current(ArcSwap::from_pointee(read(certificate, key)?)));
        let resolver: Arc<dyn ResolvesServerCert> = current.clone();
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::Certificate(error.to_string()))?
            .with_no_client_auth()
            .with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        if settings.http2 {
            config.alpn_protocols.insert(0, b"h2".to_vec());
        }
        Ok(Some(Arc::new(Self {
            certificate: certificate.clone(),
            key: key.clone(),
            current,
            acceptor: TlsAcceptor::from(Arc::new(config)),
        })))
    }

    /// Reads the files again whenever they have changed, or when told to by SIGHUP.
    pub async fn keep_fresh(self: Arc<Self>, mut hangups: Signal) {
        let mut ticks = tokio::time::interval(LOOK_EVERY);
        let mut seen = self.stamps();
        loop {
            let told = tokio::select! { _ = hangups.recv() => true, _ = ticks.tick() => false };
            let stamps = self.stamps();
            if told || stamps != seen {
                self.reload();
                seen = stamps;
            }
        }
    }

    /// A pair that cannot be used is logged, and the one in use stays.
    fn reload(&self) {
        match read(&self.certificate, &self.key) {
            Ok(pair) => {
                self.current.0.store(Arc::new(pair));
                tracing::info!("the TLS certificate has been read again");
            }
            Err(error) => tracing::error!("the TLS certificate stays the old one: {error}"),
        }
    }

    fn stamps(&self) -> [Option<(SystemTime, u64)>; 2] {
        [&self.certificate, &self.key].map(|file| {
            let about = std::fs::metadata(file).ok()?;
            Some((about.modified().ok()?, about.len()))
        })
    }
}

fn read(certificate: &Path, key: &Path) -> Result<CertifiedKey, Error> {
    let no_certificate =
        |why: String| Error::Certificate(format!("{}: {why}", certificate.display()));
    let no_key = |why: String| Error::Key(format!("{}: {why}", key.display()));
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(|error| no_certificate(error.to_string()))?;
    if chain.is_empty() {
        return Err(no_certificate("holds no certificate".to_owned()));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| no_key(error.to_string()))?;
    let provider: CryptoProvider = ring::default_provider();
    CertifiedKey::from_der(chain, private, &provider).map_err(|error| no_key(error.to_string()))
}
