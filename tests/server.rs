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
use tonic::codec::CompressionEncoding;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;

mod duplex;
mod exchange;
mod life;
mod load;
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

/// A hook that waits while the switch is on; not for ever, or a test that fails would hang.
fn hold(held: &Arc<AtomicBool>) -> Hook {
    let held = Arc::clone(held);
    Arc::new(move |_: &Document| {
        for _ in 0..15_000 {
            if !held.load(Ordering::Relaxed) {
                return;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    })
}

/// A server whose documents wait while the switch is on.
async fn start_held(limits: Limits, held: &Arc<AtomicBool>) -> Running {
    start(Config {
        limits,
        before_document: Some(hold(held)),
        ..config()
    })
    .await
}

/// Options that ask for sentences alone, which nothing needs to be read for.
fn sentences_only() -> m::AnalyzeOptions {
    m::AnalyzeOptions {
        features: vec![m::Feature::Sentences as i32],
        ..m::AnalyzeOptions::default()
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

#[tokio::test(flavor = "multi_thread")]
async fn messages_may_be_compressed_both_ways() {
    let limits = Limits {
        max_message_bytes: 100_000,
        ..Limits::default()
    };
    let server = start(Config { limits, ..config() }).await;
    let plain = server.client().await.analyze(analyze(ARTICLE)).await;
    let plain = plain.unwrap().into_inner();
    for (encoding, name) in [
        (CompressionEncoding::Gzip, "gzip"),
        (CompressionEncoding::Zstd, "zstd"),
    ] {
        let client = server.client().await;
        let mut client = client.send_compressed(encoding).accept_compressed(encoding);
        let answer = client.analyze(analyze(ARTICLE)).await.unwrap();
        assert_eq!(answer.metadata().get("grpc-encoding").unwrap(), name);
        assert_eq!(answer.into_inner(), plain);
        // Short on its way, too long unpacked.
        let status = client.analyze(analyze(&"It rained. ".repeat(10_000)));
        let status = status.await.unwrap_err();
        assert_eq!(
            (status.code(), reason(&status).as_str()),
            (Code::OutOfRange, "TOO_LARGE"),
            "{name}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contract_is_told_by_reflection() {
    use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
    use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
    use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
    use tonic_reflection::pb::v1::{ListServiceResponse, ServerReflectionRequest};
    let server = start(config()).await;
    let endpoint = format!("http://{}", server.address);
    let endpoint = tonic::transport::Endpoint::from_shared(endpoint).unwrap();
    let mut client = ServerReflectionClient::new(endpoint.connect().await.unwrap());
    let request = ServerReflectionRequest {
        message_request: Some(MessageRequest::ListServices(String::new())),
        ..ServerReflectionRequest::default()
    };
    let answers = client.server_reflection_info(tokio_stream::iter([request]));
    let answer = answers.await.unwrap().into_inner().next().await.unwrap();
    let answer = answer.unwrap().message_response.unwrap();
    let MessageResponse::ListServicesResponse(ListServiceResponse { service }) = answer else {
        panic!("{answer:?}");
    };
    assert!(service.iter().any(|s| s.name == "stance.v1.StanceService"));
}

#[tokio::test(flavor = "multi_thread")]
async fn browsers_are_answered_where_it_is_switched_on() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let call = async |address| {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let head = "POST /stance.v1.StanceService/ListModels HTTP/1.1\r\nHost: localhost\r\n\
            Origin: https://example.org\r\nContent-Type: application/grpc-web+proto\r\n\
            Content-Length: 5\r\nConnection: close\r\n\r\n";
        // In one piece: a server that knows no HTTP/1.1 hangs up at the head, and a second one would meet a reset.
        let request = [head.as_bytes(), &[0; 5]].concat();
        stream.write_all(&request).await.unwrap();
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
