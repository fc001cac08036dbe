//! Speed of every stage and of the whole on the seed article, one thread.

use divan::{Bencher, black_box};
use stance::document::Document;
use stance::encoder::{Worker, pack};
use stance::model::Model;
use stance::reading::{Keep, Reader};
use stance::scorer::{Options, Scorer};
use stance::segment::sentences;
use std::sync::LazyLock;

static SCORER: LazyLock<Scorer> =
    LazyLock::new(|| Scorer::new(Model::built_in().expect("the built-in model loads")));

fn article() -> Document {
    Document::new(
        "seed",
        include_str!("../seeds/articles/bagheri-arraisi.txt"),
    )
    .expect("the article is a text")
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
    let pieces: Vec<_> = sentences(&document)
        .into_iter()
        .map(|s| {
            encoder
                .vocabulary()
                .pieces(&document, s)
                .expect("the tokenizer runs")
        })
        .collect();
    let windows = pack(&pieces, encoder.vocabulary().marks());
    bencher.bench(|| {
        for window in &windows {
            black_box(
                encoder
                    .network()
                    .vectors(&window.ids, &worker)
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

/// Tagging and linking from vectors that are there.
#[divan::bench]
fn tagging_and_linking(bencher: Bencher<'_, '_>) {
    let (document, worker) = (article(), [Worker::new()]);
    let spans = sentences(&document);
    let words = SCORER
        .model()
        .encoder()
        .encode(&document, &spans, &worker)
        .expect("the encoder runs");
    let taggers = &SCORER.model().heads().taggers;
    bencher.bench(|| {
        let mut reader = Reader::new(&document, taggers, Keep::Mentions(&[]));
        words.iter().for_each(|words| reader.push(words.clone()));
        reader.finish(spans.clone())
    });
}

#[divan::bench]
fn whole(bencher: Bencher<'_, '_>) {
    let (document, worker) = (article(), [Worker::new()]);
    bencher.bench(|| SCORER.analyze(&document, &Options::default(), &worker));
}
