//! The network on bytes: near the one in f32, the same in any company, and safe from hostile shapes.

use crate::pipeline::SCORER;
use proptest::prelude::*;
use stance::document::Document;
use stance::encoder::{MAX_PIECES, Network, Precision, Worker};
use stance::error::Error;
use stance::model::{ENCODER_FILE, Model, built_in_file};
use stance::segment::sentences;
use std::borrow::Cow;
use std::sync::LazyLock;

fn int8() -> &'static Network {
    SCORER.model().encoder().network()
}

static FP32: LazyLock<Network> = LazyLock::new(|| {
    let spec = &SCORER.model().manifest().encoder;
    let sizes = [spec.width, spec.layers, spec.vocabulary];
    let onnx = Cow::Borrowed(built_in_file(ENCODER_FILE));
    Network::load(onnx, sizes, Precision::Fp32).unwrap()
});

fn run(network: &Network, windows: &[&[u32]]) -> Vec<Vec<f32>> {
    network.vectors(windows, &Worker::new()).unwrap()
}

/// Windows of texts that we may use.
fn windows() -> Vec<Vec<u32>> {
    let rows = std::fs::read_to_string("seeds/corpus/wikinews-train.jsonl").unwrap();
    let texts = rows.lines().map(|row| {
        let row: serde_json::Value = serde_json::from_str(row).unwrap();
        let all = row["sentences"].as_array().unwrap().iter();
        all.map(|s| s.as_str().unwrap())
            .collect::<Vec<_>>()
            .join(" ")
    });
    texts
        .take(10)
        .flat_map(|text| {
            let document = Document::new("t", text).unwrap();
            let encoder = SCORER.model().encoder();
            encoder.windows(&document, &sentences(&document)).unwrap()
        })
        .map(|window| window.ids)
        .collect()
}

