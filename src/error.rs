//! The one error type of the library.
//!
//! Every fallible function returns [`Error`]; its message names the field, the bound and the
//! value, so that a log line alone tells what to change. [`Error::kind`] sorts the variants into
//! the few classes a caller acts on: programs match on the kind, and messages stay free to change.
//! No message holds document text. Paths stand only in [`Error::Io`], [`Error::Corpus`] and what
//! [`archive`](crate::archive) says of files, none of which the server passes on.

use std::path::PathBuf;

/// `std::result::Result` with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong, with the values that show why.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Bytes that should be text are not UTF-8.
    #[error("{field} is not valid UTF-8: first bad byte at offset {offset}")]
    InvalidUtf8 {
        /// The field that held the bytes.
        field: String,
        /// Bytes before the first bad one.
        offset: usize,
    },
    /// A text is empty or holds nothing but white space.
    #[error("{field} is empty")]
    EmptyText {
        /// The field that was empty.
        field: String,
    },
    /// An input is larger than the limit for it.
    #[error("{field} is {size_bytes} bytes, the limit is {limit_bytes}")]
    TooLarge {
        /// The field that was too large.
        field: String,
        /// Its size in bytes.
        size_bytes: usize,
        /// The largest size allowed, in bytes.
        limit_bytes: usize,
    },
    /// A range does not fit its text: reversed, past the end, or inside a character.
    #[error("{field} is {start}..{end}, not a range on character boundaries of {len} bytes")]
    InvalidSpan {
        /// The field that held the range.
        field: String,
        /// First byte of the range.
        start: usize,
        /// The byte after the range.
        end: usize,
        /// Length of the text in bytes.
        len: usize,
    },
    /// Any other value that is not allowed.
    #[error("{field}: {message}")]
    Invalid {
        /// The field that held the value.
        field: String,
        /// The value and why it is not allowed.
        message: String,
    },
    /// The model's files do not fit together or cannot be understood.
    #[error("model: {message}")]
    Model {
        /// What is wrong with it.
        message: String,
    },
    /// A model file is not the one its manifest names.
    #[error("{file} has SHA-256 {actual}, the manifest says {expected}")]
    HashMismatch {
        /// Name of the file within the model.
        file: String,
        /// Hash in the manifest, in hexadecimal.
        expected: String,
        /// Hash of the file, in hexadecimal.
        actual: String,
    },
    /// A file could not be read or written.
    #[error("cannot access {}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A labelled corpus breaks its format.
    #[error("{file}, line {line}: {message}")]
    Corpus {
        /// The corpus file.
        file: String,
        /// Line number, from 1.
        line: usize,
        /// What is wrong with the line.
        message: String,
    },
    /// A classifier's fit ended before its loss was at a minimum.
    #[error("{head} did not converge: gradient norm {gradient_norm:e}, the bound is {bound:e}")]
    NotConverged {
        /// The classifier that was fitted.
        head: String,
        /// Norm of the loss gradient where the fit ended.
        gradient_norm: f64,
        /// The largest norm accepted.
        bound: f64,
    },
    /// The encoder cannot be loaded or cannot run.
    #[error("encoder: {message}")]
    Encoder {
        /// What failed.
        message: String,
    },
    /// Whoever asked for the work wants it no more.
    #[error("the work was stopped")]
    Stopped,
    /// A bug in this crate, noticed before it could give a wrong answer.
    #[error("internal error: {message}")]
    Internal {
        /// The invariant that did not hold.
        message: String,
    },
}

/// What a caller can do about an [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The input must be changed.
    InvalidInput,
    /// The input must be made smaller.
    LimitExceeded,
    /// The model must be replaced, or trained again.
    Model,
    /// The outside world failed; the same call may succeed later.
    Io,
    /// The caller left; nobody will read the result.
    Stopped,
    /// This crate must be changed.
    Internal,
}

impl Error {
    /// The class of this error.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::InvalidUtf8 { .. }
            | Self::EmptyText { .. }
            | Self::InvalidSpan { .. }
            | Self::Invalid { .. }
            | Self::Corpus { .. } => ErrorKind::InvalidInput,
            Self::TooLarge { .. } => ErrorKind::LimitExceeded,
            Self::Model { .. }
            | Self::HashMismatch { .. }
            | Self::NotConverged { .. }
            | Self::Encoder { .. } => ErrorKind::Model,
            Self::Io { .. } => ErrorKind::Io,
            Self::Stopped => ErrorKind::Stopped,
            Self::Internal { .. } => ErrorKind::Internal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error as _;

    #[test]
    fn messages_give_field_bound_and_value() {
        let text = || "text".to_owned();
        let cases = [
            (
                Error::InvalidUtf8 {
                    field: text(),
                    offset: 17,
                },
                "text is not valid UTF-8: first bad byte at offset 17",
                ErrorKind::InvalidInput,
            ),
            (
                Error::EmptyText { field: text() },
                "text is empty",
                ErrorKind::InvalidInput,
            ),
            (
                Error::TooLarge {
                    field: text(),
                    size_bytes: 70_000,
                    limit_bytes: 65_536,
                },
                "text is 70000 bytes, the limit is 65536",
                ErrorKind::LimitExceeded,
            ),
            (
                Error::InvalidSpan {
                    field: "span".to_owned(),
                    start: 4,
                    end: 2,
                    len: 9,
                },
                "span is 4..2, not a range on character boundaries of 9 bytes",
                ErrorKind::InvalidInput,
            ),
            (
                Error::NotConverged {
                    head: "stance".to_owned(),
                    gradient_norm: 0.5,
                    bound: 1e-4,
                },
                "stance did not converge: gradient norm 5e-1, the bound is 1e-4",
                ErrorKind::Model,
            ),
        ];
        for (error, message, kind) in cases {
            assert_eq!(error.to_string(), message);
            assert_eq!(error.kind(), kind, "{message}");
        }
    }

    #[test]
    fn io_keeps_its_source_and_errors_cross_threads() {
        fn crosses_threads<T: Send + Sync + 'static>(_: &T) {}
        let error = Error::Io {
            path: PathBuf::from("weights.bin"),
            source: std::io::Error::from(std::io::ErrorKind::NotFound),
        };
        crosses_threads(&error);
        assert_eq!(error.to_string(), "cannot access weights.bin");
        assert!(error.source().is_some());
        assert_eq!(error.kind(), ErrorKind::Io);
    }
}
