//! The surnames that a text tells.
//!
//! In goes a text; out come the words behind its first names, in lower case. What a reader would question: mentions are
//! not asked for, so that a surname is known before any of them is read, and of "Ana M. Ruiz" the initial is one, too.

use crate::actors::first_names::gender_of;
use crate::actors::words::words;
use std::collections::BTreeSet;

/// The words of a text that a first name stands before, up to two words: "Ruiz" of "Ana M. Ruiz".
pub(crate) fn surnames(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    // How many words ago a first name stood.
    let mut ago = usize::MAX;
    for word in words(text) {
        let folded = word.folded();
        if ago < 2 && word.is_capital() {
            found.insert(folded.clone());
        }
        let behind = text.get(word.end()..).unwrap_or("");
        let long = word.text.chars().count() > 2;
        let ends = behind.starts_with(['?', '!', '\n']) || behind.starts_with('.') && long;
        ago = if word.closes || word.possessive || ends || !word.is_capital() {
            usize::MAX
        } else if gender_of(&folded).is_some() {
            0
        } else {
            ago.saturating_add(1)
        };
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surnames_follow_first_names() {
        let found = surnames("Mary Washington, Mary J. Ford and George Brandt's Moscow; Ann said");
        assert_eq!(Vec::from_iter(found), ["brandt", "ford", "j", "washington"]);
    }
}
