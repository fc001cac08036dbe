//! Tagged names that run on -> the names in them.
//!
//! In go the entities, targets or holders that were tagged in a sentence, and its cues; out come the same
//! spans, but those cut that swallow the verb behind a name ("Ana Ruiz praised") or join two names
//! ("Ana Ruiz and Tomas Brandt"). What a reader would question: a tagger is overruled only where capitals
//! and a cue, first names, the gazetteer or the tagged entities say so. "People who praised Ruiz" and "Bill
//! and Hillary Clinton" stay whole.

use crate::actors::Gazetteer;
use crate::actors::first_names::gender_of;
use crate::actors::words::PARTICLES;
use crate::document::{Document, Span};
use crate::tagging::{CUE, Tagged};
use std::ops::Range;

/// Kind of a person among the entities.
const PERSON: usize = 0;

/// The words of one sentence and their cues.
pub(super) struct Sentence<'a> {
    document: &'a Document,
    words: &'a [Span],
    /// Whether a word belongs to a cue.
    is_cue: Vec<bool>,
}

impl<'a> Sentence<'a> {
    pub(super) fn new(document: &'a Document, words: &'a [Span], voice: &[Tagged]) -> Self {
        let mut is_cue = vec![false; words.len()];
        for cue in voice.iter().filter(|span| span.kind == CUE) {
            if let Some(held) = is_cue.get_mut(cue.words.clone()) {
                held.fill(true);
            }
        }
        Self {
            document,
            words,
            is_cue,
        }
    }

    /// Entities, each one name.
    pub(super) fn entities(&self, spans: Vec<Tagged>) -> Vec<Tagged> {
        let spans = spans.into_iter().flat_map(|span| self.without_verb(span));
        let parted = spans.flat_map(|span| {
            let two = if span.kind == PERSON {
                self.two_persons(&span.words)
            } else {
                self.two_known(&span.words)
            };
            parts(span, two.into_iter().collect())
        });
        parted.collect()
    }

    /// Targets or holders: cut where two of the `entities` are joined.
    pub(super) fn mentions(&self, spans: Vec<Tagged>, entities: &[Tagged]) -> Vec<Tagged> {
        let spans = spans.into_iter().flat_map(|span| self.without_verb(span));
        let parted = spans.flat_map(|span| {
            let joints = self.joints(&span.words, entities);
            parts(span, joints)
        });
        parted.collect()
    }

    fn word(&self, at: usize) -> &str {
        self.words.get(at).map_or("", |&w| self.document.slice(w))
    }

    fn is_capital(&self, at: usize) -> bool {
        self.word(at).starts_with(char::is_uppercase)
    }

    /// A span without the cues that its names run into: "Ruiz praised Brandt" is two names.
    fn without_verb(&self, span: Tagged) -> Vec<Tagged> {
        let Range { mut start, end } = span.words;
        let in_name =
            |at: usize| self.is_capital(at) || PARTICLES.binary_search(&self.word(at)).is_ok();
        let mut names = Vec::new();
        loop {
            let named = (start..end).find(|&at| self.is_capital(at));
            let first = (start..end).find(|&at| !in_name(at));
            let verb = first.filter(|&at| self.is_cue[at] && named.is_some_and(|name| name < at));
            names.push(start..verb.unwrap_or(end));
            let next = verb.and_then(|verb| (verb..end).find(|&at| self.is_capital(at)));
            let Some(next) = next else {
                break;
            };
            start = next;
        }
        let whole = |words: Range<usize>| Tagged {
            words,
            ..span.clone()
        };
        names.into_iter().map(whole).collect()
    }

    /// The "and" between two persons: not that of "Bill and Hillary Clinton".
    fn two_persons(&self, words: &Range<usize>) -> Option<usize> {
        let and = words.clone().find(|&at| self.word(at) == "and")?;
        let named = |words: Range<usize>| words.filter(|&at| self.is_capital(at)).count();
        let (before, behind) = (named(words.start..and), named(and + 1..words.end));
        let ends = behind > 0 && self.is_capital(words.end - 1);
        let first = self.word(and - 1).to_lowercase();
        let shared = before == 1 && behind > 1 && (gender_of(&first).is_some() || first == ".");
        (before > 0 && ends && !shared).then_some(and)
    }

    /// The "and" between two names of the gazetteer: "France and Germany".
    fn two_known(&self, words: &Range<usize>) -> Option<usize> {
        let and = words.clone().find(|&at| self.word(at) == "and")?;
        let known = |words: Range<usize>| {
            let from = words.start + usize::from(self.word(words.start) == "the");
            let name = self
                .words
                .get(from..words.end)
                .filter(|name| !name.is_empty());
            let name = name.map(|name| self.document.slice(name[0].cover(name[name.len() - 1])));
            name.is_some_and(|name| {
                let found = Gazetteer::built_in().find(name);
                matches!(found.as_slice(), [only] if only.span.len() == name.len())
            })
        };
        (words.start < and && known(words.start..and) && known(and + 1..words.end)).then_some(and)
    }

