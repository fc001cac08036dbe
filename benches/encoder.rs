//! The encoder alone: sentences and word pieces a second in int8 and fp32, and how near that is to the machine's best.
//!
//! `cargo bench --bench encoder` prints medians; `benches/encoder.py` runs it beside ONNX Runtime on the same token ids,
//! which `-- --ids FILE` writes; `-- --only int8` runs the engines with that in their names, and `-- --encoder DIR` runs
//! an encoder that models/recipe/export.py wrote. What a reader would question: no harness. Engines take turns, round
//! after round, so that a busy moment of the machine touches all of them.

use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions};
use rten_tensor::NdTensorView;
use stance::document::Document;
use stance::encoder::{MAX_PIECES, Network, Pieces, Precision, Vocabulary, Worker, pack};
use stance::model::{
    ENCODER_FILE, EncoderSpec, MANIFEST_FILE, Manifest, VOCABULARY_FILE, built_in_file,
};
use stance::segment::sentences;
use std::borrow::Cow;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Sentences of our texts that are read.
const N: usize = 400;

const ROUNDS: usize = 5;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let after = |flag: &str| {
        let at = arguments.iter().position(|a| a == flag)?;
        arguments.get(at + 1)
    };
    let folder = after("--encoder").map(Path::new);
    let file = |name: &str| match folder {
        Some(folder) => Cow::Owned(std::fs::read(folder.join(name)).expect("the encoder's file")),
        None => Cow::Borrowed(built_in_file(name)),
    };
    let spec: EncoderSpec = match folder {
        Some(_) => serde_json::from_slice(&file("export.json")).expect("what export.py wrote"),
        None => {
            let manifest: Manifest =
                serde_json::from_slice(&file(MANIFEST_FILE)).expect("the built-in manifest");
            manifest.encoder
        }
    };
    println!("{}, {} layers of {}", spec.base, spec.layers, spec.width);
    let sizes = [spec.width, spec.layers, spec.vocabulary];
    let load = |precision| {
        let began = Instant::now();
        let network = Network::load(file(ENCODER_FILE), sizes, precision);
        println!(
            "{} loads in {:.0} ms",
            precision.name(),
            began.elapsed().as_secs_f64() * 1e3
        );
        network.expect("the network loads")
    };
    let (int8, fp32) = (load(Precision::Int8), load(Precision::Fp32));
    let vocabulary = Vocabulary::load(&file(VOCABULARY_FILE)).expect("the vocabulary");
    let (texts, pieces): (Vec<String>, Vec<Pieces>) = pieces(&vocabulary).into_iter().unzip();
    let alone: Vec<Vec<u32>> = pieces
        .iter()
        .flat_map(|one| pack(std::slice::from_ref(one), vocabulary.marks()))
        .map(|window| window.ids)
        .collect();
    let together: Vec<Vec<u32>> = pack(&pieces, vocabulary.marks())
        .into_iter()
        .map(|window| window.ids)
        .collect();
    if let Some(path) = after("--ids") {
        std::fs::write(path, serde_json::to_vec(&alone).expect("JSON"))
            .expect("the file is written");
    }
    let n_pieces: usize = pieces.iter().map(|p| p.ids.len() + 2).sum();
    println!(
        "{} sentences, {:.1} word pieces each with marks; {} windows of up to {MAX_PIECES}",
        pieces.len(),
        n_pieces as f64 / pieces.len() as f64,
        together.len()
    );
    let engine = |name: &str, network, batches, threads| Engine {
        name: format!(
            "{name}, {threads} thread{}",
            if threads == 1 { "" } else { "s" }
        ),
        network,
        batches,
        threads,
        seconds: Vec::new(),
    };
    let mut engines = vec![
        engine("fp32, a sentence a run", &fp32, batches(&alone, 0), 1),
        engine("fp32, windows", &fp32, batches(&together, 0), 1),
        engine("int8, a sentence a run", &int8, batches(&alone, 0), 1),
        engine("int8, 192 pieces a run", &int8, batches(&alone, 192), 1),
        engine("int8, 768 pieces a run", &int8, batches(&alone, 768), 1),
        engine("int8, windows", &int8, batches(&together, 0), 1),
        engine("int8, 192 pieces a run", &int8, batches(&alone, 192), 2),
        engine("int8, windows", &int8, batches(&together, 0), 2),
    ];
    engines.retain(|engine| after("--only").is_none_or(|only| engine.name.contains(only.as_str())));
    for _ in 0..ROUNDS {
        engines.iter_mut().for_each(Engine::run);
    }
    println!("| engine | sentences/s | word pieces/s | slowest | fastest |");
    println!("| --- | ---: | ---: | ---: | ---: |");
    for Engine {
        name, mut seconds, ..
    } in engines
    {
        seconds.sort_by(f64::total_cmp);
        let rate = |s: f64| pieces.len() as f64 / s;
        println!(
            "| {name} | {:.1} | {:.0} | {:.1} | {:.1} |",
            rate(seconds[ROUNDS / 2]),
            n_pieces as f64 / seconds[ROUNDS / 2],
            rate(seconds[ROUNDS - 1]),
            rate(seconds[0])
        );
    }
    peak();
    cosines(&int8, &fp32, &alone, &texts);
}

