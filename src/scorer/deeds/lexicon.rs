//! Words that are a stance in themselves.
//!
//! In go the words of a sentence and a place in them; out comes the verb or state that begins there, or, of a noun, the
//! words that lead to whom it is about. What a reader would question: verbs that mostly report or do something ("warn",
//! "help", "kill", "target") are left out, though a reader may infer a stance from them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Verbs, and the words behind them that belong to them. Sorted.
#[rustfmt::skip] // a word a line would hide the verbs
const VERBS: &[&str] = &[
    "abandon", "abhor", "accuse", "admire", "admonish", "adore", "agree with", "align with", "ally with",
    "antagonise", "antagonize", "apologise to", "apologize to", "applaud", "approve of", "assail", "attack",
    "back", "ban", "bash", "believe in", "belittle", "berate", "betray", "blame", "blast", "bomb", "boo",
    "boycott", "break ranks with", "bully", "call on", "call out", "campaign against", "campaign alongside",
    "campaign for", "campaign with", "cast ballots for", "cast doubt on", "castigate", "censure",
    "challenge", "champion", "chastise", "cheer", "chide", "clamp down on", "clash with", "commend",
    "compliment", "condemn", "confront", "congratulate", "contradict", "counter", "crack down on",
    "criticise", "criticize", "decry", "defend", "defy", "demonise", "demonize", "denigrate", "denounce",
    "deplore", "deport", "deride", "despair of", "despise", "detest", "disagree with", "disapprove of",
    "disavow", "discredit", "disdain", "dislike", "dismiss", "disown", "disparage", "disrespect",
    "distance herself from", "distance himself from", "distance itself from", "distance themselves from",
    "distrust", "donate to", "embrace", "encourage", "endorse", "excoriate", "exonerate", "expel", "extol",
    "fault", "feud with", "fight", "fire", "fire back at", "give credit to", "give money to", "glorify",
    "grill", "hail", "hammer", "harangue", "harass", "hate", "heap praise on", "heap scorn on", "heckle",
    "hit back at", "hit out at", "honor", "honour", "humiliate", "hurl insults at", "idolise", "idolize",
    "impeach", "impose sanctions on", "impugn", "indict", "insult", "invade", "jeer", "lambast", "lambaste",
    "lampoon", "lash out at", "laud", "lay into", "lionise", "lionize", "loathe", "lobby against",
    "look up to", "lose faith in", "love", "malign", "march against", "meddle in", "mistrust", "mock",
    "nominate", "object to", "offend", "oppose", "oppress", "oust", "overthrow", "pan", "pardon",
    "pay tribute to", "persecute", "pillory", "pour scorn on", "praise", "protect", "protest against",
    "punish", "push back against", "push back at", "push back on", "put pressure on", "rail against",
    "rail at", "rally against", "rally around", "rally behind", "rebel against", "rebuff", "rebuke",
    "reject", "renounce", "reprimand", "reproach", "repudiate", "resent", "respect", "retaliate against",
    "revere", "ridicule", "root for", "rule against", "salute", "scapegoat", "scoff at", "scold", "scorn",
    "shame", "shun", "side with", "skewer", "slam", "slander", "smear", "sneer at", "snub", "spar with",
    "speak out against", "spurn", "stand behind", "stand by", "stand up for", "stand with", "stick with",
    "stump against", "stump for", "sue", "support", "swear at", "sympathise with", "sympathize with",
    "take a dig at", "take a jab at", "take a shot at", "take a swipe at", "take aim at", "take issue with",
    "take on", "take shots at", "taunt", "tear into", "thank", "threaten", "thwart", "topple", "tout",
    "trash", "troll", "trust", "turn against", "turn down", "turn on", "undermine", "unite with", "unseat",
    "upbraid", "urge", "venerate", "vilify", "vindicate", "vote against", "vote for", "vote to censure",
    "vote to impeach", "vouch for", "welcome", "worship",
];

