"""The one HTTP transport: pooled, with timeouts, and its exceptions translated at this boundary.

The providers' packages build requests and check signatures. They do not carry them: both wait for ever by
default, and SendGrid's opens a connection a call.
"""

from collections.abc import Mapping
from typing import Any

import httpx

from channels.errors import ChannelError, Misconfigured, Refused, Retryable, UnknownOutcome

TIMEOUT = httpx.Timeout(connect=5, write=10, read=20, pool=10)
"""Seconds. Reading is long: an answer that we stop waiting for is a message of unknown outcome."""
AT_ONCE = 50
"""Requests side by side of one client; more would wait for a connection."""

LIMITS = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=20, keepalive_expiry=15)
"""A connection is dropped well before the provider would close it under a request."""

# Raised while connecting or waiting for a connection: not a byte of the request was written.
_NOT_WRITTEN = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
# Raised before connecting, by what the settings hold.
_NOT_A_REQUEST = (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.LocalProtocolError)


def new_client(timeout: httpx.Timeout = TIMEOUT) -> httpx.AsyncClient:
    """A pool of connections. A proxy of the environment is used, except to this very machine."""
    direct = {"all://127.0.0.1": None, "all://localhost": None, "all://[::1]": None}
    return httpx.AsyncClient(timeout=timeout, limits=LIMITS, mounts=direct)


async def carry(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    provider: str,
    headers: Mapping[str, str],
    json: Any = None,
    form: Mapping[str, Any] | None = None,
) -> httpx.Response:
    """Send one request and read the whole answer, whatever its status. Redirects are not followed.

    Raises Retryable when nothing was written, UnknownOutcome when something was and no answer was read,
    Misconfigured for an impossible URL or header, Refused for a text that has no encoding.
    """
    try:
        request = client.build_request(method, url, headers=dict(headers), json=json, data=form)
        return await client.send(request, follow_redirects=False)
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        fault = _fault(error, provider)
    # Raised out of the handler: the request, with the person's address, must not hang on to what is logged.
    raise fault


def _fault(error: Exception, provider: str) -> ChannelError:
    what = type(error).__name__
    if isinstance(error, UnicodeError):
        return Refused(f"{provider}: the text has no UTF-8 encoding", provider=provider, code=what)
    if isinstance(error, _NOT_A_REQUEST):
        return Misconfigured(
            f"{provider}: the base URL or the key makes no HTTP request", provider=provider, code=what
        )
    if isinstance(error, _NOT_WRITTEN):
        return Retryable(f"{provider}: not reached ({what})", provider=provider, code=what)
    return UnknownOutcome(
        f"{provider}: no answer to a request that left ({what})", provider=provider, code=what
    )
