//! The library with the built-in model: determinism, offsets, hostile texts, the seed article.

use proptest::prelude::*;
use stance::actors::Registry;
use stance::analysis::Analysis;
use stance::document::Document;
use stance::encoder::Worker;
use stance::model::{Heads, Model};
use stance::pairs::Pairs;
use stance::profile::Verdict;
use stance::scorer::{Options, Scorer};
use stance::stance::Part;
use std::sync::{Arc, LazyLock};

pub(crate) static SCORER: LazyLock<Scorer> =
    LazyLock::new(|| Scorer::new(Model::built_in().unwrap()));

fn analyze(text: &str) -> Analysis {
    let document = Document::new("t", text).unwrap();
    SCORER
        .analyze(&document, &Options::default(), &[Worker::new()])
        .unwrap()
}

/// Every span of an analysis slices to something, and every number points somewhere.
fn check(document: &Document, analysis: &Analysis) {
    let fits = |span: stance::document::Span| document.span(span.start(), span.end()).is_ok();
    assert!(analysis.sentences.iter().all(|&s| fits(s)));
    assert!(
        analysis
            .mentions
            .iter()
            .all(|m| fits(m.span) && m.actor < analysis.actors.len())
    );
    for attribution in &analysis.attributions {
        assert!(!attribution.contents.is_empty());
        assert!(attribution.contents.iter().all(|c| fits(c.span)));
    }
    for instance in &analysis.instances {
        assert!(fits(instance.target) && instance.actor < analysis.actors.len());
        assert!(instance.holder.is_none_or(fits));
        let p = instance.score;
        let sum = p.none + p.favour + p.neutral + p.against;
        assert!((sum - 1.0).abs() < 1e-6, "{p:?}");
    }
}

#[test]
fn one_document_gives_the_same_alone_in_company_and_on_two_threads() {
    let seed = std::fs::read_to_string("seeds/articles/bagheri-arraisi.txt").unwrap();
    let texts = [
        seed.as_str(),
        "Marta Oduya praised the Harbour League.",
        &seed.replace("Oman", "Norway"),
    ];
    let documents: Vec<Document> = texts
        .iter()
        .map(|t| Document::new("t", *t).unwrap())
        .collect();
    let alone = SCORER
        .analyze(&documents[0], &Options::default(), &[Worker::new()])
        .unwrap();
    let two = [Worker::new(), Worker::new()];
    assert_eq!(
        SCORER
            .analyze(&documents[0], &Options::default(), &two)
            .unwrap(),
        alone
    );
    let together = SCORER.analyze_all(&documents, &Options::default(), &two);
    assert_eq!(together[0].as_ref().unwrap(), &alone);
}

#[test]
fn hostile_texts_are_read_without_a_panic() {
    let long = "Ana Ruiz blamed the council and ".repeat(700);
    let cases = [
        "x",
        "\u{feff}.",
        "👍👍👍",
        "e\u{301}tat Élan İzmir a\u{300}\u{301}\r\n\r\nOk.",
        "\u{0}\u{1}\u{2} \u{202e}abc",
        "“He said “she said “no",
        "\"\"\"\"\"",
        long.as_str(),
    ];
    for text in cases {
        let document = Document::new("t", text).unwrap();
        let analysis = SCORER
            .analyze(&document, &Options::default(), &[Worker::new()])
            .unwrap();
        check(&document, &analysis);
    }
}

#[test]
fn a_document_without_any_actor_says_so() {
    let analysis = analyze("It rained all night. The river rose.");
    assert!(analysis.profiles.is_empty());
}

/// Explanations need every word vector, other analyses only those of mentions: the answer is the same.
#[test]
fn what_is_kept_does_not_change_the_answer() {
    let text = std::fs::read_to_string("seeds/articles/bagheri-arraisi.txt").unwrap();
    let document = Document::new("t", text.repeat(30)).unwrap();
    let options = Options {
        explain: true,
        ..Options::default()
    };
    let workers = [Worker::new(), Worker::new()];
    let mut explained = SCORER.analyze(&document, &options, &workers).unwrap();
    for instance in &mut explained.instances {
        assert!(instance.explanation.take().is_some());
    }
    let plain = SCORER
        .analyze(&document, &Options::default(), &workers)
        .unwrap();
    assert_eq!(plain, explained);
}

