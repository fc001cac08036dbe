//! `stance batch` and `stance merge` as a user runs them: what they print, exit codes, kill and Ctrl-C.

use super::{archive_in, files, folder};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stance"));
    command
        .args(arguments)
        .stderr(Stdio::piped())
        .stdout(Stdio::piped());
    command
}

fn stance(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_run_tells_what_it_took_for_what_and_what_it_came_to() {
    let folder = folder("command");
    let input = archive_in(&folder);
    let out = folder.join("out");
    let (input, out) = (text(&input), text(&out));
    let run = stance(&[
        "batch",
        input,
        "--out",
        out,
        "--format",
        "jsonl",
        "--progress",
        "json",
    ]);
    let said = told(&run);
    assert_eq!(run.status.code(), Some(3), "{said}");
    for line in [
        "a.jsonl: text from \"body\", id from \"id\", date from \"published\", source from \"outlet\"",
        "b.csv: text from \"text\", id from \"id\"",
        "{\"documents\":",
        "11 documents (1 with a text that came before)",
        "3 of 14 records were rejected",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    let summary = std::fs::read_to_string(Path::new(out).join("run.json")).unwrap();
    let summary: serde_json::Value = serde_json::from_str(&summary).unwrap();
    assert_eq!(summary["counts"]["rejects"], 3);
    assert!(summary["windows"]["all"].as_u64().unwrap() > 0);

    let again = stance(&["batch", input, "--out", out]);
    assert_eq!(again.status.code(), Some(1));
    assert!(
        told(&again).contains("holds a finished run"),
        "{}",
        told(&again)
    );

    let merged = folder.join("merged");
    let merge = stance(&["merge", out, out, "--out", text(&merged)]);
    assert_eq!(merge.status.code(), Some(0), "{}", told(&merge));
    assert!(merged.join("part-000000.parquet").exists());
}

#[test]
fn what_cannot_run_is_said_before_anything_is_written() {
    let folder = folder("refused");
    let input = archive_in(&folder);
    let (input, out) = (text(&input), folder.join("out"));
    let empty = folder.join("empty");
    std::fs::create_dir(&empty).unwrap();
    let table = format!("{input}/b.csv");
    let semicolons = folder.join("c.csv");
    std::fs::write(&semicolons, "id;text\n1;Oduya praised Norway.\n").unwrap();
    let cases: &[(&[&str], i32, &str)] = &[
        (&["batch", "no-such-file.csv"], 1, "no-such-file.csv"),
        (
            &["batch", text(&empty)],
            1,
            "nothing to read: no file ends with .jsonl",
        ),
        (&["batch", "Cargo.toml"], 1, "its name must end with .jsonl"),
        (
            &["batch", &table, "--text-column", "words"],
            1,
            "there is no column \"words\"; there are \"text\", \"id\"",
        ),
        (
            &["batch", input, "--text-column", "words"],
            1,
            "a.jsonl: none of 11 records has \"words\"; there are ",
        ),
        (
            &["batch", input, "--date-column", "day"],
            1,
            "a.jsonl: none of 11 records has \"day\"; there are ",
        ),
        (
            &["batch", text(&semicolons)],
            1,
            "\"id;text\"; say which with --text-column; --delimiter says",
        ),
        (
            &["batch", input, "--delimiter", "ab"],
            2,
            "'ab' for '--delimiter <DELIMITER>': it must be one ASCII character",
        ),
        (
            &["batch", input, "--part-records", "0"],
            2,
            "'0' for '--part-records <PART_RECORDS>': it must be 1 to 1000000",
        ),
        (
            &["batch", input, "--min-confidence", "2"],
            2,
            "it must be 0 to 1",
        ),
        (
            &["batch", input, "--min-confidence", "NaN"],
            2,
            "it must be 0 to 1",
        ),
        (&["batch", input, "--speaker", " "], 2, "it must be a name"),
        (
            &["batch", input, "--threads", "1000"],
            2,
            "it must be 1 to 256",
        ),
        (
            &["batch", input, "--actors", "no-such-file"],
            1,
            "no-such-file",
        ),
        (&["merge", text(&empty)], 1, "holds no profiles"),
    ];
    for (arguments, code, expected) in cases {
        let arguments = [arguments, &["--out", text(&out)][..]].concat();
        let run = stance(&arguments);
        assert_eq!(run.status.code(), Some(*code), "{arguments:?}");
        assert!(
            told(&run).contains(expected),
            "{arguments:?}: {}",
            told(&run)
        );
        assert!(!out.exists(), "{arguments:?}");
    }
    let stopped = stance(&["batch", input, "--out", text(&out), "--max-rejects", "1"]);
    assert_eq!(stopped.status.code(), Some(1));
    let said = told(&stopped);
    assert!(
        said.contains("2 records were rejected, max_rejects is 1"),
        "{said}"
    );
}

#[test]
fn files_without_an_object_do_not_end_the_check_of_columns() {
    let folder = folder("undecided");
    let out = folder.join("out");
    let cases: [(&str, &str, &[&str], &str); 2] = [
        ("empty", "", &[], "no column is named like a text"),
        (
            "broken",
            "{broken\n[1]\n",
            &["--text-column", "words", "--date-column", "day"],
            "none of 1 records has \"day\"; there are \"words\"",
        ),
    ];
    for (name, first, flags, expected) in cases {
        let input = folder.join(name);
        std::fs::create_dir(&input).unwrap();
        // More than the files that may be wrong.
        for n in 0..9 {
            std::fs::write(input.join(format!("a{n}.jsonl")), first).unwrap();
        }
        std::fs::write(
            input.join("b.jsonl"),
            "{\"words\": \"Oduya praised Norway.\"}\n",
        )
        .unwrap();
        let arguments = ["batch", text(&input), "--out", text(&out)];
        let run = stance(&[&arguments[..], flags].concat());
        let said = told(&run);
        assert_eq!(run.status.code(), Some(1), "{said}");
        assert!(said.contains(expected), "{said}");
        assert!(said.contains("b.jsonl: "), "{said}");
        assert!(!out.exists(), "{name}");
        // With a file that has it all is run.
        let good =
            "{\"words\": \"Oduya left.\", \"text\": \"Oduya left.\", \"day\": \"2024-05-11\"}\n";
        std::fs::write(input.join("c.jsonl"), good).unwrap();
        let run = stance(&[&arguments[..], flags].concat());
        assert_eq!(run.status.code(), Some(3), "{}", told(&run));
        std::fs::remove_dir_all(&out).unwrap();
    }
}

#[test]
fn what_a_run_could_not_use_is_told() {
    let folder = folder("told");
    let input = folder.join("in");
    std::fs::create_dir(&input).unwrap();
    let rows = "id;text;date\n1;Marta Oduya praised Norway.;05/11/2024\n";
    std::fs::write(input.join("a.csv"), rows).unwrap();
    for name in ["b.json", "c.json", "d.html", "e"] {
        std::fs::write(input.join(name), "x").unwrap();
    }
    let actors = folder.join("actors.json");
    std::fs::write(&actors, r#"[{"id": "no", "name": "Norway"}]"#).unwrap();
    let out = folder.join("out");
    let arguments = [
        "batch",
        text(&input),
        "--out",
        text(&out),
        "--delimiter",
        ";",
    ];
    let given = ["--actors", text(&actors), "--only-given"];
    let run = stance(&[&arguments[..], &given].concat());
    let said = told(&run);
    assert_eq!(run.status.code(), Some(0), "{said}");
    for line in [
        "files passed over for their endings, 4: 1 without an ending, 1 .html, 2 .json",
        "a.csv: text from \"text\", id from \"id\", date from \"date\"",
        "documents in no period, since their date does not begin with YYYY-MM-DD: 1",
        "no profile; documents without a speaker: 1; with --only-given speakers must be among --actors, too",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    let summary = std::fs::read_to_string(out.join("run.json")).unwrap();
    let summary: serde_json::Value = serde_json::from_str(&summary).unwrap();
    assert_eq!(summary["counts"]["unread_dates"], 1);
    assert_eq!(summary["settings"]["separators"], serde_json::json!([";"]));
}

#[test]
fn what_holds_no_profiles_is_not_merged() {
    let folder = folder("no-profiles");
    let header = "speaker_id,speaker_name,actor_id,actor_name,period,n_documents,n_favour,n_neutral,n_against,\
        sum_favour,sum_neutral,sum_against,share_favour,share_neutral,share_against,score,interval_low,interval_high";
    let cases = [
        (
            "a.jsonl",
            "{\"document_id\": \"d\"}\n".to_owned(),
            "a.jsonl: cannot be read as profiles: speaker_id is null in row 0",
        ),
        (
            "b.csv",
            "document_id,reason\nd,text is empty\n".to_owned(),
            "b.csv: cannot be read as profiles: ",
        ),
        (
            "c.csv",
            format!("{header},verdict\n"),
            "expected \"stance\" but found \"verdict\"",
        ),
    ];
    for (name, content, expected) in cases {
        let path = folder.join(name);
        std::fs::write(&path, content).unwrap();
        let out = folder.join(format!("out-{name}"));
        let merge = stance(&["merge", text(&path), "--out", text(&out)]);
        let said = told(&merge);
        assert_eq!(merge.status.code(), Some(1), "{name}: {said}");
        assert!(said.contains(expected), "{name}: {said}");
    }
}

/// Starts a run of many small parts and waits until some are done.
fn begun(input: &str, out: &Path) -> Child {
    let flags = [
        "--part-records",
        "1",
        "--threads",
        "1",
        "--quiet",
        "--format",
        "csv",
    ];
    let child = command(&[&["batch", input, "--out", text(out)], &flags[..]].concat())
        .spawn()
        .unwrap();
    let started = Instant::now();
    let some = || std::fs::read_dir(out.join("stances")).map_or(0, Iterator::count) > 3;
    while !some() {
        assert!(
            started.elapsed() < Duration::from_secs(120),
            "nothing is written"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
    child
}

#[test]
fn a_killed_and_an_interrupted_run_go_on() {
    let folder = folder("killed");
    let input = archive_in(&folder);
    // Long enough to be killed in the middle.
    let text_of = std::fs::read_to_string("seeds/articles/bagheri-arraisi.txt").unwrap();
    for n in 0..30 {
        let varied = text_of.replace("Bagheri", &format!("Bagheri{n}"));
        std::fs::write(input.join(format!("z{n:02}.txt")), varied).unwrap();
    }
    let input = text(&input);
    let resumed = |out: &Path| {
        let flags = [
            "--part-records",
            "1",
            "--quiet",
            "--format",
            "csv",
            "--resume",
        ];
        let run = stance(&[&["batch", input, "--out", text(out)], &flags[..]].concat());
        assert_eq!(run.status.code(), Some(3), "{}", told(&run));
        files(out)
    };
    let whole = resumed(&folder.join("whole"));
    let killed = folder.join("by-kill");
    let mut child = begun(input, &killed);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!killed.join("run.json").exists());
    assert!(resumed(&killed) == whole, "after SIGKILL");

    let interrupted = folder.join("by-interrupt");
    let child = begun(input, &interrupted);
    let signal = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(signal.unwrap().success());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130), "{}", told(&ended));
    assert!(
        told(&ended).contains("--resume goes on"),
        "{}",
        told(&ended)
    );
    assert!(resumed(&interrupted) == whole, "after SIGINT");
}