/// Verbs whose forms are not regular, with all of them. Sorted.
#[rustfmt::skip] // a word a line would hide the verbs
const IRREGULAR: &[(&str, &str)] = &[
    ("abhor", "abhor abhorred abhorring abhors"),
    ("ban", "ban banned banning bans"),
    ("break", "break breaking breaks broke broken"),
    ("cast", "cast casting casts"),
    ("expel", "expel expelled expelling expels"),
    ("extol", "extol extolled extolling extols"),
    ("fight", "fight fighting fights fought"),
    ("give", "gave give given gives giving"),
    ("hit", "hit hits hitting"),
    ("lay", "laid lay laying lays"),
    ("lose", "lose loses losing lost"),
    ("overthrow", "overthrew overthrow overthrowing overthrown overthrows"),
    ("pan", "pan panned panning pans"),
    ("pay", "paid pay paying pays"),
    ("put", "put puts putting"),
    ("rebel", "rebel rebelled rebelling rebels"),
    ("shun", "shun shunned shunning shuns"),
    ("slam", "slam slammed slamming slams"),
    ("snub", "snub snubbed snubbing snubs"),
    ("spar", "spar sparred sparring spars"),
    ("speak", "speak speaking speaks spoke spoken"),
    ("stand", "stand standing stands stood"),
    ("stick", "stick sticking sticks stuck"),
    ("swear", "swear swearing swears swore sworn"),
    ("take", "take taken takes taking took"),
    ("tear", "tear tearing tears tore torn"),
    ("worship", "worship worshiped worshiping worshipped worshipping worships"),
];

/// What somebody is towards somebody: "Maar is at odds with Ruiz". Sorted.
#[rustfmt::skip] // a word a line would hide the states
const STATES: &[&str] = &[
    "afraid of", "angry at", "angry with", "at odds with", "at war with", "biased against", "critical of",
    "devoted to", "disappointed in", "disappointed with", "enamored with", "enamoured with", "fond of",
    "friendly to", "furious with", "grateful to", "hostile to", "hostile toward", "hostile towards",
    "impressed by", "impressed with", "loyal to", "opposed to", "proud of", "sceptical of", "skeptical of",
    "supportive of", "suspicious of", "sympathetic to", "tired of", "tough on", "wary of",
];

/// Nouns, and the words that lead from them to whom they are about. Sorted.
#[rustfmt::skip] // a word a line would hide the nouns
const NOUNS: &[(&str, &[&str])] = &[
    ("accusation", &["against"]), ("accusations", &["against"]), ("admiration", &["for"]),
    ("affection", &["for"]), ("airstrikes", &["against", "on"]), ("allegiance", &["to"]),
    ("anger", &["at", "toward", "towards"]), ("animosity", &["toward", "towards"]), ("apology", &["to"]),
    ("assault", &["on"]), ("assaults", &["on"]), ("attack", &["against", "on"]),
    ("attacks", &["against", "on"]), ("backing", &["for", "of"]), ("battle", &["against", "with"]),
    ("bias", &["against"]), ("campaign", &["against"]), ("charges", &["against"]), ("clash", &["with"]),
    ("clashes", &["with"]), ("complaint", &["against"]), ("complaints", &["about", "against"]),
    ("condemnation", &["of"]), ("confidence", &["in"]), ("contempt", &["for"]), ("crackdown", &["on"]),
    ("criticism", &["of"]), ("criticisms", &["of"]), ("defence", &["of"]), ("defense", &["of"]),
    ("denunciation", &["of"]), ("dig", &["at"]), ("digs", &["at"]), ("disdain", &["for"]),
    ("dislike", &["of"]), ("distrust", &["of"]), ("embrace", &["of"]), ("endorsement", &["of"]),
    ("faith", &["in"]), ("fear", &["of"]), ("fears", &["of"]), ("feud", &["with"]),
    ("fight", &["against", "with"]), ("friendship", &["with"]), ("hatred", &["for", "of"]),
    ("hostility", &["to", "toward", "towards"]), ("insults", &["at"]), ("jab", &["at"]), ("jabs", &["at"]),
    ("lawsuit", &["against"]), ("lawsuits", &["against"]), ("love", &["for", "of"]), ("loyalty", &["to"]),
    ("mockery", &["of"]), ("objections", &["to"]), ("opposition", &["to"]), ("persecution", &["of"]),
    ("praise", &["for", "of"]), ("preference", &["for"]), ("pressure", &["on"]), ("rebuke", &["of", "to"]),
    ("rejection", &["of"]), ("reprisals", &["against"]), ("respect", &["for"]), ("rhetoric", &["against"]),
    ("ridicule", &["of"]), ("sanctions", &["against", "on"]), ("shot", &["at"]), ("shots", &["at"]),
    ("skirmish", &["with"]), ("spat", &["with"]), ("strikes", &["against", "on"]), ("suit", &["against"]),
    ("support", &["for", "of"]), ("swipe", &["at"]), ("swipes", &["at"]), ("sympathy", &["for"]),
    ("threat", &["against", "to"]), ("threats", &["against", "to"]), ("tribute", &["to"]),
    ("trust", &["in"]), ("vote", &["against", "for"]), ("votes", &["against", "for"]),
    ("war", &["against", "on", "with"]), ("warning", &["to"]), ("warnings", &["to"]), ("welcome", &["to"]),
];

