//! Certificates -> encrypted connections.
//!
//! In go PEM files with the server's chain and key and, for mTLS, the authorities that sign callers'
//! certificates; out comes a stream of connections whose handshake is done. Files are read again when
//! they change, for connections from then on; broken ones change nothing and are told in the log. What a
//! reader would question: handshakes run beside each other with a limit of time, so that a caller who
//! never speaks holds nobody up.

use super::watched::Watched;
use crate::error::{Error, Result};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Longest time from connection to the end of the handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Connections whose handshake is done and that nobody has taken up.
const BACKLOG: usize = 128;

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
        let config = Watched::new("certificates", paths, move || config(&own))?;
        Ok(Arc::new(Self(config)))
    }

    /// Reads the files again if one has changed.
    pub(super) fn refresh(&self) {
        self.0.refresh();
    }

    /// Accepts connections until the receiver is dropped.
    pub(super) fn connections(
        self: &Arc<Self>,
        listener: TcpListener,
    ) -> mpsc::Receiver<std::io::Result<TlsStream<TcpStream>>> {
        let (ready, receiver) = mpsc::channel(BACKLOG);
        let tls = Arc::clone(self);
        tokio::spawn(async move {
            loop {
                let accepted = tokio::select! {
                    accepted = listener.accept() => accepted,
                    () = ready.closed() => return,
                };
                let stream = match accepted {
                    Ok((stream, _)) => stream,
                    Err(error) => {
                        // Out of file descriptors, mostly: others must close first.
                        tracing::warn!(%error, "a connection could not be accepted");
                        tokio::time::sleep(Duration::from_millis(50)).await;
                        continue;
                    }
                };
                let _ = stream.set_nodelay(true);
                let acceptor = TlsAcceptor::from(tls.0.current());
                let ready = ready.clone();
                tokio::spawn(async move {
                    match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
                        Ok(Ok(stream)) => drop(ready.send(Ok(stream)).await),
                        Ok(Err(error)) => tracing::debug!(%error, "a handshake failed"),
                        Err(_) => tracing::debug!("a handshake took too long"),
                    }
                });
            }
        });
        receiver
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
