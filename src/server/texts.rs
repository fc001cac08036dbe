//! Which texts a stream has had, so that each counts once.
//!
//! In go documents in their order, out comes whether a document's text is new. What a reader would question:
//! the first copy claims the text, whatever becomes of it, so that the sums do not depend on which copy is
//! worked on first. Only a document that will be refused for its labels (a wrong date, say) claims nothing.

use super::engine::LONG_BYTES;
use super::refusal::Refusal;
use super::requests;
use crate::wire::messages as m;
use sha2::{Digest, Sha256};
use std::collections::HashSet;

/// Texts whose copies are noticed, 32 bytes each; those beyond all count.
const MAX_TEXTS: usize = 10_000_000;

/// The texts of one stream, by SHA-256.
#[derive(Debug, Default)]
pub(super) struct Texts(HashSet<[u8; 32]>);

impl Texts {
    /// Gives the document back, and whether its text is new; `max_text_bytes` is the server's limit.
    pub(super) async fn claim(
        &mut self,
        document: m::Document,
        max_text_bytes: usize,
    ) -> Result<(m::Document, bool), Refusal> {
        if requests::labels(&document, max_text_bytes).is_err() {
            return Ok((document, true));
        }
        let hash = |document: m::Document| {
            let hash = Sha256::digest(document.text.as_bytes()).into();
            (document, hash)
        };
        // A long text would hold up the connections.
        let (document, hash) = if document.text.len() > LONG_BYTES {
            let hashed = tokio::task::spawn_blocking(move || hash(document)).await;
            hashed.map_err(|_| Refusal::internal())?
        } else {
            hash(document)
        };
        let known = self.0.contains(&hash);
        if !known && self.0.len() < MAX_TEXTS {
            self.0.insert(hash);
        }
        Ok((document, !known))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_text_is_new_once() {
        let mut texts = Texts::default();
        let long = "long ".repeat(LONG_BYTES);
        for (text, date, expected) in [
            ("a", "tomorrow", true),
            ("a", "", true),
            ("a", "2024-01-01", false),
            ("b", "", true),
            (&*long, "", true),
            (&*long, "", false),
        ] {
            let document = m::Document {
                text: text.to_owned(),
                date: date.to_owned(),
                ..m::Document::default()
            };
            let (back, new) = texts.claim(document.clone(), usize::MAX).await.unwrap();
            assert_eq!(back, document);
            assert_eq!(new, expected, "{date:?}");
        }
    }
}
