//! Settings of `stance serve`: flags, environment and file in, a checked configuration out.
//!
//! A setting is a flag, an environment variable (`STANCE_...`) or a key of a TOML file, in that order of
//! precedence; all three have one name and one check. What a reader would question: every field is
//! optional here although it has a default. Only so can a flag that was not given leave the file its say.

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use stance::document::MAX_TEXT_BYTES;
use stance::encoder::Precision;
use stance::server::{Config, Limits, TlsFiles};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

#[derive(Debug, Default, clap::Args, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    /// Address to listen on [default: 127.0.0.1:50051]. Beyond loopback it wants TLS and keys.
    #[arg(long, env = "STANCE_LISTEN")]
    pub(super) listen: Option<SocketAddr>,
    /// Listen beyond loopback without TLS or without keys: anyone who reaches the port can read and call.
    #[arg(long, env = "STANCE_ALLOW_INSECURE", num_args = 0..=1, default_missing_value = "true")]
    pub(super) allow_insecure: Option<bool>,
    /// Model folder [default: the built-in model]. SIGHUP and ReloadModel read it again.
    #[arg(long, env = "STANCE_MODEL")]
    model: Option<PathBuf>,
    /// Insist on what the encoder computes with, int8 or fp32: a model whose heads were fitted for the other does not
    /// load.
    #[arg(long, env = "STANCE_PRECISION")]
    precision: Option<Precision>,
    /// Compute threads, 1 to 256 [default: all cores]. More than cores only adds waiting.
    #[arg(long, env = "STANCE_THREADS")]
    threads: Option<usize>,
    /// Largest message after decompression, 1024 to 268435456 bytes [default: 33554432]. More lets
    /// longer texts in and costs that much memory a call.
    #[arg(long, env = "STANCE_MAX_MESSAGE_BYTES")]
    max_message_bytes: Option<usize>,
    /// Largest text of a document, 1 to 16777216 bytes [default: 16777216].
    #[arg(long, env = "STANCE_MAX_TEXT_BYTES")]
    max_text_bytes: Option<usize>,
    /// Documents in work at a time, 1 to 65536 [default: 256]. More makes callers wait where fewer
    /// refuses them with RESOURCE_EXHAUSTED; documents of streams always wait.
    #[arg(long, env = "STANCE_MAX_DOCUMENTS")]
    max_documents: Option<usize>,
    /// Bytes of text in work at a time, 1024 to 4294967296 [default: 67108864]. A bound on memory: about
    /// a hundred times the bytes of long texts at work.
    #[arg(long, env = "STANCE_MAX_BYTES")]
    max_bytes: Option<usize>,
    /// Documents of one stream in work at a time, 1 to 4096 [default: 16]. More serves one stream faster,
    /// at the cost of the others.
    #[arg(long, env = "STANCE_MAX_DOCUMENTS_PER_STREAM")]
    max_documents_per_stream: Option<usize>,
    /// Bytes that have come and are not in work, of messages on their way and of documents of streams that
    /// wait, max_message_bytes to 4294967296 [default: 268435456]. A bound on memory: beyond it calls are refused.
    #[arg(long, env = "STANCE_MAX_WAITING_BYTES")]
    max_waiting_bytes: Option<usize>,
    /// File of bearer keys, a line each: SHA-256 of the key, name, scopes (analyze,admin), requests a
    /// second if limited. Read again when it changes.
    #[arg(long, env = "STANCE_KEYS")]
    keys: Option<PathBuf>,
    /// Certificate chain of the server, PEM. Read again when it changes.
    #[arg(long, env = "STANCE_TLS_CERTIFICATE")]
    tls_certificate: Option<PathBuf>,
    /// Private key of the certificate, PEM.
    #[arg(long, env = "STANCE_TLS_KEY")]
    tls_key: Option<PathBuf>,
    /// Authorities of callers' certificates, PEM: callers must show one (mTLS).
    #[arg(long, env = "STANCE_TLS_CLIENT_CA")]
    tls_client_ca: Option<PathBuf>,
    /// Answer gRPC-Web, too, for browsers.
    #[arg(long, env = "STANCE_GRPC_WEB", num_args = 0..=1, default_missing_value = "true")]
    grpc_web: Option<bool>,
    /// Origin of web pages that may call, such as https://example.org; `*` for all. May be repeated.
    #[arg(long, env = "STANCE_CORS_ORIGINS", value_delimiter = ',')]
    cors_origins: Option<Vec<String>>,
    /// Address of Prometheus metrics at /metrics, or `off` [default: 127.0.0.1:9464].
    #[arg(long, env = "STANCE_METRICS")]
    metrics: Option<String>,
    /// What is logged: error, warn, info (a line a call), debug, or a filter such as `stance=debug`
    /// [default: info]. Never the text of a document.
    #[arg(long, env = "STANCE_LOG")]
    pub(super) log: Option<String>,
    /// Form of the log, on standard error: pretty or json [default: pretty].
    #[arg(long, env = "STANCE_LOG_FORMAT")]
    pub(super) log_format: Option<String>,
    /// Endpoint of an OTLP collector for traces, over gRPC, such as http://127.0.0.1:4317 [default: none].
    /// Spans hold sizes and times, never the text of a document.
    #[arg(long, env = "STANCE_OTLP")]
    pub(super) otlp: Option<String>,
    /// Seconds that calls may go on after SIGTERM, 0 to 3600 [default: 30].
    #[arg(long, env = "STANCE_DRAIN_SECONDS")]
    drain_seconds: Option<u64>,
}

