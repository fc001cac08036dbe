//! What happens to every call, whatever it asks: an id, a key check, a count, a line in the log.
//!
//! In goes an HTTP request, out comes the service's answer. What a reader would question: a layer below the
//! services, not code in each method. It sees the calls that never reach a method (broken messages, unknown
//! names), what is still arriving, and the end of streams.

use super::arriving::{Arrives, Arriving, Room};
use super::counted::{Call, End, counted};
use super::keys::{Keys, Scope};
use http::{HeaderMap, HeaderValue, Request, Response};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tonic::Status;
use tonic::body::Body;
use tracing::Instrument;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// Header that carries the id of a request, both ways.
const REQUEST_ID: &str = "x-request-id";

/// The services whose calls need a key.
const SERVICES: [&str; 2] = [
    "/stance.v1.StanceService/",
    "/arrow.flight.protocol.FlightService/",
];

/// Methods that metrics name; any other is "other", so that callers cannot make up names.
const METHODS: [&str; 12] = [
    "Analyze",
    "AnalyzeStream",
    "BuildProfiles",
    "DoExchange",
    "GetFlightInfo",
    "GetModel",
    "GetSchema",
    "ListFlights",
    "ListModels",
    "MergeProfiles",
    "ReloadModel",
    "ScoreTargets",
];

/// When the caller stops waiting; an extension of the request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline(pub(super) Instant);

/// Wraps services into [`Calls`].
#[derive(Debug, Clone)]
pub(super) struct CallsLayer {
    keys: Option<Arc<Keys>>,
    room: Arc<Room>,
    stopping: watch::Receiver<bool>,
    ids: Arc<Ids>,
}

#[derive(Debug)]
struct Ids {
    prefix: u64,
    next: AtomicU64,
}

impl CallsLayer {
    /// `room` is for what arrives, `stopping` turns true at the end, `prefix` tells this server's ids from those
    /// of others.
    pub(super) fn new(
        keys: Option<Arc<Keys>>,
        room: Arc<Room>,
        stopping: watch::Receiver<bool>,
        prefix: u64,
    ) -> Self {
        let next = AtomicU64::new(1);
        Self {
            keys,
            room,
            stopping,
            ids: Arc::new(Ids { prefix, next }),
        }
    }

    /// The caller's id, if it is short and plain, or a new one.
    fn id(&self, headers: &HeaderMap) -> HeaderValue {
        let plain = |id: &&HeaderValue| {
            let bytes = id.as_bytes();
            (1..=64).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic)
        };
        headers
            .get(REQUEST_ID)
            .filter(plain)
            .cloned()
            .unwrap_or_else(|| {
                let number = self.ids.next.fetch_add(1, Ordering::Relaxed);
                let id = format!("{:x}-{number:x}", self.ids.prefix);
                HeaderValue::from_str(&id).unwrap_or(HeaderValue::from_static("none"))
            })
    }
}

impl<S> tower::Layer<S> for CallsLayer {
    type Service = Calls<S>;

    fn layer(&self, inner: S) -> Calls<S> {
        Calls {
            inner,
            layer: self.clone(),
        }
    }
}

/// A service with everything that all calls share.
#[derive(Debug, Clone)]
pub(super) struct Calls<S> {
    inner: S,
    layer: CallsLayer,
}

