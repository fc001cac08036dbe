//! Batch runs: what a crash leaves behind, threads and parts, broken files, and the tables themselves.

mod command;
mod hostile;

use stance::archive::{
    self, Batch, Columns, Event, Format, Summary, profile_schema, reject_schema, stance_schema,
};
use stance::encoder::Worker;
use stance::error::{Error, Result};
use stance::model::Model;
use stance::profile::Period;
use stance::scorer::{Options, Scorer};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

fn scorer() -> &'static Scorer {
    static SCORER: OnceLock<Scorer> = OnceLock::new();
    SCORER.get_or_init(|| Scorer::new(Model::built_in().unwrap()))
}

/// A folder of this test, empty.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("archive-{name}"));
    if path.exists() {
        std::fs::remove_dir_all(&path).unwrap();
    }
    std::fs::create_dir_all(&path).unwrap();
    path
}

/// An archive in two files: eleven documents, one of them twice, and three rejects.
fn archive_in(folder: &Path) -> PathBuf {
    let path = folder.join("in");
    std::fs::create_dir_all(&path).unwrap();
    let people = ["Marta Oduya", "Teodor Vance", "Ilse Brandt"];
    let acts = ["praised Norway", "condemned the Harbour League"];
    let mut lines = Vec::new();
    for n in 0..9 {
        let text = format!(
            "{} {} on {} May. \"We stand with {}\u{2019}s people,\" she said. The minister thanked {}.",
            people[n % 3],
            acts[n % 2],
            n + 1,
            ["Chile", "Kenya"][n % 2],
            people[(n + 1) % 3],
        );
        let date = format!("2024-0{}-11", 1 + n / 4);
        let line = serde_json::json!({"id": n, "body": text, "published": date, "outlet": "Post"});
        lines.push(line.to_string());
    }
    lines.insert(2, "{\"id\": \"broken\"".to_owned());
    lines.insert(5, "{\"id\": 1, \"body\": \"Again.\"}".to_owned());
    lines.push(lines[0].replace("\"id\":0", "\"id\":\"again\""));
    std::fs::write(path.join("a.jsonl"), lines.join("\n")).unwrap();
    let rows = "text,id\n\"Ilse Brandt criticised Kenya.\nShe thanked Norway.\",c1\n,c2\n";
    std::fs::write(path.join("b.csv"), rows).unwrap();
    path
}

/// How a run differs from the usual.
struct Run<'a> {
    out: &'a Path,
    threads: usize,
    part_records: usize,
    format: Format,
    dedupe: bool,
    ids_per_file: bool,
    resume: bool,
}

impl<'a> Run<'a> {
    fn to(out: &'a Path) -> Self {
        Self {
            out,
            threads: 2,
            part_records: 4,
            format: Format::Jsonl,
            dedupe: false,
            ids_per_file: false,
            resume: false,
        }
    }

    fn of(&self, input: &Path, watch: &mut dyn FnMut(Event<'_>) -> Result<()>) -> Result<Summary> {
        let inputs = archive::inputs(&[input.to_owned()], Some(self.out))?;
        let workers: Vec<Worker> = (0..self.threads).map(|_| Worker::new()).collect();
        let batch = Batch {
            inputs: &inputs,
            columns: &Columns::default(),
            out: self.out,
            scorer: scorer(),
            workers: &workers,
            options: Options::default(),
            registry_sha256: None,
            transcript: false,
            speaker: None,
            format: self.format,
            period: Some(Period::Month),
            dedupe: self.dedupe,
            ids_per_file: self.ids_per_file,
            sentences: true,
            part_records: self.part_records,
            max_text_bytes: 1 << 20,
            max_rejects: 100,
            resume: self.resume,
        };
        archive::run(&batch, &|| 0.0, watch)
    }
}

/// Every file of a finished run but its summary, by name.
fn files(out: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(out).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        assert!(
            ["stances", "profiles", "rejects", "run.json"].contains(&name.as_str()),
            "{name} is left"
        );
        if name == "run.json" {
            continue;
        }
        for file in std::fs::read_dir(entry.path()).unwrap() {
            let path = file.unwrap().path();
            let file = path.file_name().unwrap().to_str().unwrap();
            files.insert(format!("{name}/{file}"), std::fs::read(&path).unwrap());
        }
    }
    files
}

