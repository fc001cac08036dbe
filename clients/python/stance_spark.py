"""Scores Spark data frames: each partition goes over Arrow Flight to a `stance` server.

    import stance_spark

    stances = stance_spark.score(articles, endpoints=["10.0.0.5:50051", "10.0.0.6:50051"])
    profiles = stance_spark.profiles(stances, period="month")

Servers run beside Spark (`endpoints`), or each machine's workers start one from a binary (`binary`). A task asks the server of
its own machine first, else one by its number, and goes on to the next when one does not answer. What goes out is a few
hundred rows; they are handed on only when all their answers are there. So a call that breaks off is made again, and no row
comes twice or is lost; nor when Spark runs a task again.

The columns are those of `stance batch` (docs/archives.md), and so are the rows, with one difference: ids and texts that come twice
are not noticed. Use `dropDuplicates` before. Without an id a row gets one of its partition and its place there.
"""

import fcntl
import itertools
import json
import logging
import os
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Iterator, Mapping, Optional, Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.flight as flight
from pyspark import AccumulatorParam, SparkContext, TaskContext
from pyspark.sql import Column, DataFrame, functions as F
from pyspark.sql.types import (BooleanType, DataType, DoubleType, IntegerType, LongType, StringType, StructField, StructType)

from stance.tables import FIELDS, Tables

#: Rows that go out together: enough to keep a server busy, few enough to do again.
ROWS = 200

_log = logging.getLogger("stance_spark")

#: Servers that this worker started: they stop when their standard input is closed, at its end or its death.
_started: list[subprocess.Popen] = []

_INT, _LONG, _TEXT, _DOUBLE = IntegerType(), LongType(), StringType(), DoubleType()


def _span(name: str) -> list[tuple[str, DataType]]:
    return [(f"{name}_{edge}", _INT) for edge in ("start", "end", "start_char", "end_char")]


#: The columns of stances.
SCHEMA = StructType([StructField(name, kind) for name, kind in [
    ("document_id", _TEXT), ("date", _TEXT), ("source", _TEXT), ("sentence", _INT), *_span("sentence"),
    ("sentence_hash", _TEXT), ("sentence_text", _TEXT), ("speaker_id", _TEXT), ("speaker_name", _TEXT),
    ("speaker_kind", _TEXT), ("actor_id", _TEXT), ("actor_name", _TEXT), ("actor_type", _TEXT), ("holder_kind", _TEXT),
    ("speech", _TEXT), *_span("target"), *_span("holder"), ("p_none", _DOUBLE), ("p_favour", _DOUBLE),
    ("p_neutral", _DOUBLE), ("p_against", _DOUBLE), ("score", _DOUBLE), ("sum_favour", _LONG), ("sum_neutral", _LONG),
    ("sum_against", _LONG), ("stance", _TEXT), ("counted", BooleanType()), ("model_name", _TEXT), ("model_sha256", _TEXT)]])


class _Union(AccumulatorParam):
    def zero(self, value: list) -> list:
        return []

    def addInPlace(self, one: list, other: list) -> list:
        return one + other


def rejects(context: SparkContext) -> Any:
    """Gathers rows that were not scored, for `score(rejects=)`: its `value` is a list of dicts once an action has run. A task
    that Spark runs again adds its own again."""
    return context.accumulator([], _Union())


