"""Client of the stance service.

    from stance import Client

    with Client("127.0.0.1:50051") as client:
        analysis = client.analyze("Marta Oduya praised Norway.")
        for profile in analysis.profiles:
            print(profile.speaker_name, profile.actor_name, profile.score)

Offsets count characters, as Python strings do: `text[span.start:span.end]` is the span's words.
"""

from .aio import AsyncClient
from .client import Client
from .frames import rows, to_pandas, to_polars
from .requests import DocumentRejected, Result
from .v1.stance_pb2 import ActorSpec, Analysis, Document, StanceProfile, TextSpan, Turn
from .v1.stance_service_pb2 import Feature, Period

__all__ = ["ActorSpec", "Analysis", "AsyncClient", "Client", "Document", "DocumentRejected", "Feature", "Period", "Result",
           "RowsRejected", "StanceProfile", "Tables", "TextSpan", "Turn", "rows", "to_pandas", "to_polars"]


def __getattr__(name: str):
    # Only they need pyarrow.
    if name in ("RowsRejected", "Tables"):
        from . import tables

        return getattr(tables, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
