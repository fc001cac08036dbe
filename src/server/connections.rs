//! A listener -> connections that are ready to speak.
//!
//! In goes a listener and a greeting (nothing, or a TLS handshake); out comes a stream of what the greeting
//! made. What a reader would question: the loop is ours, not tonic's. Out of file descriptors, tonic's tries
//! again at once and burns a core; this one says so in the log and waits for others to close.

use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

/// Connections that are ready and that nobody has taken up.
const BACKLOG: usize = 128;

/// How long to wait when no connection can be accepted.
const PAUSE: Duration = Duration::from_millis(50);

/// Accepts connections until the stream is dropped. Greetings run beside each other; one that gives nothing
/// ends its connection.
pub(super) fn connections<T, F>(
    listener: TcpListener,
    greet: impl Fn(TcpStream) -> F + Send + 'static,
) -> ReceiverStream<std::io::Result<T>>
where
    T: Send + 'static,
    F: Future<Output = Option<T>> + Send + 'static,
{
    let (ready, receiver) = mpsc::channel(BACKLOG);
    tokio::spawn(async move {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = ready.closed() => return,
            };
            let stream = match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            };
            // Small answers must not wait for the acknowledgement of earlier ones.
            let _ = stream.set_nodelay(true);
            let (greeting, ready) = (greet(stream), ready.clone());
            tokio::spawn(async move {
                if let Some(connection) = greeting.await {
                    let _ = ready.send(Ok(connection)).await;
                }
            });
        }
    });
    ReceiverStream::new(receiver)
}
