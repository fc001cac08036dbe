//! Hints for whoever reads the text that `stance score` prints: what a document may be that it was not read as.

use stance::analysis::Analysis;
use stance::document::Document;

/// What texts have that were cut out of a page, the usual ones.
const MARKUP: [&str; 12] = [
    "<p>", "</p>", "<br", "<div", "<span", "<a href", "&quot;", "&amp;", "&nbsp;", "&lt;", "&#39;",
    "&#x27;",
];

/// What to try with a document, a line each.
pub(super) fn hints(document: &Document, analysis: &Analysis) -> Vec<String> {
    let mut hints = Vec::new();
    if document.turns().is_empty() {
        let transcript = Document::transcript(document.id(), document.text());
        let n = transcript.map_or(0, |transcript| transcript.turns().len());
        // Where more is found, they may be captions of an article.
        if n >= 2 && analysis.profiles.len() <= n {
            hints.push(format!(
                "{n} lines look like `NAME: text`; --transcript reads them as turns"
            ));
        }
    }
    let mut markup = MARKUP.into_iter();
    if let Some(markup) = markup.find(|markup| document.text().contains(*markup)) {
        hints.push(format!(
            "markup such as {markup} is read as words of the text; better take it out"
        ));
    }
    hints
}
