//! A document and the ranges into it: only this module slices text by offset.
//!
//! In go a text and what is known about it (title, date, speaker, turns); out come a [`Document`]
//! that never changes and [`Span`]s, half-open byte ranges on character boundaries. Callers who
//! count in UTF-16 or UTF-32 units convert at the edge with an [`OffsetMap`]; inside, every offset
//! is a byte offset. A span does not know its document. Checking that on every use would cost a
//! reference in each span, so [`Document::slice`] answers `""` when a span does not fit, and never
//! panics.

use crate::error::{Error, Result};

mod offsets;
mod span;
pub(crate) mod spans;
mod turns;

pub use offsets::{OffsetEncoding, OffsetMap};
pub use span::Span;

/// The largest text accepted, in bytes.
pub const MAX_TEXT_BYTES: usize = 16 * 1024 * 1024;

/// A stretch of a document that one speaker says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// The speaker's name as printed.
    pub speaker: String,
    /// The words of the turn, without the name and without white space around them.
    pub span: Span,
}

/// A text with its id and metadata. The text is never changed, a byte order mark included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    id: String,
    text: String,
    title: Option<String>,
    date: Option<String>,
    speaker: Option<String>,
    turns: Vec<Turn>,
}

impl Document {
    /// A document without metadata.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`] above [`MAX_TEXT_BYTES`]; [`Error::EmptyText`] when there is nothing
    /// but white space.
    pub fn new(id: impl Into<String>, text: impl Into<String>) -> Result<Self> {
        let text = text.into();
        check_size(text.len())?;
        let blank = |c: char| c.is_whitespace() || c == '\u{feff}';
        if text.chars().all(blank) {
            return Err(Error::EmptyText {
                field: "text".to_owned(),
            });
        }
        Ok(Self {
            id: id.into(),
            text,
            title: None,
            date: None,
            speaker: None,
            turns: Vec::new(),
        })
    }

    /// A document from bytes that should be UTF-8.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidUtf8`] with the offset of the first bad byte, and those of
    /// [`Document::new`].
    pub fn from_bytes(id: impl Into<String>, bytes: Vec<u8>) -> Result<Self> {
        check_size(bytes.len())?;
        let text = String::from_utf8(bytes).map_err(|error| Error::InvalidUtf8 {
            field: "text".to_owned(),
            offset: error.utf8_error().valid_up_to(),
        })?;
        Self::new(id, text)
    }

    /// A document in which lines like `NAME: text` start a turn.
    ///
    /// A name is at most six words and 60 characters; its words start with a capital, or are
    /// particles ("of", "van"). Lines without a name go on with the turn. Text before the first
    /// name belongs to no turn, and a name with no words after it starts none. A text without any
    /// name is accepted and has no turns.
    ///
    /// Known weakness: "Remember the Alamo: ..." looks like a name. A short list of first words
    /// catches the usual ones ("Note:", "But:").
    ///
    /// # Errors
    ///
    /// Those of [`Document::new`].
    pub fn transcript(id: impl Into<String>, text: impl Into<String>) -> Result<Self> {
        let mut document = Self::new(id, text)?;
        document.turns = turns::turns(&document);
        Ok(document)
    }

    /// Names who says whatever no turn covers, for instance the delegate of a speech; a blank name is nobody's.
    #[must_use]
    pub fn with_speaker(mut self, speaker: &str) -> Self {
        self.speaker = Some(speaker.trim().to_owned()).filter(|speaker| !speaker.is_empty());
        self
    }

    /// Adds a title. It is not part of the text.
    #[must_use]
    pub fn with_title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Adds a date, in whatever form the caller keeps dates.
    #[must_use]
    pub fn with_date(mut self, date: impl Into<String>) -> Self {
        self.date = Some(date.into());
        self
    }

    /// Says who speaks which part of the text.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidSpan`] when a turn is not a range of this text, and [`Error::Invalid`] when
    /// turns overlap or are not in order.
    pub fn with_turns(mut self, turns: Vec<Turn>) -> Result<Self> {
        let mut end = 0;
        for (i, turn) in turns.iter().enumerate() {
            self.span(turn.span.start(), turn.span.end())?;
            if turn.span.start() < end {
                return Err(Error::Invalid {
                    field: format!("turns[{i}]"),
                    message: format!(
                        "starts at {}, before the turn before it ends at {end}",
                        turn.span.start()
                    ),
                });
            }
            end = turn.span.end();
        }
        self.turns = turns;
        Ok(self)
    }

    /// The caller's name for the document.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The whole text, as it came.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The title, if one was given.
    #[must_use]
    pub fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    /// The date, if one was given.
    #[must_use]
    pub fn date(&self) -> Option<&str> {
        self.date.as_deref()
    }

    /// Who says whatever no turn covers, if known.
    #[must_use]
    pub fn speaker(&self) -> Option<&str> {
        self.speaker.as_deref()
    }

    /// The turns in order of their text; they do not overlap.
    #[must_use]
    pub fn turns(&self) -> &[Turn] {
        &self.turns
    }

