"""What is known of a request's fate when the network fails, on real sockets."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from channels import transport
from channels.errors import ChannelError, Misconfigured, Retryable, UnknownOutcome
from channels.messages import Email
from channels.sendgrid.send import SendGrid

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(serve: Serve) -> AsyncIterator[str]:
    """A bare TCP server that does as told with each connection."""

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await serve(reader, writer)
        writer.close()

    async with await asyncio.start_server(once, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def whole_request(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    await reader.readexactly(int(length.partition(b":")[2]))


async def fault(url: str, client: httpx.AsyncClient | None = None, key: str = "SG.k") -> ChannelError:
    channel = SendGrid(key, url, client)
    email = Email("m_1", "zoe@example.com", "s", "<p>h</p>", "t", "from@example.com")
    try:
        with pytest.raises(ChannelError) as caught:
            await channel.send(email)
    finally:
        await channel.close()
    return caught.value


async def test_a_refused_connection_is_tried_again():
    """Nothing listens: not a byte left."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    error = await fault(f"http://127.0.0.1:{port}")
    assert isinstance(error, Retryable)
    assert error.__context__ is None


async def test_silence_after_the_request_left_is_an_unknown_outcome(sendgrid_server, impatient):
    """The provider has read the whole body and does not answer in time."""
    sendgrid_server.hang_next()
    error = await fault(sendgrid_server.base_url, impatient)
    assert isinstance(error, UnknownOutcome)
    assert sendgrid_server.requests == [("POST", "/v3/mail/send")]


async def test_a_connection_cut_instead_of_an_answer_is_an_unknown_outcome():
    """The provider read the body, then died."""

    async def cut(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await whole_request(reader)

    async with listening(cut) as url:
        assert isinstance(await fault(url), UnknownOutcome)


async def test_half_an_answer_is_an_unknown_outcome():
    """The status was on its way."""

    async def stutter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await whole_request(reader)
        writer.write(b"HTTP/1.1 202 Accep")

    async with listening(stutter) as url:
        assert isinstance(await fault(url), UnknownOutcome)


async def test_no_connection_left_in_the_pool_is_tried_again(sendgrid_server):
    """One connection, held by a request without an answer: the second one never started."""
    sendgrid_server.hang_next()
    limits = httpx.Limits(max_connections=1)
    client = httpx.AsyncClient(timeout=httpx.Timeout(5, pool=0.1), limits=limits, trust_env=False)
    first = asyncio.create_task(client.get(sendgrid_server.base_url))
    await sendgrid_server.hanging.wait()
    error = await fault(sendgrid_server.base_url, client)
    assert isinstance(error, Retryable)
    await asyncio.wait({first})
    assert first.exception()


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "127.0.0.1", "http://"])
async def test_an_impossible_address_is_a_matter_of_settings(url):
    """No message is burnt on it."""
    assert isinstance(await fault(url), Misconfigured)


async def test_a_key_with_a_line_break_is_a_matter_of_settings(sendgrid_server):
    """As pasted from a file; nothing is written."""
    error = await fault(sendgrid_server.base_url, key="SG.k\n")
    assert isinstance(error, Misconfigured)
    assert not sendgrid_server.requests


async def test_connections_are_kept(sendgrid_server, email):
    """A hundred messages need no hundred connections: the provider sees one peer."""
    channel = SendGrid(sendgrid_server.api_key, sendgrid_server.base_url)
    for _ in range(5):
        await channel.send(email)
    await channel.close()
    assert len(sendgrid_server.taken) == 5
    assert len(sendgrid_server.peers) == 1


async def test_this_machine_is_reached_without_the_environments_proxy(sendgrid_server, email):
    """A laptop behind a proxy still talks to itself."""
    async with transport.new_client() as client:
        patterns = {pattern.pattern for pattern, found in client._mounts.items() if found is None}
    assert "all://127.0.0.1" in patterns