/// Nouns of what comes from somebody: "criticism from Maar", "the support of Maar". Sorted.
#[rustfmt::skip] // a word a line would hide the nouns
const GIVEN: &[&str] = &[
    "acclaim", "applause", "approval", "backing", "backlash", "blessing", "boos", "cheers", "condemnation",
    "confidence", "criticism", "criticisms", "endorsement", "endorsements", "fury", "ire", "jeers",
    "opposition", "outrage", "praise", "pressure", "protests", "rebuke", "ridicule", "scorn", "support",
    "sympathy", "threats", "trust", "wrath",
];

/// Verbs that say little before a noun of stance: "launched an attack on". Sorted.
#[rustfmt::skip] // a word a line would hide the code
const CARRYING: &[&str] = &[
    "announce", "announced", "announces", "began", "begin", "begins", "bring", "brings", "brought",
    "carried", "declare", "declared", "declares", "direct", "directed", "directs", "express", "expressed",
    "expresses", "expressing", "file", "filed", "files", "gave", "give", "gives", "giving", "had", "has",
    "have", "having", "hurl", "hurled", "hurls", "in", "issue", "issued", "issues", "launch", "launched",
    "launches", "launching", "lead", "leads", "led", "level", "leveled", "levelled", "levels", "lob",
    "lobbed", "lobs", "made", "make", "makes", "making", "mount", "mounted", "mounts", "offer", "offered",
    "offers", "out", "pledge", "pledged", "pledges", "pursue", "pursued", "pursues", "register",
    "registered", "registers", "reiterate", "reiterated", "reiterates", "renew", "renewed", "renews",
    "show", "showed", "shows", "step", "stepped", "steps", "take", "takes", "taking", "threw", "throw",
    "throws", "took", "unleash", "unleashed", "up", "voice", "voiced", "voices", "wage", "waged", "wages",
    "with",
];

/// Verbs of getting: "drew the ire of". Sorted.
#[rustfmt::skip] // a word a line would hide the code
const GETTING: &[&str] = &[
    "draw", "drawing", "drawn", "draws", "drew", "earn", "earned", "earning", "earns", "enjoy", "enjoyed",
    "enjoys", "face", "faced", "faces", "facing", "gain", "gained", "gains", "get", "gets", "getting", "got",
    "had", "has", "have", "having", "lose", "loses", "losing", "lost", "prompted", "provoke", "provoked",
    "receive", "received", "receives", "retain", "retained", "retains", "secure", "secured", "secures",
    "seek", "seeks", "sought", "sparked", "win", "winning", "wins", "won",
];

/// Verbs of a stance towards oneself: "Ruiz defended her record". Sorted.
const OF_ONESELF: &[&str] = &["defend", "tout"];

/// The words behind a form that belong to it, with spaces between, and the verb or state.
struct Form {
    rest: &'static str,
    lemma: &'static str,
}

/// By the first word of a form, in lower case; the longest first.
static FORMS: LazyLock<BTreeMap<String, Vec<Form>>> = LazyLock::new(|| {
    let mut forms: BTreeMap<String, Vec<Form>> = BTreeMap::new();
    for &lemma in VERBS {
        let (verb, rest) = lemma.split_once(' ').unwrap_or((lemma, ""));
        for form in forms_of(verb) {
            forms.entry(form).or_default().push(Form { rest, lemma });
        }
    }
    for &lemma in STATES {
        let (first, rest) = lemma.split_once(' ').unwrap_or((lemma, ""));
        let of_first = forms.entry(first.to_owned()).or_default();
        of_first.push(Form { rest, lemma });
    }
    for of_first in forms.values_mut() {
        of_first.sort_by_key(|form| std::cmp::Reverse(form.rest.len()));
    }
    forms
});

