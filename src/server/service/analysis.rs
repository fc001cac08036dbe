//! The analysis of one document, which all methods that take documents come to, on the compute threads.
//!
//! In goes a document, out comes its analysis, counted and timed stage by stage. What a reader would question: a
//! document is checked here, not on the threads of the connections, since finding the offsets of a 16 MB text would
//! hold those up.

use super::Service;
use crate::analysis::Analysis;
use crate::document::Document;
use crate::encoder::Worker;
use crate::scorer::{Options, Scorer, Stage};
use crate::segment::sentences;
use crate::server::refusal::Refusal;
use crate::server::requests::{self, Wanted};
use crate::wire::{self, messages as m};
use std::time::Instant;

impl Service {
    /// Reads one document: checked, analysed, written.
    pub(in crate::server) fn analysis(
        &self,
        scorer: &Scorer,
        wanted: &Wanted,
        document: m::Document,
        workers: &[Worker],
    ) -> Result<m::Analysis, Refusal> {
        let document = requests::document(document, wanted, self.limits.max_text_bytes)?;
        let options = (!wanted.sentences_only()).then(|| wanted.options());
        let analysis = self.analysed(scorer, &document, options, workers)?;
        Ok(wire::analysis(
            &document,
            &analysis,
            wanted.encoding,
            wanted.parts,
        ))
    }

    /// Analyses a document, as metrics and traces see it; only its sentences without options.
    pub(in crate::server) fn analysed(
        &self,
        scorer: &Scorer,
        document: &Document,
        options: Option<Options<'_>>,
        workers: &[Worker],
    ) -> Result<Analysis, Refusal> {
        if let Some(hook) = &self.before_document {
            hook(document);
        }
        let analysis = match options {
            None => sentences_of(scorer, document),
            Some(options) => {
                let mut began = Instant::now();
                let mut span = Some(stage_span(Stage::Reading));
                scorer.analyze_watched(document, &options, workers, &mut |stage| {
                    let seconds = began.elapsed().as_secs_f64();
                    metrics::histogram!("stance_stage_seconds", "stage" => stage.name())
                        .record(seconds);
                    began = Instant::now();
                    drop(span.take());
                    span = stage.next().map(stage_span);
                })?
            }
        };
        metrics::counter!("stance_documents_total").increment(1);
        metrics::counter!("stance_sentences_total").increment(analysis.sentences.len() as u64);
        Ok(analysis)
    }
}

fn stage_span(stage: Stage) -> tracing::span::EnteredSpan {
    tracing::info_span!("stage", otel.name = stage.name()).entered()
}

/// The analysis of a document of which only sentences are wanted.
fn sentences_of(scorer: &Scorer, document: &Document) -> Analysis {
    Analysis {
        document_id: document.id().to_owned(),
        model: scorer.model().identity(),
        sentences: sentences(document),
        words: Vec::new(),
        attributions: Vec::new(),
        voices: Vec::new(),
        speakers: Vec::new(),
        actors: Vec::new(),
        mentions: Vec::new(),
        instances: Vec::new(),
        profiles: Vec::new(),
        warnings: Vec::new(),
    }
}