def score(frame: DataFrame, endpoints: Sequence[str] = (), *, binary: Optional[str] = None,
          columns: Optional[Mapping[str, str]] = None, rejects: Any = None, attempts: int = 8, key: Optional[str] = None,
          tls: bool = False, ca: Optional[bytes] = None, **options: Any) -> DataFrame:
    """The stances of a frame's texts.

    `endpoints` are servers as "host:port"; or `binary` is the path of `stance` on every worker machine. `columns` says which
    column holds which of text, id, date, title, source, speaker and language, guessed by name if not given. `rejects` comes
    from `rejects(context)`; without it rows that are no documents are told in the workers' logs. A call that fails is made
    `attempts` times, at longer and longer intervals. Other options are those of `stance.Tables`.
    """
    if bool(endpoints) == bool(binary):
        raise ValueError("give endpoints or a binary")
    given = dict(columns or {})
    for field, column in given.items():
        if field not in FIELDS:
            raise ValueError(f"columns has {field!r}, it may have {', '.join(FIELDS)}")
        if column not in frame.columns:
            raise ValueError(f"there is no column {column!r}; there are {', '.join(frame.columns)}")
    named = {column.lower(): column for column in frame.columns}
    id_column = given.get("id") or next((named[name] for name in _IDS if name in named), None)
    options = {**options, "columns": {**given, "id": _ID}}
    connect = {"key": key, "tls": tls, "ca": ca}
    endpoints = list(endpoints)

    def partition(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        number = TaskContext.get().partitionId()
        with _Server(endpoints, binary, number, attempts, connect) as server:
            first = 0
            for batch in batches:
                for start in range(0, batch.num_rows, ROWS):
                    rows = _with_ids(batch.slice(start, ROWS), id_column, number, first)
                    answers, turned_away = server.score(rows, options)
                    for reject in turned_away:
                        reject["position"] += first
                        reject["partition"] = number
                        _log.warning("partition %d, row %d: %s", number, reject["position"], reject["reason"])
                    if turned_away and rejects is not None:
                        rejects.add(turned_away)
                    yield from answers
                    first += rows.num_rows

    return frame.mapInArrow(partition, SCHEMA)


def profiles(stances: DataFrame, period: Optional[str] = None) -> DataFrame:
    """Profiles as `stance batch` sums them up: by speaker and actor, and by "day", "month" or "year" of the date if asked."""
    lengths = {"day": 10, "month": 7, "year": 4}
    if period is not None and period not in lengths:
        raise ValueError(f"period is {period!r}, it may be {', '.join(lengths)}")
    if period is None:
        when = F.lit(None).cast("string")
    else:
        day = F.substring("date", 1, 10)
        # As `stance batch` reads dates: a day that exists, alone or with a time after it.
        whole = F.col("date").rlike(r"^(?!0000)\d{4}-\d{2}-\d{2}(?![\p{L}\p{N}&&[^T]])")
        real = F.to_date(F.when(whole, day), "yyyy-MM-dd").isNotNull()
        when = F.when(real, F.substring("date", 1, lengths[period]))
    counted = stances.where(F.col("counted") & F.col("speaker_id").isNotNull()).withColumn("period", when)

    def name(column: str) -> Column:
        return F.max(F.struct(F.length(column), F.col(column)))[column].alias(column)

    def count(stance: str) -> Column:
        return F.sum((F.col("stance") == stance).cast("long")).alias(f"n_{stance}")

    stands = ("favour", "neutral", "against")
    sums = counted.groupBy("speaker_id", "actor_id", "period").agg(
        name("speaker_name"), name("actor_name"), F.countDistinct("document_id").alias("n_documents"),
        *(count(s) for s in stands), *(F.sum(f"sum_{s}").alias(f"sum_{s}") for s in stands))
    # As `ProfileSums` computes them, in the same order, so that not a bit differs.
    unit = F.lit(2.0 ** 32)
    favour, neutral, against = (F.col(f"sum_{s}") / unit for s in stands)
    whole = favour + neutral + against

    def share(part: Column) -> Column:
        return F.when(whole > 0, part / whole).otherwise(0.0)

    third = F.lit(1.0 / 3.0)
    a, b, c = favour + third, neutral + third, against + third
    total = a + b + c
    mean = (a - c) / total
    half = F.lit(1.96) * F.sqrt(F.greatest((a + c) / total - mean * mean, F.lit(0.0)) / (total + 1.0))
    polar = F.col("n_favour") + F.col("n_against")
    most = F.lit(0.6) * (favour + against)
    stance = (F.when(polar == 0, "neutral").when(favour >= most, "favour").when(against >= most, "against")
              .otherwise("mixed"))
    return sums.select(
        "speaker_id", "speaker_name", "actor_id", "actor_name", "period", "n_documents",
        *(f"n_{s}" for s in stands), *(f"sum_{s}" for s in stands),
        share(favour).alias("share_favour"), share(neutral).alias("share_neutral"), share(against).alias("share_against"),
        (share(favour) - share(against)).alias("score"),
        F.greatest(mean - half, F.lit(-1.0)).alias("interval_low"), F.least(mean + half, F.lit(1.0)).alias("interval_high"),
        stance.alias("stance"))


#: Columns that are taken for the id, as the service takes them; and the one that is sent.
_IDS, _ID = ("id", "doc_id", "document_id", "docid", "uuid", "guid", "url"), "_stance_id"


def _with_ids(rows: pa.RecordBatch, column: Optional[str], partition: int, first: int) -> pa.RecordBatch:
    """Rows with an id each: the frame's, or else one of partition and row, which no other row has."""
    made = pa.array([f"{partition}#{first + row}" for row in range(rows.num_rows)])
    ids = made if column is None else pc.coalesce(rows.column(column).cast(pa.string()), made)
    return pa.RecordBatch.from_arrays([*rows.columns, ids], names=[*rows.schema.names, _ID])


class _Server:
    """The server of a task: the one that is asked now, and those that are asked after it."""

    def __init__(self, endpoints: list[str], binary: Optional[str], number: int, attempts: int, connect: Mapping[str, Any]):
        self._binary, self._attempts, self._connect = binary, attempts, connect
        here = {"localhost", "127.0.0.1", socket.gethostname(), socket.getfqdn(), *_addresses()}
        near = [e for e in endpoints if e.rsplit(":", 1)[0] in here]
        far = [e for e in endpoints if e not in near]
        # Tasks begin with different ones.
        order = [some[number % len(some):] + some[:number % len(some)] for some in (near, far) if some]
        self._order = list(itertools.chain.from_iterable(order))
        self._tables: Optional[Tables] = None

    def __enter__(self) -> "_Server":
        return self

    def __exit__(self, *_: Any) -> None:
        self._leave()

    def _leave(self) -> None:
        if self._tables is not None:
            self._tables.close()
        self._tables = None

    def score(self, rows: pa.RecordBatch, options: Mapping[str, Any]) -> tuple[list[pa.RecordBatch], list]:
        """All answers to some rows, and what was rejected."""
        for attempt in itertools.count(1):
            turned_away: list = []
            try:
                if self._tables is None:
                    target = _local_server(self._binary) if self._binary else self._order[(attempt - 1) % len(self._order)]
                    self._tables = Tables(target, **self._connect)
                return list(self._tables.stream(rows, rejects=turned_away, **options)), turned_away
            except (flight.FlightError, pa.ArrowException, OSError) as error:
                self._leave()
                # Refused for good, but for a server that is full, which Arrow has no class for.
                for_good = isinstance(error, pa.ArrowException) and not isinstance(error, flight.FlightError)
                full = "resource exhausted" in str(error).lower().replace("_", " ")
                if attempt >= self._attempts or (for_good and not full) or isinstance(error, flight.FlightUnauthenticatedError):
                    raise
                _log.warning("attempt %d failed: %s", attempt, error)
                time.sleep(min(0.25 * 2 ** attempt, 15.0))
        raise AssertionError("unreachable")


def _local_server(binary: str) -> str:
    """The address of this machine's server, started if none answers. It ends with the worker that started it; the others'
    next attempt starts another."""
    folder = Path(tempfile.gettempdir()) / f"stance-spark-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        told = folder / "server.json"
        try:
            server = json.loads(told.read_text())
            if server["binary"] == binary and _answers(server["port"]):
                return f"127.0.0.1:{server['port']}"
        except (FileNotFoundError, ValueError):  # none yet, or half a file of a worker that was killed
            pass
        log = open(folder / "server.log", "wb")
        started = subprocess.Popen([binary, "serve", "--listen", "127.0.0.1:0", "--metrics", "off", "--stop-with-stdin"],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)
        _started.append(started)
        line = started.stdout.readline().decode()
        if "listening on 127.0.0.1:" not in line:
            raise OSError(f"{binary} did not start: {line or (folder / 'server.log').read_text()[-500:]}")
        port = int(line.split("listening on 127.0.0.1:")[1].split(",")[0])
        begun = folder / "server.json.unfinished"
        begun.write_text(json.dumps({"binary": binary, "port": port, "pid": started.pid}))
        begun.replace(told)
        return f"127.0.0.1:{port}"


def _addresses() -> list[str]:
    """Addresses that this machine's name has."""
    try:
        return socket.gethostbyname_ex(socket.gethostname())[2]
    except OSError:
        return []


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2):
            return True
    except OSError:
        return False
