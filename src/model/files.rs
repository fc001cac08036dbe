//! The files of a model folder: what they are called, and those that are part of the binary.
//!
//! In goes a name or a path, out come bytes and their hash; in goes a value, out comes the JSON that stands in such a
//! file. What a reader would question: the same value always gives the same bytes, to the newline at the end, because
//! the hash of a manifest is the identity of its model.

use crate::error::{Error, Result};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::path::Path;

/// Name of the network's file.
pub const ENCODER_FILE: &str = "encoder.onnx";
/// Name of the vocabulary's file.
pub const VOCABULARY_FILE: &str = "tokenizer.json";
/// Name of the linear heads' file.
pub const HEADS_FILE: &str = "heads.json";
/// Name of the manifest.
pub const MANIFEST_FILE: &str = "manifest.json";

/// Largest file accepted in a model folder, in bytes.
const MAX_FILE_BYTES: u64 = 2 << 30;

const BUILT_IN: [(&str, &[u8]); 4] = [
    (
        MANIFEST_FILE,
        include_bytes!("../../models/stance-en-small/manifest.json"),
    ),
    (
        ENCODER_FILE,
        include_bytes!("../../models/stance-en-small/encoder.onnx"),
    ),
    (
        VOCABULARY_FILE,
        include_bytes!("../../models/stance-en-small/tokenizer.json"),
    ),
    (
        HEADS_FILE,
        include_bytes!("../../models/stance-en-small/heads.json"),
    ),
];

/// A file of the built-in model, by its name; empty for a name it does not have.
#[must_use]
pub fn built_in_file(name: &str) -> &'static [u8] {
    let found = BUILT_IN.iter().find(|(file, _)| *file == name);
    found.map_or(&[], |(_, bytes)| bytes)
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    let io = |source| Error::Io {
        path: path.to_owned(),
        source,
    };
    let size = std::fs::metadata(path).map_err(io)?.len();
    if size > MAX_FILE_BYTES {
        return Err(Error::TooLarge {
            field: path.display().to_string(),
            size_bytes: usize::try_from(size).unwrap_or(usize::MAX),
            limit_bytes: MAX_FILE_BYTES as usize,
        });
    }
    std::fs::read(path).map_err(io)
}

/// SHA-256 in lower-case hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// JSON on one line, for files that only programs read; the same bytes for the same value.
///
/// # Errors
///
/// As [`to_json`].
pub fn to_compact_json<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(|e| Error::Internal {
        message: e.to_string(),
    })
}

/// Pretty JSON with a newline at the end; the same bytes for the same value.
///
/// # Errors
///
/// [`Error::Internal`] when a value has no JSON form.
pub fn to_json<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|e| Error::Internal {
        message: e.to_string(),
    })?;
    bytes.push(b'\n');
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::manifest::parse_manifest;

    #[test]
    fn built_in_files_are_those_of_the_manifest() {
        let manifest = parse_manifest(built_in_file(MANIFEST_FILE)).unwrap();
        assert_eq!(manifest.files.len(), BUILT_IN.len() - 1);
        for (name, expected) in &manifest.files {
            assert_eq!(&sha256(built_in_file(name)), expected, "{name}");
        }
        assert!(BUILT_IN.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() <= 40 << 20);
    }
}
