//! The end of a server, and another model in its place, under load.

use super::*;
use tonic::transport::Endpoint;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

/// What health says of the server as a whole and of its service.
async fn health(server: &Running) -> [ServingStatus; 2] {
    let endpoint = Endpoint::from_shared(format!("http://{}", server.address)).unwrap();
    let mut client = HealthClient::new(endpoint.connect().await.unwrap());
    let mut of = async |service: &str| {
        let service = service.to_owned();
        let answer = client.check(HealthCheckRequest { service }).await;
        answer.unwrap().into_inner().status()
    };
    [of("").await, of("stance.v1.StanceService").await]
}

#[tokio::test(flavor = "multi_thread")]
async fn it_serves_once_a_first_document_was_answered() {
    let held = Arc::new(AtomicBool::new(true));
    let server = start_held(Limits::default(), &held).await;
    assert_eq!(health(&server).await, [ServingStatus::NotServing; 2]);
    held.store(false, Ordering::Relaxed);
    for _ in 0..200 {
        if health(&server).await == [ServingStatus::Serving; 2] {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it never serves");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_cannot_answer_ends_the_server() {
    let hook: Hook = Arc::new(|_: &Document| panic!("injected"));
    let server = start(Config {
        before_document: Some(hook),
        ..config()
    })
    .await;
    let error = server.served.await.unwrap().unwrap_err();
    assert!(error.to_string().contains("warm-up"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_is_answered_before_the_end() {
    let server = start(config()).await;
    let client = server.client().await;
    let calls: Vec<_> = (0..60)
        .map(|_| {
            let mut client = client.clone();
            tokio::spawn(async move { client.analyze(analyze(ARTICLE)).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(150)).await;
    server.stop.send(()).unwrap();
    let mut answered = 0;
    for call in calls {
        match call.await.unwrap() {
            Ok(_) => answered += 1,
            // Not accepted any more; whatever was accepted must be answered.
            Err(status) => assert!(
                matches!(
                    status.code(),
                    Code::Unavailable | Code::Unknown | Code::Cancelled
                ),
                "{status:?}"
            ),
        }
    }
    assert!(answered > 0);
    assert!(server.served.await.unwrap().is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_end_when_the_server_stops() {
    use m::analyze_stream_request::Item;
    let server = start(Config {
        drain: Duration::from_secs(3_600),
        ..config()
    })
    .await;
    let endpoint = Endpoint::from_shared(format!("http://{}", server.address)).unwrap();
    let mut health = HealthClient::new(endpoint.connect().await.unwrap());
    let watched = health.watch(HealthCheckRequest::default()).await;
    let mut watched = watched.unwrap().into_inner();
    while watched.next().await.unwrap().unwrap().status() != ServingStatus::Serving {}

    let (send, receive) = tokio::sync::mpsc::channel(1);
    let requests = tokio_stream::wrappers::ReceiverStream::new(receive);
    let document = Item::Document(document("d", SHORT));
    let request = m::AnalyzeStreamRequest {
        item: Some(document),
    };
    send.send(request).await.unwrap();
    let mut client = server.client().await;
    let mut answers = client.analyze_stream(requests).await.unwrap().into_inner();
    assert!(answers.next().await.unwrap().is_ok());

    server.stop.send(()).unwrap();
    let told = watched.next().await.unwrap().unwrap();
    assert_eq!(told.status(), ServingStatus::NotServing);
    for ended in [
        watched.next().await.unwrap().unwrap_err(),
        answers.next().await.unwrap().unwrap_err(),
    ] {
        assert_eq!(
            (ended.code(), reason(&ended).as_str()),
            (Code::Unavailable, "STOPPING")
        );
    }
    drop(send);
    let served = tokio::time::timeout(Duration::from_secs(60), server.served).await;
    assert!(served.expect("the end").unwrap().is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn reloads_do_not_queue() {
    let server = start(config()).await;
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let client = server.client();
            async move { client.await.reload_model(m::ReloadModelRequest {}).await }
        })
        .collect();
    let calls = futures_util::future::join_all(calls).await;
    let (done, refused): (Vec<_>, Vec<_>) = calls.into_iter().partition(Result::is_ok);
    assert!(!done.is_empty());
    for refused in refused {
        assert_eq!(reason(&refused.unwrap_err()), "RELOADING");
    }
}

/// The built-in model as a folder.
fn model_folder(name: &str) -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("stance-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for file in [
        "manifest.json",
        "encoder.onnx",
        "tokenizer.json",
        "heads.json",
    ] {
        std::fs::write(folder.join(file), stance::model::built_in_file(file)).unwrap();
    }
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn models_are_swapped_under_load() {
    let folder = model_folder("swap");
    let server = start(Config {
        model: Some(folder.clone()),
        ..config()
    })
    .await;
    let mut client = server.client().await;
    let first = client
        .get_model(m::GetModelRequest::default())
        .await
        .unwrap()
        .into_inner();
    let first = first.model.unwrap().identity.unwrap().sha256;
    let going = Arc::new(AtomicBool::new(true));
    let load = {
        let (going, mut client) = (Arc::clone(&going), client.clone());
        tokio::spawn(async move {
            let mut models = std::collections::BTreeSet::new();
            while going.load(Ordering::Relaxed) {
                let answer = client.analyze(analyze(SHORT)).await.unwrap().into_inner();
                models.insert(answer.analysis.unwrap().model.unwrap().sha256);
            }
            models
        })
    };
    // Another version: the same files under another manifest.
    let manifest = folder.join("manifest.json");
    let text = std::fs::read_to_string(&manifest).unwrap();
    let version = text.replacen("\"version\": \"", "\"version\": \"9", 1);
    assert_ne!(text, version);
    std::fs::write(&manifest, version).unwrap();
    let swapped = client
        .reload_model(m::ReloadModelRequest {})
        .await
        .unwrap()
        .into_inner();
    assert_eq!(swapped.previous_sha256, first);
    let second = swapped.model.unwrap().identity.unwrap().sha256;
    assert_ne!(second, first);

    std::fs::write(folder.join("heads.json"), b"{}").unwrap();
    let status = client
        .reload_model(m::ReloadModelRequest {})
        .await
        .unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::FailedPrecondition, "MODEL_BROKEN")
    );
    assert!(
        status.message().contains("heads.json has SHA-256"),
        "{}",
        status.message()
    );
    server.reload.notify_one();
    let mut pinned = analyze(SHORT);
    pinned.options.get_or_insert_default().model_sha256 = second.clone();
    assert!(client.analyze(pinned).await.is_ok());
    going.store(false, Ordering::Relaxed);
    let models = load.await.unwrap();
    assert!(models.contains(&second) && models.len() <= 2, "{models:?}");
    std::fs::remove_dir_all(folder).unwrap();
}
