//! Files that are broken in every form, and texts that are no texts: rejects with their reasons, and the run goes on.

use super::folder;
use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampSecondArray};
use parquet::arrow::ArrowWriter;
use stance::archive::{Columns, Field, Found, MAX_RECORD_BYTES, Reader, inputs};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// What each record of a file is: `id=text`, or `id! reason`.
fn read(path: &Path, columns: &Columns) -> Vec<String> {
    let inputs = inputs(&[path.to_owned()], None).unwrap();
    let name = path.display().to_string();
    let read = AtomicU64::new(0);
    let reader = Reader::open(&inputs[0], columns, &read);
    let told = reader.map(|found| match found {
        Found::Record(record) => format!("{}={}", record.id, record.text),
        Found::Reject(reject) => format!("{}! {}", reject.document_id, reject.reason),
    });
    told.map(|line| line.replace(&name, "F")).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut to = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    to.write_all(bytes).unwrap();
    to.finish().unwrap()
}

#[test]
fn packed_files_are_read_to_where_they_break_off() {
    let folder = folder("packed");
    let mut lines = String::new();
    for n in 0..2_000 {
        let noise = n * 7_919 % 10_007;
        lines += &format!("{{\"id\": {n}, \"text\": \"Oduya praised Norway {noise} times.\"}}\n");
    }
    let zst = zstd::encode_all(lines.as_bytes(), 3).unwrap();
    for (name, packed) in [("a.jsonl.gz", gzip(lines.as_bytes())), ("a.jsonl.zst", zst)] {
        let path = folder.join(name);
        std::fs::write(&path, &packed).unwrap();
        let whole = read(&path, &Columns::default());
        assert_eq!(
            (whole.len(), whole[1].as_str()),
            (2_000, "1=Oduya praised Norway 7919 times.")
        );
        std::fs::write(&path, packed.split_at(packed.len() / 2).0).unwrap();
        let half = read(&path, &Columns::default());
        let (last, before) = half.split_last().unwrap();
        assert!(last.contains("! the file breaks off"), "{name}: {last}");
        assert_eq!(before, whole.split_at(before.len()).0);
        std::fs::write(&path, b"this is not packed").unwrap();
        let none = read(&path, &Columns::default());
        assert!(
            none.len() == 1 && none[0].starts_with("F#0! the file breaks off"),
            "{none:?}"
        );
    }
    // Two members, one after the other, are one file.
    let path = folder.join("b.txt.gz");
    std::fs::write(&path, [gzip(b"Oduya praised "), gzip(b"Norway.")].concat()).unwrap();
    assert_eq!(
        read(&path, &Columns::default()),
        ["F=Oduya praised Norway."]
    );
}

#[test]
fn a_quotation_mark_that_is_never_closed_makes_no_document() {
    let folder = folder("quotes");
    let rows = |separator: &str| {
        [
            "id|text",
            "1|Ruiz praised Norway.",
            "2|\"Maar condemned Russia.",
            "3|Brandt left.",
        ]
        .map(|row| row.replace('|', separator) + "\n")
        .concat()
    };
    let path = folder.join("a.csv.gz");
    std::fs::write(&path, gzip(rows(",").as_bytes())).unwrap();
    let told = read(&path, &Columns::default());
    assert_eq!(
        (told.len(), told[0].as_str()),
        (2, "1=Ruiz praised Norway.")
    );
    assert!(
        told[1].starts_with("F#1! record 1 has a quotation mark that is never closed"),
        "{told:?}"
    );
    let path = folder.join("a.tsv");
    std::fs::write(&path, rows("\t")).unwrap();
    assert_eq!(
        read(&path, &Columns::default()),
        [
            "1=Ruiz praised Norway.",
            "2=\"Maar condemned Russia.",
            "3=Brandt left."
        ]
    );
}

#[test]
fn a_line_of_200_megabytes_is_passed_over() {
    let folder = folder("line");
    let path = folder.join("a.jsonl.gz");
    let mut to = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    to.write_all(b"{\"text\": \"").unwrap();
    let piece = vec![b'x'; 1 << 20];
    (0..200).for_each(|_| to.write_all(&piece).unwrap());
    to.write_all(b"\"}\n{\"text\": \"Oduya praised Norway.\"}\n")
        .unwrap();
    std::fs::write(&path, to.finish().unwrap()).unwrap();
    let bytes = (200 << 20) + 12;
    assert_eq!(
        read(&path, &Columns::default()),
        [
            format!("F#0! record is {bytes} bytes, the limit is {MAX_RECORD_BYTES}"),
            "F#1=Oduya praised Norway.".to_owned()
        ]
    );
}

