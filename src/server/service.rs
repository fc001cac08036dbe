//! The methods of the service that take one message; those with streams stand in `streams` and `profiles`.
//!
//! In goes a message, out comes one, or a status. Each method checks, is admitted, and hands the work to
//! the engine. What a reader would question: a call of one message is refused where there is no room for it,
//! while documents of streams wait. One message is soon sent again.

mod analysis;

use super::arriving::Room;
use super::calls::Deadline;
use super::engine::{Admitted, Engine};
use super::refusal::Refusal;
use super::reload::{Models, reload};
use super::requests::{self, Wanted};
use super::{Limits, profiles, streams, targets};
use crate::document::MAX_TEXT_BYTES;
use crate::encoder::Worker;
use crate::scorer::Scorer;
use crate::wire::messages as m;
use crate::wire::{self, messages::stance_service_server::StanceService};
use prost::Message;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

/// The service; clones share everything.
#[derive(Clone)]
pub(super) struct Service {
    pub(super) engine: Arc<Engine>,
    pub(super) models: Arc<Models>,
    pub(super) room: Arc<Room>,
    /// Turns true when no more is taken on.
    pub(super) stopping: watch::Receiver<bool>,
    pub(super) limits: Limits,
    pub(super) before_document: Option<super::Hook>,
}

impl Service {
    /// Waits until a document of a stream can be admitted. Its text is counted among what has arrived until
    /// then, and refused where that is too much.
    pub(super) async fn wait(&self, bytes: usize) -> Result<Admitted, Refusal> {
        let _held = self.room.hold(bytes)?;
        self.engine.admit_in_turn(bytes).await
    }

    /// Checks options, long lists of actors on the compute threads, as a document is. Whatever is wanted takes room
    /// as long as it is kept.
    pub(super) async fn wanted(
        &self,
        options: Option<m::AnalyzeOptions>,
        deadline: Option<Instant>,
    ) -> Result<Wanted, Refusal> {
        let bytes = options.as_ref().map_or(0, Message::encoded_len);
        let held = self.room.hold(bytes)?;
        let wanted = match options {
            Some(options) if !options.actors.is_empty() => {
                let admitted = self.engine.admit(bytes)?;
                let work = move |_: &[Worker]| requests::wanted(Some(options));
                self.engine.run(admitted, deadline, work).await?
            }
            few => requests::wanted(few),
        };
        wanted.map(|wanted| wanted.holding(held))
    }

    fn info(&self, scorer: &Scorer) -> m::ModelInfo {
        let manifest = scorer.model().manifest();
        m::ModelInfo {
            identity: Some(wire::identity(&scorer.model().identity())),
            language: manifest.language.clone(),
            labels: manifest.labels.clone(),
            metrics: manifest.metrics.clone().into_iter().collect(),
            limits: Some(m::Limits {
                max_text_bytes: self.limits.max_text_bytes.min(MAX_TEXT_BYTES) as u64,
                max_message_bytes: self.limits.max_message_bytes as u64,
                max_documents_per_stream: self.limits.max_documents_per_stream as u32,
                max_target_sentences: targets::MAX_SENTENCES as u32,
            }),
        }
    }
}

/// When the caller of a request stops waiting.
pub(super) fn deadline<T>(request: &Request<T>) -> Option<Instant> {
    request.extensions().get::<Deadline>().map(|d| d.0)
}

#[tonic::async_trait]
impl StanceService for Service {
    async fn analyze(
        &self,
        request: Request<m::AnalyzeRequest>,
    ) -> Result<Response<m::AnalyzeResponse>, Status> {
        let deadline = deadline(&request);
        let m::AnalyzeRequest { document, options } = request.into_inner();
        let wanted = self.wanted(options, deadline).await;
        let wanted = wanted.map_err(|r| r.within("options"))?;
        let scorer = self.models.scorer(&wanted.model_sha256)?;
        let document = document.ok_or_else(|| Refusal::field("document", "missing"))?;
        let admitted = self.engine.admit(document.encoded_len())?;
        let admitted = admitted.lightly(wanted.sentences_only());
        let service = self.clone();
        let work = self.engine.run(admitted, deadline, move |workers| {
            service.analysis(&scorer, &wanted, document, workers)
        });
        let analysis = work.await?.map_err(|r| r.within("document"))?;
        Ok(Response::new(m::AnalyzeResponse {
            analysis: Some(analysis),
        }))
    }

    type AnalyzeStreamStream = ReceiverStream<Result<m::AnalyzeStreamResponse, Status>>;

    async fn analyze_stream(
        &self,
        request: Request<Streaming<m::AnalyzeStreamRequest>>,
    ) -> Result<Response<Self::AnalyzeStreamStream>, Status> {
        let deadline = deadline(&request);
        Ok(Response::new(streams::analyze(
            self.clone(),
            request.into_inner(),
            deadline,
        )))
    }

    async fn build_profiles(
        &self,
        request: Request<Streaming<m::BuildProfilesRequest>>,
    ) -> Result<Response<m::BuildProfilesResponse>, Status> {
        let deadline = deadline(&request);
        let built = profiles::build(self, request.into_inner(), deadline).await?;
        Ok(Response::new(built))
    }

    async fn merge_profiles(
        &self,
        request: Request<Streaming<m::MergeProfilesRequest>>,
    ) -> Result<Response<m::MergeProfilesResponse>, Status> {
        let merged = profiles::merge(self, request.into_inner()).await?;
        Ok(Response::new(merged))
    }

    async fn score_targets(
        &self,
        request: Request<m::ScoreTargetsRequest>,
    ) -> Result<Response<m::ScoreTargetsResponse>, Status> {
        let deadline = deadline(&request);
        let request = request.into_inner();
        let scorer = self.models.scorer(&request.model_sha256)?;
        let admitted = self.engine.admit(request.encoded_len())?;
        let work = self.engine.run(admitted, deadline, move |workers| {
            targets::scores(&scorer, request, workers)
        });
        Ok(Response::new(work.await??))
    }

    async fn get_model(
        &self,
        request: Request<m::GetModelRequest>,
    ) -> Result<Response<m::GetModelResponse>, Status> {
        let scorer = self.models.scorer(&request.into_inner().sha256)?;
        Ok(Response::new(m::GetModelResponse {
            model: Some(self.info(&scorer)),
        }))
    }

    async fn list_models(
        &self,
        _: Request<m::ListModelsRequest>,
    ) -> Result<Response<m::ListModelsResponse>, Status> {
        let scorer = self.models.scorer("")?;
        Ok(Response::new(m::ListModelsResponse {
            models: vec![self.info(&scorer)],
        }))
    }

    async fn reload_model(
        &self,
        _: Request<m::ReloadModelRequest>,
    ) -> Result<Response<m::ReloadModelResponse>, Status> {
        let Some(alone) = self.models.try_alone() else {
            let message = "the model is being reloaded; ask again when that is done";
            let refusal = Refusal::new(tonic::Code::Aborted, "RELOADING", message);
            return Err(refusal.retry(Duration::from_secs(1)).into());
        };
        let previous_sha256 = reload(Arc::clone(&self.models), alone).await?;
        let scorer = self.models.scorer("")?;
        Ok(Response::new(m::ReloadModelResponse {
            model: Some(self.info(&scorer)),
            previous_sha256,
        }))
    }
}