/// How near int8 vectors are to those in f32.
fn cosines(int8: &Network, fp32: &Network, windows: &[Vec<u32>], texts: &[String]) {
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        let products = a.iter().zip(b).map(|(&x, &y)| f64::from(x) * f64::from(y));
        products.sum()
    };
    let (worker, width) = (Worker::new(), int8.width());
    let (mut sum, mut n, mut least) = (0.0, 0, (1.0, String::new()));
    for (ids, text) in windows.iter().zip(texts) {
        let run = |network: &Network| {
            network
                .vectors(&[ids], &worker)
                .expect("the network runs")
                .remove(0)
        };
        let (a, b) = (run(int8), run(fp32));
        for (i, (a, b)) in a.chunks(width).zip(b.chunks(width)).enumerate() {
            let cosine = dot(a, b) / (dot(a, a) * dot(b, b)).sqrt();
            (sum, n) = (sum + cosine, n + 1);
            if cosine < least.0 {
                least = (
                    cosine,
                    format!("word piece {i} of {} of {text:?}", ids.len()),
                );
            }
        }
    }
    println!(
        "cosine of int8 to fp32: {:.5} on average of {n} word pieces, least {:.4} at {}",
        sum / f64::from(n),
        least.0,
        least.1
    );
}

/// Sentences of the texts that are part of the project, and their word pieces.
fn pieces(vocabulary: &Vocabulary) -> Vec<(String, Pieces)> {
    let mut all = Vec::new();
    for name in ["wikinews-train", "debates-train", "speeches-dev"] {
        let rows =
            std::fs::read_to_string(format!("seeds/corpus/{name}.jsonl")).expect("our texts");
        for row in rows.lines() {
            let row: serde_json::Value = serde_json::from_str(row).expect("a row");
            let texts = row["sentences"].as_array().into_iter().flatten();
            for text in texts.filter_map(serde_json::Value::as_str) {
                let document = Document::new("s", text).expect("a text");
                all.extend(sentences(&document).into_iter().map(|sentence| {
                    let pieces = vocabulary.pieces(&document, sentence);
                    let text = document.slice(sentence).to_owned();
                    (text, pieces.expect("the tokenizer runs"))
                }));
            }
        }
    }
    all.retain(|(_, pieces)| !pieces.ids.is_empty() && pieces.ids.len() <= MAX_PIECES - 2);
    let step = all.len() / N;
    all.into_iter().step_by(step.max(1)).take(N).collect()
}

/// Windows in batches of at most so many word pieces, or of one.
fn batches(windows: &[Vec<u32>], most: usize) -> Vec<Vec<&[u32]>> {
    let mut all: Vec<Vec<&[u32]>> = Vec::new();
    let mut filled = usize::MAX;
    for window in windows {
        if filled.saturating_add(window.len()) > most {
            all.push(Vec::new());
            filled = 0;
        }
        filled += window.len();
        all.last_mut().expect("one was pushed").push(window);
    }
    all
}

/// A way to run all sentences.
struct Engine<'a> {
    name: String,
    network: &'a Network,
    batches: Vec<Vec<&'a [u32]>>,
    threads: usize,
    seconds: Vec<f64>,
}

impl Engine<'_> {
    /// Runs all batches, each thread taking the next one that nobody has.
    fn run(&mut self) {
        let workers: Vec<Worker> = (0..self.threads).map(|_| Worker::new()).collect();
        let next = AtomicUsize::new(0);
        let began = Instant::now();
        std::thread::scope(|scope| {
            for worker in &workers {
                scope.spawn(|| {
                    while let Some(batch) = self.batches.get(next.fetch_add(1, Ordering::Relaxed)) {
                        self.network
                            .vectors(batch, worker)
                            .expect("the network runs");
                    }
                });
            }
        });
        self.seconds.push(began.elapsed().as_secs_f64());
    }
}

/// Products a second of the kernel alone on matrices that stay in the nearest caches.
fn peak() {
    let kernel = GemmExecutor::<u8, i8, i32>::default();
    let plain = GemmExecutor::<f32>::default();
    let pool = rten::ThreadPool::with_num_threads(1);
    for (m, k, n) in [
        (48, 384, 48),
        (48, 384, 384),
        (192, 384, 1152),
        (192, 384, 1536),
        (192, 1536, 384),
    ] {
        let (a, b) = (vec![7u8; m * k], vec![3i8; k * n]);
        let mut out = vec![0i32; m * n];
        let (fa, fb) = (vec![0.5f32; m * k], vec![0.25f32; k * n]);
        let mut fout = vec![0f32; m * n];
        let rates = pool.run(|| {
            let packed = kernel.prepack_b(NdTensorView::from_data([k, n], b.as_slice()));
            let fpacked = plain.prepack_b(NdTensorView::from_data([k, n], fb.as_slice()));
            let rate = |work: &mut dyn FnMut()| {
                let times = (400_000_000 / (m * k * n)).max(1);
                let mut best = f64::MAX;
                for _ in 0..5 {
                    let began = Instant::now();
                    (0..times).for_each(|_| work());
                    best = best.min(began.elapsed().as_secs_f64());
                }
                (times * m * k * n) as f64 / best / 1e9
            };
            let int8 = rate(&mut || {
                let a = GemmInputA::Unpacked(NdTensorView::from_data([m, k], a.as_slice()));
                kernel
                    .gemm(
                        &mut out,
                        a,
                        GemmInputB::Packed(&packed),
                        GemmOptions::default(),
                    )
                    .expect("shapes fit");
            });
            let fp32 = rate(&mut || {
                let a = GemmInputA::Unpacked(NdTensorView::from_data([m, k], fa.as_slice()));
                let b = GemmInputB::Packed(&fpacked);
                plain
                    .gemm(&mut fout, a, b, GemmOptions::default())
                    .expect("shapes fit");
            });
            (int8, fp32)
        });
        println!(
            "{m} x {k} x {n}: {} {:.1} thousand million products/s, f32 {:.1}",
            kernel.kernel_name(),
            rates.0,
            rates.1
        );
    }
}
