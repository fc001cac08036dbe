//! Names of places that only say where something is.
//!
//! In go a known name and its sentence; out comes whether it stands behind "in" as a scene: a capital ("in Moscow"), a
//! part of a country ("in Gaza"), or one of several countries ("in Oman, Yemen and Iraq"). What a reader would question:
//! one country alone is left to the classifiers, since who speaks of "the regime's crimes in Oman" may well mean Oman.
//! Counted on the labelled training articles and speeches: of some 420 such names fewer than 15 are marked with a stance.

use super::Reader;
use crate::actors::ActorType;
use crate::actors::gazetteer::{FormKind, Gazetteer};
use crate::actors::known::{Known, KnownName};
use crate::document::Span;

/// Words behind which a place is where something is. Sorted.
const WHERE: &[&str] = &["across", "in", "inside", "near", "outside", "throughout"];

/// Words between them and the place. Sorted.
#[rustfmt::skip] // a word a line would hide the code
const SKIPPED: &[&str] = &[
    "both", "central", "eastern", "former", "northern", "occupied", "southern", "the", "western",
];

/// Words with which "in" says whom somebody trusts. Sorted.
#[rustfmt::skip] // a word a line would hide the code
const TRUSTING: &[&str] = &[
    "belief", "believe", "believed", "believes", "confidence", "distrust", "faith", "hope", "trust",
];

/// Words that join the last of several places. Sorted.
const JOINING: &[&str] = &["and", "or"];

/// The most places of a list that are looked at, before the name and behind it.
const MAX_LISTED: usize = 16;

/// How far before and behind a place is looked, in bytes.
const REACH: usize = 48;

/// The places that a name is listed with.
#[derive(Default)]
struct List {
    /// Whether others stand before it.
    goes_on: bool,
    commas: usize,
    /// Whether an "and" joins any of them.
    joined: bool,
    /// Whether "in" begins the sentence: behind "In Oman," the comma may end the place.
    opens: bool,
}

impl Reader<'_> {
    /// Whether a known name only says where something is.
    pub(super) fn is_scene(&self, name: &KnownName, sentence: Span) -> bool {
        if !is_place(name) || self.goes_with_what_follows(name) {
            return false;
        }
        let Some(mut list) = self.listed_before(name, sentence) else {
            return false;
        };
        if is_part(name) && !list.goes_on {
            return true;
        }
        self.add_listed_behind(name, &mut list);
        (list.joined || list.commas > 1) && !(list.opens && list.commas > 0)
    }

    /// Whether the name is another's: "Moscow's envoy", "Moscow-backed".
    fn goes_with_what_follows(&self, name: &KnownName) -> bool {
        let behind = self.document.text().get(name.span.end()..);
        behind.is_some_and(|behind| behind.starts_with(['\'', '’', '-']))
    }

    /// The places before the name, back to the word that says where; `None` without such a word.
    fn listed_before(&self, name: &KnownName, sentence: Span) -> Option<List> {
        let text = self.document.text();
        let mut list = List::default();
        let mut start = name.span.start();
        for _ in 0..MAX_LISTED {
            let reach = text.floor_char_boundary(start.saturating_sub(REACH));
            let from = reach.max(sentence.start());
            let mut before = text.get(from..start)?.trim_end();
            while let Some(rest) = without_last(before, SKIPPED) {
                before = rest;
            }
            if let Some(rest) = without_last(before, WHERE) {
                let trusts = without_last(rest, TRUSTING).is_some();
                list.opens = !rest.contains(char::is_alphanumeric);
                return (!trusts).then_some(list);
            }
            let joined = without_last(before, JOINING);
            let rest = joined.unwrap_or(before);
            let listed = rest.strip_suffix(',');
            if joined.is_none() && listed.is_none() {
                return None;
            }
            let end = from + listed.unwrap_or(rest).len();
            let at = self.known.partition_point(|other| other.span.start() < end);
            let previous = self.known.get(at.checked_sub(1)?)?;
            if previous.span.end() != end || !is_place(previous) {
                return None;
            }
            list.goes_on = true;
            list.joined |= joined.is_some();
            list.commas += usize::from(listed.is_some());
            start = previous.span.start();
        }
        None
    }

    /// Adds the places behind the name, as far as the list goes.
    fn add_listed_behind(&self, name: &KnownName, list: &mut List) {
        let mut end = name.span.end();
        let at = self.known.partition_point(|other| other.span.start() < end);
        let behind = self.known.get(at..).unwrap_or(&[]);
        for next in behind.iter().take(MAX_LISTED) {
            let gap = self.document.text().get(end..next.span.start());
            let Some(gap) = gap.filter(|gap| gap.len() <= REACH && is_place(next)) else {
                return;
            };
            let listed = gap.strip_prefix(',');
            let mut between = listed.unwrap_or(gap).split_whitespace();
            let mut joined = false;
            let fits = between.all(|word| {
                joined |= JOINING.contains(&word);
                JOINING.contains(&word) || SKIPPED.contains(&word)
            });
            let linked = fits && (joined || listed.is_some());
            if !linked || self.goes_with_what_follows(next) {
                return;
            }
            list.commas += usize::from(listed.is_some());
            list.joined |= joined;
            if joined {
                return;
            }
            end = next.span.end();
        }
    }
}

