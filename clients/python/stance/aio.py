"""The client for asyncio: the methods of `Client`, to be awaited."""

from typing import Any, AsyncIterator, Iterable, Optional, Sequence

import grpc.aio

from . import requests
from .requests import DocumentLike, Progress, Result
from .v1 import stance_pb2 as pb
from .v1 import stance_service_pb2 as service
from .v1 import stance_service_pb2_grpc as stubs


class AsyncClient:
    """Calls the service from asyncio; arguments as of `Client`."""

    def __init__(self, target: str = "127.0.0.1:50051", *, key: Optional[str] = None, tls: bool = False,
                 ca: Optional[bytes] = None, certificate: Optional[bytes] = None, private_key: Optional[bytes] = None,
                 timeout: Optional[float] = None):
        self._channel = requests.channel(grpc.aio, target, tls, ca, certificate, private_key)
        self._stub = stubs.StanceServiceStub(self._channel)
        self._call = {"metadata": requests.metadata(key)}
        self._timeout = timeout

    async def __aenter__(self) -> "AsyncClient":
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connection."""
        await self._channel.close()

    async def analyze(self, text: DocumentLike, *, id: str = "", title: str = "", date: str = "", speaker: str = "",
                      turns: Sequence[pb.Turn] = (), **options: Any) -> pb.Analysis:
        """As `Client.analyze`."""
        document = requests.document(text, id=id, title=title, date=date, speaker=speaker, turns=turns)
        request = service.AnalyzeRequest(document=document, options=requests.options(**options))
        return (await self._stub.Analyze(request, timeout=self._timeout, **self._call)).analysis

    async def analyze_many(self, documents: Iterable[DocumentLike], *, ordered: bool = True, progress: Progress = None,
                           **options: Any) -> AsyncIterator[Result]:
        """As `Client.analyze_many`."""
        items = requests.analyze_items(documents, ordered, options)
        report = requests.reporter(progress, requests.size(documents))
        done = 0
        async for answer in self._stub.AnalyzeStream(items, **self._call):
            done += 1
            report(done)
            yield requests.result(answer)

    async def build_profiles(self, documents: Iterable[DocumentLike], *, period: int = service.PERIOD_UNSPECIFIED,
                             max_evidence: int = 3, **options: Any) -> service.BuildProfilesResponse:
        """As `Client.build_profiles`."""
        return await self._stub.BuildProfiles(requests.build_items(documents, period, max_evidence, options), **self._call)

    async def merge_profiles(self, profiles: Iterable[pb.StanceProfile], *, max_evidence: int = 3) -> list[pb.StanceProfile]:
        """As `Client.merge_profiles`."""
        answer = await self._stub.MergeProfiles(requests.merge_items(profiles, max_evidence), **self._call)
        return list(answer.profiles)

    async def score_targets(self, sentences: Iterable[tuple[str, Sequence[Any]]], *, model_sha256: str = ""
                            ) -> list[list[service.TargetScore]]:
        """As `Client.score_targets`."""
        request = requests.target_request(sentences, model_sha256)
        answer = await self._stub.ScoreTargets(request, timeout=self._timeout, **self._call)
        return [list(s.scores) for s in answer.sentences]

    async def models(self) -> list[service.ModelInfo]:
        """As `Client.models`."""
        answer = await self._stub.ListModels(service.ListModelsRequest(), timeout=self._timeout, **self._call)
        return list(answer.models)

    async def reload_model(self) -> service.ReloadModelResponse:
        """As `Client.reload_model`."""
        return await self._stub.ReloadModel(service.ReloadModelRequest(), **self._call)
