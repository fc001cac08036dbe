//! Speed of every stage and of the whole on the seed article, one thread; of network and whole on
//! a longer text, one and two.

use divan::{Bencher, black_box};
use stance::actors::{Candidate, Clusters, Gazetteer};
use stance::analysis::Analysis;
use stance::attribution::{link, quotes::quotes};
use stance::document::{Document, Span};
use stance::encoder::{Window, WordVectors, Worker};
use stance::model::Model;
use stance::scorer::{Options, Scorer};
use stance::segment::sentences;
use stance::stance::{Features, Head};
use stance::tagging::Layer;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

static SCORER: LazyLock<Scorer> =
    LazyLock::new(|| Scorer::new(Model::built_in().expect("the built-in model loads")));

fn article() -> Document {
    Document::new(
        "seed",
        include_str!("../seeds/articles/bagheri-arraisi.txt"),
    )
    .expect("the article is a text")
}

/// The article again and again, 60 kB.
fn long() -> Document {
    let text = include_str!("../seeds/articles/bagheri-arraisi.txt");
    Document::new("long", text.repeat(60_000 / text.len())).expect("the article is a text")
}

/// The windows of a document.
fn windows(document: &Document) -> Vec<Window> {
    let encoder = SCORER.model().encoder();
    let windows = encoder.windows(document, &sentences(document));
    windows.expect("the tokenizer runs")
}

/// The article, its sentences and their word vectors.
fn encoded() -> (Document, Vec<Span>, Vec<WordVectors>) {
    let document = article();
    let spans = sentences(&document);
    let encoder = SCORER.model().encoder();
    let words = encoder
        .encode(&document, &spans, &[Worker::new()])
        .expect("the encoder runs");
    (document, spans, words)
}

fn analysis() -> Analysis {
    SCORER
        .analyze(&article(), &Options::default(), &[Worker::new()])
        .expect("the article is analysed")
}

fn main() {
    divan::main();
}

#[divan::bench]
fn segmentation(bencher: Bencher<'_, '_>) {
    let document = article();
    bencher.bench(|| sentences(black_box(&document)));
}

/// The network alone on the article's windows.
#[divan::bench]
fn bare_encoder(bencher: Bencher<'_, '_>) {
    let (document, worker) = (article(), Worker::new());
    let encoder = SCORER.model().encoder();
    let windows = windows(&document);
    bencher.bench(|| {
        for window in &windows {
            black_box(
                encoder
                    .network()
                    .vectors(&[&window.ids], &worker)
                    .expect("the network runs"),
            );
        }
    });
}

/// Tokenising, packing, running, averaging.
#[divan::bench]
fn encoding(bencher: Bencher<'_, '_>) {
    let (document, worker) = (article(), [Worker::new()]);
    let spans = sentences(&document);
    bencher.bench(|| SCORER.model().encoder().encode(&document, &spans, &worker));
}

/// The five taggers on vectors that are there.
#[divan::bench]
fn tagging(bencher: Bencher<'_, '_>) {
    let (_, _, words) = encoded();
    let taggers = &SCORER.model().heads().taggers;
    bencher.bench(|| {
        for tagger in taggers {
            words.iter().for_each(|words| {
                black_box(tagger.spans(words));
            });
        }
    });
}

/// Tagged spans to attributions, and mentions to actors.
#[divan::bench]
fn linking(bencher: Bencher<'_, '_>) {
    let (document, spans, words) = encoded();
    let taggers = &SCORER.model().heads().taggers;
    let of_layer = |layer: Layer| -> Vec<_> {
        let tagger = taggers.get(layer as usize).expect("every layer has one");
        words.iter().map(|words| tagger.spans(words)).collect()
    };
    let (voice, content) = (of_layer(Layer::Voice), of_layer(Layer::Content));
    let quotes = quotes(&document);
    let candidates: Vec<Candidate> = analysis()
        .mentions
        .into_iter()
        .map(|mention| Candidate {
            span: mention.span,
            sentence: mention.sentence,
            entity: None,
            confidence: mention.confidence,
        })
        .collect();
    let gazetteer = Gazetteer::built_in();
    bencher.bench(|| {
        black_box(link(&document, &words, &voice, &content, &quotes));
        black_box(Clusters::build(
            &document,
            &spans,
            &candidates,
            None,
            gazetteer,
            false,
        ));
    });
}

/// The stance heads on the article's instances.
#[divan::bench]
fn stance(bencher: Bencher<'_, '_>) {
    let (_, _, words) = encoded();
    let rows: Vec<_> = analysis()
        .instances
        .iter()
        .map(|instance| {
            let sentence = &words[instance.sentence];
            let holder = instance.holder.map(|holder| sentence.words_in(holder));
            let features = Features::bare(sentence.words_in(instance.target), holder);
            (Head::from(instance.kind), sentence, features)
        })
        .collect();
    bencher.bench(|| {
        for (head, sentence, features) in &rows {
            black_box(SCORER.model().stance(*head).score(sentence, features));
        }
    });
}

#[divan::bench]
fn whole(bencher: Bencher<'_, '_>) {
    let (document, worker) = (article(), [Worker::new()]);
    bencher.bench(|| SCORER.analyze(&document, &Options::default(), &worker));
}

/// The network alone on a document of 60 kB, whose windows the threads share.
#[divan::bench(args = [1, 2], sample_count = 5, sample_size = 1)]
fn long_bare_encoder(bencher: Bencher<'_, '_>, threads: usize) {
    let document = long();
    let encoder = SCORER.model().encoder();
    let windows = windows(&document);
    let workers: Vec<_> = (0..threads).map(|_| Worker::new()).collect();
    bencher.bench(|| {
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for worker in &workers {
                scope.spawn(|| {
                    while let Some(window) = windows.get(next.fetch_add(1, Ordering::Relaxed)) {
                        black_box(encoder.network().vectors(&[&window.ids], worker))
                            .expect("the network runs");
                    }
                });
            }
        });
    });
}

#[divan::bench(args = [1, 2], sample_count = 5, sample_size = 1)]
fn long_whole(bencher: Bencher<'_, '_>, threads: usize) {
    let document = long();
    let workers: Vec<_> = (0..threads).map(|_| Worker::new()).collect();
    bencher.bench(|| SCORER.analyze(&document, &Options::default(), &workers));
}
