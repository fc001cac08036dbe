//! What operators see of a server: its log, its traces, its metrics.
//!
//! In go the settings, out come a log on standard error, spans at an OTLP collector if one is named, and
//! Prometheus metrics on a port of their own. What a reader would question: all of it is set up here and
//! not in the library, which only says what happens. A process has one log and one set of metrics, a test
//! has many servers.

use anyhow::{Context, Result, bail};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::time::Duration;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt};

/// Upper bounds of the histograms of seconds.
const BUCKETS: [f64; 14] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0,
];

/// Settings of log and traces, checked.
pub(super) struct Watching {
    filter: EnvFilter,
    json: bool,
    otlp: Option<String>,
}

impl Watching {
    /// Checks a filter, a format and an endpoint.
    pub(super) fn new(
        filter: Option<&str>,
        format: Option<&str>,
        otlp: Option<String>,
    ) -> Result<Self> {
        let filter = filter.unwrap_or("info");
        if let Some(endpoint) = &otlp {
            let uri = endpoint.parse::<http::Uri>();
            let whole = uri.is_ok_and(|uri| uri.scheme().is_some() && uri.authority().is_some());
            if !whole {
                bail!("otlp is {endpoint:?}, it must be an address such as http://127.0.0.1:4317");
            }
        }
        Ok(Self {
            filter: EnvFilter::try_new(filter)
                .with_context(|| format!("log is {filter:?}, which is no filter"))?,
            json: match format.unwrap_or("pretty") {
                "pretty" => false,
                "json" => true,
                other => bail!("log_format is {other:?}, it must be pretty or json"),
            },
            otlp,
        })
    }
}

/// Starts log and traces. The provider sends what is left when it is shut down.
pub(super) fn start(watching: Watching) -> Result<Option<SdkTracerProvider>> {
    let Watching { filter, json, otlp } = watching;
    let lines = fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let lines = if json {
        lines.json().with_span_list(false).boxed()
    } else {
        lines.boxed()
    };
    let traces = otlp.as_deref().map(provider).transpose()?;
    let spans = traces.as_ref().map(|provider| {
        let ours = EnvFilter::new("stance=info");
        tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("stance"))
            .with_filter(ours)
    });
    tracing_subscriber::registry()
        .with(lines.with_filter(filter))
        .with(spans)
        .init();
    Ok(traces)
}

fn provider(endpoint: &str) -> Result<SdkTracerProvider> {
    let exporter = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .with_timeout(Duration::from_secs(5))
        .build()
        .with_context(|| format!("otlp is {endpoint:?}"))?;
    // A caller's trace goes on in ours.
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
    let resource = Resource::builder().with_service_name("stance").build();
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(resource)
        .build())
}

/// Serves metrics, and looks at the process every few seconds.
pub(super) fn serve_metrics(address: SocketAddr) -> Result<()> {
    let bind =
        || format!("cannot serve metrics on {address}; --metrics sets another address, or off");
    // The exporter would only fail later, in the background.
    drop(std::net::TcpListener::bind(address).with_context(bind)?);
    let (recorder, exporter) = PrometheusBuilder::new()
        .with_http_listener(address)
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS)?
        .build()
        .with_context(bind)?;
    metrics::set_global_recorder(recorder).context("metrics are set up twice")?;
    tokio::spawn(exporter);
    let process = metrics_process::Collector::default();
    process.describe();
    tokio::spawn(async move {
        let mut every = tokio::time::interval(Duration::from_secs(5));
        loop {
            every.tick().await;
            process.collect();
        }
    });
    Ok(())
}
