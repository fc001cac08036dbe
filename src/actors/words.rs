//! The words of a mention.
//!
//! In goes the surface of a mention; out come its [`Word`]s without punctuation. Names are told from
//! other words by their capitals alone, and a possessive ending is taken off but remembered: "Maar's"
//! names Maar, and what follows it belongs to Maar.

/// Words before a name or description that say nothing of who it is. Sorted.
pub(crate) const DETERMINERS: &[&str] = &[
    "a", "an", "each", "every", "her", "his", "its", "my", "our", "that", "the", "their", "these",
    "this", "those", "your",
];

/// Those of them that say whose somebody is. Sorted.
const OWNERS: &[&str] = &["her", "his", "its", "my", "our", "their", "your"];

/// Those of them that point at somebody. Sorted.
const POINTERS: &[&str] = &["that", "these", "this", "those"];

/// Lower-case words inside names. Sorted.
#[rustfmt::skip] // a word a line would hide the code
pub(crate) const PARTICLES: &[&str] = &[
    "al", "and", "bin", "bint", "da", "de", "del", "della", "der", "di", "do", "dos", "du", "el",
    "for", "ibn", "la", "le", "of", "on", "the", "to", "van", "von", "y", "zu",
];

/// A word of a surface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word<'t> {
    /// The word without punctuation around it and without a possessive ending.
    pub(crate) text: &'t str,
    /// Its first byte in the surface.
    pub(crate) start: usize,
    /// Whether a possessive ending was taken off.
    pub(crate) possessive: bool,
    /// Whether a comma, bracket or dash stands after it.
    pub(crate) closes: bool,
}

impl Word<'_> {
    /// The byte after the word in the surface.
    pub(crate) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// The word in lower case, without full stops.
    pub(crate) fn folded(&self) -> String {
        self.text.replace('.', "").replace('’', "'").to_lowercase()
    }

    /// Whether it is spelled like a part of a name.
    pub(crate) fn is_capital(&self) -> bool {
        self.text.chars().any(char::is_uppercase)
    }

    pub(crate) fn is_particle(&self) -> bool {
        PARTICLES.binary_search(&self.text).is_ok()
    }

    pub(crate) fn is_determiner(&self) -> bool {
        DETERMINERS.binary_search(&self.folded().as_str()).is_ok()
    }

    /// Whether it says whose somebody is: "his".
    pub(crate) fn is_owner(&self) -> bool {
        OWNERS.binary_search(&self.folded().as_str()).is_ok()
    }

    /// Whether it points at somebody: "those".
    pub(crate) fn is_pointer(&self) -> bool {
        POINTERS.binary_search(&self.folded().as_str()).is_ok()
    }
}

/// Words without those at the front that say nothing of who it is; `None` if no other is left.
pub(crate) fn undetermined<'w, 't>(words: &'w [Word<'t>]) -> Option<&'w [Word<'t>]> {
    let first = words.iter().position(|word| !word.is_determiner())?;
    words.get(first..)
}

/// The words of a surface; those of punctuation alone are left out and close the word before.
pub(crate) fn words(surface: &str) -> Vec<Word<'_>> {
    let mut words: Vec<Word> = Vec::new();
    let mut at = 0;
    for piece in surface.split_inclusive([' ', '\n', '\t', '\r', '\u{a0}', '—', '–']) {
        let start = at;
        at += piece.len();
        let bare = piece.trim_start_matches(|c: char| !c.is_alphanumeric());
        let opened = piece
            .trim_start()
            .starts_with(['(', '[', '<', '"', '“', '-', '—', '–']);
        if opened && let Some(before) = words.last_mut() {
            before.closes = true;
        }
        let start = start + (piece.len() - bare.len());
        let text = bare.trim_end_matches(|c: char| !c.is_alphanumeric());
        if text.is_empty() {
            continue;
        }
        let rest = bare.get(text.len()..).unwrap_or("");
        let closes = rest.contains([',', ';', ':', ')', ']', '>', '"', '”', '—', '–']);
        let cut = ["'s", "’s", "'S", "’S"]
            .iter()
            .find_map(|ending| text.strip_suffix(ending))
            .filter(|stem| !stem.is_empty());
        let plural = text.ends_with(['s', 'S']) && rest.starts_with(['\'', '’']);
        words.push(Word {
            text: cut.unwrap_or(text),
            start,
            possessive: cut.is_some() || plural,
            closes,
        });
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lose_punctuation() {
        assert!(DETERMINERS.is_sorted() && PARTICLES.is_sorted());
        for list in [OWNERS, POINTERS] {
            assert!(list.is_sorted() && list.iter().all(|word| DETERMINERS.contains(word)));
        }
        type Case<'c> = (&'c str, &'c [(&'c str, bool, bool)]);
        let cases: &[Case] = &[
            (
                "“Ana Ruiz,” (N.Y.)",
                &[
                    ("Ana", false, false),
                    ("Ruiz", false, true),
                    ("N.Y", false, true),
                ],
            ),
            (
                "Maar’s envoys' U.S.",
                &[
                    ("Maar", true, false),
                    ("envoys", true, false),
                    ("U.S", false, false),
                ],
            ),
            (
                "Ruiz — mayor",
                &[("Ruiz", false, true), ("mayor", false, false)],
            ),
            ("’s -- é", &[("s", false, true), ("é", false, false)]),
            ("", &[]),
        ];
        for (surface, expected) in cases {
            let words = words(surface);
            let found: Vec<_> = words
                .iter()
                .map(|word| (word.text, word.possessive, word.closes))
                .collect();
            assert_eq!(&found, expected, "{surface}");
            for word in words {
                assert_eq!(surface.get(word.start..word.end()), Some(word.text));
            }
        }
    }
}