impl Settings {
    /// These settings, and those of the file where they say nothing.
    pub(super) fn or(self, file: Self) -> Self {
        Self {
            listen: self.listen.or(file.listen),
            allow_insecure: self.allow_insecure.or(file.allow_insecure),
            model: self.model.or(file.model),
            precision: self.precision.or(file.precision),
            threads: self.threads.or(file.threads),
            max_message_bytes: self.max_message_bytes.or(file.max_message_bytes),
            max_text_bytes: self.max_text_bytes.or(file.max_text_bytes),
            max_documents: self.max_documents.or(file.max_documents),
            max_bytes: self.max_bytes.or(file.max_bytes),
            max_documents_per_stream: self
                .max_documents_per_stream
                .or(file.max_documents_per_stream),
            max_waiting_bytes: self.max_waiting_bytes.or(file.max_waiting_bytes),
            keys: self.keys.or(file.keys),
            tls_certificate: self.tls_certificate.or(file.tls_certificate),
            tls_key: self.tls_key.or(file.tls_key),
            tls_client_ca: self.tls_client_ca.or(file.tls_client_ca),
            grpc_web: self.grpc_web.or(file.grpc_web),
            cors_origins: self.cors_origins.or(file.cors_origins),
            metrics: self.metrics.or(file.metrics),
            log: self.log.or(file.log),
            log_format: self.log_format.or(file.log_format),
            otlp: self.otlp.or(file.otlp),
            drain_seconds: self.drain_seconds.or(file.drain_seconds),
        }
    }

    fn tls(&self) -> Result<Option<TlsFiles>> {
        match (&self.tls_certificate, &self.tls_key) {
            (Some(certificate), Some(key)) => Ok(Some(TlsFiles {
                certificate: certificate.clone(),
                key: key.clone(),
                client_ca: self.tls_client_ca.clone(),
            })),
            (None, None) if self.tls_client_ca.is_none() => Ok(None),
            _ => bail!("tls_certificate and tls_key must be given together"),
        }
    }