fn parquet(path: &Path, columns: Vec<(&str, ArrayRef)>) {
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, c)| (n, c, true)));
    let batch = batch.unwrap();
    let mut to =
        ArrowWriter::try_new(std::fs::File::create(path).unwrap(), batch.schema(), None).unwrap();
    to.write(&batch).unwrap();
    to.close().unwrap();
}

#[test]
fn parquet_is_read_by_its_types_or_rejected() {
    let folder = folder("parquet");
    let path = folder.join("a.parquet");
    let texts: ArrayRef = Arc::new(StringArray::from(vec![
        Some("Oduya praised Norway."),
        None,
        Some(""),
    ]));
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![Some(7), Some(8), None]));
    let times: ArrayRef = Arc::new(TimestampSecondArray::from(vec![1_700_000_000; 3]));
    parquet(
        &path,
        vec![
            ("n", times.clone()),
            ("content", texts),
            ("id", numbers.clone()),
            ("day", times),
        ],
    );
    assert_eq!(
        read(&path, &Columns::default()),
        [
            "7=Oduya praised Norway.",
            "8! text is empty",
            "F#2! text is empty"
        ]
    );
    let files = inputs(std::slice::from_ref(&path), None).unwrap();
    let bytes = AtomicU64::new(0);
    let columns = Columns::default();
    let mut reader = Reader::open(&files[0], &columns, &bytes);
    let Some(Found::Record(record)) = reader.next() else {
        panic!("no record");
    };
    assert_eq!(record.date.unwrap(), "2023-11-14T22:13:20");
    assert_eq!(reader.count(), 2);
    assert_eq!(bytes.into_inner(), files[0].bytes);

    let wrong = folder.join("b.parquet");
    parquet(&wrong, vec![("text", numbers.clone())]);
    let told = read(&wrong, &Columns::default());
    assert_eq!(told, ["F#0! column \"text\" is Int64, a text must be Utf8"]);
    parquet(&wrong, vec![("words", numbers)]);
    let told = read(&wrong, &Columns::default());
    assert!(
        told[0].contains("there are \"words\"; say which with --text-column"),
        "{told:?}"
    );
    let given = Columns {
        given: [(Field::Text, "body".to_owned())].into(),
    };
    assert_eq!(
        read(&wrong, &given),
        ["F#0! there is no column \"body\"; there are \"words\""]
    );
    // Whole files, cut and spoilt at many places: a reject or records, and no panic.
    let whole = std::fs::read(&path).unwrap();
    for at in (0..whole.len()).step_by(7) {
        std::fs::write(&wrong, whole.split_at(at).0).unwrap();
        assert_eq!(read(&wrong, &Columns::default()).len(), 1, "cut at {at}");
        let mut spoilt = whole.clone();
        spoilt[at] ^= 0xff;
        std::fs::write(&wrong, spoilt).unwrap();
        read(&wrong, &Columns::default());
    }
}

#[test]
fn utf_16_is_named() {
    let folder = folder("utf-16");
    let text: Vec<u8> = "\u{feff}id,text\n1,Oduya praised Norway.\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for (name, id) in [("a.csv", "F#0"), ("a.jsonl", "F#0"), ("a.txt", "F")] {
        let path = folder.join(name);
        std::fs::write(&path, &text).unwrap();
        let expected = format!("{id}! the file looks like UTF-16, it must be UTF-8");
        assert_eq!(read(&path, &Columns::default()), [expected]);
    }
}

#[test]
fn any_bytes_are_records_or_rejects() {
    let folder = folder("bytes");
    let mut state = 1_u32;
    let mut random = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    for round in 0..20 {
        let bytes: Vec<u8> = (0..2_000)
            .map(|_| {
                if round % 2 == 0 {
                    random()
                } else {
                    b"\"\n,{}: text"[usize::from(random()) % 11]
                }
            })
            .collect();
        for name in [
            "a.jsonl",
            "a.csv",
            "a.tsv",
            "a.txt",
            "a.jsonl.gz",
            "a.csv.zst",
            "a.parquet",
        ] {
            let path = folder.join(name);
            std::fs::write(&path, &bytes).unwrap();
            assert!(!read(&path, &Columns::default()).is_empty(), "{name}");
        }
    }
}