/// All forms of a verb: "defy", "defies", "defied", "defying".
fn forms_of(verb: &str) -> Vec<String> {
    let irregular = IRREGULAR.iter().find(|(base, _)| *base == verb);
    if let Some((_, forms)) = irregular {
        return forms.split(' ').map(str::to_owned).collect();
    }
    let short = verb.strip_suffix('e').unwrap_or(verb);
    let before_y = verb.strip_suffix('y');
    let before_y = before_y.filter(|stem| !stem.ends_with(['a', 'e', 'o', 'u']));
    let hisses = ["s", "sh", "ch", "x"].iter().any(|end| verb.ends_with(end));
    let (third, past) = match before_y {
        Some(stem) => (format!("{stem}ies"), format!("{stem}ied")),
        None if hisses => (format!("{verb}es"), format!("{verb}ed")),
        None => (format!("{verb}s"), format!("{short}ed")),
    };
    // "agreeing"
    let present = if verb.ends_with("ee") { verb } else { short };
    vec![verb.to_owned(), third, past, format!("{present}ing")]
}

/// A verb or state in a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Deed {
    /// How many words it has.
    pub(super) len: usize,
    /// Whether it may be about oneself.
    pub(super) of_oneself: bool,
    /// Whether it is a single word that may be a passive participle.
    pub(super) suffered: bool,
}

/// The verb or state that begins at a word of a sentence; all words are in lower case.
pub(super) fn deed_at(words: &[String], at: usize) -> Option<Deed> {
    let first = words.get(at)?;
    let fits = |form: &Form| {
        let mut len = 1;
        for part in form.rest.split_whitespace() {
            if words.get(at + len)?.as_str() != part {
                return None;
            }
            len += 1;
        }
        Some(Deed {
            len,
            of_oneself: OF_ONESELF.contains(&form.lemma),
            suffered: len == 1 && (first.ends_with("ed") || first == "fought"),
        })
    };
    FORMS.get(first)?.iter().find_map(fits)
}

/// The words that lead from a noun of stance to whom it is about; none for another word.
pub(super) fn leads_of(noun: &str) -> &'static [&'static str] {
    match NOUNS.binary_search_by_key(&noun, |&(noun, _)| noun) {
        Ok(at) => NOUNS.get(at).map_or(&[], |&(_, leads)| leads),
        Err(_) => &[],
    }
}

/// Whether a noun is of what comes from somebody, who holds the stance then: "criticism from Maar".
pub(super) fn is_given(noun: &str) -> bool {
    GIVEN.binary_search(&noun).is_ok()
}

/// Whether a verb says little before a noun of stance, so that its subject is whose the noun is: "launched an attack on".
pub(super) fn carries(verb: &str) -> bool {
    CARRYING.binary_search(&verb).is_ok()
}

/// Whether a verb is one of getting, behind which "of" says from whom: "drew the ire of Maar".
pub(super) fn gets(verb: &str) -> bool {
    GETTING.binary_search(&verb).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deed(text: &str) -> Option<usize> {
        let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
        deed_at(&words, 0).map(|deed| deed.len)
    }

    #[test]
    fn lists_are_sorted() {
        assert!(VERBS.is_sorted() && STATES.is_sorted() && GIVEN.is_sorted());
        assert!(CARRYING.is_sorted() && GETTING.is_sorted());
        assert!(IRREGULAR.is_sorted() && NOUNS.is_sorted() && OF_ONESELF.is_sorted());
        let verbs = IRREGULAR.iter().map(|(verb, _)| verb);
        for verb in verbs {
            let known = |lemma: &&str| lemma.split(' ').next() == Some(*verb);
            assert!(VERBS.iter().any(known), "{verb}");
        }
    }

    #[test]
    fn forms_of_verbs_are_found() {
        for (text, len) in [
            ("praise", Some(1)),
            ("praised", Some(1)),
            ("praising", Some(1)),
            ("defies", Some(1)),
            ("defying", Some(1)),
            ("agreeing with", Some(2)),
            ("betrays", Some(1)),
            ("bashes", Some(1)),
            ("slammed", Some(1)),
            ("fought", Some(1)),
            ("lashed out at", Some(3)),
            ("lashed out", None),
            ("took on", Some(2)),
            ("at odds with", Some(3)),
            ("at home", None),
            ("praisedly", None),
            ("helped", None),
            ("", None),
        ] {
            assert_eq!(deed(text), len, "{text}");
        }
        assert_eq!(leads_of("support"), ["for", "of"]);
        assert!(leads_of("table").is_empty() && leads_of("").is_empty());
        assert!(is_given("criticism") && !is_given("tea"));
    }
}
