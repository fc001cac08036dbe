//! A range of a text.
//!
//! In go two byte offsets of a document, out comes a [`Span`], which is compared and joined without
//! the text. It does not know its document: checking that on every use would cost a reference in
//! each span. So the parts of this crate that walk a text make spans with [`Span::raw`], everyone
//! else with the checked [`Document::span`](super::Document::span), and a span that strays into
//! another document slices to `""` there.

/// A half-open range of bytes of a document's text, on character boundaries.
///
/// Ordered by start, then by end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    start: usize,
    end: usize,
}

impl Span {
    /// A span whose ends come from iterating over the text, so that they are boundaries already.
    pub(crate) fn raw(start: usize, end: usize) -> Self {
        debug_assert!(start <= end, "span {start}..{end} is reversed");
        Self { start, end }
    }

    /// First byte.
    #[must_use]
    pub fn start(self) -> usize {
        self.start
    }

    /// The byte after the last.
    #[must_use]
    pub fn end(self) -> usize {
        self.end
    }

    /// Length in bytes.
    #[must_use]
    pub fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether it holds no byte.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether all of `other` lies inside. An empty span at either end counts as inside.
    #[must_use]
    pub fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether the two share at least one byte. Empty spans share none.
    #[must_use]
    pub fn overlaps(self, other: Span) -> bool {
        self.start.max(other.start) < self.end.min(other.end)
    }

    /// The smallest span that contains both.
    #[must_use]
    pub fn cover(self, other: Span) -> Span {
        Self::raw(self.start.min(other.start), self.end.max(other.end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_compare() {
        let span = Span::raw;
        assert!(span(2, 6).contains(span(2, 6)) && span(2, 6).contains(span(6, 6)));
        assert!(!span(2, 6).contains(span(5, 7)));
        assert!(span(2, 6).overlaps(span(5, 9)));
        assert!(!span(2, 6).overlaps(span(6, 9)) && !span(2, 6).overlaps(span(4, 4)));
        assert_eq!(span(5, 9).cover(span(1, 2)), span(1, 9));
        assert!(span(1, 9) < span(2, 3) && span(2, 3) < span(2, 4));
    }
}
