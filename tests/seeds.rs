//! The seed tables keep their form: sorted, no form twice, no stray white space.

use std::collections::BTreeSet;

fn rows(path: &str, columns: usize) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.ends_with('\n') && !text.contains('\r'), "{path}");
    let mut rows = Vec::new();
    for line in text.lines().skip(1) {
        let cells: Vec<String> = line.split('\t').map(str::to_owned).collect();
        assert_eq!(cells.len(), columns, "{path}: {line}");
        for cell in cells.iter().flat_map(|cell| cell.split('|')) {
            assert_eq!(cell.trim(), cell, "{path}: {line}");
        }
        rows.push(cells);
    }
    assert!(
        rows.windows(2).all(|pair| pair[0][0] < pair[1][0]),
        "{path} is not sorted, or has a key twice"
    );
    rows
}

#[test]
fn actors_have_unique_forms_and_cover_the_united_nations() {
    let rows = rows("seeds/actors.tsv", 6);
    let mut seen = BTreeSet::new();
    for row in &rows {
        for form in row[2..]
            .iter()
            .flat_map(|cell| cell.split('|'))
            .filter(|form| !form.is_empty())
        {
            assert!(seen.insert(form.to_owned()), "{form:?} stands twice");
        }
    }
    assert!(rows.iter().filter(|row| row[1] == "country").count() >= 193);
    for form in [
        "Oman",
        "Omani",
        "Islamic Republic of Iran",
        "Zionist regime",
        "Tehran",
        "Palestine",
    ] {
        assert!(seen.contains(form), "{form}");
    }
}

#[test]
fn cues_and_titles_have_unique_forms() {
    let mut seen = BTreeSet::new();
    for row in rows("seeds/cues.tsv", 4) {
        assert!(
            ["neutral", "favourable", "hostile"].contains(&row[2].as_str()),
            "{row:?}"
        );
        assert!(
            ["speech", "thought", "act"].contains(&row[3].as_str()),
            "{row:?}"
        );
        for form in row[1].split('|') {
            assert!(seen.insert(form.to_owned()), "{form:?} stands twice");
        }
    }
    assert!(rows("seeds/titles.tsv", 2).len() >= 180);
}
