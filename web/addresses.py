"""Addresses in another encoding than UTF-8: refused, since the ids in them would all become the same few."""

from urllib.parse import unquote_to_bytes

from starlette.types import ASGIApp, Receive, Scope, Send

from web.problems import Problem, response


class Utf8Addresses:
    """ASGI middleware that answers 400 to a path that is not UTF-8 (RFC 3987, section 3.1).

    The server would put U+FFFD for what it cannot read: `Ren%E9` and `Ren%E8` were one contact.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on where its path is text."""
        if scope["type"] == "http" and not _is_text(scope.get("raw_path") or b""):
            await response(_PROBLEM)(scope, receive, send)
            return
        await self.app(scope, receive, send)


_PROBLEM = Problem(
    400,
    "malformed-address",
    "The address is not UTF-8",
    "Encode the characters of an id as UTF-8 before they are percent-encoded: é is %C3%A9. "
    "Nothing was stored.",
)


def _is_text(path: bytes) -> bool:
    try:
        unquote_to_bytes(path).decode()
    except UnicodeDecodeError:
        return False
    return True
