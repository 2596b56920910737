"""No body larger than what a route may need is read, whether its length was announced or not."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.problems import Problem, response

MAX_BODY = 4 * 1024 * 1024
"""Bytes. A thousand events of 4 kB; a provider's largest batch of reports is below 1 MB."""

MAX_DIGITS = 18
"""Of an announced length: Python refuses to read a number of thousands of digits."""


class BodyTooLarge(HTTPException):
    """More came than announced or allowed. An HTTPException, because FastAPI turns any other into a 400."""

    def __init__(self, limit: int) -> None:
        super().__init__(413, _detail(limit))


def _detail(limit: int) -> str:
    return f"The body is larger than {limit // 1024} kB: send fewer at once. Nothing was stored."


class BodyLimit:
    """ASGI middleware that answers 413 to a body over the limit."""

    def __init__(self, app: ASGIApp, limit: int = MAX_BODY) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting its body."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and (len(announced) > MAX_DIGITS or int(announced) > self.limit):
            await self._refuse(scope, receive, send)
            return
        await self.app(scope, _Counted(receive, self.limit), send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        problem = Problem(413, "too-large", "The body is too large", _detail(self.limit))
        await response(problem)(scope, receive, send)


class _Counted:
    def __init__(self, receive: Receive, limit: int) -> None:
        self.receive = receive
        self.limit = limit
        self.left = limit

    async def __call__(self) -> Message:
        message = await self.receive()
        self.left -= len(message.get("body", b""))
        if self.left < 0:
            raise BodyTooLarge(self.limit)
        return message
