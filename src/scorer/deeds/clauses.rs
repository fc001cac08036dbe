//! Verbs of stance -> who is told to hold one, and about whom.
//!
//! In goes a [`Sentence`]; out come names in the role of a holder, and names and pronouns in that of a target, by its
//! verbs here and by its nouns in [`super::nouns`]. What a reader would question: "was praised by Maar" makes a holder of
//! Maar but no target of whoever was praised, and without a name before it ("the plan was condemned by Norland") not even
//! that.

use super::lexicon::deed_at;
use super::sentence::{Role, Sentence, Who};

/// Forms of "to be". Sorted.
const BEING: &[&str] = &[
    "are", "be", "been", "being", "get", "gets", "got", "is", "was", "were",
];

impl Sentence {
    /// Who holds a stance, and the pronouns and names that it is about: by verbs first, then by nouns.
    pub(super) fn told(&self) -> Vec<(Who, Role)> {
        let mut all = Vec::new();
        // Whom the last verb is done to: "Maar" of "those who back Maar oppose Ruiz" opposes nobody.
        let mut last = None;
        let mut at = 0;
        while at < self.words.len() {
            let deed = deed_at(&self.words, at);
            if let Some(deed) = deed {
                let behind = at + deed.len;
                let is = |back: usize| {
                    let word = at.checked_sub(back).map_or("", |at| self.word(at));
                    BEING.binary_search(&word).is_ok()
                };
                let passive = deed.suffered && (is(1) || is(2));
                if deed.suffered && self.word(behind) == "by" {
                    self.done_by(at, behind + 1, passive, &mut all);
                } else if deed.suffered && self.word_before(at) == "-" && self.backs(at) {
                    // "Maar-backed"
                    let backer = at.checked_sub(1).and_then(|hyphen| self.ending(hyphen));
                    all.extend(backer.map(|name| (Who::Name(name), Role::Holder)));
                } else if !passive {
                    let object = self.object(behind, deed.of_oneself);
                    if let Some(object) = object {
                        self.done_to(at, object, last, &mut all);
                    }
                    // "After the attack Maar condemned Ruiz".
                    let is_noun = ["a", "an", "the"].contains(&self.word_before(at));
                    last = object.filter(|_| !is_noun);
                }
            }
            at += deed.map_or(1, |deed| deed.len);
        }
        // "support" is a verb and a noun.
        for at in 0..self.words.len() {
            self.noun(at, &mut all);
        }
        all
    }

    /// Whether a participle may follow the name of whoever does it and a hyphen.
    fn backs(&self, at: usize) -> bool {
        ["backed", "supported"].contains(&self.word(at))
    }

    /// "Maar praised Ruiz"; `at` is the verb. Whoever the `last` one is done to does this one only behind a "who".
    fn done_to(&self, at: usize, object: Who, last: Option<Who>, all: &mut Vec<(Who, Role)>) {
        let is_last = |name: usize| last == Some(Who::Name(name));
        let Some((subject, near)) = self.subject(at).filter(|&(s, near)| !near || !is_last(s))
        else {
            return;
        };
        let mut subjects = if near {
            self.list_before(subject)
        } else {
            vec![subject]
        };
        // "Maar praised Ruiz and Brandt attacked Oduya".
        if let Some(place) = subjects.iter().skip(1).position(|&s| is_last(s)) {
            subjects.truncate(place + 1);
        }
        all.extend(subjects.into_iter().map(|s| (Who::Name(s), Role::Holder)));
        let objects = self.list_behind(object);
        all.extend(objects.into_iter().map(|object| (object, Role::Target)));
    }

    /// "Ruiz, praised by Maar"; with "was" before the participle only if somebody was: not plans.
    fn done_by(&self, at: usize, behind: usize, passive: bool, all: &mut Vec<(Who, Role)>) {
        let object = self.subject(at).is_some();
        if let Some(agent @ Who::Name(_)) = self.object(behind, false)
            && (object || !passive)
        {
            let agents = self.list_behind(agent);
            all.extend(agents.into_iter().map(|agent| (agent, Role::Holder)));
        }
    }
}

