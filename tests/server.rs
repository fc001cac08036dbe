//! The server as clients see it: tonic's own client over loopback, with real models and files.

use stance::document::{Document, OffsetEncoding};
use stance::encoder::Worker;
use stance::model::Model;
use stance::scorer::{Options, Scorer};
use stance::server::{Client, Config, Hook, Limits, Server};
use stance::wire::{self, Parts, messages as m};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio_stream::StreamExt;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;

mod security;

const ARTICLE: &str = include_str!("../seeds/articles/bagheri-arraisi.txt");
const SHORT: &str = "Marta Oduya praised Norway. \"We thank the Harbour League,\" she said.";

/// A server in this process; it stops when told, or with the test.
struct Running {
    address: std::net::SocketAddr,
    stop: oneshot::Sender<()>,
    reload: Arc<tokio::sync::Notify>,
    served: tokio::task::JoinHandle<stance::error::Result<()>>,
}

impl Running {
    async fn client(&self) -> Client<Channel> {
        let endpoint = format!("http://{}", self.address);
        Client::connect(endpoint).await.unwrap()
    }
}

fn config() -> Config {
    Config {
        threads: 2,
        drain: Duration::from_secs(20),
        ..Config::default()
    }
}

async fn start(config: Config) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::task::spawn_blocking(move || Server::new(config))
        .await
        .unwrap()
        .unwrap();
    let reload = server.reload_signal();
    let (stop, stopped) = oneshot::channel();
    let served = tokio::spawn(server.serve(listener, async move {
        let _ = stopped.await;
    }));
    Running {
        address,
        stop,
        reload,
        served,
    }
}

fn document(id: &str, text: &str) -> m::Document {
    m::Document {
        id: id.to_owned(),
        text: text.to_owned(),
        ..m::Document::default()
    }
}

fn analyze(text: &str) -> m::AnalyzeRequest {
    m::AnalyzeRequest {
        document: Some(document("d", text)),
        options: None,
    }
}

/// The first field at fault.
fn field(status: &Status) -> String {
    let details = status.get_error_details();
    let bad = details
        .bad_request()
        .map(|b| b.field_violations[0].field.clone());
    bad.unwrap_or_default()
}

fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    details
        .error_info()
        .map(|info| info.reason.clone())
        .unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_that_of_the_library() {
    let server = start(config()).await;
    let mut client = server.client().await;
    let answer = client.analyze(analyze(ARTICLE)).await.unwrap().into_inner();
    let scorer = Scorer::new(Model::built_in().unwrap());
    let document = Document::new("d", ARTICLE).unwrap();
    let analysis = scorer
        .analyze(&document, &Options::default(), &[Worker::new()])
        .unwrap();
    let parts = Parts {
        surfaces: false,
        ..Parts::ALL
    };
    let expected = wire::analysis(&document, &analysis, OffsetEncoding::Utf8, parts);
    assert_eq!(answer.analysis.unwrap(), expected);

    let only = |features: &[m::Feature]| m::AnalyzeRequest {
        options: Some(m::AnalyzeOptions {
            features: features.iter().map(|&f| f as i32).collect(),
            ..m::AnalyzeOptions::default()
        }),
        ..analyze(ARTICLE)
    };
    let answer = client
        .analyze(only(&[m::Feature::Sentences]))
        .await
        .unwrap();
    let sentences = answer.into_inner().analysis.unwrap();
    assert_eq!(sentences.sentences, expected.sentences);
    assert!(sentences.actors.is_empty() && sentences.profiles.is_empty());
    let answer = client
        .analyze(only(&[m::Feature::Profiles, m::Feature::Surfaces]))
        .await
        .unwrap();
    let profiles = answer.into_inner().analysis.unwrap();
    assert_eq!(profiles.profiles.len(), expected.profiles.len());
    assert!(profiles.profiles.iter().all(|p| p.evidence.is_empty()));
    assert!(profiles.sentences.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_named() {
    let limits = Limits {
        max_text_bytes: 2_000,
        ..Limits::default()
    };
    let server = start(Config { limits, ..config() }).await;
    let mut client = server.client().await;
    type Spoil = fn(&mut m::AnalyzeRequest);
    fn options(request: &mut m::AnalyzeRequest) -> &mut m::AnalyzeOptions {
        request.options.get_or_insert_default()
    }
    let cases: [(Code, &str, Spoil); 13] = [
        (Code::InvalidArgument, "document", |r| r.document = None),
        (Code::InvalidArgument, "document.text", |r| {
            r.document.as_mut().unwrap().text = " \n".to_owned()
        }),
        (Code::OutOfRange, "document.text", |r| {
            r.document.as_mut().unwrap().text = "a".repeat(2_001)
        }),
        (Code::InvalidArgument, "document.date", |r| {
            r.document.as_mut().unwrap().date = "8 May".to_owned()
        }),
        (Code::InvalidArgument, "document.id", |r| {
            r.document.as_mut().unwrap().id = "i".repeat(1_001)
        }),
        (Code::InvalidArgument, "document.turns[0].speaker", |r| {
            r.document.as_mut().unwrap().turns = vec![m::Turn::default()]
        }),
        (Code::InvalidArgument, "document.turns[0].span", |r| {
            let span = Some(m::TextSpan {
                start: 3,
                end: 900,
                text: None,
            });
            r.document.as_mut().unwrap().turns = vec![m::Turn {
                speaker: "A".to_owned(),
                span,
            }]
        }),
        (Code::InvalidArgument, "options.features[0]", |r| {
            options(r).features = vec![99]
        }),
        (Code::InvalidArgument, "options.offset_encoding", |r| {
            options(r).offset_encoding = 9
        }),
        (Code::InvalidArgument, "options.min_confidence", |r| {
            options(r).min_confidence = f64::NAN
        }),
        (Code::InvalidArgument, "options.only_given_actors", |r| {
            options(r).only_given_actors = true
        }),
        (Code::InvalidArgument, "options.actors[0].id", |r| {
            options(r).actors = vec![m::ActorSpec::default()]
        }),
        (Code::FailedPrecondition, "model_sha256", |r| {
            options(r).model_sha256 = "0".repeat(64)
        }),
    ];
    for (code, at, spoil) in cases {
        let mut request = analyze(SHORT);
        spoil(&mut request);
        let status = client.analyze(request).await.unwrap_err();
        assert_eq!(
            (status.code(), field(&status).as_str()),
            (code, at),
            "{status:?}"
        );
    }
    let mut pinned = analyze(SHORT);
    let model = client
        .list_models(m::ListModelsRequest {})
        .await
        .unwrap()
        .into_inner();
    let identity = model.models[0].identity.clone().unwrap();
    pinned.options.get_or_insert_default().model_sha256 = identity.sha256;
    assert!(client.analyze(pinned).await.is_ok());
}

fn stream_of(
    ordered: bool,
    documents: Vec<m::Document>,
) -> impl tokio_stream::Stream<Item = m::AnalyzeStreamRequest> {
    use m::analyze_stream_request::Item;
    let start = Item::Start(m::AnalyzeStreamStart {
        options: None,
        ordered,
    });
    let items = std::iter::once(start).chain(documents.into_iter().map(Item::Document));
    tokio_stream::iter(
        items
            .map(|item| m::AnalyzeStreamRequest { item: Some(item) })
            .collect::<Vec<_>>(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_survives_bad_documents() {
    use m::analyze_stream_response::Result as Answer;
    let server = start(config()).await;
    let mut client = server.client().await;
    for ordered in [true, false] {
        let documents =
            (0..40).map(|i| document(&format!("d{i}"), if i % 10 == 3 { " " } else { SHORT }));
        let answers = client
            .analyze_stream(stream_of(ordered, documents.collect()))
            .await
            .unwrap();
        let answers: Vec<_> = answers.into_inner().map(|a| a.unwrap()).collect().await;
        let mut seen: Vec<u64> = answers.iter().map(|a| a.index).collect();
        if !ordered {
            seen.sort_unstable();
        }
        assert_eq!(seen, (0..40).collect::<Vec<_>>());
        for answer in answers {
            assert_eq!(answer.document_id, format!("d{}", answer.index));
            match answer.result.unwrap() {
                Answer::Analysis(analysis) => assert_eq!(analysis.sentences.len(), 2),
                Answer::Error(error) => {
                    assert_eq!(answer.index % 10, 3);
                    assert_eq!((error.code, error.reason.as_str()), (3, "EMPTY_TEXT"));
                    assert_eq!(error.field, "document.text");
                }
            }
        }
    }
    let late = vec![
        m::AnalyzeStreamRequest {
            item: Some(m::analyze_stream_request::Item::Document(document(
                "d", SHORT,
            ))),
        },
        m::AnalyzeStreamRequest {
            item: Some(m::analyze_stream_request::Item::Start(
                m::AnalyzeStreamStart::default(),
            )),
        },
    ];
    let answers = client
        .analyze_stream(tokio_stream::iter(late))
        .await
        .unwrap();
    let last = answers
        .into_inner()
        .collect::<Vec<_>>()
        .await
        .pop()
        .unwrap();
    assert_eq!(field(&last.unwrap_err()), "item.start");
}

fn build(
    period: m::Period,
    documents: Vec<m::Document>,
) -> impl tokio_stream::Stream<Item = m::BuildProfilesRequest> {
    use m::build_profiles_request::Item;
    let start = Item::Start(m::BuildProfilesStart {
        options: None,
        period: period as i32,
        max_evidence: 2,
    });
    let items = std::iter::once(start).chain(documents.into_iter().map(Item::Document));
    tokio_stream::iter(
        items
            .map(|item| m::BuildProfilesRequest { item: Some(item) })
            .collect::<Vec<_>>(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn profiles_are_summed_up_by_period_and_merge_exactly() {
    let server = start(config()).await;
    let mut client = server.client().await;
    let dated = |id: &str, date: &str, text: &str| m::Document {
        date: date.to_owned(),
        ..document(id, text)
    };
    let documents = vec![
        dated("a", "2023-05-08", SHORT),
        dated("b", "2023-05-30", &format!("{SHORT} It rained.")),
        dated("c", "2023-06-01", &format!("{SHORT} It snowed.")),
        dated("again", "2023-06-02", SHORT),
        dated("bad", "2023-06-03", " "),
    ];
    let all = client
        .build_profiles(build(m::Period::Unspecified, documents.clone()))
        .await;
    let all = all.unwrap().into_inner();
    assert_eq!((all.n_documents, all.n_duplicates, all.n_errors), (3, 1, 1));
    assert_eq!(all.errors[0].document_id, "bad");
    let praise = all
        .profiles
        .iter()
        .find(|p| p.actor_name == "Norway")
        .unwrap();
    assert_eq!(
        (praise.n_documents, praise.speaker_name.as_str()),
        (3, "Marta Oduya")
    );
    assert_eq!(praise.evidence.len(), 2);
    let monthly = client
        .build_profiles(build(m::Period::Month, documents))
        .await
        .unwrap();
    let monthly = monthly.into_inner().profiles;
    let mut periods: Vec<&str> = monthly.iter().map(|p| p.period.as_str()).collect();
    periods.sort_unstable();
    periods.dedup();
    assert_eq!(periods, ["2023-05", "2023-06"]);

    // The months without their names are the whole, in any order.
    let mut parts = monthly;
    parts.iter_mut().for_each(|p| p.period.clear());
    parts.reverse();
    let requests = parts.into_iter().map(|profile| m::MergeProfilesRequest {
        profiles: vec![profile],
        max_evidence: 2,
    });
    let merged = client
        .merge_profiles(tokio_stream::iter(requests.collect::<Vec<_>>()))
        .await;
    assert_eq!(merged.unwrap().into_inner().profiles, all.profiles);
    let forged = m::MergeProfilesRequest {
        profiles: vec![m::StanceProfile {
            speaker_id: "s".to_owned(),
            actor_id: "a".to_owned(),
            n_documents: 1,
            ..m::StanceProfile::default()
        }],
        max_evidence: 0,
    };
    let status = client
        .merge_profiles(tokio_stream::iter([forged]))
        .await
        .unwrap_err();
    assert_eq!(field(&status), "profiles[0].sums");
}

#[tokio::test(flavor = "multi_thread")]
async fn given_targets_are_scored() {
    let server = start(config()).await;
    let mut client = server.client().await;
    let text = "Ördek praised Norway and condemned the Harbour League.";
    let span = |word: &str| {
        let start = text
            .find(word)
            .map(|at| text.get(..at).unwrap().chars().count())
            .unwrap() as u32;
        Some(m::TextSpan {
            start,
            end: start + word.chars().count() as u32,
            text: None,
        })
    };
    let request = |pairs| m::ScoreTargetsRequest {
        sentences: vec![m::TargetSentence {
            text: text.to_owned(),
            pairs,
        }],
        offset_encoding: m::OffsetEncoding::Utf32 as i32,
        model_sha256: String::new(),
    };
    let pair = |target, holder| m::TargetPair { target, holder };
    let pairs = vec![
        pair(span("Norway"), span("Ördek")),
        pair(span("Harbour League"), span("Ördek")),
        pair(span("Norway"), None),
    ];
    let answer = client
        .score_targets(request(pairs))
        .await
        .unwrap()
        .into_inner();
    let scores = &answer.sentences[0].scores;
    let stances: Vec<i32> = scores.iter().take(2).map(|s| s.stance).collect();
    let (favour, against) = (m::Stance::Favour as i32, m::Stance::Against as i32);
    assert_eq!(stances, [favour, against]);
    // The head without a holder knows no P(none).
    let none: Vec<bool> = scores
        .iter()
        .map(|s| s.probabilities.unwrap().none > 1e-3)
        .collect();
    assert_eq!(none, [true, true, false]);
    for (pairs, at) in [
        (vec![pair(None, None)], "sentences[0].pairs[0].target"),
        (
            vec![pair(
                Some(m::TextSpan {
                    start: 5,
                    end: 5,
                    text: None,
                }),
                None,
            )],
            "sentences[0].pairs[0].target",
        ),
        (
            vec![pair(
                span("Norway"),
                Some(m::TextSpan {
                    start: 0,
                    end: 999,
                    text: None,
                }),
            )],
            "sentences[0].pairs[0].holder",
        ),
    ] {
        let status = client.score_targets(request(pairs)).await.unwrap_err();
        assert_eq!(field(&status), at);
    }
}

/// A hook that waits while the switch is on.
fn hold(held: &Arc<AtomicBool>) -> Hook {
    let held = Arc::clone(held);
    Arc::new(move |_: &Document| {
        while held.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(2));
        }
    })
}

/// Slots come back when the work of those who left has noticed.
async fn answers_again(client: &mut Client<Channel>) {
    for _ in 0..200 {
        if client.analyze(analyze(SHORT)).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the server does not answer any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_its_limits_the_server_says_when_to_come_back() {
    let held = Arc::new(AtomicBool::new(true));
    let limits = Limits {
        max_documents: 2,
        ..Limits::default()
    };
    let server = start(Config {
        limits,
        before_document: Some(hold(&held)),
        ..config()
    })
    .await;
    let mut client = server.client().await;
    let mut held_up = Vec::new();
    for _ in 0..2 {
        let mut client = client.clone();
        held_up.push(tokio::spawn(
            async move { client.analyze(analyze(SHORT)).await },
        ));
    }
    let status = loop {
        match tokio::time::timeout(Duration::from_millis(300), client.analyze(analyze(SHORT))).await
        {
            Ok(answer) => break answer.unwrap_err(),
            Err(_) => held_up.clear(), // One of ours came first; its slot is free again.
        }
    };
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::ResourceExhausted, "OVERLOADED")
    );
    assert!(status.get_error_details().retry_info().is_some());
    held.store(false, Ordering::Relaxed);
    for call in held_up {
        assert!(call.await.unwrap().is_ok());
    }
    answers_again(&mut client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deadlines_and_callers_who_leave_end_the_work() {
    let held = Arc::new(AtomicBool::new(true));
    let limits = Limits {
        max_documents: 1,
        ..Limits::default()
    };
    let server = start(Config {
        limits,
        before_document: Some(hold(&held)),
        ..config()
    })
    .await;
    let mut client = server.client().await;
    let mut request = Request::new(analyze(SHORT));
    request.set_timeout(Duration::from_millis(200));
    let status = client.analyze(request).await.unwrap_err();
    assert!(
        matches!(status.code(), Code::DeadlineExceeded | Code::Cancelled),
        "{status:?}"
    );
    held.store(false, Ordering::Relaxed);
    answers_again(&mut client).await;
    let mut hopeless = Request::new(analyze(&SHORT.repeat(100_000)));
    hopeless.set_timeout(Duration::from_millis(700));
    let status = client.analyze(hopeless).await.unwrap_err();
    assert_eq!(reason(&status), "DEADLINE_TOO_SHORT", "{status:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_costs_one_request() {
    let hook: Hook = Arc::new(|document: &Document| assert!(document.id() != "bad", "injected"));
    let server = start(Config {
        before_document: Some(hook),
        ..config()
    })
    .await;
    let mut client = server.client().await;
    let bad = m::AnalyzeRequest {
        document: Some(document("bad", SHORT)),
        options: None,
    };
    let status = client.analyze(bad).await.unwrap_err();
    assert_eq!(status.code(), Code::Internal);
    assert!(!status.message().contains("injected"));
    let documents = ["a", "bad", "c"].map(|id| document(id, SHORT)).to_vec();
    let answers = client
        .analyze_stream(stream_of(true, documents))
        .await
        .unwrap()
        .into_inner();
    let failed: Vec<bool> = answers
        .map(|a| {
            matches!(
                a.unwrap().result,
                Some(m::analyze_stream_response::Result::Error(_))
            )
        })
        .collect()
        .await;
    assert_eq!(failed, [false, true, false]);
    assert!(client.analyze(analyze(SHORT)).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_slows_its_sender_down() {
    let sent = Arc::new(AtomicUsize::new(0));
    let server = start(config()).await;
    let mut client = server.client().await;
    let counted = Arc::clone(&sent);
    // Each answer is long, so that the window of the connection fills.
    let documents = (0..2_000).map(move |i| {
        counted.fetch_add(1, Ordering::Relaxed);
        let item =
            m::analyze_stream_request::Item::Document(document(&i.to_string(), &SHORT.repeat(20)));
        m::AnalyzeStreamRequest { item: Some(item) }
    });
    let answers = client
        .analyze_stream(tokio_stream::iter(documents))
        .await
        .unwrap();
    let mut answers = answers.into_inner();
    let mut before = usize::MAX;
    // Until nothing more is taken in: a bound, not a time.
    for _ in 0..300 {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let now = sent.load(Ordering::Relaxed);
        if now == before && now > 0 {
            break;
        }
        before = now;
    }
    let stalled = sent.load(Ordering::Relaxed);
    assert!(stalled < 2_000, "all {stalled} documents were taken in");
    let mut n = 0;
    while let Some(answer) = answers.next().await {
        answer.unwrap();
        n += 1;
        if n == 100 {
            break;
        }
    }
    assert_eq!(n, 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_streams_are_answered() {
    let server = start(config()).await;
    let channel = server.client().await;
    let streams = (0..1_000).map(|i| {
        let mut client = channel.clone();
        tokio::spawn(async move {
            let documents = vec![document(&i.to_string(), "Marta Oduya praised Norway.")];
            let answers = client.analyze_stream(stream_of(false, documents)).await?;
            let answers: Vec<_> = answers.into_inner().collect().await;
            Ok::<_, Status>((i, answers))
        })
    });
    for stream in streams.collect::<Vec<_>>() {
        let (i, answers) = stream.await.unwrap().unwrap();
        assert_eq!(answers.len(), 1);
        let answer = answers.into_iter().next().unwrap().unwrap();
        assert_eq!(answer.document_id, i.to_string());
        assert!(matches!(
            answer.result,
            Some(m::analyze_stream_response::Result::Analysis(_))
        ));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_is_answered_before_the_end() {
    let server = start(config()).await;
    let client = server.client().await;
    let endpoint = tonic::transport::Endpoint::from_shared(format!("http://{}", server.address));
    let channel = endpoint.unwrap().connect().await.unwrap();
    let mut health = tonic_health::pb::health_client::HealthClient::new(channel);
    let check = |service: &str| tonic_health::pb::HealthCheckRequest {
        service: service.to_owned(),
    };
    for service in ["", "stance.v1.StanceService"] {
        let status = health
            .check(check(service))
            .await
            .unwrap()
            .into_inner()
            .status;
        assert_eq!(
            status,
            tonic_health::pb::health_check_response::ServingStatus::Serving as i32
        );
    }
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

#[tokio::test(flavor = "multi_thread")]
async fn limits_hold_at_their_edge() {
    let limits = Limits {
        max_text_bytes: SHORT.len(),
        max_message_bytes: 200_000,
        ..Limits::default()
    };
    let server = start(Config { limits, ..config() }).await;
    let mut client = server.client().await;
    assert!(client.analyze(analyze(SHORT)).await.is_ok());
    let status = client
        .analyze(analyze(&format!("{SHORT}.")))
        .await
        .unwrap_err();
    assert_eq!(reason(&status), "TOO_LARGE");
    let status = client
        .analyze(analyze(&SHORT.repeat(3_000)))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::OutOfRange, "{status:?}");
    let targets = |sentences: usize, pairs: usize| m::ScoreTargetsRequest {
        sentences: vec![
            m::TargetSentence {
                text: "Norway left.".to_owned(),
                pairs: vec![
                    m::TargetPair {
                        target: Some(m::TextSpan {
                            start: 0,
                            end: 6,
                            text: None
                        }),
                        holder: None,
                    };
                    pairs
                ],
            };
            sentences
        ],
        ..m::ScoreTargetsRequest::default()
    };
    let answer = client
        .score_targets(targets(1_000, 1))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(answer.sentences.len(), 1_000);
    let status = client.score_targets(targets(1_001, 1)).await.unwrap_err();
    assert_eq!(field(&status), "sentences");
    assert!(client.score_targets(targets(1, 100)).await.is_ok());
    let status = client.score_targets(targets(1, 101)).await.unwrap_err();
    assert_eq!(field(&status), "sentences[0].pairs");
    let evidence = |n| {
        let start = m::BuildProfilesStart {
            max_evidence: n,
            ..m::BuildProfilesStart::default()
        };
        let item = Some(m::build_profiles_request::Item::Start(start));
        tokio_stream::iter([m::BuildProfilesRequest { item }])
    };
    assert!(client.build_profiles(evidence(1_000)).await.is_ok());
    let status = client.build_profiles(evidence(1_001)).await.unwrap_err();
    assert_eq!(field(&status), "start.max_evidence");
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_that_are_left_or_never_end_hold_nothing() {
    let held = Arc::new(AtomicBool::new(true));
    let limits = Limits {
        max_documents: 4,
        ..Limits::default()
    };
    let before_document = Some(hold(&held));
    let server = start(Config {
        limits,
        before_document,
        ..config()
    })
    .await;
    let mut client = server.client().await;
    let documents = vec![document("d", SHORT); 30];
    let left = client
        .analyze_stream(stream_of(true, documents))
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    drop(left);
    held.store(false, Ordering::Relaxed);
    answers_again(&mut client).await;

    // Half closed: the caller has said all and waits; and one who says nothing more but does not end.
    let (say, said) = tokio::sync::mpsc::channel(1);
    let requests = tokio_stream::wrappers::ReceiverStream::new(said);
    let mut answers = client.analyze_stream(requests).await.unwrap().into_inner();
    let item = m::analyze_stream_request::Item::Document(document("d", SHORT));
    say.send(m::AnalyzeStreamRequest { item: Some(item) })
        .await
        .unwrap();
    assert!(answers.next().await.unwrap().is_ok());
    answers_again(&mut client).await;
    drop(say);
    assert!(answers.next().await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn browsers_are_answered_where_it_is_switched_on() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let call = async |address| {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let head = "POST /stance.v1.StanceService/ListModels HTTP/1.1\r\nHost: localhost\r\n\
            Origin: https://example.org\r\nContent-Type: application/grpc-web+proto\r\n\
            Content-Length: 5\r\nConnection: close\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&[0; 5]).await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).to_lowercase()
    };
    let cors_origins = vec!["https://example.org".to_owned()];
    let web = start(Config {
        grpc_web: true,
        cors_origins,
        ..config()
    })
    .await;
    let answer = call(web.address).await;
    for part in [
        "http/1.1 200 ok",
        "access-control-allow-origin: https://example.org",
        "grpc-status:0",
        "stance-en-small",
    ] {
        assert!(answer.contains(part), "{part}: {answer}");
    }
    let plain = start(config()).await;
    assert!(!call(plain.address).await.contains("200 ok"));
}
