"""How long requests take, by route as it is written and never by address: addresses hold ids."""

from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine.measures import HTTP

UNMEASURED = frozenset({"/live", "/metrics"})
"""A page that watches live stays for hours, and whoever scrapes is nobody's customer."""


class Timing:
    """Counts every request with the status of its answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, and take the time until the answer is complete."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status, began = 500, perf_counter()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            # Known once the router has matched.
            route = getattr(scope.get("route"), "path", "none")
            if route not in UNMEASURED:
                HTTP.labels(scope["method"], route, str(status)).observe(perf_counter() - began)