    /// The "and" between the last two entities of a mention that it ends with, and the commas between the
    /// others of such a list.
    fn joints(&self, words: &Range<usize>, entities: &[Tagged]) -> Vec<usize> {
        let from = entities.partition_point(|entity| entity.words.start < words.start);
        let inside = entities[from..].iter();
        let inside: Vec<&Tagged> = inside
            .take_while(|entity| entity.words.end <= words.end)
            .collect();
        let mut joints = Vec::new();
        for pair in inside.windows(2).rev() {
            let (before, behind) = (&pair[0], &pair[1]);
            let at = before.words.end;
            let last = joints.is_empty();
            let ends = !last || behind.words.end == words.end;
            let mark = self.word(at) == if last { "and" } else { "," };
            let near =
                (at + 1..behind.words.start).all(|i| self.is_capital(i) || self.word(i) == "the");
            if !(ends && mark && near && at < behind.words.start && before.kind == behind.kind) {
                break;
            }
            joints.push(at);
        }
        joints.reverse();
        joints
    }
}

/// A span without the words at `joints`, as the spans between them.
fn parts(span: Tagged, joints: Vec<usize>) -> Vec<Tagged> {
    let mut start = span.words.start;
    let ends = joints.into_iter().chain([span.words.end]);
    let ranges = ends.map(|end| {
        let range = start..end;
        start = end + 1;
        range
    });
    ranges
        .filter(|words| !words.is_empty())
        .map(|words| Tagged {
            words,
            ..span.clone()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words by spaces; in a text, "/" stands before a cue.
    fn cut(text: &str, kind: usize, entities: &[&str], mention: &str) -> Vec<String> {
        let plain = text.replace('/', "");
        let document = Document::new("d", &plain).unwrap();
        let (mut words, mut voice, mut at) = (Vec::new(), Vec::new(), 0);
        for (n, word) in text.split(' ').enumerate() {
            let bare = word.trim_start_matches('/');
            words.push(Span::raw(at, at + bare.len()));
            at += bare.len() + 1;
            if bare.len() < word.len() {
                voice.push(tagged(CUE, n..n + 1));
            }
        }
        let range = |part: &str| {
            let (before, _) = plain.split_once(part).unwrap();
            let start = before.split(' ').count() - 1;
            start..start + part.split(' ').count()
        };
        let sentence = Sentence::new(&document, &words, &voice);
        let entities: Vec<_> = entities.iter().map(|e| tagged(kind, range(e))).collect();
        let entities = sentence.entities(entities);
        let mentions = sentence.mentions(vec![tagged(0, range(mention))], &entities);
        let text =
            |span: &Tagged| plain.split(' ').collect::<Vec<_>>()[span.words.clone()].join(" ");
        mentions.iter().map(text).collect()
    }

    fn tagged(kind: usize, words: Range<usize>) -> Tagged {
        Tagged {
            kind,
            words,
            confidence: 0.9,
        }
    }

    #[test]
    fn a_name_ends_before_its_verb() {
        let text = "Ana Ruiz /praised Tomas Brandt .";
        let all = "Ana Ruiz praised Tomas Brandt";
        assert_eq!(cut(text, 0, &[all], all), ["Ana Ruiz", "Tomas Brandt"]);
        assert_eq!(cut(text, 0, &[], "Ana Ruiz praised"), ["Ana Ruiz"]);
        let twice = "Ana Ruiz /praised Brandt /blamed Maar .";
        let three = cut(twice, 0, &[], "Ana Ruiz praised Brandt blamed Maar");
        assert_eq!(three, ["Ana Ruiz", "Brandt", "Maar"]);
        let described = "People who /praised Ruiz left .";
        let whole = "People who praised Ruiz";
        assert_eq!(cut(described, 0, &["Ruiz"], whole), [whole]);
        let body = "The Bank of Maar /praised";
        let named = cut(&format!("{body} Ruiz ."), 0, &[], &body.replace('/', ""));
        assert_eq!(named, ["The Bank of Maar"]);
        assert_eq!(cut("/Said Ruiz .", 0, &[], "Said Ruiz"), ["Said Ruiz"]);
    }

    #[test]
    fn two_names_are_two_mentions() {
        let two = "Ana Ruiz and Tomas Brandt";
        let split = ["Ana Ruiz", "Tomas Brandt"];
        assert_eq!(cut(&format!("{two} left ."), 0, &[two], two), split);
        assert_eq!(cut(&format!("{two} left ."), 0, &split, two), split);
        let both = "Norway and the Netherlands";
        let apart = ["Norway", "the Netherlands"];
        assert_eq!(cut(&format!("{both} left ."), 1, &[both], both), apart);
        assert_eq!(
            cut(
                "Obama and Ana Ruiz left .",
                0,
                &["Obama and Ana Ruiz"],
                "Obama and Ana Ruiz"
            ),
            ["Obama", "Ana Ruiz"]
        );
        let lands = "Norway , Oman and the Netherlands";
        let listed = ["Norway", "Oman", "the Netherlands"];
        let found = cut(
            &format!("{lands} left ."),
            2,
            &["Norway", "Oman", "Netherlands"],
            lands,
        );
        assert_eq!(found, listed);
        for (whole, kind, entities) in [
            (
                "Bill and Hillary Clinton",
                0,
                ["Bill and Hillary Clinton"].as_slice(),
            ),
            ("Johnson and Johnson", 1, &["Johnson and Johnson"]),
            ("Norway and Oman talks", 2, &["Norway", "Oman"]),
            ("Ana Ruiz , Maar", 0, &["Ana Ruiz", "Maar"]),
            ("friends of Ruiz and Brandt", 0, &["Ruiz"]),
        ] {
            assert_eq!(
                cut(&format!("{whole} ended ."), kind, entities, whole),
                [whole]
            );
        }
    }
}
