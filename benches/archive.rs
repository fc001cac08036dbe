//! A batch run against the bare encoder on the same windows, in turns in one process, on one thread and on two.
//!
//! `cargo bench --bench archive` prints medians of three. What a reader would question: no harness. A run takes seconds and
//! writes files, so that a timer around it is all that is wanted.

use stance::archive::{self, Batch, Columns, Format, Input};
use stance::document::Document;
use stance::encoder::{Window, Worker};
use stance::model::Model;
use stance::scorer::{Options, Scorer};
use stance::segment::sentences;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Texts of the archive.
const N: usize = 200;

const ROUNDS: usize = 3;

fn main() {
    let scorer = Scorer::new(Model::built_in().expect("the built-in model loads"));
    let folder = std::env::temp_dir().join(format!("stance-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the run");
    let rows = std::fs::read_to_string("seeds/sentences/news.jsonl").expect("our texts");
    let mut lines = String::new();
    let mut windows: Vec<Window> = Vec::new();
    for (number, row) in rows.lines().take(N).enumerate() {
        let row: serde_json::Value = serde_json::from_str(row).expect("a row");
        let all = row["sentences"].as_array().expect("sentences").iter();
        let text = all
            .filter_map(serde_json::Value::as_str)
            .collect::<Vec<_>>()
            .join(" ");
        lines += &serde_json::json!({"id": number, "text": text}).to_string();
        lines.push('\n');
        let document = Document::new("d", text).expect("a text");
        let encoder = scorer.model().encoder();
        let found = encoder.windows(&document, &sentences(&document));
        windows.extend(found.expect("the tokenizer runs"));
    }
    let path = folder.join("in.jsonl");
    std::fs::write(&path, lines).expect("the archive is written");
    let inputs = archive::inputs(&[path], None).expect("an input");

    println!("{N} texts, {} windows, medians of {ROUNDS}", windows.len());
    println!("| threads | bare encoder | batch run | share of the encoder's speed |");
    println!("| --- | --- | --- | --- |");
    let mut alone = [0.0; 2];
    for threads in [1, 2] {
        let (mut bare, mut whole) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            bare.push(seconds(|| encode(&scorer, &windows, threads)));
            let out = folder.join(format!("{threads}-{round}"));
            whole.push(seconds(|| run(&scorer, &inputs, &out, threads)));
        }
        let (bare, whole) = (median(bare), median(whole));
        println!(
            "| {threads} | {bare:.2} s | {whole:.2} s | {:.2} |",
            bare / whole
        );
        alone[threads - 1] = whole;
    }
    println!(
        "two threads are {:.2} times as fast as one",
        alone[0] / alone[1]
    );
    std::fs::remove_dir_all(&folder).expect("the folder is removed");
}

fn seconds(work: impl FnOnce()) -> f64 {
    let began = Instant::now();
    work();
    began.elapsed().as_secs_f64()
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

/// Runs every window, each thread taking the next one that nobody has.
fn encode(scorer: &Scorer, windows: &[Window], threads: usize) {
    let network = scorer.model().encoder().network();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let worker = Worker::new();
                while let Some(window) = windows.get(next.fetch_add(1, Ordering::Relaxed)) {
                    network
                        .vectors(&[&window.ids], &worker)
                        .expect("the network runs");
                }
            });
        }
    });
}

fn run(scorer: &Scorer, inputs: &[Input], out: &Path, threads: usize) {
    let workers: Vec<Worker> = (0..threads).map(|_| Worker::new()).collect();
    let batch = Batch {
        inputs,
        columns: &Columns::default(),
        out,
        scorer,
        workers: &workers,
        options: Options::default(),
        registry_sha256: None,
        transcript: false,
        speaker: None,
        format: Format::Parquet,
        period: None,
        dedupe: false,
        ids_per_file: false,
        sentences: true,
        part_records: 5_000,
        max_text_bytes: 1 << 20,
        max_rejects: 0,
        resume: false,
    };
    archive::run(&batch, &|| 0.0, &mut |_| Ok(())).expect("the run ends well");
}
