"""Arguments of the clients -> request messages; answers -> results."""

import sys
from dataclasses import dataclass
from typing import Any, Callable, Iterable, Iterator, Mapping, Optional, Sequence, Union

import grpc

from .v1 import stance_pb2 as pb
from .v1 import stance_service_pb2 as service

#: A text, a document, or the fields of one.
DocumentLike = Union[str, pb.Document, Mapping[str, Any]]

#: What shows progress: called with documents done and their number, if known. True: a line on standard error.
Progress = Union[bool, Callable[[int, Optional[int]], None], None]

MAX_MESSAGE_BYTES = 256 << 20


class DocumentRejected(Exception):
    """A document of a stream that the service turned away."""

    def __init__(self, document_id: str, error: service.DocumentError):
        super().__init__(f"{document_id or 'document'}: {error.reason}: {error.message}")
        self.document_id = document_id
        #: Code of google.rpc.Code, such as 3 for INVALID_ARGUMENT.
        self.code = error.code
        #: Reason in capitals, such as "EMPTY_TEXT".
        self.reason = error.reason
        #: The field at fault, if one is.
        self.field = error.field


@dataclass(frozen=True)
class Result:
    """What became of one document of a stream: an analysis or an error."""

    #: Number of the document in the stream, from 0.
    index: int
    document_id: str
    analysis: Optional[pb.Analysis]
    error: Optional[DocumentRejected]

    def unwrap(self) -> pb.Analysis:
        """The analysis; raises DocumentRejected where there is none."""
        if self.analysis is None:
            raise self.error
        return self.analysis


def document(given: DocumentLike, **fields: Any) -> pb.Document:
    """A document message from whatever the caller has."""
    if isinstance(given, pb.Document):
        return given
    if isinstance(given, str):
        return pb.Document(text=given, **fields)
    return pb.Document(**given)


def options(features: Sequence[int] = (), actors: Iterable[Union[pb.ActorSpec, Mapping[str, Any]]] = (),
            only_given_actors: bool = False, min_confidence: float = 0.0, model_sha256: str = "",
            detect_turns: bool = False) -> service.AnalyzeOptions:
    """Options, with offsets in characters."""
    specs = [a if isinstance(a, pb.ActorSpec) else pb.ActorSpec(**a) for a in actors]
    return service.AnalyzeOptions(features=features, actors=specs, only_given_actors=only_given_actors,
                                  offset_encoding=pb.OFFSET_ENCODING_UTF32, min_confidence=min_confidence,
                                  model_sha256=model_sha256, detect_turns=detect_turns)


def analyze_items(documents: Iterable[DocumentLike], ordered: bool, given: Mapping[str, Any]
                  ) -> Iterator[service.AnalyzeStreamRequest]:
    start = service.AnalyzeStreamStart(options=options(**given), ordered=ordered)
    yield service.AnalyzeStreamRequest(start=start)
    for d in documents:
        yield service.AnalyzeStreamRequest(document=document(d))


def build_items(documents: Iterable[DocumentLike], period: int, max_evidence: int, given: Mapping[str, Any]
                ) -> Iterator[service.BuildProfilesRequest]:
    start = service.BuildProfilesStart(options=options(**given), period=period, max_evidence=max_evidence)
    yield service.BuildProfilesRequest(start=start)
    for d in documents:
        yield service.BuildProfilesRequest(document=document(d))


def merge_items(profiles: Iterable[pb.StanceProfile], max_evidence: int) -> Iterator[service.MergeProfilesRequest]:
    batch: list[pb.StanceProfile] = []
    for profile in profiles:
        batch.append(profile)
        if len(batch) == 200:
            yield service.MergeProfilesRequest(profiles=batch, max_evidence=max_evidence)
            batch = []
    yield service.MergeProfilesRequest(profiles=batch, max_evidence=max_evidence)


def target_request(sentences: Iterable[tuple[str, Sequence[Any]]], model_sha256: str) -> service.ScoreTargetsRequest:
    """Sentences as (text, pairs); a pair is (target, holder) or a target, each a (start, end) in characters."""
    def span(given: Any) -> Optional[pb.TextSpan]:
        return None if given is None else pb.TextSpan(start=given[0], end=given[1])

    def pair(given: Any) -> service.TargetPair:
        alone = isinstance(given[0], int)
        target, holder = (given, None) if alone else given
        return service.TargetPair(target=span(target), holder=span(holder))

    messages = [service.TargetSentence(text=text, pairs=[pair(p) for p in pairs]) for text, pairs in sentences]
    return service.ScoreTargetsRequest(sentences=messages, offset_encoding=pb.OFFSET_ENCODING_UTF32,
                                       model_sha256=model_sha256)


def result(answer: service.AnalyzeStreamResponse) -> Result:
    rejected = None
    if answer.HasField("error"):
        rejected = DocumentRejected(answer.document_id, answer.error)
    analysis = answer.analysis if answer.HasField("analysis") else None
    return Result(answer.index, answer.document_id, analysis, rejected)


def reporter(progress: Progress, total: Optional[int]) -> Callable[[int], None]:
    """What to call after every document."""
    if callable(progress):
        return lambda done: progress(done, total)
    if not progress:
        return lambda done: None

    def line(done: int) -> None:
        of = f" of {total}" if total is not None else ""
        print(f"\r{done}{of} documents", end="\n" if done == total else "", file=sys.stderr, flush=True)

    return line


def size(documents: Iterable[DocumentLike]) -> Optional[int]:
    return len(documents) if hasattr(documents, "__len__") else None


def metadata(key: Optional[str]) -> list[tuple[str, str]]:
    return [("authorization", f"Bearer {key}")] if key else []


CHANNEL_OPTIONS = [("grpc.max_receive_message_length", MAX_MESSAGE_BYTES), ("grpc.max_send_message_length", MAX_MESSAGE_BYTES)]


def channel(api: Any, target: str, tls: bool, ca: Optional[bytes], certificate: Optional[bytes],
            private_key: Optional[bytes]) -> Any:
    """A channel of `grpc` or `grpc.aio`, encrypted where anything asks for it."""
    if (certificate is None) != (private_key is None):
        raise ValueError("certificate and private_key go together")
    if not (tls or ca or certificate):
        return api.insecure_channel(target, options=CHANNEL_OPTIONS)
    own = grpc.ssl_channel_credentials(root_certificates=ca, private_key=private_key, certificate_chain=certificate)
    return api.secure_channel(target, own, options=CHANNEL_OPTIONS)
