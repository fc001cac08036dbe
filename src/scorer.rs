//! Document in, [`Analysis`] out: the one path that the command line, the server and the evaluation
//! call.
//!
//! A [`Scorer`] is immutable after loading and shared by all threads; each thread brings its own
//! [`Worker`]. What a reader would question: third-person pronouns are resolved before the sources
//! of attributions, and the first person after them, since "I" means whoever is quoted.

mod assembly;
mod deeds;
mod joining;
mod mentions;
mod passing;
mod pronouns;
mod ragged;
mod speakers;
mod voices;

use crate::actors::{Clusters, Gazetteer, Registry};
use crate::analysis::{Analysis, Voice};
use crate::document::{Document, Span};
use crate::encoder::Worker;
use crate::error::Result;
use crate::model::Model;
use crate::pairs::{MIN_SENTENCES, PairHead, Pairs};
use crate::reading::{Keep, Reading};
use crate::segment::sentences;
use mentions::Found;
use speakers::Speakers;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What the caller wants of an analysis.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options<'a> {
    /// The caller's actors; they come before the gazetteer.
    pub registry: Option<&'a Registry>,
    /// Leave out actors that are not in the registry.
    pub only_given: bool,
    /// Explain every instance.
    pub explain: bool,
    /// Leave out instances whose P(none) is above 1 - this; 0 to 1.
    pub min_confidence: f64,
}

/// What an analysis is busy with, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Sentences, word vectors and tags: nearly all of the time.
    Reading,
    /// Speakers and actors.
    Identifying,
    /// Stances.
    Scoring,
}

impl Stage {
    /// The one after it.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        match self {
            Self::Reading => Some(Self::Identifying),
            Self::Identifying => Some(Self::Scoring),
            Self::Scoring => None,
        }
    }

    /// Its name, in lower case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Identifying => "identifying",
            Self::Scoring => "scoring",
        }
    }
}

/// Scores documents with one model.
#[derive(Debug)]
pub struct Scorer {
    model: Model,
}

/// A document whose speakers and actors are known.
struct Identified<'a> {
    document: &'a Document,
    reading: Reading,
    found: Vec<Found>,
    clusters: Clusters,
    voices: Vec<Voice>,
}

impl Scorer {
    /// A scorer of a loaded model.
    #[must_use]
    pub fn new(model: Model) -> Self {
        Self { model }
    }

    /// Its model.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Analyses one document, its windows shared out to the workers.
    ///
    /// The result does not depend on the number of workers.
    ///
    /// # Errors
    ///
    /// Those of the encoder.
    pub fn analyze(
        &self,
        document: &Document,
        options: &Options<'_>,
        workers: &[Worker],
    ) -> Result<Analysis> {
        self.analyze_watched(document, options, workers, &mut |_| {})
    }

    /// [`analyze`](Self::analyze), and tells when a stage ends. It takes no times itself, since the
    /// library has no clock.
    ///
    /// # Errors
    ///
    /// Those of the encoder.
    pub fn analyze_watched(
        &self,
        document: &Document,
        options: &Options<'_>,
        workers: &[Worker],
        ended: &mut dyn FnMut(Stage),
    ) -> Result<Analysis> {
        let taggers = &self.model.heads().taggers;
        let listed = mentions::listed(document, options.registry, options.only_given);
        let kept = deeds::with_objects(document, &listed);
        let keep = if options.explain {
            Keep::All
        } else {
            Keep::Mentions(&kept)
        };
        let reading = Reading::new(
            document,
            sentences(document),
            self.model.encoder(),
            taggers,
            workers,
            keep,
        )?;
        ended(Stage::Reading);
        let mut found = mentions::find(document, &reading, &listed);
        deeds::add(document, &reading, &mut found);
        let (identified, mut speakers) = identify(document, reading, found, options);
        ended(Stage::Identifying);
        let instances = joining::instances(&self.model, &identified, &mut speakers, options);
        let mut analysis =
            assembly::analysis(self.model.identity(), identified, speakers, instances);
        if let Some(head) = &self.model.heads().pairs
            && analysis.sentences.len() >= MIN_SENTENCES
        {
            keep_listed(&mut analysis, head);
        }
        ended(Stage::Scoring);
        Ok(analysis)
    }

    /// The actor that each of some given mentions of a document means, by number; none for nobody known.
    /// For judging the joining alone: holders are those that the taggers find beside them.
    #[must_use]
    pub fn actors_of(
        &self,
        document: &Document,
        reading: Reading,
        given: &[Span],
    ) -> Vec<Option<usize>> {
        let found = mentions::given(document, &reading, given);
        let identified = identify(document, reading, found, &Options::default()).0;
        let actor_of = |&span: &Span| {
            let at = identified.found.iter();
            let mut at = at.enumerate().filter(|(_, f)| f.candidate.span == span);
            identified.clusters.actor_of(at.next()?.0)
        };
        given.iter().map(actor_of).collect()
    }

    /// Analyses several documents, in order. With at least as many documents as workers every
    /// worker takes whole documents; with fewer, all share one document's windows.
    pub fn analyze_all(
        &self,
        documents: &[Document],
        options: &Options<'_>,
        workers: &[Worker],
    ) -> Vec<Result<Analysis>> {
        if workers.len() < 2 || documents.len() < workers.len() {
            return documents
                .iter()
                .map(|d| self.analyze(d, options, workers))
                .collect();
        }
        let next = AtomicUsize::new(0);
        let mut done: Vec<(usize, Result<Analysis>)> = std::thread::scope(|scope| {
            let run = |worker: &Worker| {
                let mut own = Vec::new();
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    let Some(document) = documents.get(i) else {
                        return own;
                    };
                    own.push((
                        i,
                        self.analyze(document, options, std::slice::from_ref(worker)),
                    ));
                }
            };
            let threads: Vec<_> = workers
                .iter()
                .map(|w| scope.spawn(move || run(w)))
                .collect();
            threads
                .into_iter()
                .flat_map(|thread| thread.join().unwrap_or_default())
                .collect()
        });
        done.sort_by_key(|&(i, _)| i);
        done.into_iter().map(|(_, analysis)| analysis).collect()
    }
}

/// Keeps the profiles of pairs that a reader would list.
fn keep_listed(analysis: &mut Analysis, head: &PairHead) {
    let pairs = Pairs::new(analysis);
    let profiles = analysis.profiles.iter();
    let listed: Vec<bool> = profiles
        .map(|profile| head.lists(&pairs.facts(profile)))
        .collect();
    let mut listed = listed.into_iter();
    analysis.profiles.retain(|_| listed.next().unwrap_or(true));
}

/// Says who everybody is.
fn identify<'a>(
    document: &'a Document,
    reading: Reading,
    found: Vec<Found>,
    options: &Options<'a>,
) -> (Identified<'a>, Speakers<'a>) {
    let candidates: Vec<_> = found.iter().map(|f| f.candidate).collect();
    let mut clusters = Clusters::build(
        document,
        &reading.sentences,
        &candidates,
        options.registry,
        Gazetteer::built_in(),
        options.only_given,
    );
    let mut speakers = Speakers::new(options.registry);
    pronouns::resolve_pronouns(document, &reading, &found, &mut clusters);
    let voices = voices::voices(document, &reading, &found, &clusters, &mut speakers);
    pronouns::resolve_first_person(
        document,
        &reading,
        &found,
        &voices,
        &mut clusters,
        &mut speakers,
    );
    let identified = Identified {
        document,
        reading,
        found,
        clusters,
        voices,
    };
    (identified, speakers)
}
