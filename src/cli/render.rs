//! An analysis as text for a reader: a table per speaker, then the evidence with the target marked.

use anstyle::{AnsiColor, Style};
use stance::analysis::{Analysis, Warning};
use stance::document::{Document, Span};
use stance::profile::{Evidence, StanceProfile, Verdict};
use std::io::{Result, Write};

/// Most evidence sentences shown for a profile; JSON has all of them.
const EVIDENCE: usize = 2;

/// Characters of a sentence shown on each side of its target.
const CONTEXT: usize = 110;

/// Words shown of an explanation; the rest is summed.
const WORDS: usize = 6;

pub(super) fn text(
    out: &mut impl Write,
    document: &Document,
    analysis: &Analysis,
    explain: bool,
) -> Result<()> {
    let bold = Style::new().bold();
    let n_author = analysis
        .instances
        .iter()
        .filter(|i| i.speaker.is_none())
        .count();
    writeln!(
        out,
        "{bold}{}{bold:#}  {}, {}, {}, {} ({n_author} of the narrator)",
        analysis.document_id,
        counted(analysis.sentences.len(), "sentence"),
        counted(analysis.speakers.len(), "speaker"),
        counted(analysis.actors.len(), "actor"),
        counted(analysis.instances.len(), "instance"),
    )?;
    let polar = |p: &StanceProfile| p.sums.n_favour + p.sums.n_against;
    let mut speakers: Vec<(u64, usize)> = (0..analysis.speakers.len())
        .filter_map(|s| {
            let own = || analysis.profiles.iter().filter(|p| p.speaker == s);
            own().next().map(|_| (own().map(polar).sum(), s))
        })
        .collect();
    speakers.sort_by_key(|&(n, s)| (std::cmp::Reverse(n), s));
    for (_, s) in speakers {
        let mut profiles: Vec<&StanceProfile> = analysis
            .profiles
            .iter()
            .filter(|p| p.speaker == s)
            .collect();
        profiles.sort_by_key(|p| {
            (
                std::cmp::Reverse(polar(p)),
                std::cmp::Reverse(p.sums.n()),
                p.actor,
            )
        });
        writeln!(out, "\n{bold}{}{bold:#}", analysis.speakers[s].name)?;
        writeln!(
            out,
            "  {:32} {:9} {:>6}  {:16} {:>3}",
            "actor", "stance", "score", "95 % interval", "n"
        )?;
        for profile in &profiles {
            let (name, style) = verdict(profile.sums.verdict());
            let (low, high) = profile.sums.interval();
            writeln!(
                out,
                "  {:32} {style}{name:9}{style:#} {:>+6.2}  [{low:+.2}, {high:+.2}]   {:>3}",
                shorten(&analysis.actors[profile.actor].name, 32),
                profile.sums.score(),
                profile.sums.n(),
            )?;
        }
        for profile in profiles.iter().filter(|p| polar(p) > 0) {
            let mut evidence: Vec<&Evidence> = profile.evidence.iter().collect();
            evidence.sort_by(|a, b| b.score.score().abs().total_cmp(&a.score.score().abs()));
            for item in evidence.into_iter().take(EVIDENCE) {
                sentence(out, document, analysis, item, explain)?;
            }
        }
    }
    let dim = Style::new().dimmed();
    let unresolved = analysis
        .warnings
        .iter()
        .filter(|w| matches!(w, Warning::UnresolvedSpeaker { .. }))
        .count();
    let long = analysis
        .warnings
        .iter()
        .filter(|w| matches!(w, Warning::LongSentence { .. }))
        .count();
    if analysis.actors.is_empty() {
        writeln!(out, "\n{dim}no actor was found{dim:#}")?;
    }
    if 2 * n_author > analysis.instances.len() {
        let n = counted(analysis.instances.len(), "instance");
        writeln!(
            out,
            "\n{dim}the narrator has {n_author} of {n}, which JSON has and no profile counts{dim:#}"
        )?;
    }
    if unresolved > 0 {
        let n = counted(unresolved, "attribution");
        let (have, are) = if unresolved == 1 {
            ("has", "is")
        } else {
            ("have", "are")
        };
        writeln!(
            out,
            "\n{dim}{n} {have} no known speaker and {are} in no profile{dim:#}"
        )?;
    }
    if long > 0 {
        let n = counted(long, "sentence");
        let were = if long == 1 { "was" } else { "were" };
        writeln!(
            out,
            "{dim}{n} {were} too long for one window and {were} read in pieces{dim:#}"
        )?;
    }
    writeln!(out)
}

