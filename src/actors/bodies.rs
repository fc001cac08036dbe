//! What a body may be called by the work that its name says: "the agency" of a bureau, "the panel" of a committee.
//!
//! In goes a [`Cluster`]; out come nouns that, with an article and nearby, may mean it although its name does not have
//! them. What a reader would question: an administration is an agency only with two words before it, none of them a
//! first name, for "the Brandt administration" and "the Ana Ruiz administration" are governments.

use crate::actors::ActorType;
use crate::actors::first_names::gender_of;
use crate::actors::gazetteer::Gazetteer;
use crate::actors::joining::Cluster;
use crate::actors::known::Known;

/// Words in the names of agencies. Sorted.
const OF_AGENCIES: &[&str] = &["administration", "agency", "bureau", "service"];

/// Words in the names of panels. Sorted.
const OF_PANELS: &[&str] = &["commission", "committee"];

impl Cluster {
    /// The nouns that the words of its names allow, with an article.
    pub(crate) fn work_nouns(&self) -> Vec<&'static str> {
        if self.kind != Some(ActorType::Organisation) {
            return Vec::new();
        }
        let listed = self.known.and_then(|known| match known.who {
            Known::Gazetteer(index) => Gazetteer::built_in().entry(index),
            Known::Caller(_) => None,
        });
        let listed = listed
            .map_or("", |entry| entry.name.as_str())
            .to_lowercase();
        let listed: Vec<&str> = listed.split(' ').collect();
        let called = |list: &[&str]| {
            let mut forms = self.forms.iter();
            says(listed.iter().copied(), list)
                || forms.any(|form| says(form.tokens().iter().map(String::as_str), list))
        };
        let mut nouns = Vec::new();
        if called(OF_AGENCIES) {
            nouns.push("agency");
        }
        if called(OF_PANELS) {
            nouns.push("panel");
        }
        nouns
    }
}

/// Whether one of the words is on the list, so that the name says what its bearer does; an administration that is named
/// after somebody is a government.
fn says<'w>(words: impl Iterator<Item = &'w str>, list: &[&str]) -> bool {
    let mut of_person = false;
    for (at, word) in words.enumerate() {
        let governs = word == "administration" && (at < 2 || of_person);
        if list.binary_search(&word).is_ok() && !governs {
            return true;
        }
        of_person |= gender_of(word).is_some();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::clusters::marked_as;

    #[test]
    fn bodies_are_called_by_their_work() {
        assert!(OF_AGENCIES.is_sorted() && OF_PANELS.is_sorted());
        let meant = |name: &str, noun: &str| {
            let text = format!("[{name}] was sued.\n[The {noun}] left.");
            let body = [(name, ActorType::Organisation)];
            marked_as(&text, &body, None, false).ids()[1].to_owned()
        };
        assert_eq!(meant("Maar Tax Committee", "panel"), "maar-tax-committee");
        assert_eq!(
            meant("Maar Forest Service", "agency"),
            "maar-forest-service"
        );
        assert_eq!(
            meant("Maar Tax Administration", "agency"),
            "maar-tax-administration"
        );
        assert_eq!(meant("FBI", "agency"), "org.us.fbi");
        assert_eq!(meant("Oduya Administration", "agency"), "agency");
        assert_eq!(meant("Ana Oduya Administration", "agency"), "agency");
        assert_eq!(meant("Maar Tax Committee", "agency"), "agency");
    }
}
