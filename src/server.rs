//! The gRPC service: a [`Config`] in, a server that runs until it is told to stop.
//!
//! ```text
//! connection -> tls -> calls (id, key, count) -> service / streams -> engine -> Scorer
//! ```
//!
//! `async` ends at the engine, which runs the synchronous [`Scorer`](crate::scorer::Scorer) on threads that
//! take turns. What a reader would question: [`Server::serve`] takes a bound listener and a future to stop by, and
//! neither reads the environment nor handles signals. That is the command line's part. [`Server::serve_on`] takes
//! any other connections, such as pipes in memory.

mod arriving;
mod calls;
mod config;
mod connections;
mod counted;
mod engine;
mod exchange;
mod flight;
mod intake;
mod keys;
mod pace;
mod profiles;
mod refusal;
mod reload;
mod requests;
mod routes;
mod service;
mod streams;
mod targets;
mod texts;
mod tls;
mod watched;

pub use config::{Config, Hook, Limits};
pub use tls::TlsFiles;

use crate::error::{Error, Result};
use crate::wire::messages;
use crate::wire::messages::stance_service_server::SERVICE_NAME;
use connections::connections;
use engine::Engine;
use http::HeaderValue;
use reload::Models;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio_stream::{Stream, StreamExt};
use tonic::transport::server::Connected;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

/// Between two looks at the files of keys and certificates.
const REFRESH: Duration = Duration::from_secs(1);

/// Threads that blocking work may take: one a lane, and some for reloads, for merging, and for
/// hashing long texts.
#[must_use]
pub fn max_blocking_threads(threads: usize) -> usize {
    Engine::lanes(threads) + 4
}

