//! The part of a run that is being read: how much of it there is, and its digest.
//!
//! In goes what stands in the inputs, one after the other. The digest tells whether a part that was done is still the
//! same. What a reader would question: it is of records as they were read, and not of the bytes of files, since a part
//! may begin and end anywhere in one.

use crate::archive::records::{Found, Record};
use sha2::{Digest, Sha256};

/// The part that is being read.
#[derive(Default)]
pub(super) struct Open {
    pub(super) number: usize,
    pub(super) n_records: usize,
    pub(super) n_bytes: usize,
    pub(super) digest: Sha256,
}

impl Open {
    /// Counts a record: everything of it that rows depend on.
    pub(super) fn take(&mut self, found: &Found) {
        self.n_records += 1;
        let mut digest = |part: &str| {
            self.digest.update((part.len() as u64).to_le_bytes());
            self.digest.update(part.as_bytes());
        };
        match found {
            Found::Record(record) => {
                self.n_bytes += record.text.len();
                [&record.id, &record.text]
                    .into_iter()
                    .for_each(|part| digest(part));
                let Record {
                    date,
                    title,
                    source,
                    speaker,
                    ..
                } = record;
                for part in [date, title, source, speaker] {
                    digest(part.as_deref().unwrap_or("\0"));
                }
            }
            Found::Reject(reject) => {
                [&reject.document_id, &reject.reason]
                    .into_iter()
                    .for_each(|part| digest(part));
            }
        }
    }
}