/// Whether a name is a country, a part of one or a capital that the library knows by itself: whom a caller lists is asked
/// for wherever it stands.
fn is_place(name: &KnownName) -> bool {
    let place = match name.form {
        FormKind::Metonym => true,
        FormKind::Name => name.kind == ActorType::Country,
        FormKind::Demonym => false,
    };
    place && matches!(name.who, Known::Gazetteer(_))
}

/// Whether a place is a capital, or a part of a country.
fn is_part(name: &KnownName) -> bool {
    let Known::Gazetteer(actor) = name.who else {
        return false;
    };
    let entry = Gazetteer::built_in().entry(actor);
    name.form == FormKind::Metonym || entry.is_some_and(|entry| entry.id.contains('.'))
}

/// The text without its last word, if that is on the list.
fn without_last<'t>(text: &'t str, list: &[&str]) -> Option<&'t str> {
    let last = text.rsplit(|c: char| !c.is_alphabetic()).next()?;
    let word = last.to_lowercase();
    list.binary_search(&word.as_str()).ok()?;
    Some(text.strip_suffix(last)?.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::readings::{Reading, read};

    #[test]
    fn lists_are_sorted() {
        for list in [WHERE, SKIPPED, TRUSTING, JOINING] {
            assert!(list.is_sorted(), "{list:?}");
        }
    }

    #[test]
    fn scenes_are_no_actors() {
        for (text, mention) in [
            ("He met Ruiz in Moscow.", "Moscow"),
            ("Rockets hit schools in the Gaza Strip.", "Gaza Strip"),
            ("Schools in Texas and Ohio closed.", "Texas"),
            ("Schools in Texas and Ohio closed.", "Ohio"),
            ("In Oman and northern Yemen it rained.", "northern Yemen"),
            ("It rained in Oman, the Sudan and Iraq.", "Oman"),
            ("It rained in Oman, the Sudan and Iraq.", "the Sudan"),
            ("It rained in Oman, the Sudan and Iraq.", "Iraq"),
            ("It rained across Oman, Yemen, Iraq.", "Iraq"),
        ] {
            let reading = read(text, mention);
            assert!(matches!(reading, Reading::Open), "{text}: {reading:?}");
        }
    }

    #[test]
    fn other_places_are_actors() {
        for (text, mention) in [
            ("Moscow spoke in anger.", "Moscow"),
            ("There was fear in Oman.", "Oman"),
            ("He has faith in Moscow.", "Moscow"),
            ("It is in Moscow's hands.", "Moscow"),
            ("In Iraq, Oman and Yemen met.", "Oman"),
            ("In Iraq, Oman and Yemen met.", "Iraq"),
            ("He said in Iraq, Oman had failed.", "Oman"),
            ("He spoke with Oman and Yemen.", "Yemen"),
            ("It came from Texas.", "Texas"),
            ("It rained in Oman, Yemen's friend.", "Oman"),
        ] {
            let reading = read(text, mention);
            assert!(
                matches!(reading, Reading::Known { .. }),
                "{text}: {reading:?}"
            );
        }
    }
}
