//! What a caller waits for: the first result, the seed article again and again, and real articles against the bare encoder.
//!
//! `cargo bench --bench latency -- [MODEL...]` prints a row for the built-in model and for each model folder, so that an
//! older one, or one of another precision, is measured in the same run. What a reader would question: no harness.
//! Percentiles of one call are wanted, and models take turns call by call.

use stance::document::Document;
use stance::encoder::{Window, Worker};
use stance::model::Model;
use stance::scorer::{Options, Scorer};
use stance::segment::sentences;
use std::path::Path;
use std::time::Instant;

/// Calls for the seed article.
const CALLS: usize = 200;

/// Times that all articles are read.
const ROUNDS: usize = 5;

struct Engine {
    name: String,
    scorer: Scorer,
    first: f64,
    seed: Vec<f64>,
    bare: Vec<f64>,
    whole: Vec<f64>,
}

fn main() {
    let seed = document("seed", &read("seeds/articles/bagheri-arraisi.txt"));
    let articles = articles();
    let worker = [Worker::new()];
    let folders = std::env::args().skip(1).filter(|a| !a.starts_with("--"));
    let names = std::iter::once("built-in".to_owned()).chain(folders);
    let mut engines: Vec<Engine> = names
        .map(|name| {
            let began = Instant::now();
            let folder = (name != "built-in").then(|| Path::new(&name));
            let scorer = Scorer::new(Model::open(folder, None).expect("a model"));
            analyze(&scorer, &seed, &worker);
            let first = began.elapsed().as_secs_f64();
            let precision = scorer.model().manifest().encoder.precision.name();
            Engine {
                name: format!("{name}, {precision}"),
                scorer,
                first,
                seed: Vec::new(),
                bare: Vec::new(),
                whole: Vec::new(),
            }
        })
        .collect();
    for _ in 0..CALLS {
        for engine in &mut engines {
            let began = Instant::now();
            analyze(&engine.scorer, &seed, &worker);
            engine.seed.push(began.elapsed().as_secs_f64());
        }
    }
    let windows: Vec<Vec<Window>> = engines
        .iter()
        .map(|engine| {
            articles
                .iter()
                .flat_map(|a| windows(&engine.scorer, a))
                .collect()
        })
        .collect();
    for _ in 0..ROUNDS {
        for (engine, windows) in engines.iter_mut().zip(&windows) {
            let network = engine.scorer.model().encoder().network();
            let began = Instant::now();
            for window in windows {
                network
                    .vectors(&[&window.ids], &worker[0])
                    .expect("the network runs");
            }
            engine.bare.push(began.elapsed().as_secs_f64());
            let began = Instant::now();
            articles
                .iter()
                .for_each(|article| analyze(&engine.scorer, article, &worker));
            engine.whole.push(began.elapsed().as_secs_f64());
        }
    }
    println!(
        "the seed article {CALLS} times; {} articles of {:.1} kB, medians of {ROUNDS}; one thread",
        articles.len(),
        articles.iter().map(|a| a.text().len()).sum::<usize>() as f64 / 1e3 / articles.len() as f64
    );
    println!(
        "| model | first result | seed p50 | seed p99 | articles, bare encoder | whole | share |"
    );
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
    for engine in &mut engines {
        let [seed, bare, whole] =
            [&mut engine.seed, &mut engine.bare, &mut engine.whole].map(|all| {
                all.sort_by(f64::total_cmp);
                all.as_slice()
            });
        let (bare, whole) = (bare[ROUNDS / 2], whole[ROUNDS / 2]);
        println!(
            "| {} | {:.0} ms | {:.1} ms | {:.1} ms | {bare:.2} s | {whole:.2} s | {:.2} |",
            engine.name,
            engine.first * 1e3,
            seed[CALLS / 2] * 1e3,
            seed[CALLS * 99 / 100] * 1e3,
            bare / whole
        );
    }
}

fn analyze(scorer: &Scorer, document: &Document, workers: &[Worker]) {
    let analysis = scorer.analyze(document, &Options::default(), workers);
    analysis.expect("the text is analysed");
}

fn windows(scorer: &Scorer, document: &Document) -> Vec<Window> {
    let encoder = scorer.model().encoder();
    let windows = encoder.windows(document, &sentences(document));
    windows.expect("the tokenizer runs")
}

/// News articles that are part of the project.
fn articles() -> Vec<Document> {
    let rows = read("seeds/corpus/wikinews-train.jsonl");
    let texts = rows.lines().enumerate().map(|(i, row)| {
        let row: serde_json::Value = serde_json::from_str(row).expect("a row");
        let all = row["sentences"].as_array().into_iter().flatten();
        let all: Vec<&str> = all.filter_map(serde_json::Value::as_str).collect();
        document(&i.to_string(), &all.join(" "))
    });
    texts.collect()
}

fn document(id: &str, text: &str) -> Document {
    Document::new(id, text).expect("a text")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).expect("our texts")
}