    /// The turn that holds the byte at `offset`.
    #[must_use]
    pub fn turn_at(&self, offset: usize) -> Option<&Turn> {
        let next = self
            .turns
            .partition_point(|turn| turn.span.start() <= offset);
        let turn = self.turns.get(next.checked_sub(1)?)?;
        (offset < turn.span.end()).then_some(turn)
    }

    /// A checked span, in bytes.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidSpan`] when the range is reversed, goes past the end of the text, or has an
    /// end inside a character.
    pub fn span(&self, start: usize, end: usize) -> Result<Span> {
        if self.text.get(start..end).is_some() {
            return Ok(Span::raw(start, end));
        }
        let len = self.text.len();
        Err(Error::InvalidSpan {
            field: "span".to_owned(),
            start,
            end,
            len,
        })
    }

    /// The text of a span, or `""` when the span is of another document and does not fit here.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start()..span.end()).unwrap_or("")
    }

    /// The span of the whole text.
    pub(crate) fn span_of_text(&self) -> Span {
        Span::raw(0, self.text.len())
    }

    /// `span` without the white space around its text.
    pub(crate) fn trim(&self, span: Span) -> Span {
        let text = self.slice(span);
        let start = span.start() + (text.len() - text.trim_start().len());
        Span::raw(start, start + text.trim().len())
    }

    /// The lines of `span`, trimmed, blank ones included as empty spans. CRLF ends one line.
    pub(crate) fn lines(&self, span: Span) -> impl Iterator<Item = Span> {
        let mut rest = Some(span);
        std::iter::from_fn(move || {
            let left = rest?;
            let mut chars = self.slice(left).char_indices().peekable();
            let mut line = left;
            rest = None;
            while let Some((at, c)) = chars.next() {
                let crlf = c == '\r' && chars.peek().is_some_and(|&(_, next)| next == '\n');
                if matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}') && !crlf {
                    line = Span::raw(left.start(), left.start() + at);
                    rest = Some(Span::raw(line.end() + c.len_utf8(), left.end()));
                    break;
                }
            }
            Some(self.trim(line))
        })
    }
}

fn check_size(size_bytes: usize) -> Result<()> {
    if size_bytes <= MAX_TEXT_BYTES {
        return Ok(());
    }
    Err(Error::TooLarge {
        field: "text".to_owned(),
        size_bytes,
        limit_bytes: MAX_TEXT_BYTES,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_checked() {
        for blank in ["", " \n\t", "\u{feff}\r\n"] {
            let error = Document::new("d", blank).unwrap_err();
            assert_eq!(error.to_string(), "text is empty", "{blank:?}");
        }
        let error = Document::from_bytes("d", b"Ruiz \xc3\xa9\xff".to_vec()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "text is not valid UTF-8: first bad byte at offset 7"
        );
        assert!(Document::new("d", "a".repeat(MAX_TEXT_BYTES)).is_ok());
        let error = Document::new("d", "a".repeat(MAX_TEXT_BYTES + 1)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "text is 16777217 bytes, the limit is 16777216"
        );
        let kept = Document::from_bytes("d", b"\xef\xbb\xbfRuiz".to_vec()).unwrap();
        assert_eq!(kept.text(), "\u{feff}Ruiz");
    }

    #[test]
    fn metadata_is_kept() {
        let document = Document::new("d", "Ruiz left.").unwrap();
        assert_eq!(
            (document.speaker(), document.title(), document.date()),
            (None, None, None)
        );
        let document = document
            .with_speaker("Ruiz")
            .with_title("Exit")
            .with_date("2021-03-04");
        assert_eq!(document.id(), "d");
        assert_eq!(document.speaker(), Some("Ruiz"));
        assert_eq!(document.title(), Some("Exit"));
        assert_eq!(document.date(), Some("2021-03-04"));
    }

    #[test]
    fn spans_are_checked_against_the_text() {
        let document = Document::new("d", "aé😀").unwrap();
        let cases = [
            (0, 1, Some("a")),
            (1, 3, Some("é")),
            (3, 7, Some("😀")),
            (7, 7, Some("")),
            (1, 2, None),
            (2, 3, None),
            (0, 8, None),
            (3, 1, None),
        ];
        for (start, end, expected) in cases {
            let span = document.span(start, end);
            assert_eq!(
                span.ok().map(|span| document.slice(span)),
                expected,
                "{start}..{end}"
            );
        }
        let other = Document::new("e", "Ruiz left early.").unwrap();
        assert_eq!(document.slice(other.span_of_text()), "");
        assert_eq!(document.slice(other.span(0, 2).unwrap()), "");
    }

    #[test]
    fn turns_are_found_by_offset() {
        let document = Document::transcript("d", "Debate\nRUIZ: No.\n\nMAAR: Yes.\n").unwrap();
        let speaker = |offset| document.turn_at(offset).map(|turn| turn.speaker.as_str());
        let first = document.turns().first().unwrap().span;
        let cases = [
            (0, None),
            (first.start() - 1, None),
            (first.start(), Some("RUIZ")),
            (first.end() - 1, Some("RUIZ")),
            (first.end(), None),
            (document.text().len() - 2, Some("MAAR")),
            (usize::MAX, None),
        ];
        for (offset, expected) in cases {
            assert_eq!(speaker(offset), expected, "{offset}");
        }
    }
}
