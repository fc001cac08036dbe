"""The client, and clients nobody here wrote, against the real server (STANCE_BIN, or the release build)."""

import asyncio
import hashlib
import json
import os
import resource
import socket
import subprocess
import time
import urllib.request
from concurrent import futures
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from grpc_status import rpc_status
from google.rpc import error_details_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

from stance import AsyncClient, Client, Document, DocumentRejected, Feature, Period, Turn, TextSpan, to_pandas, to_polars
from stance.v1 import stance_service_pb2, stance_service_pb2_grpc

ROOT = Path(__file__).resolve().parents[3]
BINARY = Path(os.environ.get("STANCE_BIN", ROOT / "target/release/stance"))
SHORT = "Marta Oduya praised Norway. “We thank the Harbour League,” she said."


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    def __init__(self, *flags, files=None):
        """`files`: how many the process may have open."""
        self.address = f"127.0.0.1:{free_port()}"
        self.metrics = f"127.0.0.1:{free_port()}"
        self.process = subprocess.Popen(
            [BINARY, "serve", "--listen", self.address, "--metrics", self.metrics, "--log", "warn", *flags],
            stdout=subprocess.PIPE, text=True,
            preexec_fn=files and (lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))))
        self.line = self.process.stdout.readline()
        with grpc.insecure_channel(self.address) as channel:
            grpc.channel_ready_future(channel).result(timeout=60)
            watched = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(), timeout=60)
            next(w for w in watched if w.status == health_pb2.HealthCheckResponse.SERVING)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        assert self.process.wait(timeout=60) == 0


@pytest.fixture(scope="module")
def server():
    with Server() as running:
        yield running


@pytest.fixture()
def client(server):
    with Client(server.address, timeout=60) as c:
        yield c


def test_it_says_where_it_listens(server):
    assert server.address in server.line and server.line.startswith("stance serve: listening on ")


def test_offsets_are_those_of_python(client):
    text = "👍 İstanbul: Marta Oduya praised Norway."
    analysis = client.analyze(text, features=[Feature.FEATURE_ACTORS, Feature.FEATURE_SURFACES, Feature.FEATURE_PROFILES])
    mentions = [(m.span, a.name) for a in analysis.actors for m in a.mentions]
    assert any(name == "Norway" for _, name in mentions)
    for span, _ in mentions:
        assert text[span.start:span.end] == span.text
    assert analysis.profiles[0].actor_name == "Norway" and analysis.profiles[0].score > 0


def test_turns_and_documents(client):
    text = "I thank Norway."
    turn = Turn(speaker="Ana Ruiz", span=TextSpan(start=0, end=len(text)))
    analysis = client.analyze(Document(text=text, turns=[turn]))
    assert [(p.speaker_name, p.actor_name) for p in analysis.profiles] == [("Ana Ruiz", "Norway")]


def test_errors_have_details(client):
    with pytest.raises(grpc.RpcError) as caught:
        client.analyze(" ")
    assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    details = {any_.TypeName(): any_ for any_ in rpc_status.from_call(caught.value).details}
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    assert details["google.rpc.ErrorInfo"].Unpack(info) and details["google.rpc.BadRequest"].Unpack(bad)
    assert (info.domain, info.reason, bad.field_violations[0].field) == ("stance", "EMPTY_TEXT", "document.text")


def test_streams_go_on_after_a_bad_document(client):
    seen = []
    results = list(client.analyze_many([SHORT, " ", SHORT], progress=lambda done, total: seen.append((done, total))))
    assert [r.index for r in results] == [0, 1, 2] and seen == [(1, 3), (2, 3), (3, 3)]
    assert len(results[0].unwrap().sentences) == 2
    with pytest.raises(DocumentRejected) as caught:
        results[1].unwrap()
    assert caught.value.reason == "EMPTY_TEXT"


def test_profiles_become_frames_and_merge(client):
    documents = [{"text": SHORT, "date": "2023-05-08"}, {"text": SHORT + " It rained.", "date": "2024-01-01"}]
    built = client.build_profiles(documents, period=Period.PERIOD_YEAR)
    assert built.n_documents == 2
    for frame in (to_pandas(built.profiles), to_polars(built.profiles)):
        assert set(frame["period"]) == {"2023", "2024"}
        assert set(frame["speaker"]) == {"Marta Oduya"}
    for profile in built.profiles:
        profile.ClearField("period")
    merged = client.merge_profiles(built.profiles)
    assert merged == list(client.build_profiles(documents).profiles)