/// How many there are of something, with its name in singular or plural.
fn counted(n: usize, name: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{n} {name}{plural}")
}

fn verdict(verdict: Verdict) -> (&'static str, Style) {
    let colour = |c: AnsiColor| Style::new().fg_color(Some(c.into()));
    match verdict {
        Verdict::Favour => ("favour", colour(AnsiColor::Green)),
        Verdict::Against => ("against", colour(AnsiColor::Red)),
        Verdict::Mixed => ("mixed", colour(AnsiColor::Yellow)),
        Verdict::Neutral => ("neutral", Style::new().dimmed()),
        Verdict::Insufficient => ("too few", Style::new().dimmed()),
    }
}

fn sentence(
    out: &mut impl Write,
    document: &Document,
    analysis: &Analysis,
    item: &Evidence,
    explain: bool,
) -> Result<()> {
    let bold = Style::new().bold();
    let whole = analysis.sentences[item.sentence];
    let part = |start: usize, end: usize| {
        document
            .span(start, end)
            .map_or("", |span: Span| document.slice(span))
    };
    let before = tail(part(whole.start(), item.target.start()), CONTEXT);
    let after = head(part(item.target.end(), whole.end()), CONTEXT);
    let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let spaced = |text: &str, left: bool| {
        let edge = if left {
            text.chars().next_back()
        } else {
            text.chars().next()
        };
        let space = edge.is_some_and(char::is_whitespace);
        match (left, space) {
            (true, true) => format!("{} ", line(text)),
            (false, true) => format!(" {}", line(text)),
            (true | false, false) => line(text),
        }
    };
    writeln!(
        out,
        "    {:>3}  {:+.2}  {}{bold}‹{}›{bold:#}{}",
        item.sentence + 1,
        item.score.score(),
        spaced(&before, true),
        line(document.slice(item.target)),
        spaced(&after, false),
    )?;
    if let Some(why) = analysis.instances[item.instance]
        .explanation
        .as_ref()
        .filter(|_| explain)
    {
        let mut parts: Vec<_> = why.contributions.iter().collect();
        parts.sort_by(|a, b| b.log_odds.abs().total_cmp(&a.log_odds.abs()));
        let words = |n: Option<usize>| n.map(|n| document.slice(item_word(analysis, item, n)));
        write!(
            out,
            "         favour : against {:+.2} = intercept {:+.2}",
            why.log_odds, why.intercept
        )?;
        for part in parts.iter().take(WORDS) {
            let kind = format!("{:?}", part.part).to_lowercase();
            write!(
                out,
                ", {:+.2} \"{}\" ({kind})",
                part.log_odds,
                words(part.word).unwrap_or(part.label)
            )?;
        }
        let rest: f64 = parts.iter().skip(WORDS).map(|part| part.log_odds).sum();
        writeln!(
            out,
            ", {rest:+.2} of {} others",
            parts.len().saturating_sub(WORDS)
        )?;
    }
    Ok(())
}

/// The span of a word of an instance's sentence.
fn item_word(analysis: &Analysis, item: &Evidence, word: usize) -> Span {
    analysis
        .words
        .get(item.sentence)
        .and_then(|words| words.get(word))
        .copied()
        .unwrap_or(item.target)
}

fn shorten(text: &str, n: usize) -> String {
    if text.chars().count() <= n {
        text.to_owned()
    } else {
        head(text, n - 1)
    }
}

/// At most about `n` characters from the start, ending with a whole word.
fn head(text: &str, n: usize) -> String {
    if text.chars().count() <= n {
        return text.to_owned();
    }
    let cut: String = text.chars().take(n).collect();
    let kept = cut.rsplit_once(' ').map_or(cut.as_str(), |(kept, _)| kept);
    format!("{kept}…")
}

/// At most about `n` characters from the end, starting with a whole word.
fn tail(text: &str, n: usize) -> String {
    let count = text.chars().count();
    if count <= n {
        return text.to_owned();
    }
    let cut: String = text.chars().skip(count - n).collect();
    let kept = cut.split_once(' ').map_or(cut.as_str(), |(_, kept)| kept);
    format!("…{kept}")
}
