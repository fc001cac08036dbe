//! Handles and tags by which networks call somebody: "@realTomBrandt", "#TomBrandt", "@SenRuiz".
//!
//! In goes a [`Joining`] whose names are joined; every mention that ends with a handle comes out with whom the handle
//! names: whoever in the text has a full name that it is, run together, or a person whose full name it begins or ends
//! with, or one whose surname it ends with behind a title. What a reader would question: a surname alone is not enough
//! ("#RuizShutdown" is about her and does not name her), and neither is a name that two have.

use crate::actors::accents::unaccented;
use crate::actors::joining::Joining;
use crate::actors::readings::Reading;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// How many letters of a handle are read.
const MAX_LETTERS: usize = 40;

/// Who has a name; nobody if several have it.
#[derive(Default)]
struct Owners(BTreeMap<String, Option<usize>>);

impl Owners {
    /// Says that a cluster has the name; a name of two is then nobody's, since a handle does not tell which of them it is.
    fn add(&mut self, name: String, id: usize) {
        match self.0.entry(name) {
            Entry::Vacant(place) => {
                place.insert(Some(id));
            }
            Entry::Occupied(mut place) => {
                let owner = place.get_mut();
                *owner = owner.filter(|&other| other == id);
            }
        }
    }

    /// The only one who has the name.
    fn of(&self, name: &str) -> Option<usize> {
        self.0.get(name).copied().flatten()
    }
}

impl Joining<'_> {
    /// Gives every handle to whom it names.
    pub(crate) fn join_handles(&mut self) {
        let mut handles = Vec::new();
        for (index, reading) in self.readings.iter().enumerate() {
            if !matches!(reading, Reading::Known { .. }) {
                handles.extend(self.handle(index).map(|handle| (index, handle)));
            }
        }
        if handles.is_empty() {
            return;
        }
        let (mut all, mut persons, mut surnames) =
            (Owners::default(), Owners::default(), Owners::default());
        for (id, cluster) in self.clusters.iter().enumerate() {
            for form in cluster.forms.iter().filter(|form| form.tokens().len() > 1) {
                let name = run_together(&form.tokens().concat());
                if cluster.is_person() == Some(true) {
                    surnames.add(run_together(form.last()), id);
                    persons.add(name.clone(), id);
                }
                all.add(name, id);
            }
        }
        for (index, handle) in handles {
            let letters = handle.as_str();
            let parts = move || {
                let places = letters.char_indices().skip(1);
                places.map(move |(at, _)| letters.split_at(at))
            };
            let affixed = || parts().find_map(|(a, b)| persons.of(b).or_else(|| persons.of(a)));
            let titled = || {
                let mut titled = parts().filter(|(title, _)| self.titles.kind(title).is_some());
                titled.find_map(|(_, surname)| surnames.of(surname))
            };
            if let Some(id) = all.of(&handle).or_else(affixed).or_else(titled) {
                self.put(index, id);
            }
        }
    }

    /// The handle or tag that a mention ends with, in lower case.
    fn handle(&self, index: usize) -> Option<String> {
        let span = self.candidates.get(index)?.span;
        let surface = self.document.slice(span);
        let last = surface.rsplit(char::is_whitespace).next()?;
        let bare = last.trim_start_matches(['"', '“', '‘', '—', '–', '(']);
        let start = span.end() - bare.len();
        let before = self.document.text().get(..start)?;
        let inside = bare.strip_prefix(['@', '#']);
        let handle = inside.or_else(|| before.ends_with(['@', '#']).then_some(bare))?;
        let letters = handle
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .take(MAX_LETTERS);
        Some(run_together(&letters.collect::<String>())).filter(|handle| !handle.is_empty())
    }
}

/// Letters and digits alone, in lower case without accents, as handles are written.
fn run_together(name: &str) -> String {
    let lower = unaccented(&name.to_lowercase());
    lower.chars().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use crate::actors::clusters::marked;

    #[test]
    fn handles_are_of_whom_they_name() {
        let text = "[Tom Brandt] and [Senator Ana Ruiz] left [the Harbour League].\n\
            [@tombrandt], [@tom_brandt], [#TomBrandt], [@realTomBrandt], [@tombrandt2016] and @[TomBrandt] smiled.\n\
            [Senator @SenRuiz] and [@HarbourLeague] slept.";
        let (tom, ana, league) = ("tom-brandt", "ana-ruiz", "harbour-league");
        let expected = [tom, ana, league, tom, tom, tom, tom, tom, tom, ana, league];
        assert_eq!(marked(text, None, false).ids(), expected);
    }

    #[test]
    fn handles_of_others_are_left_alone() {
        for handle in ["#RuizShutdown", "@maarnews", "#NeverRuiz", "@"] {
            let text = format!("[Ana Ruiz] left.\n[{handle}] smiled.");
            let marked = marked(&text, None, false);
            assert_ne!(marked.ids()[1], "ana-ruiz", "{handle}");
        }
        let two = "[Senator Ana Ruiz] met [Tom Ruiz].\n[@SenRuiz] smiled.";
        let marked = marked(two, None, false);
        assert_eq!(
            marked.ids().iter().filter(|id| **id == "ana-ruiz").count(),
            1
        );
    }
}
