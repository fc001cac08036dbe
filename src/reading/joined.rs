//! Mentions of several actors -> where they are joined.
//!
//! In go the words of a mention and the entities in it; out come the words between its actors: the "and" of "Ana Ruiz
//! and her aides", and the commas of a list of names before it. What each part between them is, `part` tells. What a reader
//! would question: two plain plurals stay one mention ("officials and diplomats"), as labellers have them, and so does what
//! hangs on a preposition ("the mayors of Maar and Norland"), since that may be of both.

mod part;

pub(super) use part::known;

use super::names::{PERSON, Sentence};
use crate::tagging::Tagged;
use part::Part;
use std::iter::once;
use std::ops::Range;

/// Words that join two actors; a "&" joins the names of one company.
const JOINING: [&str; 3] = ["AND", "and", "or"];

/// "Other members" are others than a name before them. They say nothing of an adjective: "Omani and other banks".
const OTHERS: [&str; 3] = ["another", "other", "others"];

/// Words that are half of a name before an "and": "North and South Korea".
const COMPASS: [&str; 4] = ["east", "north", "south", "west"];

/// The words of a mention that stand between its actors, in order; none for a mention of one.
pub(super) fn joints(
    sentence: &Sentence<'_>,
    mention: &Range<usize>,
    entities: &[Tagged],
) -> Vec<Range<usize>> {
    let from = entities.partition_point(|entity| entity.words.start < mention.start);
    let behind = entities.get(from..).unwrap_or(&[]).iter();
    let inside: Vec<&Tagged> = behind
        .take_while(|entity| entity.words.end <= mention.end)
        .collect();
    let marks = marks(sentence, mention, &inside);
    if !marks.iter().any(|&(_, joins)| joins) {
        return Vec::new();
    }
    let starts = once(mention.start).chain(marks.iter().map(|(mark, _)| mark.end));
    let ends = marks.iter().map(|(mark, _)| mark.start);
    let bounds = starts.zip(ends.chain(once(mention.end)));
    let part = |(start, end): (usize, usize)| {
        let from = inside.partition_point(|entity| entity.words.start < start);
        let until = inside.partition_point(|entity| entity.words.start < end);
        Part::new(sentence, start..end, inside.get(from..until).unwrap_or(&[]))
    };
    let parts: Vec<Part> = bounds.map(part).collect();
    // From the last: a comma counts only in a list that ends with an "and".
    let (mut joints, mut listed) = (Vec::new(), 0);
    for ((mark, joins), pair) in marks.iter().zip(parts.windows(2)).rev() {
        let [left, right] = pair else { continue };
        let apart = if *joins {
            are_apart(left, right)
        } else {
            listed > 0 && left.name.is_some() && right.name.is_some()
        };
        if apart {
            joints.push(mark.clone());
            listed += 1;
            continue;
        }
        // "The friends of Ruiz, Brandt and Oduya" are friends of all three.
        if left.hangs && left.name.is_none() {
            joints.truncate(joints.len() - listed);
        }
        listed = 0;
    }
    let paired = parts.first().is_some_and(|part| part.is_paired);
    if paired && !joints.is_empty() {
        joints.push(mention.start..mention.start + 1);
    }
    joints.reverse();
    joints
}

/// The commas and joining words of a mention outside its entities, and whether each joins.
fn marks(
    sentence: &Sentence<'_>,
    mention: &Range<usize>,
    entities: &[&Tagged],
) -> Vec<(Range<usize>, bool)> {
    let mut marks = Vec::new();
    let mut entities = entities.iter().peekable();
    let mut at = mention.start;
    while at < mention.end {
        if let Some(entity) = entities.next_if(|entity| entity.words.start <= at) {
            at = at.max(entity.words.end);
            continue;
        }
        // ", and" is one.
        let comma = sentence.word(at) == ",";
        let last = at + usize::from(comma);
        let joins = last < mention.end && JOINING.contains(&sentence.word(last));
        let end = last + usize::from(joins);
        if end > at {
            marks.push((at..end, joins));
        }
        at = end.max(at + 1);
    }
    marks
}

