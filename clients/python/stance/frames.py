"""Profiles -> data frames: one row a speaker, actor and period."""

from typing import Any, Iterable

from .v1 import stance_pb2 as pb


def rows(profiles: Iterable[pb.StanceProfile]) -> list[dict[str, Any]]:
    """Profiles as plain dictionaries, with the columns of the data frames."""
    return [{
        "speaker_id": p.speaker_id, "speaker": p.speaker_name, "actor_id": p.actor_id, "actor": p.actor_name,
        "period": p.period or None, "stance": pb.Stance.Name(p.stance).removeprefix("STANCE_").lower(),
        "score": p.score if p.HasField("score") else None,
        "low": p.interval.low if p.HasField("interval") else None,
        "high": p.interval.high if p.HasField("interval") else None,
        "favour": p.shares.favour, "neutral": p.shares.neutral, "against": p.shares.against,
        "n_instances": p.n_instances, "n_documents": p.n_documents,
    } for p in profiles]


def to_pandas(profiles: Iterable[pb.StanceProfile]) -> "Any":
    """A pandas.DataFrame; needs `stance-client[pandas]`."""
    import pandas

    return pandas.DataFrame(rows(profiles))


def to_polars(profiles: Iterable[pb.StanceProfile]) -> "Any":
    """A polars.DataFrame; needs `stance-client[polars]`."""
    import polars

    return polars.DataFrame(rows(profiles))
