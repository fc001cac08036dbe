//! Which labelled texts may not be fitted on, since figures are told of them.
//!
//! In go the held-out texts; out comes whether another text is one of them, by its id or by what it
//! says. What a reader would question: a paper prints an article twice, a few paragraphs changed and
//! under another headline, so ids are not enough; and two articles on one event quote the same
//! sentence or two without being one, so a fifth of the sentences must be shared, and two at least
//! where both texts have as many.

use super::RowsText;
use std::collections::{BTreeMap, BTreeSet};

/// Sentences of fewer words than these are said in many texts.
const LEAST_WORDS: usize = 8;

/// One in so many sentences of the shorter text makes the other a repetition.
const SHARE: usize = 5;

/// The least that must be shared, unless the shorter text has fewer: anybody may quote one sentence.
const LEAST_SHARED: usize = 2;

/// Held-out texts, to be asked.
#[derive(Debug, Default)]
pub struct HeldOut<'a> {
    ids: Vec<&'a str>,
    /// How many sentences that count each text has.
    lengths: Vec<usize>,
    /// The numbers of the texts that say a sentence.
    said: BTreeMap<String, Vec<usize>>,
}

impl<'a> HeldOut<'a> {
    /// Takes down texts that are held out.
    #[must_use]
    pub fn new(texts: &'a [RowsText]) -> Self {
        let mut held_out = Self::default();
        for (number, text) in texts.iter().enumerate() {
            let sentences = counting(text.sentences.iter().map(String::as_str));
            held_out.ids.push(&text.id);
            held_out.lengths.push(sentences.len());
            for sentence in sentences {
                held_out.said.entry(sentence).or_default().push(number);
            }
        }
        held_out
    }

    /// Whether a text of these sentences is one of them. Its id may lack the name of the corpus:
    /// `polnear:times_2016` of the rows is `times_2016` among the attributions.
    pub fn holds<'t>(&self, id: &str, sentences: impl Iterator<Item = &'t str>) -> bool {
        if self.ids.iter().any(|own| same(own, id)) {
            return true;
        }
        let sentences = counting(sentences);
        let mut shared: BTreeMap<usize, usize> = BTreeMap::new();
        for number in sentences.iter().filter_map(|s| self.said.get(s)).flatten() {
            *shared.entry(*number).or_default() += 1;
        }
        shared.into_iter().any(|(number, n)| {
            let shorter = sentences.len().min(self.lengths[number]);
            n >= LEAST_SHARED.min(shorter) && n * SHARE >= shorter
        })
    }
}

/// Whether `id` is `full`, or what follows the corpus in it.
fn same(full: &str, id: &str) -> bool {
    let before = full.strip_suffix(id).filter(|_| !id.is_empty());
    before.is_some_and(|before| before.is_empty() || before.ends_with(':'))
}

/// The sentences that count, each once: their words, whatever stands between them.
fn counting<'t>(sentences: impl Iterator<Item = &'t str>) -> BTreeSet<String> {
    let words = sentences.map(|sentence| {
        let words = sentence.split(|c: char| !c.is_alphanumeric());
        words.filter(|word| !word.is_empty()).collect::<Vec<_>>()
    });
    let long = words.filter(|words| words.len() >= LEAST_WORDS);
    long.map(|words| words.join(" ").to_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(id: &str, sentences: &[&str]) -> RowsText {
        RowsText {
            id: id.to_owned(),
            sentences: sentences.iter().map(|&s| s.to_owned()).collect(),
            turns: None,
            speakers: BTreeMap::new(),
            actors: BTreeMap::new(),
            rows: Vec::new(),
            pairs: true,
        }
    }

    const SAID: [&str; 6] = [
        "The minister said on Monday that the bridge would be closed.",
        "Nobody had told the fishermen of Old Harbour about the plan.",
        "Their union called the minister a liar and left the talks.",
        "A ferry will cross the bay twice a day until the spring.",
        "It costs four times as much as the bus over the bridge.",
        "The mayor hopes that the works will be over by Easter.",
    ];

    #[test]
    fn a_text_is_held_out_by_its_id_or_by_what_it_says() {
        let texts = [text("polnear:times_2016", &SAID)];
        let held_out = HeldOut::new(&texts);
        let others = [
            "The ferry was late on its first day, and half empty.",
            "Its captain blamed the fog, which had come in over night.",
            "The union of fishermen wants its members to travel for free.",
            "The ministry has not answered the letter of the union yet.",
            "Two of the cranes for the bridge are still on their way.",
            "\u{201c}Easter of which year?\u{201d} a fisherman asked in the harbour bar.",
        ];
        let holds = |id: &str, sentences: &[&str]| held_out.holds(id, sentences.iter().copied());
        assert!(holds("polnear:times_2016", &[]));
        assert!(holds("times_2016", &[]));
        assert!(!holds("2016", &[]));
        assert!(!holds("", &others));
        assert!(!holds("other", &others));
        // One sentence of six is quoted in both, with another comma; two are too many.
        let quoted = "The minister said, on Monday, that the bridge would be CLOSED!";
        let mut again = others;
        again[0] = quoted;
        assert!(!holds("other", &again));
        again[1] = SAID[1];
        assert!(holds("other", &again));
        // So it is with a short text.
        assert!(!holds("other", &[quoted, others[1], others[2]]));
        assert!(holds("other", &[quoted, SAID[1], others[2]]));
        // A part of a text is that text, and so is a longer one around it.
        assert!(holds("other", &SAID[2..3]));
        assert!(holds("other", &[&SAID[..2], &others, &others].concat()));
        // What every text says makes none of them another.
        assert!(!holds("other", &["He did not say."]));
    }
}
