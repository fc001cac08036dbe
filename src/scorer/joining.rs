//! Holders and targets of every sentence -> instances.
//!
//! In goes an identified document; out come its [`Instance`]s: for each target the holders of its
//! sentence, whoever speaks it, and the narrator, as far as a stance head says that there is a stance.
//! What a reader would question: a sentence counts once for a speaker and an actor, however often it
//! repeats the names. Its instance stands at the surest pair of mentions and has the mean of all of
//! them, those in compounds ("Iran-Saudi talks") left out where there is a plain one.

use super::Identified;
use super::Options;
use super::mentions::Found;
use super::speakers::Speakers;
use crate::actors::titles::title_at;
use crate::actors::words::{Word, words};
use crate::actors::{ActorType, Gazetteer, MentionKind, Pronoun};
use crate::analysis::Voice;
use crate::attribution::Places;
use crate::attribution::quotes::quote_around;
use crate::document::{Document, Span};
use crate::instance::{Candidate, Context, Instance, Pair};
use crate::model::Model;
use crate::segment::dateline;
use crate::stance::{Explanation, Features, Head, HolderKind, Stance, StanceScore};
use crate::tagging::meet;
use std::collections::BTreeMap;
use std::ops::Range;

/// Most holders of a sentence that are considered for one target, the nearest first: a sentence of
/// thousands of names must not cost their square.
const MAX_HOLDERS: usize = 12;

fn nearest_holders(holders: &[usize], found: &[Found], target: usize) -> Vec<usize> {
    let gap = |&holder: &usize| {
        let (h, t) = (&found[holder].words, &found[target].words);
        h.start
            .saturating_sub(t.end)
            .max(t.start.saturating_sub(h.end))
    };
    // Holders are in order of the text, so the nearest stand around the target.
    let at = holders.partition_point(|&holder| holder < target);
    let around = at.saturating_sub(MAX_HOLDERS)..(at + MAX_HOLDERS).min(holders.len());
    let mut near = holders[around].to_vec();
    near.sort_by_key(gap);
    near.truncate(MAX_HOLDERS);
    near
}

/// Whether a name is part of a hyphenated compound, which is about what the parts have in common.
fn is_in_compound(document: &Document, span: Span) -> bool {
    let hyphen = ['-', '\u{2010}', '\u{2011}', '\u{2013}'];
    let (before, after) = (
        document.text().get(..span.start()),
        document.text().get(span.end()..),
    );
    before.is_some_and(|text| text.ends_with(hyphen))
        || after.is_some_and(|text| text.starts_with(hyphen))
}

/// The instances of a document, in order of the text.
pub(super) fn instances(
    model: &Model,
    identified: &Identified<'_>,
    speakers: &mut Speakers<'_>,
    options: &Options<'_>,
) -> Vec<Instance> {
    let Identified {
        document,
        reading,
        found,
        clusters,
        voices,
    } = identified;
    let by_sentence = reading.attributions_by_sentence();
    let mut all = Vec::new();
    let mut start = 0;
    while let Some(first) = found.get(start) {
        let sentence = first.candidate.sentence;
        let n = found[start..]
            .iter()
            .take_while(|f| f.candidate.sentence == sentence)
            .count();
        let local = start..start + n;
        start += n;
        let holders: Vec<usize> = local.clone().filter(|&i| found[i].is_holder).collect();
        let holder_words: Vec<Range<usize>> =
            holders.iter().map(|&i| found[i].words.clone()).collect();
        let named = |&i: &usize| clusters.mention_kind(i) == Some(MentionKind::Name);
        let mut names = local.clone().filter(named);
        let whole = reading.sentences[sentence];
        if is_label(document, whole)
            || names.any(|i| is_called(document, whole, found[i].candidate.span))
        {
            continue;
        }
        let numbers = &by_sentence[sentence];
        let attributions: Vec<_> = numbers.iter().map(|&i| &reading.attributions[i]).collect();
        let context = Context {
            document,
            sentence,
            words: &reading.words[sentence],
            holders: &holder_words,
            attributions: &attributions,
            quotes: &reading.quotes,
        };
        let name = document
            .turn_at(reading.sentences[sentence].start())
            .map(|turn| turn.speaker.as_str())
            .or(document.speaker());
        let turn = name.map(|name| speakers.of_name(clusters, name));
        let mut stands = Stands {
            model,
            context: &context,
            places: reading.places(sentence),
            by_pair: BTreeMap::new(),
        };
        for target in local.filter(|&i| found[i].is_target) {
            let Some(actor) = clusters.actor_of(target) else {
                continue;
            };
            let span = found[target].candidate.span;
            if named(&target)
                && clusters.actors()[actor].kind != ActorType::Person
                && qualifies(document, span)
            {
                continue;
            }
            // "we" is more than the one who says it.
            let we = Pronoun::of(document.slice(span)) == Some(Pronoun::First { plural: true });
            if we && clusters.actors()[actor].kind == ActorType::Person {
                continue;
            }
            for holder in nearest_holders(&holders, found, target) {
                let Some(who) = clusters.actor_of(holder) else {
                    continue;
                };
                let (h, t) = (&found[holder].words, &found[target].words);
                if holder == target || meet(h, t) {
                    continue;
                }
                let speaker = speakers.of_actor(clusters, who);
                let candidate = Candidate::Named(h.clone());
                stands.consider(t, actor, &candidate, Some(speaker), who == actor);
            }
            let around = reading.attributions_around(sentence, span);
            let running = around.iter().rev().find_map(|&i| {
                let runs = !reading.attributions[i].speaks_in(sentence);
                match voices[i] {
                    Voice::Speaker(speaker) if runs => Some(speaker),
                    Voice::Speaker(_) | Voice::Unknown(..) => None,
                }
            });
            if let Some(speaker) = turn.or(running) {
                let same = speakers.all[speaker].actor == Some(actor);
                let words = &found[target].words;
                stands.consider(words, actor, &Candidate::Implicit, Some(speaker), same);
            }
            if turn.is_none() {
                stands.consider(&found[target].words, actor, &Candidate::Author, None, false);
            }
        }
        all.extend(stands.instances(options.explain));
    }
    all.retain(|instance| instance.score.none <= 1.0 - options.min_confidence);
    all.sort_by_key(|instance| (instance.sentence, instance.target, instance.speaker));
    all
}