#[test]
fn explanations_add_up_to_the_log_odds() {
    let text = std::fs::read_to_string("seeds/articles/bagheri-arraisi.txt").unwrap();
    let document = Document::new("t", text).unwrap();
    let options = Options {
        explain: true,
        ..Options::default()
    };
    let analysis = SCORER
        .analyze(&document, &options, &[Worker::new()])
        .unwrap();
    assert!(!analysis.instances.is_empty());
    for instance in &analysis.instances {
        let why = instance.explanation.as_ref().unwrap();
        let odds = (instance.score.favour / instance.score.against).ln();
        assert!(
            (why.log_odds - odds).abs() < 1e-3,
            "{} {odds}",
            why.log_odds
        );
        assert!(why.contributions.iter().any(|c| c.part == Part::Target));
    }
}

#[test]
fn only_given_actors_are_found() {
    let registry = Registry::from_json(
        r#"[{"id": "x1", "name": "Harbour League", "aliases": ["the League"]}]"#,
    )
    .unwrap();
    let document =
        Document::new("t", "Marta Oduya praised the Harbour League and Norway.").unwrap();
    let options = Options {
        registry: Some(&registry),
        only_given: true,
        ..Options::default()
    };
    let analysis = SCORER
        .analyze(&document, &options, &[Worker::new()])
        .unwrap();
    let ids: Vec<&str> = analysis.actors.iter().map(|a| a.id.as_str()).collect();
    assert_eq!(ids, ["x1"]);
}

#[test]
fn the_seed_article_has_both_speakers() {
    let text = std::fs::read_to_string("seeds/articles/bagheri-arraisi.txt").unwrap();
    let analysis = analyze(&text);
    let verdict = |speaker: &str, actor: &str| {
        analysis
            .profiles
            .iter()
            .find(|p| {
                analysis.speakers[p.speaker].name.contains(speaker)
                    && analysis.actors[p.actor]
                        .forms
                        .iter()
                        .any(|form| form == actor)
            })
            .map(|p| p.sums.verdict())
    };
    for (speaker, actor, expected) in GOLDEN {
        assert_eq!(
            verdict(speaker, actor),
            Some(*expected),
            "{speaker} -> {actor}"
        );
    }
}

#[test]
fn profiles_are_the_pairs_that_a_reader_would_list() {
    let model = SCORER.model();
    let head = model.heads().pairs.clone().unwrap();
    let heads = Heads {
        pairs: None,
        ..model.heads().clone()
    };
    let every = Model::new(model.manifest().clone(), Arc::clone(model.encoder()), heads);
    let every = Scorer::new(every.unwrap());
    let text = std::fs::read_to_string("seeds/articles/bagheri-arraisi.txt").unwrap()
        + " Some said that others blamed those officials, and an official praised a reporter.";
    let listed = analyze(&text);
    let document = Document::new("t", text).unwrap();
    let all = every
        .analyze(&document, &Options::default(), &[Worker::new()])
        .unwrap();
    assert_eq!(listed.instances, all.instances);
    let pairs = Pairs::new(&all);
    let expected: Vec<_> = all
        .profiles
        .iter()
        .filter(|profile| head.lists(&pairs.facts(profile)))
        .cloned()
        .collect();
    assert_eq!(listed.profiles, expected);
    assert!(expected.len() < all.profiles.len() && !expected.is_empty());
    // Few sentences are no whole document.
    let short = analyze("Some said that others blamed those officials.");
    assert_eq!(
        short.profiles.len(),
        short
            .instances
            .iter()
            .filter(|i| i.speaker.is_some())
            .count()
    );
}

/// What a reader finds, all of which the committed model finds.
const GOLDEN: &[(&str, &str, Verdict)] = &[
    ("Bagheri", "Oman", Verdict::Favour),
    ("Bagheri", "Iran", Verdict::Favour),
    ("Bagheri", "Palestine", Verdict::Favour),
    ("Bagheri", "United States", Verdict::Against),
    ("Bagheri", "Israel", Verdict::Against),
    ("Abdullah bin Khamis Arraisi", "Oman", Verdict::Favour),
    ("Abdullah bin Khamis Arraisi", "Iran", Verdict::Favour),
    (
        "Abdullah bin Khamis Arraisi",
        "Saudi Arabia",
        Verdict::Favour,
    ),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn no_panic_on_arbitrary_text(text in "\\PC{1,120}") {
        if let Ok(document) = Document::new("t", text) {
            let analysis = SCORER.analyze(&document, &Options::default(), &[Worker::new()]).unwrap();
            check(&document, &analysis);
        }
    }
}