def test_targets_are_scored(client):
    text = "Oduya praised Norway."
    norway = (text.index("Norway"), text.index("Norway") + 6)
    [[named, sentence]] = client.score_targets([(text, [(norway, (0, 5)), norway])])
    assert named.score > 0 and sentence.score > 0
    assert client.models()[0].labels == ["none", "favour", "neutral", "against"]


def test_asyncio(server):
    async def main():
        async with AsyncClient(server.address) as c:
            analyses = await asyncio.gather(*(c.analyze(SHORT) for _ in range(8)))
            assert all(a == analyses[0] for a in analyses)
            results = [r async for r in c.analyze_many([SHORT] * 5, ordered=False)]
            assert sorted(r.index for r in results) == list(range(5))
            assert (await c.build_profiles([SHORT])).n_documents == 1

    asyncio.run(main())


def test_health_and_reflection(server):
    with grpc.insecure_channel(server.address) as channel:
        check = health_pb2_grpc.HealthStub(channel).Check
        for service in ("", "stance.v1.StanceService"):
            assert check(health_pb2.HealthCheckRequest(service=service)).status == health_pb2.HealthCheckResponse.SERVING
        database = ProtoReflectionDescriptorDatabase(channel)
        assert "stance.v1.StanceService" in database.get_services()
        assert database.FindFileContainingSymbol("stance.v1.Analysis").package == "stance.v1"


def test_broken_messages_and_compression(server):
    raw = lambda channel: channel.unary_unary("/stance.v1.StanceService/Analyze")
    with grpc.insecure_channel(server.address) as channel:
        for body in (b"\x0a\xff", b"\x0a\x04\x12\x02\xc3\x28"):  # cut off; a text that is not UTF-8
            with pytest.raises(grpc.RpcError) as caught:
                raw(channel)(body)
            assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT
        answer = raw(channel)(b"\x0a\x04\x12\x02Hi", compression=grpc.Compression.Gzip)
        assert stance_service_pb2.AnalyzeResponse.FromString(answer).analysis.sentences


def test_what_came_before_a_broken_message_is_answered(server):
    good = stance_service_pb2.AnalyzeStreamRequest(document={"text": SHORT}).SerializeToString()
    with grpc.insecure_channel(server.address) as channel:
        answers = channel.stream_stream("/stance.v1.StanceService/AnalyzeStream")(iter([good, good, b"\xff"]))
        seen = []
        with pytest.raises(grpc.RpcError) as caught:
            for answer in answers:
                seen.append(answer)
        assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert len(seen) == 2


def test_metrics_count_calls_without_text(server, client):
    client.analyze(SHORT)
    text = urllib.request.urlopen(f"http://{server.metrics}/metrics").read().decode()
    for name in ('stance_requests_total{method="Analyze",code="OK"}', "stance_documents_total", "stance_sentences_total",
                 "stance_in_flight", "stance_queue_seconds_bucket", 'stance_stage_seconds_bucket{stage="reading"',
                 "stance_model_info{", "process_resident_memory_bytes"):
        assert name in text, name
    assert "Oduya" not in text


def test_without_file_descriptors_it_waits_for_some():
    with Server(files=48) as server:
        sockets = []
        for _ in range(80):
            sockets.append(socket.create_connection(("127.0.0.1", int(server.address.split(":")[1]))))
        with Client(server.address, timeout=1) as client, pytest.raises(grpc.RpcError):
            client.analyze(SHORT)
        for s in sockets:
            s.close()
        with Client(server.address, timeout=60) as client:
            assert client.analyze(SHORT).sentences


def test_a_reader_who_does_not_read_costs_no_memory():
    def memory():
        line = next(x for x in open(f"/proc/{server.process.pid}/status") if x.startswith("VmRSS:"))
        return int(line.split()[1]) / 1000

    n, taken = 4_000, []

    def requests():
        yield stance_service_pb2.AnalyzeStreamRequest(start={"options": {"features": [Feature.FEATURE_SENTENCES]}})
        for i in range(n):
            taken.append(i)
            yield stance_service_pb2.AnalyzeStreamRequest(document={"id": str(i), "text": "It rained. " * 5_000})

    with Server() as server, grpc.insecure_channel(server.address) as channel:
        answers = stance_service_pb2_grpc.StanceServiceStub(channel).AnalyzeStream(requests())
        next(answers)
        before, settled = 0, memory()
        while before != len(taken):  # until the server takes no more
            before = len(taken)
            time.sleep(3)
        assert len(taken) < n / 2
        assert memory() < settled + 50
        answers.cancel()


