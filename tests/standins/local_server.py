"""What both stand-ins share: a real HTTP server on a free local port, in the caller's event loop."""

import asyncio
import contextlib
import socket
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


@dataclass(frozen=True)
class Answer:
    """What the stand-in is told to answer instead of working; `hang` answers nothing until it stops."""

    status: int = 500
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    hang: bool = False


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()
        self.leave = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and tell so."""
        await super().startup(sockets)
        self.listening.set()

    async def main_loop(self) -> None:
        """Wait to be told, instead of looking ten times a second."""
        await self.leave.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to whoever runs the loop."""
        yield


class LocalServer(ABC):
    """An asynchronous context manager. Subclasses route by `handle` and describe themselves."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str]] = []
        """Method and path of every request that came."""
        self.peers: set[tuple[str, int]] = set()
        """Address and port of every connection that brought one."""
        self._answers: deque[Answer] = deque()
        self.hanging = asyncio.Event()
        """Set once a request hangs."""
        self._stopping = asyncio.Event()

    def answer_next(
        self,
        status: int = 500,
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        times: int = 1,
    ) -> None:
        """Answer the next request (or `times` of them) with this, whatever it asks."""
        self._answers.extend([Answer(status, body, headers or {})] * times)

    def hang_next(self) -> None:
        """Read the next request whole and never answer it."""
        self._answers.append(Answer(hang=True))

    @abstractmethod
    async def handle(self, request: Request) -> Response:
        """Answer one request as the provider would."""

    async def __aenter__(self) -> Self:
        listener = socket.create_server(("127.0.0.1", 0))
        self.base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        app = Starlette(
            routes=[Route("/{path:path}", self._dispatch, methods=["GET", "POST", "PUT", "DELETE"])]
        )
        config = uvicorn.Config(
            app,
            lifespan="off",
            ws="none",
            date_header=False,
            log_level="critical",
            timeout_graceful_shutdown=2,
        )
        self._server = _Server(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]))
        await self._server.listening.wait()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stopping.set()
        self._server.leave.set()
        await self._serving

    async def _dispatch(self, request: Request) -> Response:
        self.requests.append((request.method, request.url.path))
        if request.client:
            self.peers.add((request.client.host, request.client.port))
        await request.body()
        if not self._answers:
            return await self.handle(request)
        answer = self._answers.popleft()
        if answer.hang:
            self.hanging.set()
            await self._stopping.wait()
        return Response(answer.body, answer.status, dict(answer.headers))