/// Whether a sentence is nothing but a name, with a title or without: "Senator Ruiz?"
fn is_called(document: &Document, sentence: Span, name: Span) -> bool {
    let text = document.text();
    let (Some(before), Some(behind)) = (
        text.get(sentence.start()..name.start()),
        text.get(name.end()..sentence.end()),
    ) else {
        return false;
    };
    let titles = Gazetteer::built_in().title_table();
    let before = words(before);
    let title = title_at(&before, titles).is_some_and(|(_, n)| n == before.len());
    !behind.contains(char::is_alphanumeric) && (before.is_empty() || title)
}

/// The most words between a name and the person whose office it belongs to.
const WORDS_OF_OFFICE: usize = 4;

/// Nouns of persons that no title is made of. Sorted.
#[rustfmt::skip] // a word a line would hide the code
const OFFICES: &[&str] = &[
    "activist", "adviser", "advisor", "aide", "analyst", "anchor", "candidate", "columnist", "consultant",
    "contender", "correspondent", "director", "donor", "editor", "executive", "founder", "frontrunner",
    "host", "lawmaker", "manager", "nominee", "operative", "pundit", "reporter", "spokesman",
    "spokesperson", "spokeswoman", "strategist", "supporter",
];

/// Words in lower case that may stand between a name and an office.
#[rustfmt::skip] // a word a line would hide the code
const OF_OFFICES: &[&str] = &[
    "campaign", "communications", "congressional", "deputy", "foreign", "former", "gubernatorial", "news",
    "national", "opinion", "party", "policy", "political", "presidential", "press", "senior", "vice",
];

/// Whether a name only says whose office somebody has who is named behind it: "Harbour League manager Ana Ruiz".
fn qualifies(document: &Document, name: Span) -> bool {
    let text = document.text();
    let end = text.floor_char_boundary((name.end() + 80).min(text.len()));
    let Some(behind) = text
        .get(name.end()..end)
        .filter(|rest| rest.starts_with(' '))
    else {
        return false;
    };
    let titles = Gazetteer::built_in().title_table();
    let behind = words(behind);
    let mut rest = behind.as_slice();
    for _ in 0..WORDS_OF_OFFICE {
        let [word, after @ ..] = rest else {
            return false;
        };
        let title = title_at(rest, titles).map(|(_, n)| n);
        let office = OFFICES.binary_search(&word.text).is_ok().then_some(1);
        if let Some(n) = title.or(office) {
            let named = rest.get(n).is_some_and(Word::is_capital);
            let joined = rest
                .get(..n)
                .is_some_and(|office| office.iter().all(|word| !word.closes));
            return named && joined;
        }
        if word.closes || word.possessive || !(word.is_capital() || OF_OFFICES.contains(&word.text))
        {
            return false;
        }
        rest = after;
    }
    false
}

/// Whether a sentence only says whose turn begins behind it ("RUIZ:"), or where an article was written.
fn is_label(document: &Document, sentence: Span) -> bool {
    let text = document.slice(sentence);
    if dateline(text) == Some(text.len()) {
        return true;
    }
    let turns = document.turns();
    let next = turns.partition_point(|turn| turn.span.start() < sentence.end());
    let outside = document.turn_at(sentence.start()).is_none();
    let marks = |c: char| c == '*' || c.is_whitespace();
    let adjacent = turns.get(next).is_some_and(|turn| {
        let between = document.text().get(sentence.end()..turn.span.start());
        between.is_some_and(|between| between.chars().all(marks))
    });
    outside && text.trim_end_matches(marks).ends_with(':') && adjacent
}