/// Who is told to hold a stance, and who or what it is about, with names of capitals and words by spaces; for tests.
#[cfg(test)]
pub(super) fn told(text: &str) -> (String, String) {
    let surfaces: Vec<&str> = text.split(' ').collect();
    let mut names: Vec<std::ops::Range<usize>> = Vec::new();
    for (at, word) in surfaces.iter().enumerate() {
        if !word.starts_with(char::is_uppercase) {
            continue;
        }
        if let Some(name) = names.last_mut().filter(|name| name.end == at) {
            name.end += 1;
        } else {
            names.push(at..at + 1);
        }
    }
    let told = Sentence::new(surfaces.iter().copied(), names.clone()).told();
    let all = |role: Role| {
        let own = told.iter().filter(|(_, own)| *own == role);
        let surface = own.map(|&(who, _)| match who {
            Who::Name(name) => surfaces[names[name].clone()].join(" "),
            Who::Pronoun(at) => surfaces[at].to_owned(),
        });
        surface.collect::<Vec<_>>().join("; ")
    };
    (all(Role::Holder), all(Role::Target))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted() {
        assert!(BEING.is_sorted());
    }

    #[test]
    fn verbs_have_subjects_and_objects() {
        for (text, holders, targets) in [
            ("Maar praised Ruiz .", "Maar", "Ruiz"),
            ("Maar has repeatedly attacked him .", "Maar", "him"),
            (
                "Maar on tuesday lashed out at the Harbour League .",
                "Maar",
                "Harbour League",
            ),
            (
                "Maar , who blasted Ruiz and Oduya , left .",
                "Maar",
                "Ruiz; Oduya",
            ),
            (
                "Norland , Brandt and Maar oppose Ruiz .",
                "Maar; Brandt; Norland",
                "Ruiz",
            ),
            (
                "Maar is at odds with Norland , Ruiz said .",
                "Maar",
                "Norland",
            ),
            ("Maar defended her record .", "Maar", "her"),
            ("Maar attacked his record .", "", ""),
            ("Maar attacked her record .", "", ""),
            ("Maar attacked her on tuesday .", "Maar", "her"),
            ("those who back Norland oppose Ruiz .", "", ""),
            (
                "Maar backs Norland , which opposes Ruiz .",
                "Maar; Norland",
                "Norland; Ruiz",
            ),
            (
                "Maar blasted Norland , and Ruiz backed Oduya .",
                "Maar; Ruiz",
                "Norland; Ruiz; Oduya",
            ),
            ("Maar didn ' t support them .", "Maar", "them"),
            ("Maar would support Ruiz .", "", ""),
            (
                "praise from Norland helped ; a friend of Maar praised Ruiz .",
                "Norland",
                "",
            ),
            ("Maar left Ruiz .", "", ""),
            ("Maar praised tea .", "", ""),
        ] {
            assert_eq!(
                told(text),
                (holders.to_owned(), targets.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn agents_are_holders() {
        for (text, holders, targets) in [
            (
                "Ruiz , endorsed by Maar and Oduya , left .",
                "Maar; Oduya",
                "",
            ),
            ("Ruiz was condemned by Norland .", "Norland", ""),
            ("the plan was condemned by Norland .", "", ""),
            ("the plan , backed by Norland , failed .", "Norland", ""),
            ("the Norland - backed plan failed .", "Norland", ""),
        ] {
            assert_eq!(
                told(text),
                (holders.to_owned(), targets.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn the_longest_name_counts() {
        let surfaces = "the envoys of Maar praised Ruiz".split(' ');
        let told = Sentence::new(surfaces, vec![3..4, 0..4, 5..6]).told();
        let (envoys, ruiz) = (Who::Name(1), Who::Name(2));
        assert_eq!(told, [(envoys, Role::Holder), (ruiz, Role::Target)]);
    }

    #[test]
    fn a_sentence_of_thousands_of_deeds_is_read() {
        let surfaces = "Maar praised Ruiz ;".split(' ').cycle().take(40_000);
        let names = (0..20_000).map(|i| 2 * i..2 * i + 1).collect();
        let told = Sentence::new(surfaces, names).told();
        assert_eq!(told.len(), 2 * 10_000);
    }
}
