"""stance_spark on a cluster of two executors, each a process of its own, one of which is killed while it works.

Not part of the gate, which installs no Java: `spark.sh` runs it.
"""

import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from pyspark.sql import SparkSession

import stance_spark
from test_client import BINARY, Server
from test_tables import articles

N = 1200


@pytest.fixture(scope="module")
def spark():
    session = (SparkSession.builder.master("local-cluster[2,1,1024]").appName("stance")
               .config("spark.executor.memory", "1g").config("spark.executorEnv.PYSPARK_PYTHON", os.environ["PYSPARK_PYTHON"])
               .config("spark.sql.shuffle.partitions", "4").config("spark.ui.enabled", "false")
               .config("spark.task.maxFailures", "8").getOrCreate())
    yield session
    session.stop()


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    """What `stance batch` makes of the same articles."""
    folder = tmp_path_factory.mktemp("batch")
    parquet.write_table(articles(N), folder / "in.parquet")
    subprocess.run([BINARY, "batch", folder / "in.parquet", "--out", folder / "out", "--period", "month", "--quiet"], check=True)
    return {table: parquet.read_table(folder / "out" / table) for table in ("stances", "profiles")}


def rows(table):
    """Rows in an order of their own, without what only Arrow knows."""
    return sorted((tuple(row.values()) for row in table.to_pylist()), key=repr)


def executors():
    """Processes of executors."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = process.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"org.apache.spark.executor.CoarseGrainedExecutorBackend" in words:
            found.append(int(process.parent.name))
    return found


def frame(spark, partitions=6):
    return spark.createDataFrame(articles(N).to_pandas()).repartition(partitions)


def test_rows_and_profiles_are_those_of_stance_batch_though_an_executor_is_killed(spark, batch):
    with Server() as server:
        killed = []

        def kill():
            time.sleep(4)
            running = executors()
            assert len(running) == 2, running
            os.kill(running[0], signal.SIGKILL)
            killed.append(running[0])

        scored = stance_spark.score(frame(spark), [server.address]).cache()
        killing = threading.Thread(target=kill)
        killing.start()
        began = time.monotonic()
        stances = pa.Table.from_batches(scored._collect_as_arrow()) if hasattr(scored, "_collect_as_arrow") else scored.toArrow()
        seconds = time.monotonic() - began
        killing.join()
        assert killed and seconds > 4, "the executor was killed while it worked"
        assert rows(stances) == rows(batch["stances"])
        profiles = stance_spark.profiles(scored, period="month")
        made = profiles.toPandas()
        expected = batch["profiles"].to_pandas()
        order = ["speaker_id", "actor_id", "period"]
        made, expected = (frame.sort_values(order).reset_index(drop=True) for frame in (made, expected))
        assert list(made.columns) == list(expected.columns)
        for column in expected.columns:
            assert made[column].tolist() == expected[column].tolist(), column


def test_a_server_of_each_machine_that_dies_is_started_again(spark, batch):
    scored = stance_spark.score(frame(spark, 4), binary=str(BINARY))
    killed = []

    def kill():
        time.sleep(4)
        for process in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = process.read_bytes().split(b"\0")
            except OSError:
                continue
            if b"--stop-with-stdin" in words:
                os.kill(int(process.parent.name), signal.SIGKILL)
                killed.append(process.parent.name)

    killing = threading.Thread(target=kill)
    killing.start()
    made = rows(pa.Table.from_pandas(scored.toPandas(), preserve_index=False).cast(batch["stances"].schema))
    killing.join()
    assert killed
    assert made == rows(batch["stances"])


def test_rejects_are_gathered_and_mistakes_told(spark):
    with Server() as server:
        texts = spark.createDataFrame([("a", "Oduya praised Norway."), ("b", None), ("c", " ")], "id string, words string")
        gathered = stance_spark.rejects(spark.sparkContext)
        scored = stance_spark.score(texts, [server.address], columns={"text": "words"}, rejects=gathered)
        assert {row.document_id for row in scored.collect()} == {"a"}
        assert sorted((r["document_id"], r["reason"]) for r in gathered.value) == [("b", "text is empty"), ("c", "text is empty")]
        # Without ids every row gets its own.
        plain = spark.createDataFrame(articles(450).to_pandas()[["text"]]).repartition(3)
        ids = {row.document_id for row in stance_spark.score(plain, [server.address]).select("document_id").distinct().collect()}
        assert len(ids) == 450 and all("#" in one for one in ids)
    with pytest.raises(ValueError, match="there is no column 'body'"):
        stance_spark.score(texts, ["x:1"], columns={"text": "body"})
    with pytest.raises(ValueError, match="give endpoints or a binary"):
        stance_spark.score(texts)
    with pytest.raises(Exception, match="[Uu]navailable|[Cc]onnect"):
        stance_spark.score(texts, ["127.0.0.1:1"], columns={"text": "words"}, attempts=1).collect()


def test_the_schema_is_that_of_the_tables(batch):
    kinds = {"string": "string", "int32": "int", "int64": "bigint", "double": "double", "bool": "boolean"}
    told = [(field.name, kinds[str(field.type)]) for field in batch["stances"].schema]
    assert [(field.name, field.dataType.simpleString()) for field in stance_spark.SCHEMA] == told
