//! `stance serve`: settings in, a running server out.
//!
//! Reads the file of settings if one is named, starts log, traces and metrics, listens, and hands signals on. What a
//! reader would question: all settings are checked before anything is opened, so that `--check` can tell of each.

use super::settings::Settings;
use super::watching::{self, Watching};
use anyhow::{Context, Result, bail};
use stance::server::{Config, Server, TlsFiles, max_blocking_threads};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Notify;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// TOML file with any of the settings below, such as `listen = "127.0.0.1:50051"`; dashes of a flag
    /// are underscores there.
    #[arg(long, env = "STANCE_CONFIG")]
    config: Option<PathBuf>,
    /// Check settings, files and model, and exit without listening.
    #[arg(long)]
    check: bool,
    /// Stop, as at SIGTERM, when standard input ends: with the process that holds its other end.
    #[arg(long)]
    stop_with_stdin: bool,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(arguments: Arguments) -> Result<()> {
    let file = match &arguments.config {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            toml::from_str(&text).with_context(|| path.display().to_string())?
        }
        None => Settings::default(),
    };
    let settings = arguments.settings.or(file);
    let config = settings.config()?;
    let metrics = settings.metrics()?;
    let watching = Watching::new(
        settings.log.as_deref(),
        settings.log_format.as_deref(),
        settings.otlp.clone(),
    )?;
    let listen = settings
        .listen
        .unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 50051)));
    let open = exposure(&listen, &config, settings.allow_insecure.unwrap_or(false))?;
    let threads = config.threads;
    let drain = config.drain;
    let what = format!(
        "{threads} threads, {}, {}",
        match &config.tls {
            None => "no TLS",
            Some(TlsFiles {
                client_ca: None, ..
            }) => "TLS",
            Some(_) => "mTLS",
        },
        if config.keys.is_some() {
            "keys"
        } else {
            "no keys"
        },
    );
    let server = Server::new(config)?;
    if arguments.check {
        println!("stance serve: the settings are fine: {listen}, {what}");
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(max_blocking_threads(threads))
        .build()?;
    runtime.block_on(async {
        let traces = watching::start(watching)?;
        // Where, not what: the message of a panic can quote a document.
        std::panic::set_hook(Box::new(|panic| {
            let at = panic.location().map(ToString::to_string);
            tracing::error!(at, "panic");
        }));
        let listener = TcpListener::bind(listen)
            .await
            .with_context(|| format!("cannot listen on {listen}"))?;
        if let Some(address) = metrics {
            watching::serve_metrics(address)?;
        }
        let sha256 = server.model_sha256();
        println!(
            "stance serve: listening on {}, model {}, {what}{}{open}",
            listener.local_addr()?,
            sha256.get(..12).unwrap_or(&sha256),
            metrics.map_or_else(String::new, |a| format!(", metrics on http://{a}/metrics")),
        );
        let signals = signals(server.reload_signal())?;
        let left = arguments.stop_with_stdin.then(stdin_ends);
        let stop = async move {
            let left = async {
                let told = match left {
                    Some(left) => left.await.is_ok(),
                    None => false,
                };
                // Otherwise only signals stop it.
                if !told {
                    std::future::pending::<()>().await;
                }
            };
            tokio::select! {
                () = signals => {}
                () = left => {}
            }
        };
        server.serve(listener, stop).await?;
        if let Some(traces) = traces {
            // The last spans; a collector that does not answer must not hold the process.
            let sent = move || traces.shutdown_with_timeout(Duration::from_secs(2));
            let _ = tokio::task::spawn_blocking(sent).await;
        }
        anyhow::Ok(())
    })?;
    // Work that nobody waits for any more must not hold the process.
    runtime.shutdown_timeout(drain.min(Duration::from_secs(1)));
    Ok(())
}

/// Told when standard input ends, by a thread of its own: a read cannot be given up.
fn stdin_ends() -> tokio::sync::oneshot::Receiver<()> {
    let (tell, told) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let _ended = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        let _ = tell.send(());
    });
    told
}

/// What the start line must repeat, when the server is open to a network.
fn exposure(listen: &SocketAddr, config: &Config, allowed: bool) -> Result<&'static str> {
    let missing = match (&config.tls, &config.keys) {
        _ if listen.ip().is_loopback() => return Ok(""),
        (Some(_), Some(_)) => return Ok(""),
        (None, Some(_)) => "TLS",
        (Some(_), None) => "keys",
        (None, None) => "TLS and keys",
    };
    if !allowed {
        bail!(
            "{listen} can be reached from other machines, and {missing} are not set up; set them up, \
             listen on 127.0.0.1, or say --allow-insecure"
        );
    }
    Ok(match missing {
        "TLS" => " -- INSECURE: open to the network without TLS",
        "keys" => " -- INSECURE: open to the network without keys",
        _ => " -- INSECURE: open to the network without TLS and without keys",
    })
}

/// Ready at SIGTERM or Ctrl-C; SIGHUP reloads the model.
#[cfg(unix)]
fn signals(reload: Arc<Notify>) -> Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hangup = signal(SignalKind::hangup())?;
    Ok(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => return,
                _ = interrupt.recv() => return,
                _ = hangup.recv() => reload.notify_one(),
            }
        }
    })
}

/// Ready at Ctrl-C.
#[cfg(not(unix))]
fn signals(_: Arc<Notify>) -> Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async move {
        let _ = tokio::signal::ctrl_c().await;
    })
}