/// The lines of a table of JSON lines, over all its files.
fn lines(out: &Path, table: &str) -> Vec<String> {
    let of_table = files(out).into_iter();
    let of_table = of_table.filter(|(name, _)| name.starts_with(table));
    let text = of_table.map(|(_, bytes)| String::from_utf8(bytes).unwrap());
    text.collect::<String>()
        .lines()
        .map(str::to_owned)
        .collect()
}

fn nothing(_: Event<'_>) -> Result<()> {
    Ok(())
}

#[test]
fn a_run_killed_at_any_step_goes_on_to_the_same_files() {
    let folder = folder("steps");
    let input = archive_in(&folder);
    let whole = folder.join("whole");
    let summary = Run::to(&whole).of(&input, &mut nothing).unwrap();
    assert_eq!((summary.counts.records, summary.parts), (14, 4));
    let expected = files(&whole);
    let mut names = std::collections::BTreeSet::new();
    for kill_at in 0.. {
        let out = folder.join(format!("killed-{kill_at}"));
        let mut n = 0;
        let mut killed = Run::to(&out).of(&input, &mut |event| {
            // An error that nothing cleans up after is what a kill leaves.
            if let Event::Step(name) = event {
                names.insert(name);
                n += 1;
                if n > kill_at {
                    return Err(Error::Stopped);
                }
            }
            Ok(())
        });
        let ended = killed.is_ok();
        if !ended {
            assert!(
                Run::to(&out).of(&input, &mut nothing).is_err(),
                "without --resume"
            );
            let mut again = Run::to(&out);
            again.resume = true;
            // The other number of threads, and once more when it is finished.
            again.threads = 1;
            killed = again.of(&input, &mut nothing);
            let twice = again.of(&input, &mut nothing).unwrap();
            assert_eq!(twice.counts, summary.counts);
        }
        assert_eq!(
            killed.unwrap().counts,
            summary.counts,
            "killed at {kill_at}"
        );
        assert_eq!(files(&out), expected, "killed at step {kill_at}");
        if ended {
            break;
        }
    }
    let all = [
        "clearing", "journal", "partials", "profiles", "rejects", "stances", "summary",
    ];
    assert_eq!(names.into_iter().collect::<Vec<_>>(), all);
}

#[test]
fn a_run_stopped_between_documents_goes_on_and_changed_inputs_are_noticed() {
    let folder = folder("stopped");
    let input = archive_in(&folder);
    let whole = folder.join("whole");
    Run::to(&whole).of(&input, &mut nothing).unwrap();
    let out = folder.join("out");
    let mut run = Run::to(&out);
    run.resume = true;
    // Begun anew again and again, it gets two parts further each time.
    let mut runs = 0;
    loop {
        let mut done = 0;
        let ended = run.of(&input, &mut |event| match event {
            Event::Progress(progress) => {
                done = progress.counts.records - progress.before.records;
                if done < 6 {
                    Ok(())
                } else {
                    Err(Error::Stopped)
                }
            }
            Event::Step(_) => Ok(()),
        });
        runs += 1;
        if ended.is_ok() {
            break;
        }
    }
    assert!(runs > 2, "{runs}");
    assert_eq!(files(&out), files(&whole));

    let other = folder.join("other");
    let mut run = Run::to(&other);
    let stop = run.of(&input, &mut |event| match event {
        Event::Progress(progress) if progress.counts.records > 5 => Err(Error::Stopped),
        Event::Progress(_) | Event::Step(_) => Ok(()),
    });
    assert!(matches!(stop, Err(Error::Stopped)));
    run.resume = true;
    run.dedupe = true;
    let error = run.of(&input, &mut nothing).unwrap_err().to_string();
    assert!(error.starts_with("dedupe: is true, but the run"), "{error}");
    run.dedupe = false;
    let text = std::fs::read_to_string(input.join("a.jsonl")).unwrap();
    std::fs::write(input.join("a.jsonl"), text.replace("Marta", "Maria")).unwrap();
    let error = run.of(&input, &mut nothing).unwrap_err().to_string();
    assert!(
        error.starts_with("inputs: have changed since part 0"),
        "{error}"
    );
}

