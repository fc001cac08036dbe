//! Which texts a stream has had, so that each counts once.
//!
//! In goes a text, out comes a claim on it, or nothing if it was claimed before. What a reader would question:
//! a claim that is not kept is given back, so that a text whose first copy could not be read (a wrong date, say)
//! counts when it comes again.

use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Texts whose copies are noticed, 32 bytes each; those beyond all count.
const MAX_TEXTS: usize = 10_000_000;

type Hash = [u8; 32];

/// The texts of one stream, by SHA-256.
#[derive(Debug, Default)]
pub(super) struct Texts(Mutex<HashSet<Hash>>);

impl Texts {
    /// Claims a text; nothing if someone has.
    pub(super) fn claim(self: &Arc<Self>, text: &str) -> Option<Claim> {
        let hash = Sha256::digest(text.as_bytes()).into();
        let mut texts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if texts.contains(&hash) {
            return None;
        }
        if texts.len() < MAX_TEXTS {
            texts.insert(hash);
        }
        Some(Claim {
            texts: Arc::clone(self),
            hash: Some(hash),
        })
    }
}

/// A claim on a text, given back when dropped without being kept.
#[derive(Debug)]
pub(super) struct Claim {
    texts: Arc<Texts>,
    hash: Option<Hash>,
}

impl Claim {
    /// The text was read: copies of it are copies from now on.
    pub(super) fn keep(mut self) {
        self.hash = None;
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some(hash) = &self.hash {
            let texts = self.texts.0.lock();
            texts.unwrap_or_else(PoisonError::into_inner).remove(hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_claimed_once_or_given_back() {
        let texts = Arc::new(Texts::default());
        let claim = texts.claim("a").unwrap();
        assert!(texts.claim("a").is_none());
        assert!(texts.claim("b").is_some());
        drop(claim);
        texts.claim("a").unwrap().keep();
        assert!(texts.claim("a").is_none());
        assert!(texts.claim("b").is_some());
    }
}
