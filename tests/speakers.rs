//! Who is who in whole documents: given speakers, pronouns, quotations without a cue, labels and datelines.

use crate::pipeline::SCORER;
use stance::analysis::{Analysis, SpeakerKind, Voice};
use stance::document::Document;
use stance::encoder::Worker;
use stance::scorer::Options;
use std::collections::BTreeSet;

fn analyze(document: &Document) -> Analysis {
    let options = Options::default();
    SCORER
        .analyze(document, &options, &[Worker::new()])
        .unwrap()
}

fn read(text: &str) -> Analysis {
    analyze(&Document::new("t", text).unwrap())
}

/// Ids of holder and target of every instance that has a speaker.
fn stands(analysis: &Analysis) -> Vec<(&str, &str)> {
    let all = analysis.instances.iter();
    all.filter_map(|i| {
        let speaker = &analysis.speakers[i.speaker?];
        Some((speaker.id.as_str(), analysis.actors[i.actor].id.as_str()))
    })
    .collect()
}

#[test]
fn a_given_speaker_is_a_known_actor_or_a_person_of_that_name() {
    let speech = |speaker: &str, text: &str| {
        let document = Document::new("t", text).unwrap();
        analyze(&document.with_speaker(speaker))
    };
    // Mentioned under another name, or not at all: one id.
    for text in ["We condemn Russia. Washington left.", "I condemn Russia."] {
        let analysis = speech("US", text);
        let ids: Vec<&str> = analysis.speakers.iter().map(|s| s.id.as_str()).collect();
        assert_eq!(ids, ["usa"], "{text}");
        assert_eq!(analysis.speakers[0].kind, SpeakerKind::Country);
    }
    let text = "Bill Clinton was a great president. I condemn Russia.";
    let analysis = speech("Hillary Clinton", text);
    assert!(
        stands(&analysis).contains(&("hillary-clinton", "rus")),
        "{:?}",
        stands(&analysis)
    );
    assert!(
        analysis
            .speakers
            .iter()
            .all(|s| s.id != "bill-clinton" || s.forms == ["Bill Clinton"])
    );
    let analysis = speech(
        "SEN. RUIZ",
        "Ana Ruiz spoke on Monday. Ms. Ruiz left. I condemn Russia.",
    );
    assert!(stands(&analysis).contains(&("ana-ruiz", "rus")));
    assert!(speech("  ", "I condemn Russia.").speakers.is_empty());
}

#[test]
fn an_attribution_ends_with_its_turn() {
    let text = "PRESIDENT RUIZ: I support Ukraine.\n\
        PRESIDENT MAAR: Thank you, Ana. I'm grateful to America. Russia is a terrorist.";
    let document = Document::transcript("t", text).unwrap();
    let analysis = analyze(&document);
    let mut heard = BTreeSet::new();
    for attribution in &analysis.attributions {
        let starts = attribution.contents.iter().map(|c| c.span.start());
        let turns = starts.map(|start| document.turn_at(start).map(|turn| turn.speaker.as_str()));
        let turns: BTreeSet<_> = turns.collect();
        assert_eq!(turns.len(), 1, "{attribution:?}");
        heard.extend(turns);
    }
    let expected = [Some("PRESIDENT MAAR"), Some("PRESIDENT RUIZ")];
    assert_eq!(heard, BTreeSet::from(expected));
}

#[test]
fn who_asks_is_named_behind_the_question() {
    let text = "\"Why does Russia bomb hospitals?\" Joe Biden asked reporters. \
        \"Russia is a terrorist state.\"";
    let analysis = read(text);
    let ids: Vec<&str> = analysis.speakers.iter().map(|s| s.id.as_str()).collect();
    assert_eq!(ids, ["joe-biden"]);
    assert!(stands(&analysis).contains(&("joe-biden", "rus")));
}

#[test]
fn whom_a_text_never_names_is_unnamed() {
    let kind = |text: &str, id: &str| {
        let analysis = read(text);
        let mut speakers = analysis.speakers.iter();
        speakers.find(|s| s.id == id).map(|speaker| speaker.kind)
    };
    let said = "The senator said on Monday: \"I condemn Russia and its attack on Norway.\"";
    assert_eq!(kind(said, "senator"), Some(SpeakerKind::Unnamed));
    let said = "Senator Ana Ruiz said on Monday: \"I condemn Russia and its attack on Norway.\"";
    assert_eq!(kind(said, "ana-ruiz"), Some(SpeakerKind::Person));
}