def test_settings_have_their_order(tmp_path):
    file = tmp_path / "stance.toml"
    file.write_text('listen = "127.0.0.1:1"\nthreads = 1\ndrain_seconds = 1\n')

    def check(*flags, **env):
        run = subprocess.run([BINARY, "serve", "--check", "--config", file, *flags], capture_output=True, text=True,
                             env={**os.environ, **env})
        return run.returncode, run.stdout + run.stderr

    assert "127.0.0.1:1, 1 threads" in check()[1]
    assert "127.0.0.1:2, 1 threads" in check(STANCE_LISTEN="127.0.0.1:2")[1]
    assert "127.0.0.1:3, 1 threads" in check("--listen", "127.0.0.1:3", STANCE_LISTEN="127.0.0.1:2")[1]
    code, said = check("--listen", "0.0.0.0:4")
    assert code == 1 and "--allow-insecure" in said and "TLS and keys" in said
    code, said = check("--threads", "0")
    assert code == 1 and "threads is 0, it must be 1 to 256" in said
    code, said = check("--log-format", "xml")
    assert code == 1 and "log_format" in said
    code, said = check("--otlp", "nowhere")
    assert code == 1 and "otlp" in said
    file.write_text("lissten = 1\n")
    code, said = check()
    assert code == 1 and "lissten" in said


def test_keys_and_logs(tmp_path):
    keys = tmp_path / "keys"
    keys.write_text(f"{hashlib.sha256(b'secret').hexdigest()} ana analyze\n")
    log = tmp_path / "log"
    address = f"127.0.0.1:{free_port()}"
    with open(log, "w") as err:
        process = subprocess.Popen([BINARY, "serve", "--listen", address, "--metrics", "off", "--keys", keys,
                                    "--log-format", "json"], stdout=subprocess.PIPE, stderr=err, text=True)
        assert process.stdout.readline().startswith("stance serve: ")
        with Client(address, key="secret", timeout=60) as c:
            grpc.channel_ready_future(c._channel).result(timeout=60)
            c.analyze(SHORT)
        with Client(address, timeout=60) as c, pytest.raises(grpc.RpcError) as caught:
            c.analyze(SHORT)
        assert caught.value.code() == grpc.StatusCode.UNAUTHENTICATED
        process.terminate()
        assert process.wait(timeout=60) == 0
    text = log.read_text()
    assert "Oduya" not in text and "secret" not in text
    calls = [json.loads(line)["fields"] for line in text.splitlines() if '"method":"Analyze"' in line]
    assert [(c["code"], c["caller"]) for c in calls] == [("OK", "ana"), ("UNAUTHENTICATED", "")]
    assert all(c["id"] for c in calls)


def test_half_a_pair_of_keys_is_no_plain_connection():
    for half in ({"private_key": b"key"}, {"certificate": b"chain"}):
        for kind in (Client, AsyncClient):
            with pytest.raises(ValueError, match="go together"):
                kind("127.0.0.1:1", **half)


def test_traces_reach_a_collector_without_text():
    spans = []

    class Collector(trace_service_pb2_grpc.TraceServiceServicer):
        def Export(self, request, context):
            spans.extend(s for r in request.resource_spans for scope in r.scope_spans for s in scope.spans)
            return trace_service_pb2.ExportTraceServiceResponse()

    collector = grpc.server(futures.ThreadPoolExecutor(2))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(Collector(), collector)
    port = collector.add_insecure_port("127.0.0.1:0")
    collector.start()
    trace = "0af7651916cd43dd8448eb211c80319c"
    with Server("--otlp", f"http://127.0.0.1:{port}") as running, grpc.insecure_channel(running.address) as channel:
        stub = stance_service_pb2_grpc.StanceServiceStub(channel)
        request = stance_service_pb2.AnalyzeRequest(document=Document(text=SHORT))
        stub.Analyze(request, metadata=[("traceparent", f"00-{trace}-b7ad6b7169203331-01")])
    collector.stop(None)
    ours = [s for s in spans if s.trace_id.hex() == trace]
    assert {s.name for s in ours} == {"Analyze", "work", "reading", "identifying", "scoring"}
    assert "Oduya" not in str(spans)
