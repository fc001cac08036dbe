//! Short texts that are easy to read wrongly, read whole by the built-in model: who says what of whom.

use stance::analysis::Analysis;
use stance::document::Document;
use stance::encoder::Worker;
use stance::profile::Verdict::{self, Against, Favour, Mixed};
use stance::scorer::Options;

use crate::pipeline::SCORER;

fn analyze(text: &str) -> Analysis {
    let document = Document::new("t", text).unwrap();
    let workers = [Worker::new(), Worker::new()];
    SCORER
        .analyze(&document, &Options::default(), &workers)
        .unwrap()
}

/// The verdict of the profile of a speaker and an actor, each by one of its name forms.
fn verdict(analysis: &Analysis, speaker: &str, actor: &str) -> Option<Verdict> {
    let named = |forms: &[String], name: &str| forms.iter().any(|form| form == name);
    let profile = analysis.profiles.iter().find(|profile| {
        named(&analysis.speakers[profile.speaker].forms, speaker)
            && named(&analysis.actors[profile.actor].forms, actor)
    })?;
    Some(profile.sums.verdict())
}

#[test]
fn syntax_that_hides_who_holds_a_stance() {
    let cases = [
        // "According to", passive, "for his part".
        (
            "According to Marta Oduya, the Harbour League has betrayed its own members.",
            ("Marta Oduya", "Harbour League", Against),
        ),
        (
            "The Harbour League was accused by Norway of breaking the agreement.",
            ("Norway", "Harbour League", Against),
        ),
        (
            "Marta Oduya spoke first.\n\nPeter Lindqvist, for his part, thanked Norway for its patience.",
            ("Peter Lindqvist", "Norway", Favour),
        ),
        // A quotation that is opened anew in each paragraph and closed in the last.
        (
            "“The council is a disgrace,” Ilse Vank said. “It has robbed this city.\n\n“The council should resign,” she added.",
            ("Ilse Vank", "council", Against),
        ),
        // Of oneself.
        (
            "\"I have served this city well, and I am proud of what I did,\" Mayor Ilse Vank said.",
            ("Ilse Vank", "Ilse Vank", Favour),
        ),
    ];
    for (text, (speaker, actor, expected)) in cases {
        let analysis = analyze(text);
        assert_eq!(verdict(&analysis, speaker, actor), Some(expected), "{text}");
    }
}

#[test]
fn quotations_in_quotations_that_nobody_closes_have_their_source() {
    let text = "The talks failed.\n\nTomas Reyes said: \"Minister Adler told me 'the union is a gang of \
                thieves' and I believe him.\n\nIt rained all day.";
    let analysis = analyze(text);
    let slice = |span: stance::document::Span| text.get(span.start()..span.end()).unwrap();
    let of_reyes = analysis.attributions.iter().find(|attribution| {
        let source = attribution.source.map(|(_, span)| slice(span));
        source.is_some_and(|source| source.contains("Reyes"))
    });
    let contents = &of_reyes.unwrap().contents;
    assert!(
        contents
            .iter()
            .any(|content| slice(content.span).contains("gang of thieves"))
    );
    // An open mark reaches no further than its paragraph.
    assert!(
        contents.iter().all(|content| content.sentence == 1),
        "{contents:?}"
    );
}

#[test]
fn who_did_not_criticise_is_not_against() {
    let analysis = analyze("Marta Oduya did not criticise Norway.");
    let of_norway = verdict(&analysis, "Marta Oduya", "Norway");
    assert!(!matches!(of_norway, Some(Against | Mixed)), "{of_norway:?}");
}

#[test]
fn two_people_of_one_surname_are_two_speakers() {
    let analysis = analyze(
        "Anna Brandt said the government had lied to farmers.\n\nPeter Brandt said the government had \
         done everything in its power and deserved thanks.",
    );
    assert_eq!(
        verdict(&analysis, "Anna Brandt", "government"),
        Some(Against)
    );
    assert_eq!(
        verdict(&analysis, "Peter Brandt", "government"),
        Some(Favour)
    );
}

#[test]
fn a_long_document_is_read_whole() {
    let text = std::fs::read_to_string("seeds/articles/bagheri-arraisi.txt").unwrap();
    let n = 2_000_000 / text.len();
    let analysis = analyze(&text.repeat(n));
    assert!(
        analysis.sentences.len() >= 9 * n,
        "{}",
        analysis.sentences.len()
    );
    let last = analysis.instances.last().unwrap();
    assert!(last.sentence + 9 >= analysis.sentences.len());
}