#[test]
fn threads_and_parts_change_no_row() {
    let folder = folder("threads");
    let input = archive_in(&folder);
    let mut all = Vec::new();
    for (threads, part_records) in [(1, 4), (2, 4), (3, 1), (2, 1_000)] {
        let out = folder.join(format!("{threads}-{part_records}"));
        let mut run = Run::to(&out);
        (run.threads, run.part_records) = (threads, part_records);
        run.of(&input, &mut nothing).unwrap();
        all.push(["stances", "profiles", "rejects"].map(|table| lines(&out, table)));
    }
    let [stances, profiles, rejects] = &all[0];
    assert!(stances.len() > 20 && profiles.len() > 5, "{stances:?}");
    let reasons = [
        "record is not JSON: EOF while parsing an object at line 1 column 15",
        &format!("id \"1\" came before in {:?}", input.join("a.jsonl")),
        "text is empty",
    ];
    for (reject, reason) in rejects.iter().zip(reasons) {
        let reject: serde_json::Value = serde_json::from_str(reject).unwrap();
        assert_eq!(reject["reason"], reason);
    }
    assert_eq!(rejects.len(), 3);
    assert!(all.iter().all(|one| *one == all[0]));
    for format in [Format::Parquet, Format::Csv] {
        let mut made = Vec::new();
        for threads in [1, 2] {
            let out = folder.join(format!("{}-{threads}", format.ending()));
            let mut run = Run::to(&out);
            (run.threads, run.format) = (threads, format);
            run.of(&input, &mut nothing).unwrap();
            made.push(files(&out));
        }
        assert_eq!(made[0], made[1]);
    }
}

#[test]
fn a_text_that_comes_twice_counts_once_when_asked() {
    let folder = folder("dedupe");
    let input = archive_in(&folder);
    let documents = |dedupe: bool| {
        let out = folder.join(dedupe.to_string());
        let mut run = Run::to(&out);
        run.dedupe = dedupe;
        let summary = run.of(&input, &mut nothing).unwrap();
        assert_eq!(summary.counts.repeated, 1);
        let count = |line: &String| {
            let profile: serde_json::Value = serde_json::from_str(line).unwrap();
            profile["n_documents"].as_u64().unwrap()
        };
        let n: u64 = lines(&out, "profiles").iter().map(count).sum();
        let counted = |line: &&String| {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            row["document_id"] == "again" && row["counted"] == true
        };
        let stances = lines(&out, "stances");
        assert!(stances.iter().any(|line| line.contains("\"again\"")));
        (n, stances.iter().filter(counted).count())
    };
    let ((all, again), (once, none)) = (documents(false), documents(true));
    assert!(again > 0 && none == 0, "{again}, {none}");
    assert!(all > once, "{all}, {once}");
}

