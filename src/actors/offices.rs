//! Titles around a mention: before it, behind it, and those that it is cut out of.
//!
//! In go a mention's place and words; out comes the title that the text gives its bearer there. Taggers cut names
//! anywhere ("State Ana Ruiz" behind "Secretary of", "Mr" alone), so the text on both sides is looked at and not the
//! mention alone. What a reader would question: only the nearest few words are, since a title further off is somebody
//! else's.

use crate::actors::readings::Reader;
use crate::actors::titles::{TitleKind, title_at, title_ending};
use crate::actors::words::{Word, words};
use crate::document::Span;

/// How far before or behind a mention its title may begin or end, in bytes.
const TITLE_BYTES: usize = 64;

impl Reader<'_> {
    /// Whether a mention is nothing but a form of address, or the title of a name that follows it.
    pub(super) fn is_title_of_next(&self, span: Span, sentence: Span, core: &[Word]) -> bool {
        let whole = title_at(core, self.titles).filter(|&(_, n)| n == core.len());
        let title = whole.is_some();
        if whole.is_some_and(|(title, _)| self.titles.kind(&title) == Some(TitleKind::Address)) {
            return core.iter().all(Word::is_capital);
        }
        let behind = self
            .document
            .text()
            .get(span.end()..sentence.end())
            .unwrap_or("");
        let behind = behind.strip_prefix('.').unwrap_or(behind);
        let named = behind
            .strip_prefix(' ')
            .is_some_and(|rest| rest.starts_with(char::is_uppercase));
        title && named && core.iter().all(Word::is_capital)
    }

    /// The title that a mention begins within, and how many of its words belong to it: "State Ana Ruiz" behind
    /// "Secretary of".
    pub(super) fn title_into(
        &self,
        span: Span,
        sentence: Span,
        core: &[Word],
    ) -> Option<(String, usize)> {
        let within = core.len().saturating_sub(1).min(self.titles.max_words());
        (1..=within).find_map(|n| {
            let last = core.get(n - 1).filter(|word| word.is_capital())?;
            let (title, start) = self.title_until(span.start() + last.end(), sentence)?;
            (start < span.start()).then_some((title, n))
        })
    }

    /// The title in apposition behind `span`: "Ana Ruiz, the prime minister, said".
    pub(super) fn title_behind(&self, span: Span, sentence: Span) -> Option<String> {
        let text = self.document.text();
        let end = text.floor_char_boundary(sentence.end().min(span.end() + TITLE_BYTES));
        let behind = text.get(span.end()..end)?.strip_prefix(", ")?;
        let all = words(behind.strip_prefix("the ").unwrap_or(behind));
        let (title, n) = title_at(&all, self.titles)?;
        let of = all.get(n).is_some_and(|word| word.text == "of");
        (of || all.get(n - 1)?.closes).then_some(title)
    }

    /// The longest title that ends right before `span`.
    pub(super) fn title_before(&self, span: Span, sentence: Span) -> Option<String> {
        let before = self.document.text().get(..span.start())?;
        before.ends_with(' ').then_some(())?;
        Some(self.title_until(span.start(), sentence)?.0)
    }

    /// The longest title that ends at a byte, and where it begins.
    fn title_until(&self, end: usize, sentence: Span) -> Option<(String, usize)> {
        let text = self.document.text();
        let reach = end.saturating_sub(TITLE_BYTES);
        let begins = sentence.start() >= reach;
        let from = text.ceil_char_boundary(sentence.start().max(reach).min(end));
        let before = text.get(from..end)?;
        // A word that the reach cuts into is none.
        let whole = before.trim_start_matches(|c: char| !begins && !c.is_whitespace());
        let from = end - whole.len();
        let words = words(whole.trim_end());
        (!words.last()?.closes).then_some(())?;
        let (title, at) = title_ending(&words, self.titles)?;
        Some((title, from + words.get(at)?.start))
    }
}

#[cfg(test)]
mod tests {
    use crate::actors::readings::{Reading, read};

    #[test]
    fn titles_are_no_names() {
        let name = |text: &str, mention: &str| {
            let (name, _, roles) = read(text, mention).into_name();
            (name, roles)
        };
        let state = name("Secretary of State Ana Ruiz left.", "State Ana Ruiz");
        assert_eq!(
            state,
            ("Ana Ruiz".to_owned(), vec!["secretary of state".to_owned()])
        );
        let several = name(
            "Senators Ana Ruiz and Tomas Brandt left.",
            "Senators Ana Ruiz",
        );
        assert_eq!(several, ("Ana Ruiz".to_owned(), vec!["senator".to_owned()]));
        for (text, title) in [
            ("Mr. and Mrs. Brandt left.", "Mr"),
            ("Mr. Brandt left.", "Mr"),
            ("Prime Minister Ana Ruiz left.", "Prime Minister"),
        ] {
            assert!(matches!(read(text, title), Reading::Open), "{text}");
        }
        let alone = read("Prime Minister left.", "Prime Minister");
        assert!(matches!(alone, Reading::Description(_)), "{alone:?}");
    }

    #[test]
    fn titles_stand_before_and_behind_names() {
        let roles = |text: &str| read(text, "Ana Ruiz").into_name().2;
        for text in [
            "Prime Minister Ana Ruiz left.",
            "Yesterday Prime Minister Ana Ruiz left.",
            "Ana Ruiz, the prime minister, left.",
            "Ana Ruiz, prime minister of Maar, left.",
        ] {
            assert_eq!(roles(text), ["prime minister"], "{text}");
        }
        for text in ["Ana Ruiz, the prime minister said, left.", "Ana Ruiz left."] {
            assert!(roles(text).is_empty(), "{text}");
        }
    }
}
