//! The tables of `docs/performance.md` on serving: the server as a process of its own, called over
//! loopback, beside the same scorer called in this process.
//!
//! `cargo bench --bench serving` prints Markdown. It measures for about a quarter of an hour on two cores;
//! `-- quick` for four minutes; `-- hour` adds memory over the calls of an hour, ten a second, every fiftieth
//! of 20 sentences.

use stance::document::Document;
use stance::encoder::Worker;
use stance::model::Model;
use stance::scorer::{Options, Scorer};
use stance::server::Client;
use stance::wire::messages as m;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tonic::transport::Channel;

type Failure = Box<dyn std::error::Error + Send + Sync>;

const ONE: &str = "Marta Oduya praised Norway and condemned the Harbour League.";

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Server {
    /// The resident memory, in MB.
    fn memory(&self) -> f64 {
        let path = format!("/proc/{}/status", self.0.id());
        let status = std::fs::read_to_string(path).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|l| l.trim().trim_end_matches(" kB").parse::<f64>().ok());
        kilobytes.unwrap_or(f64::NAN) / 1e3
    }
}

fn request(text: &str) -> m::AnalyzeRequest {
    m::AnalyzeRequest {
        document: Some(m::Document {
            text: text.to_owned(),
            ..m::Document::default()
        }),
        options: None,
    }
}

/// Median, 95th and 99th percentile, in ms.
fn percentiles(mut times: Vec<Duration>) -> [f64; 3] {
    times.sort_unstable();
    [0.5, 0.95, 0.99].map(|q| {
        let at = ((times.len() as f64 * q) as usize).min(times.len().saturating_sub(1));
        times.get(at).map_or(f64::NAN, |t| t.as_secs_f64() * 1e3)
    })
}

/// `callers` call in turn until `n` calls were made; the times of all.
async fn closed(
    client: &Client<Channel>,
    text: &Arc<str>,
    callers: usize,
    n: usize,
) -> Result<(f64, Vec<Duration>), Failure> {
    let left = Arc::new(AtomicUsize::new(n));
    let began = Instant::now();
    let calls = (0..callers).map(|_| {
        let (left, mut client, text) = (Arc::clone(&left), client.clone(), Arc::clone(text));
        tokio::spawn(async move {
            let mut times = Vec::new();
            while left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1))
                .is_ok()
            {
                let began = Instant::now();
                client.analyze(request(&text)).await?;
                times.push(began.elapsed());
            }
            Ok::<_, tonic::Status>(times)
        })
    });
    let mut times = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        times.extend(call.await??);
    }
    Ok((n as f64 / began.elapsed().as_secs_f64(), times))
}

/// One call every `every`, whether the ones before have ended or not.
async fn open(
    client: &Client<Channel>,
    text: &Arc<str>,
    every: Duration,
    n: usize,
) -> Result<Vec<Duration>, Failure> {
    let mut ticks = tokio::time::interval(every);
    let mut calls = Vec::new();
    for _ in 0..n {
        ticks.tick().await;
        let (mut client, text) = (client.clone(), Arc::clone(text));
        calls.push(tokio::spawn(async move {
            let began = Instant::now();
            client
                .analyze(request(&text))
                .await
                .map(|_| began.elapsed())
        }));
    }
    let mut times = Vec::new();
    for call in calls {
        times.push(call.await??);
    }
    Ok(times)
}