    pub(super) fn config(&self) -> Result<Config> {
        let default = Limits::default();
        let max_message_bytes = within(
            "max_message_bytes",
            self.max_message_bytes.unwrap_or(default.max_message_bytes),
            1_024..=256 << 20,
        )?;
        let limits = Limits {
            max_message_bytes,
            max_text_bytes: within(
                "max_text_bytes",
                self.max_text_bytes.unwrap_or(default.max_text_bytes),
                1..=MAX_TEXT_BYTES,
            )?,
            max_documents: within(
                "max_documents",
                self.max_documents.unwrap_or(default.max_documents),
                1..=65_536,
            )?,
            max_bytes: within(
                "max_bytes",
                self.max_bytes.unwrap_or(default.max_bytes),
                1_024..=4 << 30,
            )?,
            max_documents_per_stream: within(
                "max_documents_per_stream",
                self.max_documents_per_stream
                    .unwrap_or(default.max_documents_per_stream),
                1..=4_096,
            )?,
            max_waiting_bytes: within(
                "max_waiting_bytes",
                self.max_waiting_bytes.unwrap_or(default.max_waiting_bytes),
                max_message_bytes..=4 << 30,
            )?,
        };
        let threads = self.threads.unwrap_or_else(super::default_threads);
        let drain = within("drain_seconds", self.drain_seconds.unwrap_or(30), 0..=3_600)?;
        let grpc_web = self.grpc_web.unwrap_or(false);
        let cors_origins = self.cors_origins.clone().unwrap_or_default();
        if !grpc_web && !cors_origins.is_empty() {
            bail!("cors_origins is given without grpc_web, which it is for");
        }
        let started = SystemTime::now().duration_since(UNIX_EPOCH);
        Ok(Config {
            model: self.model.clone(),
            precision: self.precision,
            threads: within("threads", threads, 1..=256)?,
            limits,
            keys: self.keys.clone(),
            tls: self.tls()?,
            grpc_web,
            cors_origins,
            drain: Duration::from_secs(drain),
            id_prefix: started.map_or(0, |time| time.as_millis() as u64),
            before_document: None,
        })
    }

    /// The address of metrics, unless they are off.
    pub(super) fn metrics(&self) -> Result<Option<SocketAddr>> {
        match self.metrics.as_deref() {
            None => Ok(Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 9464)))),
            Some("off") => Ok(None),
            Some(text) => {
                let address = text.parse();
                let message = || format!("metrics is {text:?}, it must be an address or `off`");
                address.map(Some).with_context(message)
            }
        }
    }
}

fn within<T: PartialOrd + std::fmt::Display>(
    name: &str,
    value: T,
    range: std::ops::RangeInclusive<T>,
) -> Result<T> {
    if range.contains(&value) {
        return Ok(value);
    }
    bail!(
        "{name} is {value}, it must be {} to {}",
        range.start(),
        range.end()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Args;

    #[test]
    fn the_help_tells_the_defaults() {
        let command = Settings::augment_args(clap::Command::new("serve"));
        let help = |name: &str| {
            let found = command.get_arguments().find(|a| a.get_id() == name);
            found.unwrap().get_help().unwrap().to_string()
        };
        let d = Limits::default();
        for (name, default) in [
            ("max_message_bytes", d.max_message_bytes),
            ("max_text_bytes", d.max_text_bytes),
            ("max_documents", d.max_documents),
            ("max_bytes", d.max_bytes),
            ("max_documents_per_stream", d.max_documents_per_stream),
            ("max_waiting_bytes", d.max_waiting_bytes),
        ] {
            let told = format!("[default: {default}]");
            assert!(help(name).contains(&told), "{name}: {}", help(name));
        }
        assert_eq!(Settings::default().config().unwrap().limits, d);
    }

    #[test]
    fn the_longest_message_must_have_room() {
        let settings = Settings {
            max_message_bytes: Some(4_096),
            max_waiting_bytes: Some(4_095),
            ..Settings::default()
        };
        let error = settings.config().unwrap_err().to_string();
        assert!(
            error.starts_with("max_waiting_bytes is 4095, it must be 4096 to"),
            "{error}"
        );
    }
}
