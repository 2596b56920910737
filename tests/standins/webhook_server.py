"""Somebody's own service, which scenarios call: it remembers every call and answers from a script."""

import asyncio
import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.standins.local_server import LocalServer


@dataclass(frozen=True)
class Call:
    """A call as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any = None


@dataclass(frozen=True)
class Scripted:
    """An answer; `slow`: not before the server stops. `when`: not before that."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    slow: bool = False
    when: asyncio.Event | None = None


class WebhookServer(LocalServer):
    """Answers what the script says next, then `{"case_id": "c1"}`."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self.script: deque[Scripted] = deque()

    @property
    def url(self) -> str:
        """Where it is called."""
        return f"{self.base_url}/cases?from=relance"

    async def handle(self, request: Request) -> Response:
        """Remember the call, and answer."""
        raw = await request.body()
        self.calls.append(
            Call(
                request.method,
                request.url.path,
                dict(request.query_params),
                dict(request.headers),
                json.loads(raw) if raw else None,
            )
        )
        answer = self.script.popleft() if self.script else Scripted(body={"case_id": "c1"})
        if answer.slow:
            await self._stopping.wait()
        if answer.when:
            await answer.when.wait()
        await asyncio.sleep(0)
        if isinstance(answer.body, bytes):
            return Response(answer.body, answer.status, answer.headers)
        return JSONResponse(answer.body, answer.status, answer.headers)
