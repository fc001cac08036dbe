//! What a body may be called by its sort alone: "the newspaper", "the organisation".
//!
//! In goes a [`Cluster`]; out come nouns that, with an article, may mean it although its name does not have them. What a
//! reader would question: only nouns that are hardly ever said of somebody else nearby, so "the panel" is none.

use crate::actors::ActorType;
use crate::actors::gazetteer::Gazetteer;
use crate::actors::joining::Cluster;
use crate::actors::known::Known;
use crate::actors::names::NameForm;

/// Nouns by which any body may be called once it has been named.
/// "The group" or "the panel" would more often be somebody else.
const SORTS_OF_BODIES: &[&str] = &["organisation", "organization"];

/// Those of a body that publishes.
const SORTS_OF_MEDIA: &[&str] = &["magazine", "newspaper", "organisation", "organization"];

/// Last words of the names of newspapers and magazines; of others ("Express", "Star") the gazetteer knows
/// whether they publish. Sorted.
#[rustfmt::skip] // a word a line would hide the code
const MEDIA: &[&str] = &[
    "bugle", "chronicle", "courier", "enquirer", "examiner", "gazette", "herald", "inquirer", "journal",
    "magazine", "news", "newspaper", "observer", "post", "telegraph", "times", "tribune", "weekly",
];

impl Cluster {
    /// Whether it is a newspaper or a magazine, by its name, its nouns or the gazetteer.
    fn publishes(&self) -> bool {
        let listed = self.known.is_some_and(|name| match name.who {
            Known::Gazetteer(index) => {
                let entry = Gazetteer::built_in().entry(index);
                entry.is_some_and(|entry| entry.id.starts_with("org.media."))
            }
            Known::Caller(_) => false,
        });
        let last = |form: &NameForm| MEDIA.binary_search(&form.last()).is_ok();
        let called = |noun: &String| matches!(noun.as_str(), "magazine" | "newspaper");
        listed || self.forms.iter().any(last) || self.nouns.iter().any(called)
    }

    /// The nouns that its sort alone allows, with an article.
    pub(crate) fn sort_nouns(&self) -> &'static [&'static str] {
        match self.kind {
            Some(ActorType::Party) => &["party"],
            Some(ActorType::Country) => &["country", "nation"],
            Some(ActorType::ArmedGroup) => &["group", "organisation", "organization"],
            Some(ActorType::Organisation) if self.publishes() => SORTS_OF_MEDIA,
            Some(ActorType::Organisation) => SORTS_OF_BODIES,
            Some(ActorType::Person | ActorType::Group | ActorType::Location | ActorType::Other)
            | None => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::clusters::marked_as;

    #[test]
    fn newspapers_are_bodies_that_publish() {
        assert!(MEDIA.is_sorted());
        let paper = |name: &str| {
            let text = format!("[{name}] was sued.\n[The newspaper] left.");
            let body = [(name, ActorType::Organisation)];
            marked_as(&text, &body, None, false).ids()[1].to_owned()
        };
        assert_eq!(paper("Maar Herald"), "maar-herald");
        assert_eq!(paper("Maar Express Company"), "newspaper");
        assert_eq!(paper("Maar Motors"), "newspaper");
    }
}