#[test]
fn ids_of_files_are_kept_apart_when_asked_and_dates_that_say_nothing_are_counted() {
    let folder = folder("ids");
    let input = folder.join("in");
    std::fs::create_dir_all(&input).unwrap();
    for (name, date) in [("a.csv", "2024-05-11"), ("b.csv", "05/11/2024")] {
        let row = format!("Ilse Brandt praised Norway.,{date}\n");
        let rows = format!("id,text,date\n1,{row},{row}");
        std::fs::write(input.join(name), rows).unwrap();
    }
    let together = folder.join("together");
    let mut run = Run::to(&together);
    let counts = run.of(&input, &mut nothing).unwrap().counts;
    assert_eq!((counts.documents, counts.unread_dates), (3, 1));
    let rejects = lines(run.out, "rejects");
    let reject: serde_json::Value = serde_json::from_str(&rejects[0]).unwrap();
    let reason = format!(
        "id \"1\" came before in {:?}; --ids-per-file keeps ids of files apart",
        input.join("a.csv")
    );
    assert_eq!(reject["reason"], reason);
    let apart = folder.join("apart");
    run.out = &apart;
    run.ids_per_file = true;
    let counts = run.of(&input, &mut nothing).unwrap().counts;
    assert_eq!((counts.documents, counts.unread_dates), (4, 2));
    let ids: std::collections::BTreeSet<String> = lines(&apart, "stances")
        .iter()
        .map(|line| {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            row["document_id"].as_str().unwrap().to_owned()
        })
        .collect();
    let expected = ["a.csv#1", "a.csv:1", "b.csv#1", "b.csv:1"]
        .map(|name| input.join(name).display().to_string());
    assert_eq!(ids.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn profiles_are_sums_of_the_rows_that_count_and_merge() {
    let folder = folder("merge");
    let input = archive_in(&folder);
    let whole = folder.join("whole");
    Run::to(&whole).of(&input, &mut nothing).unwrap();
    let profiles = lines(&whole, "profiles");
    // From the rows, as a database would.
    let mut sums: BTreeMap<[String; 3], [i64; 4]> = BTreeMap::new();
    for line in lines(&whole, "stances") {
        let row: serde_json::Value = serde_json::from_str(&line).unwrap();
        if row["counted"] == true && row["speaker_id"].is_string() {
            let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
            let month = text("date").chars().take(7).collect();
            let sums = sums
                .entry([text("speaker_id"), text("actor_id"), month])
                .or_default();
            for (sum, name) in sums
                .iter_mut()
                .zip(["sum_favour", "sum_neutral", "sum_against"])
            {
                *sum += row[name].as_i64().unwrap();
            }
            sums[3] += 1;
        }
    }
    assert_eq!(sums.len(), profiles.len());
    for line in &profiles {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let number = |name: &str| row[name].as_i64().unwrap();
        let n = number("n_favour") + number("n_neutral") + number("n_against");
        let is = [
            number("sum_favour"),
            number("sum_neutral"),
            number("sum_against"),
            n,
        ];
        assert_eq!(sums[&["speaker_id", "actor_id", "period"].map(text)], is);
    }
    // Two halves of an archive merge to the whole, in whatever form and order they come.
    let mut halves = Vec::new();
    for (name, format) in [("b.csv", Format::Csv), ("a.jsonl", Format::Parquet)] {
        let out = folder.join(format!("half-{name}"));
        let mut run = Run::to(&out);
        run.format = format;
        run.of(&input.join(name), &mut nothing).unwrap();
        halves.push(archive::profile_files(&out.join("profiles")).unwrap());
    }
    let merged = folder.join("merged");
    archive::merge(&halves, &merged, Format::Jsonl).unwrap();
    let text = std::fs::read_to_string(merged.join("part-000000.jsonl")).unwrap();
    assert_eq!(text.lines().collect::<Vec<_>>(), profiles);
    let error = archive::merge(&halves, &merged, Format::Jsonl).unwrap_err();
    assert!(error.to_string().contains("is not empty"), "{error}");
}

#[test]
fn the_tables_are_those_of_the_golden_file() {
    let mut told = String::new();
    for schema in [stance_schema(), profile_schema(), reject_schema()] {
        told += &format!(
            "{} {}\n",
            schema.metadata()["stance.table"],
            schema.metadata()["stance.schema"]
        );
        for field in schema.fields() {
            let null = if field.is_nullable() { ", null" } else { "" };
            told += &format!("  {}: {}{null}\n", field.name(), field.data_type());
        }
    }
    let golden = include_str!("golden/tables.txt");
    assert_eq!(told, golden, "a change needs a new SCHEMA_VERSION:\n{told}");
}

#[test]
fn a_report_shows_speakers_with_their_evidence_whatever_the_format() {
    let folder = folder("report");
    let input = archive_in(&folder);
    let mut pages = Vec::new();
    for format in [Format::Parquet, Format::Jsonl, Format::Csv] {
        let out = folder.join(format.ending());
        let mut run = Run::to(&out);
        run.format = format;
        run.of(&input, &mut nothing).unwrap();
        let report = archive::report(&out, 3, 2).unwrap();
        assert_eq!(report.speakers.len(), 3);
        assert_eq!(report.actors.len(), 2);
        assert_eq!(report.rejects.len(), 3);
        let oduya = report
            .speakers
            .iter()
            .find(|s| s.name == "Marta Oduya")
            .unwrap();
        let months = oduya.pairs.iter().map(|pair| pair.months.len()).max();
        assert!(months > Some(1), "{oduya:?}");
        pages.push(archive::page(&report));
    }
    assert!(pages.iter().all(|page| *page == pages[0]));
    let page = &pages[0];
    for part in [
        "<a href=\"#s0\">",
        "<mark class=\"holder\">Marta Oduya</mark> praised <mark class=\"target\">Norway</mark> on 1 May.",
        "11 scored, 3 rejected",
        "id \u{2026} came before",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("http"), "it needs nothing from elsewhere");
    assert!(archive::report(&input, 2, 2).is_err());
}
