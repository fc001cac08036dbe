"""Tables over Arrow Flight, against the real server and against `stance batch` on the same rows."""

import hashlib
import json
import subprocess
import threading
import time
import urllib.request
import warnings

import duckdb
import pandas
import polars
import pyarrow as pa
import pyarrow.flight as flight
import pyarrow.parquet as parquet
import pytest

from stance import RowsRejected, Tables
from test_client import BINARY, Server

PEOPLE = ["Marta Oduya", "Teodor Vance", "Ilse Brandt"]
ACTS = ["praised Norway", "condemned the Harbour League", "criticised Kenya’s ministers"]


def articles(n):
    """Made rows: id, text, published."""
    def text(i):
        return (f"{PEOPLE[i % 3]} {ACTS[i // 3 % 3]} on {1 + i % 28} May. “We stand with Chile’s people,” she said. "
                f"The minister, who met {PEOPLE[(i + 1) % 3]}, thanked {i} sailors.")
    return pa.table({"id": [f"d{i}" for i in range(n)], "text": [text(i) for i in range(n)],
                     "published": [f"2024-{1 + i % 12:02d}-11" for i in range(n)]})


@pytest.fixture(scope="module")
def server():
    with Server() as running:
        yield running


@pytest.fixture
def tables(server):
    with Tables(server.address) as tables:
        yield tables


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    """What `stance batch` makes of 300 articles."""
    folder = tmp_path_factory.mktemp("batch")
    parquet.write_table(articles(300), folder / "in.parquet")
    subprocess.run([BINARY, "batch", folder / "in.parquet", "--out", folder / "out", "--period", "month", "--quiet"], check=True)
    return {table: parquet.read_table(folder / "out" / table) for table in ("stances", "profiles")}


def test_rows_are_those_of_stance_batch(tables, batch):
    stances = tables.stances(articles(300))
    assert stances.schema.equals(batch["stances"].schema)
    assert stances.num_rows > 1000
    assert stances.equals(batch["stances"])
    profiles = tables.profiles(articles(300), period="month")
    assert profiles.equals(batch["profiles"])


def test_any_library_and_offsets_in_characters(tables):
    table = articles(3)
    frames = {"pandas": table.to_pandas(), "polars": polars.from_arrow(table),
              "duckdb": duckdb.from_arrow(table).select("*")}
    made = {name: tables.stances(frame) for name, frame in frames.items()}
    assert isinstance(made["pandas"], pandas.DataFrame) and isinstance(made["polars"], polars.DataFrame)
    plain = tables.stances(table)
    assert made["duckdb"].equals(plain)
    assert made["polars"].to_arrow().cast(plain.schema).equals(plain)
    assert made["pandas"]["document_id"].tolist() == plain["document_id"].to_pylist()
    texts = dict(zip(table["id"].to_pylist(), table["text"].to_pylist()))
    for row in plain.to_pylist():
        text = texts[row["document_id"]]
        assert text[row["sentence_start_char"]:row["sentence_end_char"]] == row["sentence_text"]
        assert text.encode()[row["target_start"]:row["target_end"]].decode() == text[row["target_start_char"]:row["target_end_char"]]


def test_a_large_polars_frame_is_sent_in_slices(tables):
    """Its strings are views: each message must hold its own rows alone."""
    texts = ["Oduya praised Norway." + " " * 60_000] * 700
    frame = polars.DataFrame({"text": texts, "id": [f"d{n}" for n in range(700)]})
    assert frame.to_arrow().nbytes > 40 << 20
    assert tables.stances(frame)["document_id"].n_unique() == 700


def test_options_and_columns(tables):
    table = articles(4).rename_columns(["key", "words", "day"])
    with pytest.raises(pa.ArrowInvalid, match="there are \"key\", \"words\", \"day\"; say which with the option \"columns\""):
        tables.stances(table)
    stances = tables.stances(table, columns={"text": "words", "id": "key"}, sentences=False, only_given=True,
                             actors=[{"id": "mo", "name": "Marta Oduya"}, {"id": "no", "name": "Norway"}])
    assert set(stances["speaker_id"].to_pylist()) - {None} == {"mo"}
    assert set(stances["actor_id"].to_pylist()) <= {"mo", "no"}
    assert stances["sentence_text"].null_count == stances.num_rows
    assert set(stances["date"].to_pylist()) <= set(table["day"].to_pylist())
    for wrong, told in [({"min_confidence": 2}, "must be 0 to 1"), ({"sentences": "yes"}, "is no command"),
                        ({"colour": 1}, "unknown field `colour`"), ({"only_given": True}, "no actors are given"),
                        ({"actors": [{"id": "a"}]}, "missing field `name`")]:
        with pytest.raises(pa.ArrowInvalid, match=told):
            tables.stances(articles(1), **wrong)


def test_rows_that_are_no_documents_are_told(tables):
    table = pa.table({"id": ["a", "b", None], "text": ["Oduya praised Norway.", None, " "]})
    told = []
    assert set(tables.stances(table, rejects=told)["document_id"].to_pylist()) == {"a"}
    assert [(r["document_id"], r["position"], r["reason"]) for r in told] == [("b", 1, "text is empty"), ("row#2", 2, "text is empty")]
    with pytest.warns(RowsRejected, match="2 rows were rejected: row 1: text is empty; row 2"):
        tables.profiles(table)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert tables.stances(table.slice(0, 0)).num_rows == 0
        assert tables.stances(table.slice(0, 1)).num_rows > 0


