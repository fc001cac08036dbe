"""Tables of texts in, tables of stances or profiles out, over Arrow Flight.

    from stance import Tables

    with Tables("127.0.0.1:50051") as tables:
        stances = tables.stances(frame)

`frame` may be a pandas or Polars frame, a DuckDB relation, a pyarrow table, or whatever else hands out Arrow. Offsets are
given in bytes and in characters. Batches go out while others come back, as fast as the service scores: memory holds a few.
"""

import json
import threading
import warnings
from typing import Any, Iterable, Iterator, Mapping, Optional

import pyarrow as pa
import pyarrow.flight as flight

#: Rows and bytes of a batch that is sent. The service reads no message longer than 32 MB.
ROWS, BYTES = 256, 4 << 20

FIELDS = ("text", "id", "date", "title", "source", "speaker", "language")


class RowsRejected(UserWarning):
    """Rows that were not scored; `rejects` says which and why."""


class Tables:
    """Scores tables. Keyword arguments that a method passes on as options: `columns` (from field to column name, for
    text, id, date, title, source, speaker and language; guessed if not given), `sentences` (whether stances hold them,
    true), `min_confidence`, `transcript`, `speaker`, `actors` (a list of dicts), `only_given`, `model_sha256`.

    Failed calls raise `pyarrow.flight.FlightError` or another of Arrow's errors. A row that is no document is none of
    them: it is appended to `rejects`, a list, if one is given, else told by a warning.
    """

    def __init__(self, target: str = "127.0.0.1:50051", *, key: Optional[str] = None, tls: bool = False,
                 ca: Optional[bytes] = None, certificate: Optional[bytes] = None, private_key: Optional[bytes] = None):
        """As those of `Client`."""
        scheme = "grpc+tls" if tls else "grpc"
        known = {"tls_root_certs": ca, "cert_chain": certificate, "private_key": private_key}
        self._client = flight.connect(f"{scheme}://{target}", **{name: value for name, value in known.items() if value})
        headers = [(b"authorization", f"Bearer {key}".encode())] if key else []
        self._options = flight.FlightCallOptions(headers=headers)

    def __enter__(self) -> "Tables":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection."""
        self._client.close()

    def stances(self, table: Any, *, rejects: Optional[list] = None, **options: Any) -> Any:
        """A row a sentence, holder and actor; a pandas or Polars frame for one, else a pyarrow table."""
        return self._table("stances", table, rejects, options)

    def profiles(self, table: Any, *, period: Optional[str] = None, rejects: Optional[list] = None, **options: Any) -> Any:
        """A row a speaker and actor, and period ("day", "week", "month", "year") if asked."""
        return self._table("profiles", table, rejects, {"period": period, **options})

    def stream(self, table: Any, *, rejects: Optional[list] = None, **options: Any) -> Iterator[pa.RecordBatch]:
        """Stances as they come."""
        return self._stream("stances", table, rejects, options)

    def schema(self, table: str = "stances") -> pa.Schema:
        """The columns of a table."""
        descriptor = flight.FlightDescriptor.for_path(table)
        return self._client.get_schema(descriptor, self._options).schema

    def _table(self, name: str, table: Any, rejects: Optional[list], options: Mapping[str, Any]) -> Any:
        batches = list(self._stream(name, table, rejects, options))
        result = pa.Table.from_batches(batches, schema=batches[0].schema if batches else self.schema(name))
        kind = type(table).__module__.split(".")[0]
        if kind == "pandas":
            return result.to_pandas()
        if kind == "polars":
            import polars

            return polars.from_arrow(result)
        return result

    def _stream(self, name: str, table: Any, rejects: Optional[list], options: Mapping[str, Any]) -> Iterator[pa.RecordBatch]:
        schema, batches = arrow(table)
        command = {"table": name, **{key: value for key, value in options.items() if value is not None}}
        descriptor = flight.FlightDescriptor.for_command(json.dumps(command).encode())
        told = [] if rejects is None else rejects
        writer, reader = self._client.do_exchange(descriptor, self._options)
        sender = _Sender(writer, schema, batches)
        sending = threading.Thread(target=sender.run, daemon=True)
        n_answered = 0
        sending.start()
        try:
            for chunk in reader:
                if chunk.app_metadata is not None:
                    answer = json.loads(chunk.app_metadata.to_pybytes())
                    n_answered += answer["rows"]
                    told.extend(answer["rejects"])
                if chunk.data is not None and chunk.data.num_rows:
                    yield chunk.data
        except BaseException:  # the call failed, or whoever reads wants no more
            sender.stopped = True
            reader.cancel()
            raise
        sending.join()
        writer.close()
        if sender.failed is not None:
            raise sender.failed
        if n_answered != sender.n_rows:
            raise flight.FlightInternalError(f"{sender.n_rows} rows were sent, {n_answered} were answered")
        if rejects is None and told:
            shown = "; ".join(f"row {reject['position']}: {reject['reason']}" for reject in told[:3])
            warnings.warn(f"{len(told)} rows were rejected: {shown}", RowsRejected, stacklevel=3)


def arrow(table: Any) -> tuple[pa.Schema, Iterable[pa.RecordBatch]]:
    """The schema and batches of whatever hands out Arrow, in slices that fit a message."""
    if isinstance(table, pa.RecordBatch):
        table = pa.Table.from_batches([table])
    if hasattr(table, "__arrow_c_stream__"):
        reader = pa.RecordBatchReader.from_stream(table)
    elif hasattr(table, "fetch_arrow_reader"):
        reader = table.fetch_arrow_reader(ROWS)
    elif type(table).__module__.split(".")[0] == "pandas":
        reader = pa.Table.from_pandas(table, preserve_index=False).to_reader()
    else:
        raise TypeError(f"{type(table).__name__} hands out no Arrow: give a pandas, Polars, DuckDB or pyarrow table")
    # A view is sent with all that its column holds, however few rows it has: it is made a plain column, slice by slice.
    schema = pa.schema([field.with_type(_PLAIN.get(field.type, field.type)) for field in reader.schema])
    return schema, _slices(reader, schema)


_PLAIN = {getattr(pa, f"{kind}_view")(): getattr(pa, f"large_{kind}")() for kind in ("string", "binary") if hasattr(pa, f"{kind}_view")}


def _slices(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        start = 0
        while start < batch.num_rows:
            rows = min(ROWS, batch.num_rows - start)
            while (part := _slice(batch, start, rows, schema)).nbytes > BYTES and rows > 1:
                rows //= 2
            yield part
            start += rows


def _slice(batch: pa.RecordBatch, start: int, rows: int, schema: pa.Schema) -> pa.RecordBatch:
    columns = [column if column.type == field.type else column.cast(field.type)
               for column, field in zip(batch.slice(start, rows).columns, schema)]
    return pa.record_batch(columns, schema=schema)


class _Sender:
    """Sends batches, in a thread of its own."""

    def __init__(self, writer: flight.FlightStreamWriter, schema: pa.Schema, batches: Iterable[pa.RecordBatch]):
        self._writer, self._schema, self._batches = writer, schema, batches
        self.n_rows = 0
        #: Whether to send no more, set by the thread that reads.
        self.stopped = False
        #: What failed in making batches. What fails on the way is told by the reader, with its reason.
        self.failed: Optional[BaseException] = None

    def run(self) -> None:
        try:
            self._writer.begin(self._schema)
            batches = iter(self._batches)
            while not self.stopped and (batch := self._next(batches)) is not None:
                self._writer.write_batch(batch)
                self.n_rows += batch.num_rows
        except flight.FlightError:
            return
        except BaseException as error:  # the service would wait for more, and the reader for its answer
            self.failed = error
        try:
            self._writer.done_writing()
        except (pa.ArrowException, OSError):
            pass

    def _next(self, batches: Iterator[pa.RecordBatch]) -> Optional[pa.RecordBatch]:
        """The next batch; whatever the caller's table raises ends the sending."""
        try:
            return next(batches, None)
        except BaseException as error:
            self.failed = error
            return None