#[test]
fn an_object_is_not_its_own_subject() {
    let analysis = read("George Bush met Tony Blair. Blair praised him.");
    let stands = stands(&analysis);
    assert!(
        stands.contains(&("tony-blair", "george-bush")),
        "{stands:?}"
    );
    assert!(
        !stands.contains(&("tony-blair", "tony-blair")),
        "{stands:?}"
    );
}

#[test]
fn a_quotation_behind_one_person_is_hers_unless_it_addresses_her() {
    let speaker = |text: &str| {
        let analysis = read(text);
        match analysis.voices.first()? {
            Voice::Speaker(speaker) => Some(analysis.speakers[*speaker].id.clone()),
            Voice::Unknown(..) => None,
        }
    };
    let said = "Tomas Brandt disagreed. \"Russia is our friend and we love Norway.\"";
    assert_eq!(speaker(said).as_deref(), Some("tomas-brandt"));
    let heard = "Ana Ruiz was booed. \"You are a liar and a friend of Putin and Russia!\"";
    assert_eq!(speaker(heard), None);
}

#[test]
fn labels_and_datelines_take_no_stand() {
    let text = "TAPPER: Welcome.\nRUIZ: I condemn Norway.\n";
    let document = Document::transcript("t", text).unwrap();
    let analysis = analyze(&document);
    let stated = |i: &stance::instance::Instance| document.slice(analysis.sentences[i.sentence]);
    assert!(!analysis.instances.is_empty());
    assert!(analysis.instances.iter().all(|i| !stated(i).ends_with(':')));
    let analysis = read("TEHRAN (AP) -- Ana Ruiz condemned Norway.");
    assert_eq!(analysis.sentences.len(), 2);
    assert!(stands(&analysis).contains(&("ana-ruiz", "nor")));
    assert!(analysis.instances.iter().all(|i| i.sentence == 1));
    let headline = read("OBAMA PRAISES MERKEL -- AIDE");
    assert_eq!(headline.sentences.len(), 1);
}

#[test]
fn white_space_in_a_name_is_a_space() {
    for text in [
        "The United\u{a0}Kingdom condemned Russia.",
        "The United  Kingdom condemned Russia.",
    ] {
        let analysis = read(text);
        let stands = stands(&analysis);
        assert!(stands.contains(&("gbr", "rus")), "{text:?} {stands:?}");
        let names = analysis.actors.iter().flat_map(|actor| &actor.forms);
        assert!(
            names
                .clone()
                .all(|name| !name.contains(['\u{a0}', '\r', '\n'])),
            "{text:?}"
        );
    }
}

#[test]
fn plain_texts_are_read_plainly() {
    for (text, expected, not) in [
        (
            "Vice President Kamala Harris spoke in Ohio. The vice president condemned Iran.",
            ("kamala-harris", "irn"),
            ("vice-president", "irn"),
        ),
        (
            "Starmer spoke first. Boris Johnson ignored him. Rishi Sunak praised him.",
            ("rishi-sunak", "boris-johnson"),
            ("rishi-sunak", "rishi-sunak"),
        ),
        (
            "Jim Jordan and Matt Gaetz attacked Google.",
            ("matt-gaetz", "org.company.google"),
            ("jim-jordan-and-matt-gaetz", "org.company.google"),
        ),
        (
            "Moscow's threats were reckless, Downing Street said. Washington condemned Moscow.",
            ("usa", "rus"),
            ("washington", "rus"),
        ),
        (
            "Vladimir Putin's spokesman, Dmitry Peskov, said Ukraine was a criminal state.",
            ("dmitry-peskov", "ukr"),
            ("vladimir-putin", "ukr"),
        ),
        (
            "Kamala Harris, the vice president, spoke in Ohio. Iran condemned the vice president.",
            ("irn", "kamala-harris"),
            ("irn", "vice-president"),
        ),
        (
            "Ana Ruiz condemned Hezbollah policy. President Joseph Aoun defended it.",
            ("ana-ruiz", "armed.hezbollah"),
            ("joseph-aoun", "joseph-aoun"),
        ),
    ] {
        let analysis = read(text);
        let found = stands(&analysis);
        assert!(found.contains(&expected), "{text}: {found:?}");
        assert!(!found.contains(&not), "{text}: {found:?}");
    }
}