def test_a_batch_that_is_worth_more_than_its_bytes(tables):
    """A dictionary that repeats one long value, views of it, and nulls by the million are read row by row."""
    long = "Oduya praised Norway." + " " * 2_000_000
    repeated = pa.DictionaryArray.from_arrays(pa.array([0] * 3_000, pa.int32()), pa.array([long]))
    told = []
    stream = tables.stream(pa.table({"text": repeated}), rejects=told, sentences=False)
    assert next(stream).num_rows > 0
    stream.close()
    nulls = pa.table({"text": pa.nulls(20_000, pa.string())})
    assert tables.stances(nulls, rejects=told).num_rows == 0
    assert [r["position"] for r in told] == list(range(20_000))
    # One value that is no date does not spoil the others'.
    days = pa.array([0, 2**63 - 1, 1_700_000_000_000_000], pa.timestamp("us"))
    table = pa.table({"text": ["Oduya praised Norway."] * 3, "date": days})
    told = []
    assert set(tables.stances(table, rejects=told)["date"].to_pylist()) == {"1970-01-01T00:00:00", "2023-11-14T22:13:20"}
    assert [r["position"] for r in told] == [1]


def test_what_there_is_is_told(server, tables):
    client = flight.connect(f"grpc://{server.address}")
    flights = {info.descriptor.path[0].decode(): info.schema for info in client.list_flights()}
    assert set(flights) == {"stances", "profiles"}
    descriptor = flight.FlightDescriptor.for_command(b'{"table": "profiles"}')
    assert client.get_flight_info(descriptor).schema.equals(flights["profiles"])
    assert tables.schema().equals(flights["stances"])
    for path in (["tables"], [], ["stances", "all"]):
        with pytest.raises(pa.ArrowInvalid, match="descriptor.path|is no table|it must be"):
            client.get_flight_info(flight.FlightDescriptor.for_path(*path))
    with pytest.raises(pa.ArrowNotImplementedError, match="texts are scored by DoExchange"):
        client.do_get(flight.Ticket(b"x")).read_all()


def scored(server):
    with urllib.request.urlopen(f"http://{server.metrics}/metrics") as page:
        lines = page.read().decode().splitlines()
    return next((int(line.split()[-1]) for line in lines if line.startswith("stance_documents_total")), 0)


def test_who_does_not_read_is_not_scored_for(server):
    """Back-pressure: with nobody reading, only what fits the buffers on the way is scored."""
    # Windows that do not grow: a little is on the way, not megabytes.
    client = flight.connect(f"grpc://{server.address}", generic_options=[("grpc.http2.bdp_probe", 0)])
    writer, reader = client.do_exchange(flight.FlightDescriptor.for_path("stances"))
    # A long sentence that names many makes many long rows.
    names, rest = "Norway, Chile, Kenya, Peru, Ghana, Malta, Nepal, Cuba", "far " * 120
    table = pa.table({"text": [f"Marta Oduya praised {names} and {n} others {rest}away." for n in range(16)]})
    n_sent = 0

    def send():
        nonlocal n_sent
        try:
            writer.begin(table.schema)
            for _ in range(2_000):
                writer.write_table(table)
                n_sent += 16
        except flight.FlightError:
            pass

    began, at_first = time.monotonic(), scored(server)
    sending = threading.Thread(target=send)
    sending.start()
    # At rest: the same count for three seconds.
    counts = [-1]
    while len(counts) < 4 or len(set(counts[-4:])) > 1:
        assert time.monotonic() - began < 120, counts
        time.sleep(1)
        counts.append(scored(server) - at_first)
    assert 0 < counts[-1] < 10_000 and n_sent < 32_000, (counts, n_sent)
    # It goes on where it was, and the server answers others.
    for _ in range(10):
        reader.read_chunk()
    with Tables(server.address) as tables:
        assert tables.stances(articles(2)).num_rows > 0
    assert scored(server) - at_first > counts[-1]
    reader.cancel()
    sending.join(timeout=60)
    assert not sending.is_alive()


def test_broken_batches_and_keys(tmp_path):
    keys = tmp_path / "keys"
    keys.write_text(f"{hashlib.sha256(b'secret').hexdigest()} ana analyze\n")
    with Server("--keys", keys) as server:
        with Tables(server.address) as tables, pytest.raises(flight.FlightUnauthenticatedError):
            tables.stances(articles(1))
        with Tables(server.address, key="secret") as tables:
            assert tables.stances(articles(1)).num_rows > 0
            wide = pa.table({"text": pa.array([["a"], ["b"]])})
            with pytest.raises(pa.ArrowInvalid, match="a text must be Utf8"):
                tables.stances(wide)
            with pytest.raises(TypeError, match="hands out no Arrow"):
                tables.stances([1, 2])

            def failing():
                yield pa.record_batch({"text": ["Oduya praised Norway."]})
                raise RuntimeError("the caller's own")

            reader = pa.RecordBatchReader.from_batches(pa.schema({"text": pa.string()}), failing())
            with pytest.raises(pa.ArrowInvalid, match="the caller's own"):
                tables.stances(reader)


def test_a_stream_may_be_left(tables):
    stream = tables.stream(articles(2_000))
    assert next(stream).num_rows > 0
    began = time.monotonic()
    stream.close()
    assert time.monotonic() - began < 5
    assert tables.stances(articles(1)).num_rows > 0


def test_json_of_metadata_counts_rows(server):
    client = flight.connect(f"grpc://{server.address}")
    writer, reader = client.do_exchange(flight.FlightDescriptor.for_path("stances"))
    with writer:
        writer.begin(articles(5).schema)
        writer.write_table(articles(5))
        writer.done_writing()
        told = [json.loads(chunk.app_metadata.to_pybytes()) for chunk in reader]
    assert told == [{"rows": 5, "rejects": []}]
