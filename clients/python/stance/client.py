"""The client for plain code; `aio` has the same for asyncio."""

from typing import Any, Iterable, Iterator, Optional, Sequence

import grpc

from . import requests
from .requests import DocumentLike, Progress, Result
from .v1 import stance_pb2 as pb
from .v1 import stance_service_pb2 as service
from .v1 import stance_service_pb2_grpc as stubs


class Client:
    """Calls the service. Keyword arguments that a method passes on as options are those of `AnalyzeOptions`:
    features, actors, only_given_actors, min_confidence, model_sha256, detect_turns.

    Failed calls raise `grpc.RpcError`; a bad document of a stream is a `Result` with an error instead.
    """

    def __init__(self, target: str = "127.0.0.1:50051", *, key: Optional[str] = None, tls: bool = False,
                 ca: Optional[bytes] = None, certificate: Optional[bytes] = None, private_key: Optional[bytes] = None,
                 timeout: Optional[float] = None):
        """`key` is a bearer key; `tls` encrypts, trusting `ca` (PEM; the system's authorities if none) and showing
        `certificate` with `private_key`; `timeout` is that of calls with one document, in seconds."""
        self._channel = requests.channel(grpc, target, tls, ca, certificate, private_key)
        self._stub = stubs.StanceServiceStub(self._channel)
        self._call = {"metadata": requests.metadata(key)}
        self._timeout = timeout

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection."""
        self._channel.close()

    def analyze(self, text: DocumentLike, *, id: str = "", title: str = "", date: str = "", speaker: str = "",
                turns: Sequence[pb.Turn] = (), **options: Any) -> pb.Analysis:
        """Analyses one document; the fields besides the text are for a text given as a string."""
        document = requests.document(text, id=id, title=title, date=date, speaker=speaker, turns=turns)
        request = service.AnalyzeRequest(document=document, options=requests.options(**options))
        return self._stub.Analyze(request, timeout=self._timeout, **self._call).analysis

    def analyze_many(self, documents: Iterable[DocumentLike], *, ordered: bool = True, progress: Progress = None,
                     **options: Any) -> Iterator[Result]:
        """Analyses documents as a stream, one result a document. Reads no further ahead than the service does."""
        items = requests.analyze_items(documents, ordered, options)
        report = requests.reporter(progress, requests.size(documents))
        for done, answer in enumerate(self._stub.AnalyzeStream(items, **self._call), 1):
            report(done)
            yield requests.result(answer)

    def build_profiles(self, documents: Iterable[DocumentLike], *, period: int = service.PERIOD_UNSPECIFIED,
                       max_evidence: int = 3, **options: Any) -> service.BuildProfilesResponse:
        """Profiles over all documents; the documents turned away are counted and listed in the answer."""
        items = requests.build_items(documents, period, max_evidence, options)
        return self._stub.BuildProfiles(items, **self._call)

    def merge_profiles(self, profiles: Iterable[pb.StanceProfile], *, max_evidence: int = 3) -> list[pb.StanceProfile]:
        """Merges profiles exactly, in any order."""
        return list(self._stub.MergeProfiles(requests.merge_items(profiles, max_evidence), **self._call).profiles)

    def score_targets(self, sentences: Iterable[tuple[str, Sequence[Any]]], *, model_sha256: str = ""
                      ) -> list[list[service.TargetScore]]:
        """Scores given targets: sentences as (text, pairs), a pair as (target, holder) or a target alone, each a
        (start, end) in characters."""
        request = requests.target_request(sentences, model_sha256)
        answer = self._stub.ScoreTargets(request, timeout=self._timeout, **self._call)
        return [list(s.scores) for s in answer.sentences]

    def models(self) -> list[service.ModelInfo]:
        """The loaded models; the one that serves stands first."""
        return list(self._stub.ListModels(service.ListModelsRequest(), timeout=self._timeout, **self._call).models)

    def reload_model(self) -> service.ReloadModelResponse:
        """Has the service read its model folder again; needs the scope admin."""
        return self._stub.ReloadModel(service.ReloadModelRequest(), **self._call)
