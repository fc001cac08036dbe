//! What a body may be called by its sort alone: "the newspaper", "the company", "the bank".
//!
//! In goes a [`Cluster`]; out come nouns that, with an article, may mean it although its name does not have them. What a
//! reader would question: only nouns that are hardly ever said of somebody else nearby, so "the panel" is none; and
//! companies are so many in a business page that such a noun means one only where no other was mentioned.

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

/// Those of a company.
const SORTS_OF_COMPANIES: &[&str] = &["business", "company", "firm"];

/// That of a bank.
const SORT_OF_BANKS: &str = "bank";

/// Last words of the names of companies, in lower case without full stops. Sorted.
#[rustfmt::skip] // a word a line would hide the code
const DESIGNATORS: &[&str] = &[
    "ag", "co", "company", "corp", "corporation", "gmbh", "inc", "incorporated", "limited", "llc", "ltd",
    "nv", "plc", "sa",
];

/// Whether a noun is said of any company or bank, so that it means one of two only by chance.
pub(crate) fn is_of_trade(noun: &str) -> bool {
    noun == SORT_OF_BANKS || SORTS_OF_COMPANIES.contains(&noun)
}

impl Cluster {
    /// Its id in the gazetteer.
    fn listed_id(&self) -> Option<&'static str> {
        match self.known?.who {
            Known::Gazetteer(index) => Some(&Gazetteer::built_in().entry(index)?.id),
            Known::Caller(_) => None,
        }
    }

    /// Whether one of its names has more than one word and ends with one that fits.
    fn is_called(&self, fits: impl Fn(&str) -> bool) -> bool {
        let full = |form: &&NameForm| form.tokens().len() > 1;
        self.forms.iter().filter(full).any(|form| fits(form.last()))
    }

    fn is_company(&self) -> bool {
        let listed = self.listed_id();
        listed.is_some_and(|id| id.starts_with("org.company."))
            || self.is_called(|last| DESIGNATORS.binary_search(&last).is_ok())
    }

    /// Whether it is a bank by its name or by its id: "Maar Bank", "BofA".
    fn is_bank(&self) -> bool {
        let mut parts = self.listed_id().unwrap_or("").split(['.', '_']);
        parts.any(|part| part.ends_with(SORT_OF_BANKS))
            || self.is_called(|last| last == SORT_OF_BANKS)
    }

    /// Whether it is a newspaper or a magazine, by its name, its nouns or the gazetteer.
    fn publishes(&self) -> bool {
        let id = self.listed_id();
        let listed = id.is_some_and(|id| id.starts_with("org.media."));
        let last = |form: &NameForm| MEDIA.binary_search(&form.last()).is_ok();
        let called = |noun: &String| matches!(noun.as_str(), "magazine" | "newspaper");
        listed || self.forms.iter().any(last) || self.nouns.iter().any(called)
    }

    /// The nouns that its sort alone allows, with an article.
    pub(crate) fn sort_nouns(&self) -> Vec<&'static str> {
        let nouns: &[&str] = match self.kind {
            Some(ActorType::Party) => &["party"],
            Some(ActorType::Country) => &["country", "nation"],
            Some(ActorType::ArmedGroup) => &["group", "organisation", "organization"],
            Some(ActorType::Organisation) if self.publishes() => SORTS_OF_MEDIA,
            Some(ActorType::Organisation) => SORTS_OF_BODIES,
            Some(ActorType::Person | ActorType::Group | ActorType::Location | ActorType::Other)
            | None => &[],
        };
        let mut nouns = nouns.to_vec();
        if self.kind == Some(ActorType::Organisation) {
            if self.is_company() {
                nouns.extend(SORTS_OF_COMPANIES);
            }
            if self.is_bank() {
                nouns.push(SORT_OF_BANKS);
            }
        }
        nouns
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::clusters::marked_as;

    #[test]
    fn newspapers_are_bodies_that_publish() {
        assert!(MEDIA.is_sorted() && DESIGNATORS.is_sorted());
        let paper = |name: &str| {
            let text = format!("[{name}] was sued.\n[The newspaper] left.");
            let body = [(name, ActorType::Organisation)];
            marked_as(&text, &body, None, false).ids()[1].to_owned()
        };
        assert_eq!(paper("Maar Herald"), "maar-herald");
        assert_eq!(paper("Maar Express Company"), "newspaper");
        assert_eq!(paper("Maar Motors"), "newspaper");
    }

    #[test]
    fn companies_and_banks_are_called_so_where_there_is_one() {
        let names = [
            "Maar Motors Inc",
            "Brandt Holdings Ltd",
            "Maar Bank",
            "Bank of Oduya",
        ];
        let bodies = names.map(|name| (name, ActorType::Organisation));
        let cases: &[(&str, &[&str])] = &[
            (
                "[Maar Motors Inc] was sued.\n[The company] left.\nSo it is.\n[The firm] left.",
                &["maar-motors-inc", "maar-motors-inc", "maar-motors-inc"],
            ),
            (
                "[Boeing] was sued.\n[The business] left [Bank of America].\n[The bank] left.",
                &[
                    "org.company.boeing",
                    "org.company.boeing",
                    "org.company.bank_of_america",
                    "org.company.bank_of_america",
                ],
            ),
            // Two, or too far away, or none.
            (
                "[Maar Motors Inc] sued [Brandt Holdings Ltd].\n[The company] left.\n[The company] slept.",
                &[
                    "maar-motors-inc",
                    "brandt-holdings-ltd",
                    "company",
                    "company",
                ],
            ),
            (
                "[Maar Bank] sued [Bank of Oduya].\n[The bank] left.",
                &["maar-bank", "bank-of-oduya", "bank"],
            ),
            (
                "[Boeing] left.\n[The company] left.\n\n\n\n[Airbus] left [Tesla].\n[The company] left.",
                &[
                    "org.company.boeing",
                    "org.company.boeing",
                    "org.company.airbus",
                    "org.company.tesla",
                    "company",
                ],
            ),
            (
                "[Boeing] left.\n\n\n[The firm] left.",
                &["org.company.boeing", "firm"],
            ),
            (
                "[Bank of Oduya] left.\n[The company] left.",
                &["bank-of-oduya", "company"],
            ),
        ];
        for (text, expected) in cases {
            let marked = marked_as(text, &bodies, None, false);
            assert_eq!(marked.ids(), *expected, "{text}");
        }
    }
}
