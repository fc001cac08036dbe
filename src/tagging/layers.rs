//! What can be tagged: layers, the kinds of span in each, and the tags that words of them get.
//!
//! In goes a layer or the number of a tag, out comes what its spans are called. What a reader would question: source
//! and cue are one layer and content is another, because a content may hold both ("A said B said C"), and the spans of
//! one layer do not overlap.

use serde::{Deserialize, Serialize};

/// A tagging layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// Who speaks, and the words that say so.
    Voice,
    /// What is said or thought.
    Content,
    /// Named entities.
    Entity,
    /// Mentions of actors that somebody may take a stand on.
    Target,
    /// Mentions of those who take a stand.
    Holder,
}

impl Layer {
    /// All layers, in the order of their files and tables.
    pub const ALL: [Layer; 5] = [
        Layer::Voice,
        Layer::Content,
        Layer::Entity,
        Layer::Target,
        Layer::Holder,
    ];

    /// What its spans are called; span kind `k` has the tags `2k + 1` (begin) and `2k + 2` (inside).
    #[must_use]
    pub fn kinds(self) -> &'static [&'static str] {
        match self {
            Layer::Voice => &["source", "cue"],
            Layer::Content => &["content"],
            Layer::Entity => &["person", "organisation", "location", "group"],
            Layer::Target => &["target"],
            Layer::Holder => &["holder"],
        }
    }

    /// Number of tags: outside, and begin and inside of every kind.
    #[must_use]
    pub fn n_tags(self) -> usize {
        1 + 2 * self.kinds().len()
    }

    /// Its name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Layer::Voice => "voice",
            Layer::Content => "content",
            Layer::Entity => "entity",
            Layer::Target => "target",
            Layer::Holder => "holder",
        }
    }
}

/// Kind of a source span in [`Layer::Voice`].
pub const SOURCE: usize = 0;
/// Kind of a cue span in [`Layer::Voice`].
pub const CUE: usize = 1;

/// The kind of a tag; none for outside.
#[must_use]
pub fn kind_of(tag: usize) -> Option<usize> {
    tag.checked_sub(1).map(|t| t / 2)
}
