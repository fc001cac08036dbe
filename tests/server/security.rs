//! Keys, TLS and mTLS, with certificates made here.

use super::*;
use rcgen::{CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use std::path::{Path, PathBuf};
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity};

/// A folder that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("stance-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn line(key: &str, rest: &str) -> String {
    format!("{} {rest}\n", stance::model::sha256(key.as_bytes()))
}

fn with_key<T>(key: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    let value = format!("Bearer {key}").parse().unwrap();
    request.metadata_mut().insert("authorization", value);
    request
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_open_what_they_are_for() {
    let folder = Folder::new("keys");
    let both = line("reader-key", "reader analyze") + &line("boss-key", "boss analyze,admin");
    let keys = folder.write("keys", &both);
    let server = start(Config {
        keys: Some(keys.clone()),
        ..config()
    })
    .await;
    let mut client = server.client().await;
    let status = client.analyze(analyze(SHORT)).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    let status = client
        .analyze(with_key("guess", analyze(SHORT)))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    assert!(
        client
            .analyze(with_key("reader-key", analyze(SHORT)))
            .await
            .is_ok()
    );
    let reload = || m::ReloadModelRequest {};
    let status = client
        .reload_model(with_key("reader-key", reload()))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);
    assert!(
        client
            .reload_model(with_key("boss-key", reload()))
            .await
            .is_ok()
    );

    // Revoked: the file is read again when it changes. A broken file changes nothing.
    folder.write("keys", "nonsense");
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert!(
        client
            .analyze(with_key("reader-key", analyze(SHORT)))
            .await
            .is_ok()
    );
    folder.write("keys", &line("boss-key", "boss analyze,admin"));
    let mut revoked = false;
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let answer = client.analyze(with_key("reader-key", analyze(SHORT))).await;
        revoked = answer.is_err_and(|status| status.code() == Code::Unauthenticated);
        if revoked {
            break;
        }
    }
    assert!(revoked);
    assert!(
        client
            .analyze(with_key("boss-key", analyze(SHORT)))
            .await
            .is_ok()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_makes_as_many_requests_as_it_may() {
    let folder = Folder::new("rates");
    // One at once, and then one in a hundred seconds: nothing fills up during the test.
    let both = line("slow-key", "slow analyze 0.01") + &line("free-key", "free analyze");
    let server = start(Config {
        keys: Some(folder.write("keys", &both)),
        ..config()
    })
    .await;
    let mut client = server.client().await;
    let mut ask = async |key| client.analyze(with_key(key, analyze(SHORT))).await;
    assert!(ask("slow-key").await.is_ok());
    let status = ask("slow-key").await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert_eq!(reason(&status), "RATE_LIMITED");
    let wait = status.get_error_details().retry_info().unwrap().clone();
    let wait = wait.retry_delay.unwrap();
    assert!(
        wait > Duration::from_secs(50) && wait <= Duration::from_secs(100),
        "{wait:?}"
    );
    assert!(ask("free-key").await.is_ok());
}

/// An authority, and certificates that it signs.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        Self(CertifiedIssuer::self_signed(params, key).unwrap())
    }

    fn pem(&self) -> String {
        self.0.pem()
    }

    /// Certificate and key, valid until a year.
    fn signed(&self, until: i32) -> (String, String) {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        (certificate.pem(), key.serialize_pem())
    }
}

async fn encrypted(
    server: &Running,
    trusted: &str,
    identity: Option<(String, String)>,
) -> std::result::Result<Client<Channel>, tonic::transport::Error> {
    let mut tls = ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(trusted))
        .domain_name("localhost");
    if let Some((certificate, key)) = identity {
        tls = tls.identity(Identity::from_pem(certificate, key));
    }
    let endpoint = Endpoint::from_shared(format!("https://{}", server.address)).unwrap();
    Ok(Client::new(endpoint.tls_config(tls)?.connect().await?))
}

/// Whether a call gets through. With TLS 1.3 a refused certificate shows at the first read only.
async fn answers(client: std::result::Result<Client<Channel>, tonic::transport::Error>) -> bool {
    match client {
        Ok(mut client) => client.analyze(analyze(SHORT)).await.is_ok(),
        Err(_) => false,
    }
}

fn files(folder: &Path, client_ca: Option<PathBuf>) -> stance::server::TlsFiles {
    stance::server::TlsFiles {
        certificate: folder.join("certificate.pem"),
        key: folder.join("key.pem"),
        client_ca,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_checked_on_both_sides_and_reloaded() {
    let folder = Folder::new("tls");
    let (ours, other) = (Authority::new(), Authority::new());
    let (certificate, key) = ours.signed(2100);
    folder.write("certificate.pem", &certificate);
    folder.write("key.pem", &key);
    let ca = folder.write("ca.pem", &ours.pem());

    let plain = start(Config {
        tls: Some(files(&folder.0, None)),
        ..config()
    })
    .await;
    assert!(answers(encrypted(&plain, &ours.pem(), None).await).await);
    assert!(!answers(encrypted(&plain, &other.pem(), None).await).await);

    let mutual = start(Config {
        tls: Some(files(&folder.0, Some(ca))),
        ..config()
    })
    .await;
    let trusted = ours.pem();
    let with = |identity| encrypted(&mutual, &trusted, identity);
    assert!(answers(with(Some(ours.signed(2100))).await).await);
    assert!(!answers(with(None).await).await, "no certificate");
    assert!(
        !answers(with(Some(other.signed(2100))).await).await,
        "another authority"
    );
    assert!(
        !answers(with(Some(ours.signed(2021))).await).await,
        "expired"
    );

    // A new identity, signed by another authority, is taken up without a restart.
    let (certificate, key) = other.signed(2100);
    folder.write("key.pem", &key);
    folder.write("certificate.pem", &certificate);
    let mut reloaded = false;
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        reloaded = answers(encrypted(&plain, &other.pem(), None).await).await;
        if reloaded {
            break;
        }
    }
    assert!(reloaded);
}
