//! Headlines in capitals that run into their text: "MAAR WARNS NORLAND ON TRADE The ministry said".
//!
//! In goes the beginning of a paragraph, out comes the length of its headline. Feeds often lose the line break behind it,
//! and what is then one sentence has two subjects. What a reader would question: only a headline in capitals can be told,
//! by four words or more of them and a word of another kind behind. Whether "U.S." is its last word or the first of the
//! text is told by the word before: "WITH U.S. Norland" and "ON BEEF U.S. Secretary".

use super::{MARKS, OPENERS};

/// The fewest words of a headline.
const MIN_WORDS: usize = 4;

/// How many words are looked at.
const MAX_WORDS: usize = 60;

/// Words that a headline does not end with. Sorted.
#[rustfmt::skip] // a word a line would hide the code
const LEADING: &[&str] = &[
    "AGAINST", "AND", "AT", "BY", "FOR", "FROM", "IN", "INTO", "OF", "ON", "OVER", "THE", "TO", "WITH",
];

/// The length of the headline in capitals that a paragraph begins with, if text follows it.
pub(super) fn headline(paragraph: &str) -> Option<usize> {
    let mut words: Vec<(usize, &str)> = Vec::new();
    let mut text = None;
    let mut at = 0;
    for piece in paragraph
        .split_inclusive(char::is_whitespace)
        .take(MAX_WORDS)
    {
        let word = piece.trim_end();
        if !word.is_empty() {
            if !is_shouted(word) {
                text = Some((at, word));
                break;
            }
            words.push((at, word));
        }
        at += piece.len();
    }
    let (at, first) = text?;
    let bare = first.trim_start_matches(OPENERS);
    let n = words.len();
    let (start, n) = match words.as_slice() {
        // "A ministry" begins the text.
        [.., (article, "A")] => (*article, n - 1),
        _ if !bare.starts_with(char::is_uppercase) => return None,
        // "U.S. Secretary", too, unless the headline would end with "WITH".
        [.., (_, before), (country, word)] if is_dotted(word) && !leads(before) => {
            (*country, n - 1)
        }
        _ => (at, n),
    };
    words.truncate(n);
    let lettered = words.iter().filter(|(_, word)| has_letter(word));
    let (_, last) = words.last()?;
    // "THE PRESIDENT OF MAAR: Good day" is no headline, and a full stop ends a sentence anyway.
    let goes_on = last.ends_with([',', ':', ';', '-', '–', '—']);
    let ends = last.ends_with(MARKS) && !is_dotted(last);
    let is_headline = lettered.count() >= MIN_WORDS && !goes_on && !ends && !leads(last);
    is_headline.then_some(start)
}

/// Whether a word is in capitals, or has no letters: "MAAR", "McMAAR", "70".
fn is_shouted(word: &str) -> bool {
    let n_lower = word.chars().filter(|c| c.is_lowercase()).count();
    let n_upper = word.chars().filter(|c| c.is_uppercase()).count();
    n_upper > n_lower || !has_letter(word)
}

/// Whether a word can be in capitals at all; a number says nothing of a headline.
fn has_letter(word: &str) -> bool {
    word.contains(char::is_alphabetic)
}

/// Whether a word is one like "U.S.".
fn is_dotted(word: &str) -> bool {
    word.ends_with('.') && word.matches('.').count() > 1
}

/// Whether a word leads up to another, so that the headline goes on behind it.
fn leads(word: &str) -> bool {
    LEADING.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headlines_in_capitals_end_where_their_text_begins() {
        assert!(LEADING.is_sorted());
        for (text, expected) in [
            (
                "MAAR WARNS NORLAND ON TRADE The ministry said so.",
                Some("MAAR WARNS NORLAND ON TRADE "),
            ),
            (
                "MAAR'S UNIONS ACCEPT 70 PCT CUT Maar said so.",
                Some("MAAR'S UNIONS ACCEPT 70 PCT CUT "),
            ),
            (
                "MAAR SAYS IT LEAVES A spokesman said so.",
                Some("MAAR SAYS IT LEAVES "),
            ),
            (
                "MAAR OPENS ITS MARKETS U.S. Secretary Ana Ruiz left.",
                Some("MAAR OPENS ITS MARKETS "),
            ),
            (
                "MAAR ENDS TALKS WITH U.S. Norland said so.",
                Some("MAAR ENDS TALKS WITH U.S. "),
            ),
            (
                "MAAR WARNS ANA McRUIZ Norland left.",
                Some("MAAR WARNS ANA McRUIZ "),
            ),
            // Too short, no text, a name before what it says, sentences, a capital word in the middle.
            ("THE MAAR LEAGUE Monday left.", None),
            ("MAAR WARNS NORLAND ON TRADE", None),
            ("THE PRESIDENT OF MAAR: Good day.", None),
            ("MR. RUIZ LEFT MAAR. Norland stayed.", None),
            ("NATO, MAAR AND THE UN met.", None),
            ("THE LEAGUE OF THE Norland unions left.", None),
            ("Ana Ruiz left.", None),
            ("", None),
        ] {
            let found = headline(text).and_then(|end| text.get(..end));
            assert_eq!(found, expected, "{text}");
        }
    }
}