fn main() -> Result<(), Failure> {
    let quick = std::env::args().any(|argument| argument == "quick");
    let scale = if quick { 1 } else { 5 };
    let threads = std::thread::available_parallelism()?.get();
    // 20 sentences of the seed article.
    let article = include_str!("../seeds/articles/bagheri-arraisi.txt");
    let twice = format!("{article}\n{article}\n{article}");
    let document = Document::new("d", twice)?;
    let sentences = stance::segment::sentences(&document);
    let end = sentences.get(19).map_or(document.text().len(), |s| s.end());
    let twenty: Arc<str> = document.text().get(..end).unwrap_or_default().into();
    let one: Arc<str> = ONE.into();

    let scorer = Scorer::new(Model::built_in()?);
    let documents: Vec<Document> = (0..40 * scale)
        .map(|i| Document::new(format!("{i}"), &*twenty))
        .collect::<Result<_, _>>()?;
    let workers: Vec<Worker> = (0..threads).map(|_| Worker::new()).collect();
    let in_process = || {
        let began = Instant::now();
        let all = scorer.analyze_all(&documents, &Options::default(), &workers);
        assert!(all.iter().all(Result::is_ok));
        documents.len() as f64 / began.elapsed().as_secs_f64()
    };

    let began = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_stance"))
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--metrics",
            "off",
            "--log",
            "error",
        ])
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
    let server = Server(child);
    let address = line
        .split(&[' ', ','][..])
        .find(|w| w.starts_with("127.0.0.1:"))
        .ok_or("no address")?
        .to_owned();
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let mut client = Client::connect(format!("http://{address}")).await?.max_decoding_message_size(64 << 20);
        client.analyze(request(&one)).await?;
        println!("Start to first answer: {:.2} s. Threads: {threads}.\n", began.elapsed().as_secs_f64());
        let start_memory = server.memory();

        println!("| 20-sentence documents | documents/s | sentences/s | of in-process |");
        println!("| --- | ---: | ---: | ---: |");
        in_process();
        for callers in [1, 8, 64] {
            // In turn, so that a slower minute of the machine meets both.
            let (mut here, mut there) = (Vec::new(), Vec::new());
            for _ in 0..3 {
                here.push(in_process());
                there.push(closed(&client, &twenty, callers, 40 * scale).await?.0);
            }
            here.sort_by(f64::total_cmp);
            there.sort_by(f64::total_cmp);
            let (here, there) = (here[1], there[1]);
            println!("| {callers} callers | {there:.1} | {:.0} | {:.2} |", there * 20.0, there / here);
            if callers == 64 {
                println!("| in-process, {threads} threads | {here:.1} | {:.0} | 1 |\n", here * 20.0);
            }
        }

        println!("| latency, ms | p50 | p95 | p99 |");
        println!("| --- | ---: | ---: | ---: |");
        for (name, text, n) in [("1 sentence", &one, 400 * scale), ("20 sentences", &twenty, 60 * scale)] {
            let (rate, saturated) = closed(&client, text, 8, n).await?;
            let half = open(&client, text, Duration::from_secs_f64(2.0 / rate), n / 2).await?;
            for (load, times) in [("half load", half), ("saturation, 8 callers", saturated)] {
                let [a, b, c] = percentiles(times);
                println!("| {name}, {load} | {a:.1} | {b:.1} | {c:.1} |");
            }
        }
        println!();

        // A text of 2 MB beside small ones: the documents of the seed article, again and again.
        let idle = closed(&client, &one, 1, 200).await?.1;
        let huge = article.repeat(2_000_000 / article.len());
        let mut other = client.clone();
        let reading = tokio::spawn(async move { other.analyze(request(&huge)).await.map(|_| ()) });
        tokio::time::sleep(Duration::from_millis(500)).await;
        let beside = closed(&client, &one, 1, 200).await?.1;
        let still = !reading.is_finished();
        let ([idle, ..], [beside, ..]) = (percentiles(idle), percentiles(beside));
        println!("Median of 1 sentence, idle: {idle:.1} ms; beside a text of 2 MB: {beside:.1} ms, {:.2} times (still at work: {still}).", beside / idle);
        reading.await??;
        let after_huge = server.memory();

        print!("Memory: {start_memory:.0} MB at the start, {after_huge:.0} MB after 2 MB");
        for _ in 0..3 {
            closed(&client, &one, 8, 1_000 * scale).await?;
            print!(", {:.0} MB after {} calls more", server.memory(), 1_000 * scale);
        }
        println!(".");

        if std::env::args().any(|argument| argument == "hour") {
            println!("\n| calls | memory, MB |");
            println!("| ---: | ---: |");
            for n in 1..=12 {
                closed(&client, &one, 8, 2_940).await?;
                closed(&client, &twenty, 8, 60).await?;
                println!("| {} | {:.0} |", n * 3_000, server.memory());
            }
        }
        Ok(())
    })
}