/// A holder's mention and a target's mention, scored.
struct Stand {
    kind: HolderKind,
    features: Features,
    score: StanceScore,
    same_actor: bool,
}

/// What the mentions of a sentence say of its speakers and actors.
struct Stands<'a> {
    model: &'a Model,
    context: &'a Context<'a>,
    places: &'a Places,
    /// By speaker and actor.
    by_pair: BTreeMap<(Option<usize>, usize), Vec<Stand>>,
}

impl Stands<'_> {
    /// Scores a pair of mentions.
    fn consider(
        &mut self,
        target: &Range<usize>,
        actor: usize,
        holder: &Candidate,
        speaker: Option<usize>,
        same_actor: bool,
    ) {
        let kind = holder.kind();
        let pair = Pair {
            target,
            holder,
            same_actor,
        };
        let features = self.context.features(self.places, pair);
        let head = self.model.stance(Head::from(kind));
        let score = head.score(self.context.words, &features);
        self.by_pair
            .entry((speaker, actor))
            .or_default()
            .push(Stand {
                kind,
                features,
                score,
                same_actor,
            });
    }

    /// One instance for every speaker and actor that have a stance.
    fn instances(self, explain: bool) -> impl Iterator<Item = Instance> {
        let Self {
            model,
            context,
            places,
            by_pair,
        } = self;
        by_pair
            .into_iter()
            .filter_map(move |((speaker, actor), mut stands)| {
                stands.sort_by(|a, b| a.score.none.total_cmp(&b.score.none));
                let kind = stands.first()?.kind;
                stands.retain(|stand| stand.kind == kind);
                let in_compound = |stand: &Stand| {
                    is_in_compound(context.document, context.span(&stand.features.target))
                };
                if !stands.iter().all(in_compound) {
                    stands.retain(|stand| !in_compound(stand));
                }
                let surest = stands.first()?;
                let scores: Vec<StanceScore> = stands.iter().map(|stand| stand.score).collect();
                let score = StanceScore::mean(&scores);
                let max_none = model.heads().decision.max_none[kind as usize];
                // A holder's plain mention of itself is no stance.
                let plain = surest.same_actor && score.stance() == Stance::Neutral;
                if surest.score.none > max_none || plain {
                    return None;
                }
                let head = model.stance(Head::from(kind));
                let target = context.span(&surest.features.target);
                Some(Instance {
                    sentence: context.sentence,
                    kind,
                    speaker,
                    actor,
                    target,
                    holder: surest.features.holder.as_ref().map(|h| context.span(h)),
                    quoted: quote_around(context.quotes, target).is_some(),
                    depth: places.around(target).len(),
                    score,
                    explanation: explain.then(|| {
                        let each = stands.iter().map(|stand| {
                            let why = head.explain(context.words, &stand.features);
                            (stand.score.weight(), why)
                        });
                        Explanation::mean(each.collect())
                    }),
                })
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_called_or_qualify_are_told() {
        let ask = |told: fn(&Document, Span) -> bool, text: &str, name: &str| {
            let document = Document::new("d", text).unwrap();
            let start = text.find(name).unwrap();
            told(&document, document.span(start, start + name.len()).unwrap())
        };
        let called =
            |document: &Document, name: Span| is_called(document, document.span_of_text(), name);
        for (text, told) in [
            ("Senator Ruiz?", true),
            ("“Ruiz.”", true),
            ("Ruiz!", true),
            ("Ruiz left.", false),
            ("Not Ruiz.", false),
        ] {
            assert_eq!(ask(called, text, "Ruiz"), told, "{text}");
        }
        for (text, told) in [
            ("Maar manager Ana Ruiz left.", true),
            ("Maar presidential candidate Ana Ruiz left.", true),
            ("Maar Sen. Ana Ruiz left.", true),
            ("Maar Prime Minister Ana Ruiz left.", true),
            ("Maar attacked President Ruiz.", false),
            ("Maar, said Sen. Ruiz, left.", false),
            ("Maar's manager Ana Ruiz left.", false),
            ("Maar manager said no.", false),
            ("Maar President, Ana said.", false),
        ] {
            assert_eq!(ask(qualifies, text, "Maar"), told, "{text}");
        }
        assert!(OFFICES.is_sorted());
    }

    #[test]
    fn names_in_compounds_are_told() {
        let text = "Iran-Saudi talks, a Paris–Berlin axis; Iran, and pro-Maar – Oduya - voters";
        let document = Document::new("d", text).unwrap();
        let told: Vec<_> = [
            "Iran", "Saudi", "Paris", "Berlin", "Maar", "Oduya", "voters",
        ]
        .into_iter()
        .map(|name| {
            let start = text.find(name).unwrap();
            is_in_compound(&document, document.span(start, start + name.len()).unwrap())
        })
        .collect();
        assert_eq!(told, [true, true, true, true, true, false, false]);
        let plain = text.rfind("Iran").unwrap();
        let plain = document.span(plain, plain + 4).unwrap();
        assert!(!is_in_compound(&document, plain));
    }
}
