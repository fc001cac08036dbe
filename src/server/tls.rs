//! Certificates -> encrypted connections.
//!
//! In go PEM files with the server's chain and key and, for mTLS, the authorities that sign callers'
//! certificates; out come connections whose handshake is done. Files are read again when they change, for
//! connections from then on; broken ones change nothing and are told in the log. What a reader would
//! question: a handshake has a limit of time, so that a caller who never speaks holds nothing.

use super::watched::Watched;
use crate::error::{Error, Result};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Longest time from connection to the end of the handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Files of a server's identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// Certificate chain, PEM.
    pub certificate: PathBuf,
    /// Private key, PEM.
    pub key: PathBuf,
    /// Authorities of callers' certificates, PEM; callers need none without it.
    pub client_ca: Option<PathBuf>,
}

/// A server's identity, current.
#[derive(Debug)]
pub(super) struct Tls(Watched<ServerConfig>);

impl Tls {
    /// Reads the files.
    pub(super) fn load(files: &TlsFiles) -> Result<Arc<Self>> {
        let mut paths = vec![files.certificate.clone(), files.key.clone()];
        paths.extend(files.client_ca.clone());
        let own = files.clone();
        let config = Watched::new("certificates", paths, move |_| config(&own))?;
        Ok(Arc::new(Self(config)))
    }

    /// Reads the files again if one has changed.
    pub(super) fn refresh(&self) {
        self.0.refresh();
    }

    /// Greets a connection by the handshake; nothing if it fails or takes too long.
    pub(super) async fn greet(self: Arc<Self>, stream: TcpStream) -> Option<TlsStream<TcpStream>> {
        let acceptor = TlsAcceptor::from(self.0.current());
        match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => Some(stream),
            Ok(Err(error)) => {
                tracing::debug!(%error, "a handshake failed");
                None
            }
            Err(_) => {
                tracing::debug!("a handshake took too long");
                None
            }
        }
    }
}

fn config(files: &TlsFiles) -> Result<ServerConfig> {
    let invalid = |path: &Path, message: String| Error::Invalid {
        field: path.display().to_string(),
        message,
    };
    let chain = certificates(&files.certificate)?;
    let key = PrivateKeyDer::from_pem_slice(&read(&files.key)?)
        .map_err(|e| invalid(&files.key, format!("no private key in PEM: {e}")))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|e| invalid(&files.certificate, e.to_string()))?;
    let builder = match &files.client_ca {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates(path)? {
                let added = roots.add(certificate);
                added.map_err(|e| invalid(path, e.to_string()))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                .build()
                .map_err(|e| invalid(path, e.to_string()))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let mut config = builder
        .with_single_cert(chain, key)
        .map_err(|e| invalid(&files.certificate, e.to_string()))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let invalid = |message: String| Error::Invalid {
        field: path.display().to_string(),
        message,
    };
    let bytes = read(path)?;
    let found: Vec<_> = CertificateDer::pem_slice_iter(&bytes)
        .collect::<std::result::Result<_, _>>()
        .map_err(|e| invalid(e.to_string()))?;
    if found.is_empty() {
        return Err(invalid("no certificate in PEM".to_owned()));
    }
    Ok(found)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|source| Error::Io {
        path: path.to_owned(),
        source,
    })
}