/// Whether the parts before and behind an "and" are two actors.
fn are_apart(left: &Part<'_, '_>, right: &Part<'_, '_>) -> bool {
    if left.words.is_empty() || right.words.is_empty() {
        return false;
    }
    if left.words.len() == 1 && COMPASS.contains(&left.first.as_str()) {
        return false;
    }
    // "She and Omani leaders": nothing hangs on a pronoun. But "he or she" is one.
    if left.is_subject() && !right.is_subject() {
        return true;
    }
    if OTHERS.contains(&right.first.as_str()) {
        return left.name.is_some();
    }
    if right.begins() {
        return left.name.is_some() || left.is_whole();
    }
    match (left.name, right.name) {
        // "Ruiz of Maar and Norland".
        (Some(_), Some(name)) => name.kind == PERSON || !left.is_placed(),
        (Some(name), None) => left.is_noun(name) && right.is_several(),
        (None, Some(name)) => name.kind == PERSON && left.is_plural() && !left.hangs,
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Document, Span};

    /// The parts of a mention. Words by spaces; entities in brackets, with their kind: "[0 Ana Ruiz]".
    fn parted(text: &str) -> Vec<String> {
        let (mut plain, mut entities, mut open) = (Vec::new(), Vec::new(), None);
        for word in text.split(' ') {
            if let Some(kind) = word.strip_prefix('[') {
                open = Some((kind.parse::<usize>().unwrap(), plain.len()));
                continue;
            }
            plain.push(word.trim_end_matches(']'));
            if word.ends_with(']') {
                let (kind, start) = open.take().unwrap();
                entities.push(Tagged {
                    kind,
                    words: start..plain.len(),
                    confidence: 0.9,
                });
            }
        }
        let document = Document::new("d", plain.join(" ")).unwrap();
        let mut at = 0;
        let spans = plain.iter().map(|word| {
            let span = Span::raw(at, at + word.len());
            at += word.len() + 1;
            span
        });
        let spans: Vec<Span> = spans.collect();
        let sentence = Sentence::new(&document, &spans, &[]);
        let mut found = Vec::new();
        let mut start = 0;
        let end = plain.len()..plain.len();
        for joint in joints(&sentence, &(0..plain.len()), &entities)
            .into_iter()
            .chain(once(end))
        {
            if start < joint.start {
                found.push(plain[start..joint.start].join(" "));
            }
            start = joint.end;
        }
        found
    }

    #[test]
    fn two_actors_are_told_apart() {
        #[rustfmt::skip] // one case a line
        let cases: &[(&str, &[&str])] = &[
            ("Both [1 Maar] and the [3 Brandtists]", &["Maar", "the Brandtists"]),
            ("[0 Ana Ruiz] and mayor [0 Tomas Brandt]", &["Ana Ruiz", "mayor Tomas Brandt"]),
            ("[0 Ana Ruiz] or [0 Brandt]", &["Ana Ruiz", "Brandt"]),
            ("Governor [0 Ruiz] and [2 Maar]", &["Governor Ruiz", "Maar"]),
            ("[0 Ana Ruiz] ( Maar ) and [0 Oduya] ( Norland )", &["Ana Ruiz ( Maar )", "Oduya ( Norland )"]),
            ("[0 Ana Ruiz] of [2 Maar] , and [0 Oduya] of [2 Norland]", &["Ana Ruiz of Maar", "Oduya of Norland"]),
            ("Former Secretary of State [0 Ana Ruiz] and [0 Brandt]", &["Former Secretary of State Ana Ruiz", "Brandt"]),
            ("[1 Maar Air] , [1 Norland Bank] , and the [1 Oduya Group]", &["Maar Air", "Norland Bank", "the Oduya Group"]),
            ("[0 Ana Ruiz] and her aides", &["Ana Ruiz", "her aides"]),
            ("[0 Ana Ruiz] and other members of the [1 Harbour League]", &["Ana Ruiz", "other members of the Harbour League"]),
            ("He and his wife , [0 Ana]", &["He", "his wife , Ana"]),
            ("the mayor and her aides", &["the mayor", "her aides"]),
            ("unions and the [1 Harbour League]", &["unions", "the Harbour League"]),
            ("harbour unions and mayor [0 Ana Ruiz]", &["harbour unions", "mayor Ana Ruiz"]),
            ("[0 Ruiz] and maritime unions", &["Ruiz", "maritime unions"]),
            ("[2 Oman] and Iranian banks", &["Oman", "Iranian banks"]),
            ("[2 Oman] and European countries", &["Oman", "European countries"]),
            ("She and [3 Omani] leaders", &["She", "Omani leaders"]),
        ];
        for (text, expected) in cases {
            assert_eq!(parted(text), *expected, "{text}");
        }
    }

    #[test]
    fn one_actor_stays_whole() {
        for text in [
            "officials and diplomats",
            "gay and lesbian couples",
            "his or her aides",
            "he or she",
            "the mayor and chairman of the board",
            "the mayor and chairman [0 Ana Ruiz]",
            "the mayors of [2 Maar] and [2 Norland]",
            "friends of [0 Ruiz] , [0 Brandt] and [0 Oduya]",
            "the lawyer for the campaign and the party",
            "[0 Ruiz] of [2 Maar] and [2 Norland]",
            "[0 Ruiz] and [0 Brandt] voters",
            "[2 Oman] and [2 Iran] experts",
            "[3 Omani] and [3 Iranian] troops",
            "[3 Omani] and other banks",
            "[2 U.S.] and allied officials",
            "the [1 House] and [1 Senate] committees",
            "[1 Trade and Industry Department]",
            "[0 Brandt] & [0 Oduya]",
            "[2 North] and [2 South Korea]",
            "[0 Ana Ruiz] , [2 Maar]",
            "and",
        ] {
            let whole = text.replace(']', "");
            let words = whole.split(' ').filter(|word| !word.starts_with('['));
            let whole = words.collect::<Vec<_>>().join(" ");
            let found = parted(text);
            assert_eq!(found.join("|"), whole, "{text}");
        }
    }
}
