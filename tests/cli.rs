//! The command line with its exit codes: every broken input gets a clear error.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

fn stance(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_stance"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that refuses its arguments may close its input first.
    let _closed = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn file(name: &str, content: &[u8]) -> String {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let path = dir.join(name);
    std::fs::write(&path, content).unwrap();
    path.display().to_string()
}

#[test]
fn broken_inputs_are_named_with_their_reason() {
    let twice = file(
        "twice.json",
        br#"[{"id":"a","name":"Maar"},{"id":"a","name":"Ruiz"}]"#,
    );
    let blank = file(
        "blank.json",
        br#"[{"id":"a","name":"Maar","aliases":[""]}]"#,
    );
    let model = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("corrupt-model");
    std::fs::create_dir_all(&model).unwrap();
    for name in ["manifest.json", "encoder.onnx", "tokenizer.json"] {
        std::fs::copy(format!("models/stance-en-small/{name}"), model.join(name)).unwrap();
    }
    std::fs::write(model.join("heads.json"), "{}").unwrap();
    let model = model.display().to_string();
    let long = "x".repeat(4_097);
    let cases: &[(&[&str], &[u8], i32, &str)] = &[
        (&["score", "-"], b"ab\xff", 1, "first bad byte at offset 2"),
        (&["score", "-"], b" \n", 1, "text is empty"),
        (&["score", "src"], b"", 1, "is a directory"),
        (&["score", "no-such-file"], b"", 1, "no-such-file"),
        (
            &["score", "--model", "no-such-model", "-"],
            b"Fine.",
            1,
            "no-such-model",
        ),
        (
            &["score", "--model", &model, "-"],
            b"Fine.",
            1,
            "heads.json has SHA-256",
        ),
        (
            &["score", "--format", "xml", "-"],
            b"Fine.",
            2,
            "possible values",
        ),
        (&["score", "--only-given", "-"], b"Fine.", 2, "--actors"),
        (
            &["score", "--actors", &twice, "-"],
            b"Fine.",
            1,
            "actors[1].id",
        ),
        (
            &["score", "--actors", &blank, "-"],
            b"Fine.",
            1,
            "actors[0].aliases[0]",
        ),
        (
            &["score", "--speaker", "", "-"],
            b"Fine.",
            2,
            "'--speaker <SPEAKER>': it must be a name",
        ),
        (
            &["score", "--speaker", " ", "-"],
            b"Fine.",
            2,
            "'--speaker <SPEAKER>': it must be a name",
        ),
        (
            &["score", "--speaker", &long, "-"],
            b"Fine.",
            2,
            "it is 4097 bytes, the limit is 4096",
        ),
        (
            &["score", "--threads", "0", "-"],
            b"Fine.",
            2,
            "'0' for '--threads <THREADS>': it must be 1 to 256",
        ),
        (
            &["evaluate", "--threads", "1000"],
            b"",
            2,
            "'1000' for '--threads <THREADS>': it must be 1 to 256",
        ),
        (
            &["train", "--out", "no-model", "--tag-penalty", "99"],
            b"",
            2,
            "'99' for '--tag-penalty <TAG_PENALTY>': it must be 0.0001 to 10",
        ),
        (
            &["evaluate", "--seeds", "src"],
            b"",
            1,
            "nothing to measure: no known corpus in src",
        ),
        (
            &["report", ".", "--speakers", "0"],
            b"",
            2,
            "it must be 1 to 500",
        ),
        (
            &["score", "seeds/articles/bagheri-arraisi.txt", "src"],
            b"",
            3,
            "1 of 2 inputs",
        ),
    ];
    for (arguments, input, code, message) in cases {
        let output = stance(arguments, input);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(*code), "{arguments:?}: {errors}");
        assert!(errors.contains(message), "{arguments:?}: {errors}");
    }
}

/// A text with every figure of two decimals masked: processors differ in the last bits of a sum.
fn masked(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::new();
    let mut i = 0;
    while let Some(&c) = chars.get(i) {
        let rest = chars.get(i..).unwrap_or_default();
        let sign = usize::from(c == '+' || c == '-');
        let figure = match rest.get(sign..sign + 4) {
            Some([whole, '.', tenth, hundredth]) => [whole, tenth, hundredth]
                .iter()
                .all(|digit| digit.is_ascii_digit()),
            Some(_) | None => false,
        };
        if figure {
            out.push('#');
            i += sign + 4;
        } else {
            out.push(c);
            i += 1;
        }
    }
    out
}

#[test]
fn the_seed_article_is_printed_as_ever() {
    let out = stance(&["score", "seeds/articles/bagheri-arraisi.txt"], b"");
    assert!(out.status.success());
    let printed = masked(&String::from_utf8(out.stdout).unwrap());
    let golden = std::fs::read_to_string("tests/golden/bagheri-arraisi.txt").unwrap();
    assert_eq!(
        printed, golden,
        "if this is what it should be, put it into the file"
    );
}

#[test]
fn one_of_something_is_printed_in_singular() {
    let out = stance(
        &["score", "--speaker", " Ana Ruiz ", "-"],
        b"I condemn the Harbour League.",
    );
    assert!(out.status.success());
    let printed = String::from_utf8(out.stdout).unwrap();
    assert!(printed.contains("-  1 sentence, 1 speaker, "), "{printed}");
    assert!(printed.contains("\nAna Ruiz\n"), "{printed}");
}

