//! How to serve: what the command line gives to [`Server::new`](super::Server::new).
//!
//! Plain values, each with its default. What a reader would question: ranges are checked by the command line,
//! which can name the flag, the variable and the key; here only what a field says of another must hold.

use super::TlsFiles;
use crate::document::Document;
use crate::encoder::Precision;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Called before each document is analysed, the first one of the warm-up too, for tests that make it wait or
/// fail.
pub type Hook = Arc<dyn Fn(&Document) + Send + Sync>;

/// Bounds on requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest message after decompression, in bytes.
    pub max_message_bytes: usize,
    /// Largest text of a document, in bytes; at most [`MAX_TEXT_BYTES`](crate::document::MAX_TEXT_BYTES).
    pub max_text_bytes: usize,
    /// Documents in work at a time, over all callers; more are refused, those of streams wait.
    pub max_documents: usize,
    /// Bytes of text in work at a time, over all callers.
    pub max_bytes: usize,
    /// Documents of one stream in work at a time.
    pub max_documents_per_stream: usize,
    /// Bytes that have come and are not in work, over all callers: of messages still on their way, and of
    /// documents of streams that wait. At least `max_message_bytes`, or the longest message never comes.
    pub max_waiting_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_message_bytes: 32 << 20,
            max_text_bytes: 16 << 20,
            max_documents: 256,
            max_bytes: 64 << 20,
            max_documents_per_stream: 16,
            max_waiting_bytes: 256 << 20,
        }
    }
}

/// How to serve.
#[derive(Clone, Default)]
pub struct Config {
    /// Model folder; the built-in model if none.
    pub model: Option<PathBuf>,
    /// What the model's heads must have been fitted for; anything if none.
    pub precision: Option<Precision>,
    /// Compute threads; at least 1.
    pub threads: usize,
    /// Bounds on requests.
    pub limits: Limits,
    /// File of bearer keys; nobody needs one if none.
    pub keys: Option<PathBuf>,
    /// Certificate files; connections are not encrypted if none.
    pub tls: Option<TlsFiles>,
    /// Answer gRPC-Web requests, too.
    pub grpc_web: bool,
    /// Origins of web pages that may call; `*` for all. Only with `grpc_web`.
    pub cors_origins: Vec<String>,
    /// How long calls may go on after the server was told to stop.
    pub drain: Duration,
    /// Tells request ids of this server from those of others.
    pub id_prefix: u64,
    /// Called before each document.
    pub before_document: Option<Hook>,
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config")
            .field("model", &self.model)
            .field("threads", &self.threads)
            .field("limits", &self.limits)
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}
