//! Limits at their edge, callers who leave or do not read, many streams, and a panic.

use super::*;

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
    let server = start_held(limits, &held).await;
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
    let server = start_held(limits, &held).await;
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
async fn bytes_in_work_are_bounded_and_streams_wait_for_room() {
    let held = Arc::new(AtomicBool::new(false));
    let limits = Limits {
        // Room is given in units of 1,024 bytes.
        max_bytes: 4_096,
        ..Limits::default()
    };
    let server = start_held(limits, &held).await;
    let mut client = server.client().await;
    answers_again(&mut client).await;
    held.store(true, Ordering::Relaxed);
    let three = SHORT.repeat(3_000 / SHORT.len());
    let working = {
        let (mut client, three) = (client.clone(), three.clone());
        tokio::spawn(async move { client.analyze(analyze(&three)).await })
    };
    tokio::time::sleep(Duration::from_millis(200)).await;
    // Three quarters are taken: what needs two is refused, in a stream it waits.
    let two = SHORT.repeat(1_500 / SHORT.len());
    let status = client.analyze(analyze(&two)).await.unwrap_err();
    assert_eq!(
        (status.code(), status.message()),
        (
            Code::ResourceExhausted,
            "the server has 4096 bytes of text in work, which is its limit"
        )
    );
    let documents = stream_of(true, vec![document("d", &two)]);
    let mut answers = client.analyze_stream(documents).await.unwrap().into_inner();
    let early = tokio::time::timeout(Duration::from_millis(200), answers.next()).await;
    assert!(early.is_err(), "it did not wait");
    held.store(false, Ordering::Relaxed);
    assert!(working.await.unwrap().is_ok());
    assert!(answers.next().await.unwrap().is_ok());
    assert!(answers.next().await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_stream_has_no_more_in_work_than_it_may() {
    let (working, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let hook: Hook = {
        let (working, most) = (Arc::clone(&working), Arc::clone(&most));
        Arc::new(move |read: &Document| {
            if read.id() != "counted" {
                return; // Of the warm-up.
            }
            let now = working.fetch_add(1, Ordering::SeqCst) + 1;
            most.fetch_max(now, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(20));
            working.fetch_sub(1, Ordering::SeqCst);
        })
    };
    for allowed in [1, 3] {
        let limits = Limits {
            max_documents_per_stream: allowed,
            ..Limits::default()
        };
        let server = start(Config {
            limits,
            before_document: Some(Arc::clone(&hook)),
            ..config()
        })
        .await;
        let mut client = server.client().await;
        most.store(0, Ordering::SeqCst);
        let documents = stream_of(false, vec![document("counted", SHORT); 12]);
        let answers = client.analyze_stream(documents).await.unwrap().into_inner();
        let answers: Vec<_> = answers.collect().await;
        assert_eq!(answers.len(), 12);
        assert_eq!(most.load(Ordering::SeqCst), allowed);
    }
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
async fn what_waits_is_bounded_over_all_calls() {
    let held = Arc::new(AtomicBool::new(false));
    let limits = Limits {
        max_documents: 1,
        max_waiting_bytes: 200_000,
        ..Limits::default()
    };
    let server = start_held(limits, &held).await;
    let mut client = server.client().await;
    answers_again(&mut client).await;
    held.store(true, Ordering::Relaxed);
    let working = {
        let mut client = client.clone();
        tokio::spawn(async move { client.analyze(analyze(SHORT)).await })
    };
    tokio::time::sleep(Duration::from_millis(100)).await;
    let long = SHORT.repeat(90_000 / SHORT.len());
    let stream = |text: &str| {
        use m::analyze_stream_request::Item;
        let start = m::AnalyzeStreamStart {
            options: Some(sentences_only()),
            ..m::AnalyzeStreamStart::default()
        };
        let items = [Item::Start(start), Item::Document(document("d", text))];
        tokio_stream::iter(items.map(|item| m::AnalyzeStreamRequest { item: Some(item) }))
    };
    // The first waits for room in work, its message and its text; the second cannot even arrive.
    let mut first = client
        .analyze_stream(stream(&long))
        .await
        .unwrap()
        .into_inner();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let second = client.analyze_stream(stream(&SHORT.repeat(500))).await;
    let status = match second {
        Err(status) => status,
        Ok(answer) => answer.into_inner().next().await.unwrap().unwrap_err(),
    };
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::ResourceExhausted, "OVERLOADED")
    );
    let status = client.analyze(analyze(&long)).await.unwrap_err();
    assert!(
        status
            .message()
            .starts_with("200000 bytes of requests wait"),
        "{status:?}"
    );
    assert!(status.get_error_details().retry_info().is_some());
    held.store(false, Ordering::Relaxed);
    assert!(working.await.unwrap().is_ok());
    let answer = first.next().await.unwrap().unwrap().result.unwrap();
    assert!(matches!(
        answer,
        m::analyze_stream_response::Result::Analysis(_)
    ));
    // All room came back: a message of nearly its size fits.
    let mut whole = analyze(&"It rained. ".repeat(16_000));
    whole.options = Some(sentences_only());
    assert!(client.analyze(whole).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_read_keeps_no_lane_from_others() {
    let server = start(Config {
        threads: 1,
        ..config()
    })
    .await;
    let mut client = server.client().await;
    let start = m::AnalyzeStreamStart {
        options: Some(sentences_only()),
        ..m::AnalyzeStreamStart::default()
    };
    use m::analyze_stream_request::Item;
    let text = "It rained. ".repeat(6_000);
    let documents = (0..60).map(move |i| Item::Document(document(&i.to_string(), &text)));
    let items = std::iter::once(Item::Start(start)).chain(documents);
    let items = items.map(|item| m::AnalyzeStreamRequest { item: Some(item) });
    let unread = client
        .analyze_stream(tokio_stream::iter(items))
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let mut other = server.client().await;
    let answer = tokio::time::timeout(Duration::from_secs(60), other.analyze(analyze(SHORT)));
    assert!(answer.await.expect("an answer").is_ok());
    // None is lost once the reader reads.
    let answers: Vec<_> = unread.into_inner().collect().await;
    assert_eq!(answers.len(), 60);
    assert!(answers.iter().all(Result::is_ok));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_before_a_bad_message_is_answered() {
    use m::analyze_stream_request::Item;
    let server = start(config()).await;
    let mut client = server.client().await;
    let start = Item::Start(m::AnalyzeStreamStart::default());
    let good = || Item::Document(document("d", SHORT));
    let items = [start.clone(), good(), good(), start, good()];
    let items = items.map(|item| m::AnalyzeStreamRequest { item: Some(item) });
    let answers = client.analyze_stream(tokio_stream::iter(items)).await;
    let answers: Vec<_> = answers.unwrap().into_inner().collect().await;
    assert_eq!(answers.len(), 3);
    assert!(answers[..2].iter().all(Result::is_ok));
    assert_eq!(field(answers[2].as_ref().unwrap_err()), "item.start");
}