/// The bounds leave room for other kernels; docs/performance.md has what was measured.
#[test]
fn vectors_are_near_those_in_f32() {
    let windows = windows();
    let windows: Vec<&[u32]> = windows.iter().map(Vec::as_slice).collect();
    let width = int8().width();
    let pairs = run(int8(), &windows).into_iter().zip(run(&FP32, &windows));
    let mut cosines = Vec::new();
    for ((a, b), ids) in pairs.zip(&windows) {
        let rows = a.chunks(width).zip(b.chunks(width));
        cosines.extend(rows.map(|(a, b)| cosine(a, b)));
        assert_eq!(a.len(), ids.len() * width);
    }
    let mean = cosines.iter().sum::<f64>() / cosines.len() as f64;
    let least = cosines.iter().copied().fold(1.0, f64::min);
    println!("{} word pieces, mean {mean}, least {least}", cosines.len());
    assert!(
        cosines.len() > 3000 && mean > 0.999 && least > 0.98,
        "mean {mean}, least {least}"
    );
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        a.iter()
            .zip(b)
            .map(|(&x, &y)| f64::from(x) * f64::from(y))
            .sum()
    };
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Any windows, in any order, split into any batches, on one thread or two.
    #[test]
    fn company_changes_nothing(
        windows in prop::collection::vec(prop::collection::vec(0u32..30522, 1..60), 1..12),
        order in any::<prop::sample::Index>(),
        cuts in prop::collection::vec(any::<bool>(), 12),
        threads in 1usize..3,
    ) {
        let alone: Vec<Vec<f32>> = windows.iter().map(|w| run(int8(), &[w]).remove(0)).collect();
        let n = windows.len();
        let turned: Vec<usize> = (0..n).map(|i| (i + order.index(n)) % n).collect();
        let mut batches: Vec<Vec<usize>> = vec![Vec::new()];
        for (i, cut) in turned.into_iter().zip(cuts) {
            if cut {
                batches.push(Vec::new());
            }
            batches.last_mut().unwrap().push(i);
        }
        let work = |own: &[Vec<usize>]| -> Vec<(usize, Vec<f32>)> {
            let worker = Worker::new();
            own.iter().flat_map(|batch| {
                let ids: Vec<&[u32]> = batch.iter().map(|&i| windows[i].as_slice()).collect();
                let vectors = int8().vectors(&ids, &worker).unwrap();
                batch.iter().copied().zip(vectors).collect::<Vec<_>>()
            }).collect()
        };
        let shares = batches.chunks(batches.len().div_ceil(threads));
        let found: Vec<(usize, Vec<f32>)> = std::thread::scope(|scope| {
            let threads: Vec<_> = shares.map(|own| scope.spawn(move || work(own))).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        prop_assert_eq!(found.len(), n);
        for (i, vectors) in found {
            // To the last bit.
            prop_assert!(vectors.iter().map(|v| v.to_bits()).eq(alone[i].iter().map(|v| v.to_bits())));
        }
    }

    #[test]
    fn any_ids_in_range_give_finite_vectors(ids in prop::collection::vec(0u32..30522, 1..=MAX_PIECES)) {
        let vectors = run(int8(), &[&ids]).remove(0);
        prop_assert_eq!(vectors.len(), ids.len() * int8().width());
        prop_assert!(vectors.iter().all(|v| v.is_finite()));
    }
}

/// A batch of a window that is remembered and one that is not: the rest of a split sentence, and what follows it.
#[test]
fn what_is_remembered_changes_nothing() {
    let model = Model::built_in().unwrap();
    let encoder = model.encoder();
    let long = format!("{}left.", "Ana met Bo and ".repeat(60));
    let encode = |text: &str| {
        let document = Document::new("t", text).unwrap();
        let spans = sentences(&document);
        encoder.encode(&document, &spans, &[Worker::new()]).unwrap()
    };
    let both = format!("{long} It rained all night.");
    let expected = encode(&both);
    encoder.remember(1 << 20);
    encode(&long);
    let [_, before] = encoder.windows_remembered();
    assert!(before > 1, "{before} windows");
    assert_eq!(encode(&both), expected);
    assert_eq!(encoder.windows_remembered(), [before, before + 1]);
}

#[test]
fn networks_that_do_not_fit_are_errors() {
    let spec = &SCORER.model().manifest().encoder;
    let load = |sizes, precision, onnx| {
        let network = Network::load(onnx, sizes, precision);
        network
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    };
    let onnx = || Cow::Borrowed(built_in_file(ENCODER_FILE));
    let [w, n, v] = [spec.width, spec.layers, spec.vocabulary];
    for (sizes, named) in [
        ([0, n, v], "0 wide"),
        ([w, 0, v], "0 layers"),
        ([w, n - 1, v], "belongs to nothing"),
        ([w, n + 1, v], "no tensor"),
        ([w, n, v + 1], "word pieces"),
        ([w / 2, n, v], "shape"),
    ] {
        let message = load(sizes, Precision::Int8, onnx());
        assert!(message.contains(named), "{sizes:?}: {message}");
    }
    for precision in [Precision::Int8, Precision::Fp32] {
        for bytes in [&[0xff; 11][..], b"", b"no network"] {
            assert_ne!(load([w, n, v], precision, Cow::Borrowed(bytes)), "");
        }
    }
}

#[test]
fn the_smallest_the_longest_and_very_many_windows() {
    let width = int8().width();
    let one = run(int8(), &[&[7]]).remove(0);
    assert_eq!(one.len(), width);
    let longest: Vec<u32> = (0..MAX_PIECES as u32).collect();
    let again = vec![0u32; MAX_PIECES];
    let vectors = run(int8(), &[&longest, &again]);
    assert!(vectors.iter().all(|v| v.len() == MAX_PIECES * width));
    assert!(vectors.iter().flatten().all(|v| v.is_finite()));
    let many = vec![&[7u32][..]; 5000];
    assert!(run(int8(), &many).iter().all(|vectors| *vectors == one));
    assert!(run(int8(), &[]).is_empty() && run(&FP32, &[]).is_empty());
}

#[test]
fn windows_that_do_not_fit_are_errors() {
    let long = vec![0; MAX_PIECES + 1];
    for (ids, named) in [
        (vec![], "0 ids"),
        (long, "193 ids"),
        (vec![5, 30522], "id 30522"),
        (vec![u32::MAX], "id 4294967295"),
    ] {
        for network in [int8(), &*FP32] {
            let all: [&[u32]; 2] = [&[1, 2], &ids];
            let error = network.vectors(&all, &Worker::new()).unwrap_err();
            assert!(
                matches!(&error, Error::Encoder { message } if message.contains(named)),
                "{error}"
            );
        }
    }
}
