//! What the threads of a run hand each other: documents to score, and what comes out of them and of the inputs.
//!
//! An [`Item`] has a number beside it that says where it stands in the order of the inputs. What a reader would question:
//! a document whose text came before may go out with a slot that is empty. Who fills it stands before it in that order,
//! and so the slot is full when the document is written.

use crate::archive::records::{Record, Reject};
use crate::archive::stances::StanceRow;
use crate::error::Error;
use std::sync::{Arc, OnceLock};

/// What a text says.
pub(in crate::archive) struct TextRows {
    pub(in crate::archive) rows: Arc<Vec<StanceRow>>,
    pub(in crate::archive) n_sentences: usize,
    /// Whether nobody speaks in it, see [`Analysis::is_voiceless`](crate::analysis::Analysis::is_voiceless).
    pub(in crate::archive) is_voiceless: bool,
}

/// What a text says, or why it says nothing.
pub(in crate::archive) type Scored = std::result::Result<TextRows, String>;

/// Where the rows of a text will stand.
pub(in crate::archive) type Slot = Arc<OnceLock<Scored>>;

/// What is known of a document without its text.
pub(in crate::archive) struct Origin {
    pub(in crate::archive) id: String,
    pub(in crate::archive) date: Option<String>,
    pub(in crate::archive) source: Option<String>,
    pub(in crate::archive) input: String,
    pub(in crate::archive) position: u64,
    pub(in crate::archive) n_bytes: usize,
    /// Whether its text had come before.
    pub(in crate::archive) repeated: bool,
}

/// What comes out, in order.
pub(in crate::archive) enum Item {
    Document(Origin, Slot),
    Reject(Reject),
    /// A part is over; its digest.
    End(String),
    /// A part that was done before is passed over.
    Passed,
    /// Everything was read.
    Ended,
    /// The run cannot go on.
    Failed(Error),
}

/// A document to score.
pub(in crate::archive) struct Task {
    pub(super) number: u64,
    pub(super) origin: Origin,
    pub(super) record: Record,
    pub(super) slot: Slot,
}
