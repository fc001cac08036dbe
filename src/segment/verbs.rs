//! Verbs that report speech.
//!
//! In goes a word; out comes whether `seeds/cues.tsv` has it as a verb of speech, and whether as one that neither praises
//! nor blames. What a reader would question: cues of several words ("according to") are left out, since whoever asks has
//! one word.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Single words that report speech, in lower case, and whether they do so without praise or blame.
static SPEECH: LazyLock<BTreeMap<&'static str, bool>> = LazyLock::new(|| {
    let lines = include_str!("../../seeds/cues.tsv").lines().skip(1);
    let cells = lines.map(|line| line.split('\t').collect::<Vec<_>>());
    let speech = cells.filter_map(|cells| match cells[..] {
        [_, forms, tone, "speech"] => Some((forms, tone == "neutral")),
        _ => None,
    });
    let forms =
        speech.flat_map(|(forms, neutral)| forms.split('|').map(move |form| (form, neutral)));
    forms.filter(|(form, _)| !form.contains(' ')).collect()
});

/// Whether a word, given in lower case, reports speech.
pub(crate) fn reports_speech(word: &str) -> bool {
    SPEECH.contains_key(word)
}

/// Whether a word, given in lower case, reports speech without praise or blame.
pub(super) fn is_neutral(word: &str) -> bool {
    SPEECH.get(word) == Some(&true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_report_speech_with_praise_or_blame_or_without() {
        for (word, reports, neutral) in [
            ("said", true, true),
            ("adding", true, true),
            ("absolved", true, false),
            ("accuses", true, false),
            ("admired", false, false),
            ("Said", false, false),
            ("according to", false, false),
            ("", false, false),
        ] {
            let told = (reports_speech(word), is_neutral(word));
            assert_eq!(told, (reports, neutral), "{word}");
        }
    }
}
