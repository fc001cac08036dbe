//! What a head reads of an instance.
//!
//! In go the words of target and holder and a few plain facts; out comes a row of numbers: three mean vectors and the
//! facts. What a reader would question: the mean of the sentence stands in for a holder who is not in it, so every row
//! is of one length. Means do not tell what stands before what; the facts do.

use crate::encoder::WordVectors;
use std::ops::Range;

/// The plain features, by name, in their order.
pub const PLAIN: [&str; 12] = [
    "negation before the target",
    "target in quotation marks",
    "target in what the holder says",
    "target in what somebody else says",
    "depth of nesting",
    "holder is a source",
    "target before holder",
    "distance of target and holder",
    "another holder between",
    "target is the holder",
    "holder is a pronoun",
    "target is a pronoun",
];

/// What a head reads of one instance.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    /// Words of the target in its sentence.
    pub target: Range<usize>,
    /// Words of the holder, when the sentence mentions it.
    pub holder: Option<Range<usize>>,
    /// The plain features, each about 0 to 1.
    pub plain: [f32; PLAIN.len()],
}

impl Features {
    /// Only target and holder, as where nothing else is known.
    #[must_use]
    pub fn bare(target: Range<usize>, holder: Option<Range<usize>>) -> Self {
        Self {
            target,
            holder,
            plain: [0.0; PLAIN.len()],
        }
    }

    /// The row a head reads: mean target vector, mean holder vector (of the sentence where the
    /// holder is not in it), mean sentence vector, plain features.
    #[must_use]
    pub fn row(&self, sentence: &WordVectors) -> Vec<f32> {
        let all = sentence.sentence_mean();
        let mut row = sentence.mean(self.target.clone());
        match &self.holder {
            Some(holder) => row.extend(sentence.mean(holder.clone())),
            None => row.extend(all),
        }
        row.extend(all);
        row.extend(self.plain);
        row
    }
}
