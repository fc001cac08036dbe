//! A [`Report`] -> one page of HTML that needs nothing else.
//!
//! Out comes a heat map of speakers and actors, each speaker's profile with its evidence and its change over time, and
//! what was read and rejected. What a reader would question: no script. Everything is there at once, so that the page
//! prints, can be searched, and opens in ten years.

mod figures;

use super::report::{Evidence, Pair, Report, Speaker};
use figures::{colour, course, interval, score, thousands};
use std::fmt::Write;
use std::ops::Range;

const STYLE: &str = include_str!("page.css");

/// Pairs of a speaker that are shown.
const PAIRS: usize = 12;

/// Pairs of a speaker of which the course is drawn.
const COURSES: usize = 4;

/// The page.
#[must_use]
pub fn page(report: &Report) -> String {
    let mut html = String::new();
    // Writing to a string cannot fail.
    let _ = write_page(&mut html, report);
    html
}

fn write_page(html: &mut String, report: &Report) -> std::fmt::Result {
    let counts = &report.summary.counts;
    write!(
        html,
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>Stances in {} documents</title><style>{STYLE}</style></head><body>\n\
         <header><h1>Who stands how toward whom</h1><p>{} documents, {} sentences, {} stances, {} profiles. \
         Model {}, {}.</p></header>\n",
        thousands(counts.documents),
        thousands(counts.documents),
        thousands(counts.sentences),
        thousands(counts.rows),
        thousands(report.summary.profiles),
        text(&model(report, "name")),
        text(model(report, "sha256").get(..12).unwrap_or_default()),
    )?;
    heat_map(html, report)?;
    html.push_str("<section id=\"speakers\"><h2>Speakers</h2>\n");
    for (number, one) in report.speakers.iter().enumerate() {
        speaker(html, number, one)?;
    }
    html.push_str("</section>\n");
    coverage(html, report)?;
    html.push_str("</body></html>\n");
    Ok(())
}

fn model(report: &Report, key: &str) -> String {
    let model = report.summary.settings.get("model");
    let value = model
        .and_then(|model| model.get(key))
        .and_then(|value| value.as_str());
    value.unwrap_or_default().to_owned()
}

