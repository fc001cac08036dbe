//! tonic's client over pipes in memory: no socket, no TLS, connections that somebody else made.

use super::*;
use hyper_util::rt::TokioIo;
use tokio::io::DuplexStream;
use tokio::sync::mpsc;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::transport::Endpoint;

/// A client on a pipe of its own, whose other end goes to the server.
async fn client(ends: &mpsc::UnboundedSender<std::io::Result<DuplexStream>>) -> Client<Channel> {
    let (mine, other) = tokio::io::duplex(4_096);
    ends.send(Ok(other)).unwrap();
    let mut mine = Some(TokioIo::new(mine));
    let connect = tower::service_fn(move |_| {
        let mine = mine.take().ok_or(std::io::ErrorKind::ConnectionReset);
        std::future::ready(mine.map_err(std::io::Error::from))
    });
    let endpoint = Endpoint::from_static("http://memory");
    Client::new(endpoint.connect_with_connector(connect).await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn pipes_serve_as_sockets_do() {
    use m::analyze_stream_request::Item;
    let server = tokio::task::spawn_blocking(|| Server::new(config()));
    let server = server.await.unwrap().unwrap();
    let (ends, incoming) = mpsc::unbounded_channel();
    let (stop, stopped) = oneshot::channel();
    let served = tokio::spawn(server.serve_on(
        UnboundedReceiverStream::new(incoming),
        async move {
            let _ = stopped.await;
        },
    ));
    let (mut first, mut second) = (client(&ends).await, client(&ends).await);
    // That no more come does not end those that came.
    drop(ends);
    let alone = first.analyze(analyze(ARTICLE)).await.unwrap().into_inner();
    let documents = (0..8).map(|_| m::AnalyzeStreamRequest {
        item: Some(Item::Document(document("d", ARTICLE))),
    });
    let answers = second.analyze_stream(tokio_stream::iter(documents)).await;
    let answers: Vec<_> = answers.unwrap().into_inner().collect().await;
    assert_eq!(answers.len(), 8);
    let expected = alone.analysis.unwrap();
    for answer in answers {
        let Some(m::analyze_stream_response::Result::Analysis(analysis)) = answer.unwrap().result
        else {
            panic!("a document was refused");
        };
        assert!(analysis == expected, "a stream answers as a call does");
    }
    let status = first.analyze(analyze(" ")).await.unwrap_err();
    assert_eq!(field(&status), "document.text");
    stop.send(()).unwrap();
    served.await.unwrap().unwrap();
    assert!(first.analyze(analyze(SHORT)).await.is_err());
}
