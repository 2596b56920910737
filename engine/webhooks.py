"""One request to a webhook of the catalog, over HTTP: never to ourselves, and no word of it in a log.

The name is resolved here, every address is checked, and the connection goes to an address that was checked,
so that a name cannot point elsewhere in between (OWASP, Server-Side Request Forgery Prevention).
"""

import asyncio
import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any

import httpx

from channels.retry_after import retry_after
from dsl.catalog import Webhook

MOST_BYTES = 1_000_000
LONGEST_SECONDS = 60
NAT64 = IPv6Network("64:ff9b::/96")
TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which the same request may succeed (RFC 9110, RFC 6585, RFC 8470)."""


class NotAnswered(RuntimeError):
    """Nothing usable came back; the message names no address and no content.

    `final`: asking again would not help. `after`: seconds that the other side asked to be left alone.
    """

    def __init__(self, why: str, *, final: bool = False, after: float | None = None) -> None:
        super().__init__(why)
        self.final = final
        self.after = after


@dataclass(frozen=True)
class Webhooks:
    """How webhooks are reached. `environment` holds their addresses, under the names of the catalog."""

    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    allow_private: bool = False

    async def ask(self, webhook: Webhook, key: str, body: Mapping[str, Any]) -> Any:
        """The JSON that a webhook answers with, None where it answers with something else or nothing.

        `key` is the idempotency key. Raises NotAnswered.
        """
        url = self._url(webhook)
        try:
            async with asyncio.timeout(min(webhook.timeout_seconds, LONGEST_SECONDS)):
                addresses = await self._addresses(url)
                return await _exchange(webhook.method, url, addresses, key, body)
        except TimeoutError:
            why = f"no answer within {webhook.timeout_seconds} seconds"
        except (httpx.HTTPError, OSError, UnicodeError) as error:
            why = f"it was not reached ({type(error).__name__})"
        # Raised out of the handler: the request, address and body, must not hang on to what is logged.
        raise NotAnswered(why)

    def _url(self, webhook: Webhook) -> httpx.URL:
        text = self.environment.get(webhook.url_env, "").strip()
        if not text:
            raise NotAnswered(f"{webhook.url_env} is not set")
        try:
            url = httpx.URL(text)
        except httpx.InvalidURL:
            url = httpx.URL("")
        if url.scheme not in ("http", "https") or not url.host:
            raise NotAnswered(f"{webhook.url_env} is not an http or https address")
        return url

    async def _addresses(self, url: httpx.URL) -> list[str]:
        """The addresses behind a URL, all of them public ones unless private ones are allowed."""
        port = url.port or (443 if url.scheme == "https" else 80)
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(url.raw_host.decode(), port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(place[0]) for *_, place in found))
        if not self.allow_private and not all(map(is_public, addresses)):
            raise NotAnswered(
                "its address is a private one; set RELANCE_ALLOW_PRIVATE_WEBHOOKS if that is meant"
            )
        return addresses


def is_public(text: str) -> bool:
    """Whether an address leads to the public Internet, also where an IPv6 one stands for one of IPv4."""
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        address = _inner(address) or address
    return address.is_global and not address.is_multicast


def _inner(address: IPv6Address) -> IPv4Address | None:
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)


async def _exchange(
    method: str, url: httpx.URL, addresses: list[str], key: str, body: Mapping[str, Any]
) -> Any:
    """Ask the first address that takes a connection. No proxy: it would resolve the name once more."""
    headers = {"Host": url.netloc.decode(), "Idempotency-Key": key, "Accept": "application/json"}
    content = {"params": _parameters(body)} if method == "GET" else {"json": dict(body)}
    async with httpx.AsyncClient(trust_env=False, timeout=None) as client:  # noqa: S113 - the caller's clock runs
        for left, address in zip(range(len(addresses) - 1, -1, -1), addresses, strict=True):
            request = client.build_request(
                method,
                url.copy_with(host=address),
                headers=headers,
                extensions={"sni_hostname": url.raw_host.decode()},
                **content,
            )
            try:
                response = await client.send(request, stream=True, follow_redirects=False)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if not left:
                    raise
                continue
            return await _read(response)
    raise httpx.ConnectError("the name has no address")


def _parameters(body: Mapping[str, Any]) -> dict[str, str]:
    """A body as the query of a GET: texts as they are, the rest as JSON, what is unknown left out."""
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in body.items()
        if value is not None
    }


async def _read(response: httpx.Response) -> Any:
    try:
        if not response.is_success:
            raise _refusal(response)
        read = bytearray()
        async for part in response.aiter_bytes():
            read += part
            if len(read) > MOST_BYTES:
                raise NotAnswered("its answer is too long", final=True)
    finally:
        await response.aclose()
    try:
        return json.loads(read)
    except ValueError:
        return None


def _refusal(response: httpx.Response) -> NotAnswered:
    status = response.status_code
    if status in TRY_AGAIN:
        return NotAnswered(f"it answered {status}", after=retry_after(response.headers))
    if response.is_redirect:
        return NotAnswered(f"it answered {status}, and redirects are not followed", final=True)
    return NotAnswered(f"it answered {status}", final=True)