/// A server that is loaded and not yet serving.
pub struct Server {
    config: Config,
    models: Arc<Models>,
    keys: Option<Arc<keys::Keys>>,
    tls: Option<Arc<tls::Tls>>,
    origins: AllowOrigin,
    reload: Arc<Notify>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl Server {
    /// Loads model, keys and certificates.
    ///
    /// # Errors
    ///
    /// What is wrong with the first file that cannot be used, or [`Error::Invalid`] for an origin that is
    /// none.
    pub fn new(config: Config) -> Result<Self> {
        let origins: Vec<HeaderValue> = config
            .cors_origins
            .iter()
            .map(|origin| {
                HeaderValue::from_str(origin).map_err(|_| Error::Invalid {
                    field: "cors_origins".to_owned(),
                    message: format!("{origin:?} is no origin"),
                })
            })
            .collect::<Result<_>>()?;
        let any = config.cors_origins.iter().any(|origin| origin == "*");
        Ok(Self {
            keys: config
                .keys
                .as_deref()
                .map(keys::Keys::load)
                .transpose()?
                .map(Arc::new),
            tls: config.tls.as_ref().map(tls::Tls::load).transpose()?,
            models: Arc::new(Models::load(config.model.clone(), config.precision)?),
            origins: if any {
                AllowOrigin::any()
            } else {
                AllowOrigin::list(origins)
            },
            reload: Arc::new(Notify::new()),
            config,
        })
    }

    /// Notify it, and the model is loaded anew, as by `ReloadModel`.
    #[must_use]
    pub fn reload_signal(&self) -> Arc<Notify> {
        Arc::clone(&self.reload)
    }

    /// SHA-256 of the model that will serve.
    #[must_use]
    pub fn model_sha256(&self) -> String {
        self.models
            .scorer("")
            .map(|scorer| scorer.model().identity().sha256)
            .unwrap_or_default()
    }

    /// Serves on `listener` until `stop` is ready, then lets calls end for `config.drain`.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] for a listener without an address, and those of [`Server::serve_on`].
    pub async fn serve(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<()> {
        let address = listener.local_addr().map_err(io)?;
        tracing::info!(%address, "listening");
        match self.tls.clone() {
            None => {
                let plain = |stream| std::future::ready(Some(stream));
                self.serve_on(connections(listener, plain), stop).await
            }
            Some(tls) => {
                let greet = move |stream| Arc::clone(&tls).greet(stream);
                self.serve_on(connections(listener, greet), stop).await
            }
        }
    }

    /// Serves on connections that are made already, and as they are: no TLS is put on them. Else as
    /// [`Server::serve`].
    ///
    /// # Errors
    ///
    /// Those of a model that cannot answer, and [`Error::Internal`] for a fault of the transport.
    pub async fn serve_on<C>(
        self,
        incoming: impl Stream<Item = std::io::Result<C>> + Send + 'static,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<()>
    where
        C: AsyncRead + AsyncWrite + Connected + Unpin + Send + 'static,
    {
        let Self {
            config,
            models,
            keys,
            tls,
            origins,
            reload,
        } = self;
        let (reporter, health) = tonic_health::server::health_reporter();
        tell(&reporter, ServingStatus::NotServing).await;

        let limits = config.limits;
        let room = arriving::Room::new(&limits);
        let (stopping, mut stopped) = watch::channel(false);
        let service = service::Service {
            engine: Arc::new(Engine::new(config.threads, limits)),
            models: Arc::clone(&models),
            room: Arc::clone(&room),
            stopping: stopped.clone(),
            limits,
            before_document: config.before_document.clone(),
        };
        let routes = routes::routes(service, health)?;
        let calls = calls::CallsLayer::new(keys.clone(), room, stopped.clone(), config.id_prefix);
        let web = config.grpc_web.then(tonic_web::GrpcWebLayer::new);
        let cors = config.grpc_web.then(|| {
            CorsLayer::new()
                .allow_origin(origins)
                .allow_headers(AllowHeaders::mirror_request())
                .expose_headers(tower_http::cors::Any)
        });
        let layers = tower::ServiceBuilder::new()
            .option_layer(cors)
            .option_layer(web)
            .layer(calls)
            .into_inner();
        let mut builder = tonic::transport::Server::builder()
            .accept_http1(config.grpc_web)
            .http2_keepalive_interval(Some(Duration::from_secs(60)))
            .http2_keepalive_timeout(Some(Duration::from_secs(20)))
            .max_concurrent_streams(1_024)
            .layer(layers);
        let router = builder.add_routes(routes);

        let hook = config.before_document.clone();
        let watcher = tokio::spawn(async move {
            let watched = watch_over(&reporter, models, tls, keys, reload, hook);
            let ended = tokio::select! {
                () = stop => Ok(()),
                failed = watched => failed,
            };
            tell(&reporter, ServingStatus::NotServing).await;
            let _ = stopping.send(true);
            ended
        });

        let mut told = stopped.clone();
        let signal = async move {
            let _ = told.wait_for(|&stopped| stopped).await;
        };
        // That no more connections come is no reason to end those there are.
        let incoming = incoming.chain(tokio_stream::pending());
        let served = router.serve_with_incoming_shutdown(incoming, signal);
        let drained = async {
            let _ = stopped.wait_for(|&stopped| stopped).await;
            tokio::time::sleep(config.drain).await;
        };
        tokio::select! {
            served = served => served.map_err(|e| Error::Internal { message: e.to_string() })?,
            () = drained => tracing::warn!("calls were still at work when the time to drain ended"),
        }
        watcher.await.map_err(|_| Error::Internal {
            message: "the watcher panicked".to_owned(),
        })?
    }
}

/// Warms the model up, tells that it serves, and looks after files from then on; ends only if the model
/// cannot answer.
async fn watch_over(
    reporter: &HealthReporter,
    models: Arc<Models>,
    tls: Option<Arc<tls::Tls>>,
    keys: Option<Arc<keys::Keys>>,
    reload: Arc<Notify>,
    hook: Option<Hook>,
) -> Result<()> {
    // SERVING only once a first document was answered.
    let warm = Arc::clone(&models);
    let warmed = tokio::task::spawn_blocking(move || warm.warm(hook.as_ref())).await;
    warmed.map_err(|_| Error::Internal {
        message: "the warm-up panicked".to_owned(),
    })??;
    tell(reporter, ServingStatus::Serving).await;
    tracing::info!("serving");
    let mut refresh = tokio::time::interval(REFRESH);
    loop {
        tokio::select! {
            _ = refresh.tick() => {
                let (tls, keys) = (tls.clone(), keys.clone());
                let read = move || {
                    tls.iter().for_each(|tls| tls.refresh());
                    keys.iter().for_each(|keys| keys.refresh());
                };
                let _ = tokio::task::spawn_blocking(read).await;
            }
            () = reload.notified() => {
                let alone = models.alone().await;
                let _ = reload::reload(Arc::clone(&models), alone).await;
            }
        }
    }
}

/// Tells a status of the server as a whole and of its service.
async fn tell(health: &HealthReporter, status: ServingStatus) {
    for name in ["", SERVICE_NAME] {
        health.set_service_status(name, status).await;
    }
}

fn io(source: std::io::Error) -> Error {
    Error::Io {
        path: PathBuf::from("listener"),
        source,
    }
}

/// The contract's service and client, for callers in Rust.
pub use messages::stance_service_client::StanceServiceClient as Client;