impl<S> tower::Service<Request<Body>> for Calls<S>
where
    S: tower::Service<Request<Body>, Response = Response<Body>> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let now = Instant::now();
        let id = self.layer.id(request.headers());
        let path = request.uri().path();
        let mut services = SERVICES.into_iter();
        let name = services.find_map(|service| path.strip_prefix(service));
        let method = name
            .and_then(|name| METHODS.into_iter().find(|method| *method == name))
            .unwrap_or("other");
        let is_ours = name.is_some();
        let mut call = Call::begin(method, id.clone(), now);
        if let (Some(keys), true) = (&self.layer.keys, is_ours) {
            let scope = if method == "ReloadModel" {
                Scope::Admin
            } else {
                Scope::Analyze
            };
            let header = request.headers().get(http::header::AUTHORIZATION);
            match keys.check(header.and_then(|h| h.to_str().ok()), scope, now) {
                Ok(name) => call.caller = Some(name),
                Err(refusal) => {
                    call.end(refusal.code);
                    let response = with_id(Status::from(refusal).into_http(), &id);
                    return Box::pin(async move { Ok(response) });
                }
            }
        }
        let timeout = request.headers().get("grpc-timeout");
        if let Some(timeout) = timeout.and_then(|h| h.to_str().ok()).and_then(duration) {
            // What lies beyond the clock's end is no deadline.
            if let Some(deadline) = now.checked_add(timeout) {
                request.extensions_mut().insert(Deadline(deadline));
            }
        }
        let span = tracing::info_span!("call", otel.name = method, id = id.to_str().unwrap_or(""));
        let parent = opentelemetry::global::get_text_map_propagator(|propagator| {
            propagator.extract(&Headers(request.headers()))
        });
        // Fails when no traces are kept, which is fine.
        let _ = span.set_parent(parent);
        // The clone that was polled ready must be the one that is called.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        // Health and reflection need no key and take small messages: no room for them, and none of ours theirs.
        let arrives = match method {
            _ if !is_ours => None,
            "AnalyzeStream" | "BuildProfiles" | "DoExchange" | "MergeProfiles" => {
                Some(Arrives::Stream)
            }
            _ => Some(Arrives::Single),
        };
        let room = Arc::clone(&self.layer.room);
        let request = match arrives {
            Some(arrives) => request.map(|body| Body::new(Arriving::new(body, arrives, &room))),
            None => request,
        };
        // Whoever watches the health is told of the end, and must not put it off.
        let mut stopping = self.layer.stopping.clone();
        let end: Option<End> = (!is_ours).then(|| {
            let stops = async move { drop(stopping.wait_for(|&stops| stops).await) };
            Box::pin(stops) as End
        });
        let answered = async move {
            let response = inner.call(request).await?;
            Ok(with_id(counted(response, call, end), &id))
        };
        Box::pin(answered.instrument(span))
    }
}

/// Headers in which a caller's trace may be named.
struct Headers<'a>(&'a HeaderMap);

impl opentelemetry::propagation::Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}

fn with_id(mut response: Response<Body>, id: &HeaderValue) -> Response<Body> {
    response.headers_mut().insert(REQUEST_ID, id.clone());
    response
}

/// A `grpc-timeout`: up to eight digits and a unit.
fn duration(text: &str) -> Option<Duration> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text.strip_prefix(digits)?;
    let plain = (1..=8).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    let n: u64 = plain.then(|| digits.parse().ok())??;
    match unit {
        "H" => Some(Duration::from_secs(n * 3600)),
        "M" => Some(Duration::from_secs(n * 60)),
        "S" => Some(Duration::from_secs(n)),
        "m" => Some(Duration::from_millis(n)),
        "u" => Some(Duration::from_micros(n)),
        "n" => Some(Duration::from_nanos(n)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_read() {
        let cases = [
            ("5S", Some(Duration::from_secs(5))),
            ("250m", Some(Duration::from_millis(250))),
            ("99999999H", Some(Duration::from_secs(99_999_999 * 3600))),
            ("7u", Some(Duration::from_micros(7))),
            ("1n", Some(Duration::from_nanos(1))),
            ("2M", Some(Duration::from_secs(120))),
            ("", None),
            ("S", None),
            ("5", None),
            ("5s", None),
            ("123456789S", None),
            ("-5S", None),
            ("5Sx", None),
        ];
        for (text, expected) in cases {
            assert_eq!(duration(text), expected, "{text}");
        }
    }

    #[test]
    fn methods_are_sorted() {
        assert!(METHODS.is_sorted());
    }
}