/// Text as HTML.
fn text(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn heat_map(html: &mut String, report: &Report) -> std::fmt::Result {
    html.push_str("<section id=\"map\"><h2>Speakers and actors</h2>\n");
    if report.speakers.is_empty() {
        html.push_str("<p>No speaker with a name takes a stance.</p></section>\n");
        return Ok(());
    }
    html.push_str(
        "<p>Mean score of a speaker's sentences about an actor: <span class=\"key against\">against \u{2212}1</span> \
         <span class=\"key neutral\">0</span> <span class=\"key favour\">favour +1</span>; the small figure counts \
         sentences. In italics: the 95 % interval includes 0.</p>\n<div class=\"wide\"><table class=\"map\"><thead><tr><td></td>",
    );
    let named = |id: &str| {
        let mut pairs = report.speakers.iter().flat_map(|speaker| &speaker.pairs);
        pairs
            .find(|pair| pair.actor_id == id)
            .map_or("", |pair| &pair.actor_name)
    };
    for actor in &report.actors {
        write!(
            html,
            "<th scope=\"col\"><span>{}</span></th>",
            text(named(actor))
        )?;
    }
    html.push_str("</tr></thead><tbody>\n");
    for (number, speaker) in report.speakers.iter().enumerate() {
        write!(
            html,
            "<tr><th scope=\"row\"><a href=\"#s{number}\">{}</a></th>",
            text(&speaker.name)
        )?;
        for actor in &report.actors {
            match speaker.pairs.iter().find(|pair| pair.actor_id == *actor) {
                None => html.push_str("<td></td>"),
                Some(pair) => {
                    let (low, high) = pair.sums.interval();
                    let unsure = if low < 0.0 && high > 0.0 {
                        " class=\"unsure\""
                    } else {
                        ""
                    };
                    write!(
                        html,
                        "<td{unsure} style=\"{}\" title=\"{} \u{2192} {}: {}\">{}<small>{}</small></td>",
                        colour(pair.sums.score()),
                        text(&speaker.name),
                        text(&pair.actor_name),
                        pair.sums.verdict().name(),
                        score(pair.sums.score()),
                        pair.sums.n(),
                    )?;
                }
            }
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</tbody></table></div></section>\n");
    Ok(())
}

fn speaker(html: &mut String, number: usize, speaker: &Speaker) -> std::fmt::Result {
    write!(
        html,
        "<article id=\"s{number}\"><h3>{} <small>{}</small></h3>\n<div class=\"wide\"><table class=\"profile\"><thead><tr>\
         <th>actor</th><th>stance</th><th>score</th><th>95 % interval</th><th>sentences</th><th>documents</th></tr></thead><tbody>\n",
        text(&speaker.name),
        text(&speaker.kind),
    )?;
    for pair in speaker.pairs.iter().take(PAIRS) {
        writeln!(
            html,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            text(&pair.actor_name),
            pair.sums.verdict().name(),
            score(pair.sums.score()),
            interval(&pair.sums),
            pair.sums.n(),
            pair.n_documents,
        )?;
    }
    html.push_str("</tbody></table></div>\n");
    if speaker.pairs.len() > PAIRS {
        writeln!(
            html,
            "<p>and {} actors more</p>",
            speaker.pairs.len() - PAIRS
        )?;
    }
    let courses = speaker.pairs.iter().filter(|pair| pair.months.len() > 1);
    for pair in courses.take(COURSES) {
        course(html, pair)?;
    }
    for pair in speaker.pairs.iter().take(PAIRS) {
        evidence(html, pair)?;
    }
    html.push_str("</article>\n");
    Ok(())
}

fn evidence(html: &mut String, pair: &Pair) -> std::fmt::Result {
    if pair.evidence.is_empty() {
        return Ok(());
    }
    writeln!(
        html,
        "<h4>On {}</h4><ul class=\"evidence\">",
        text(&pair.actor_name)
    )?;
    for one in &pair.evidence {
        writeln!(
            html,
            "<li><span class=\"score\" style=\"{}\">{}</span> {} <cite>{}{}</cite></li>",
            colour(one.score.score()),
            score(one.score.score()),
            marked(one),
            text(&one.document_id),
            one.date
                .as_deref()
                .map_or_else(String::new, |date| format!(", {}", text(date))),
        )?;
    }
    html.push_str("</ul>\n");
    Ok(())
}

/// The sentence, its target and its holder marked.
fn marked(evidence: &Evidence) -> String {
    let Some(sentence) = &evidence.text else {
        return "<i>The run left sentences out.</i>".to_owned();
    };
    let mut marks: Vec<(&Range<usize>, &str)> = vec![(&evidence.target, "target")];
    marks.extend(evidence.holder.as_ref().map(|holder| (holder, "holder")));
    marks.sort_by_key(|(range, _)| (range.start, range.end));
    let (mut html, mut done) = (String::new(), 0);
    for (range, class) in marks {
        // Those that overlap, or are none of this sentence, are not marked.
        let (Some(before), Some(words)) =
            (sentence.get(done..range.start), sentence.get(range.clone()))
        else {
            continue;
        };
        let _ = write!(
            html,
            "{}<mark class=\"{class}\">{}</mark>",
            text(before),
            text(words)
        );
        done = range.end;
    }
    html.push_str(&text(sentence.get(done..).unwrap_or_default()));
    html
}

fn coverage(html: &mut String, report: &Report) -> std::fmt::Result {
    let counts = &report.summary.counts;
    let share = |part: u64, whole: u64| part as f64 / (whole as f64).max(1.0) * 100.0;
    writeln!(
        html,
        "<section id=\"coverage\"><h2>What was read</h2><ul>\
         <li>{} records: {} scored, {} rejected</li>\
         <li>{} documents ({:.1} %) have a stance of anybody's on anybody</li>\
         <li>{} documents ({:.1} %) have a text that came before</li></ul>\n\
         <table><thead><tr><th>holder</th><th>rows</th><th>of them in profiles</th></tr></thead><tbody>",
        thousands(counts.records),
        thousands(counts.documents),
        thousands(counts.rejects),
        thousands(report.n_with_rows),
        share(report.n_with_rows, counts.documents),
        thousands(counts.repeated),
        share(counts.repeated, counts.documents),
    )?;
    for (kind, [rows, counted]) in &report.kinds {
        let (rows, counted) = (thousands(*rows), thousands(*counted));
        writeln!(
            html,
            "<tr><th scope=\"row\">{}</th><td>{rows}</td><td>{counted}</td></tr>",
            text(kind)
        )?;
    }
    html.push_str("</tbody></table>\n");
    if !report.reasons.is_empty() {
        html.push_str("<h3>Rejects</h3><table><thead><tr><th>reason</th><th>records</th></tr></thead><tbody>\n");
        for (reason, n) in &report.reasons {
            writeln!(
                html,
                "<tr><th scope=\"row\">{}</th><td>{}</td></tr>",
                text(reason),
                thousands(*n)
            )?;
        }
        html.push_str("</tbody></table>\n<div class=\"wide\"><table><thead><tr><th>document</th><th>file</th><th>reason</th></tr></thead><tbody>\n");
        for [document, input, reason] in &report.rejects {
            writeln!(
                html,
                "<tr><td>{}</td><td>{}</td><td>{}</td></tr>",
                text(document),
                text(input),
                text(reason)
            )?;
        }
        html.push_str("</tbody></table></div>\n");
    }
    html.push_str("</section>\n");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stance::StanceScore;

    #[test]
    fn sentences_are_escaped_and_marked() {
        let mut evidence = Evidence::new(
            "A <b> & \u{e9} praised Oman.",
            19..23,
            Some(0..1),
            StanceScore {
                none: 0.1,
                favour: 0.8,
                neutral: 0.1,
                against: 0.0,
            },
        );
        assert_eq!(
            marked(&evidence),
            "<mark class=\"holder\">A</mark> &lt;b&gt; &amp; \u{e9} praised <mark class=\"target\">Oman</mark>."
        );
        // Inside a character, overlapping, beyond the end: no mark, and no word is lost.
        for (target, holder) in [(9..12, Some(0..1)), (0..4, Some(2..6)), (18..99, None)] {
            (evidence.target, evidence.holder) = (target, holder);
            let plain = marked(&evidence).replace("</mark>", "");
            let plain = plain
                .replace("<mark class=\"holder\">", "")
                .replace("<mark class=\"target\">", "");
            assert_eq!(plain, "A &lt;b&gt; &amp; \u{e9} praised Oman.");
        }
    }
}