#[test]
fn json_is_proto3_json_with_offsets_in_the_unit_asked_for() {
    let text = "👍 Marta Oduya praised Norway.";
    for (unit, start) in [("utf8", 5), ("utf16", 3), ("utf32", 2)] {
        let output = stance(
            &["score", "--format", "jsonl", "--offsets", unit, "-"],
            text.as_bytes(),
        );
        assert!(output.status.success());
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let spans: Vec<u64> = json["actors"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|actor| actor["mentions"].as_array().unwrap())
            .filter(|mention| mention["span"]["text"] == "Marta Oduya")
            .map(|mention| mention["span"]["start"].as_u64().unwrap())
            .collect();
        assert_eq!(spans, [start], "{unit}: {json}");
        assert_eq!(
            json["offsetEncoding"],
            format!("OFFSET_ENCODING_{}", unit.to_uppercase())
        );
    }
}

#[test]
fn transcripts_have_their_speakers() {
    let text = "OKAFOR: I condemn the Harbour League.\nRUIZ: I admire Norway.\n";
    let output = stance(
        &["score", "--transcript", "--format", "jsonl", "-"],
        text.as_bytes(),
    );
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let names: Vec<&str> = json["speakers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["name"].as_str().unwrap())
        .collect();
    assert!(
        names.contains(&"OKAFOR") && names.contains(&"RUIZ"),
        "{names:?}"
    );
}

#[test]
fn whoever_reads_text_is_told_what_it_may_be() {
    let actors = file("norway.json", br#"[{"id":"no","name":"Norway"}]"#);
    let transcript = "OKAFOR: Welcome.\nRUIZ: I admire Norway.\n";
    let only_given: &[&str] = &["--actors", &actors, "--only-given"];
    let spoken = [only_given, &["--speaker", "Ana Ruiz"][..]].concat();
    let cases: &[(&str, &[&str], &str)] = &[
        (
            transcript,
            &[],
            "stance: -: 2 lines look like `NAME: text`; --transcript reads them as turns\n",
        ),
        (transcript, &["--transcript"], ""),
        (transcript, &["--format", "jsonl"], ""),
        ("Marta Oduya praised Norway.", &[], ""),
        (
            "<p>Marta Oduya praised Norway.</p>",
            &[],
            "stance: -: markup such as <p> is read as words of the text; better take it out\n",
        ),
        (
            "Marta Oduya praised Norway.",
            only_given,
            "stance: -: no speaker: with --only-given speakers must be among --actors, too, \
             unless turns or --speaker name them\n",
        ),
        ("Marta Oduya left.", only_given, ""),
        ("I left Norway.", &spoken[..], ""),
    ];
    for (text, arguments, expected) in cases {
        let arguments = [&["score", "-"][..], *arguments].concat();
        let output = stance(&arguments, text.as_bytes());
        assert!(output.status.success());
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(told, *expected, "{text} {arguments:?}");
    }
}

/// Own labels, as a user brings them: the same bytes on one thread and on two, and a model that scores.
#[test]
fn training_twice_gives_the_same_bytes() {
    let rows = std::fs::read_to_string("seeds/sentences/train.jsonl").unwrap();
    let few: Vec<&str> = rows.lines().take(16).collect();
    let rows = file("few-rows.jsonl", few.join("\n").as_bytes());
    let folders = ["1", "2"].map(|threads| {
        let out = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("own-{threads}"));
        let path = out.display().to_string();
        let arguments = [
            "train",
            "--rows",
            &rows,
            "--out",
            &path,
            "--threads",
            threads,
        ];
        let trained = stance(&arguments, b"");
        let why = String::from_utf8_lossy(&trained.stderr).into_owned();
        assert_eq!(trained.status.code(), Some(0), "{why}");
        out
    });
    for name in [
        "manifest.json",
        "heads.json",
        "encoder.onnx",
        "tokenizer.json",
    ] {
        let [one, two] = folders
            .each_ref()
            .map(|f| std::fs::read(f.join(name)).unwrap());
        assert!(one == two, "{name} differs");
    }
    // A few rows fit stance heads, and do not replace taggers that saw a hundred times as many words.
    let heads = |folder: &std::path::Path| -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(folder.join("heads.json")).unwrap()).unwrap()
    };
    let built_in = heads(std::path::Path::new("models/stance-en-small"));
    let own = heads(&folders[0]);
    assert!(own["stances"]["named"] != built_in["stances"]["named"]);
    assert!(own["taggers"] == built_in["taggers"]);
    let model = folders[0].display().to_string();
    let scored = stance(&["score", "--model", &model, "-"], b"Oduya praised Norway.");
    assert_eq!(scored.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&scored.stdout).contains("Norway"));
}

#[test]
fn mistakes_are_written_with_their_sentences() {
    let path = file("mistakes.jsonl", b"");
    let arguments = ["evaluate", "--only", "speeches dev", "--mistakes", &path];
    let evaluated = stance(&arguments, b"");
    assert_eq!(evaluated.status.code(), Some(0));
    let text = String::from_utf8(evaluated.stdout).unwrap();
    let counts = text.lines().find(|line| line.contains("lost: ")).unwrap();
    // Every loss and every false pair of the table stands in the file.
    let told: u64 = counts
        .split("; ")
        .filter(|count| count.starts_with("lost") || count.starts_with("wrong"))
        .filter_map(|count| count.rsplit(' ').next()?.parse::<u64>().ok())
        .sum();
    let lines: Vec<serde_json::Value> = std::fs::read_to_string(path)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len() as u64, told);
    assert!(lines.iter().any(|line| line["predicted"] == true));
    for line in &lines {
        let shown = line["sentences"].as_array().unwrap();
        let judged = shown.iter().all(|s| s["probabilities"].is_array());
        assert_eq!(
            line["predicted"] == true,
            judged && !shown.is_empty(),
            "{line}"
        );
    }
}
