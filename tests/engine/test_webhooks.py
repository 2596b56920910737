"""One request to a webhook: what leaves, what is read, what is tried again, and where it never goes."""

from collections.abc import AsyncIterator

import pytest

from dsl import types
from dsl.catalog import Webhook
from dsl.types import Record
from engine.webhooks import NotAnswered, Webhooks, is_public
from tests.standins.webhook_server import Scripted, WebhookServer

KEY = "2b1f9c1e-0000-4000-8000-000000000001"


def webhook(method: str = "POST", timeout_seconds: int = 5) -> Webhook:
    return Webhook("open_case", "CASES_URL", method, timeout_seconds, Record((("case_id", types.TEXT),)))


@pytest.fixture
async def server() -> AsyncIterator[WebhookServer]:
    async with WebhookServer() as running:
        yield running


def reached(server: WebhookServer) -> Webhooks:
    return Webhooks({"CASES_URL": server.url}, allow_private=True)


async def test_json_leaves_with_its_key_and_json_comes_back(server: WebhookServer) -> None:
    answer = await reached(server).ask(webhook(), KEY, {"order_id": "é1", "total": 12.5})
    (call,) = server.calls
    assert answer == {"case_id": "c1"}
    assert (call.method, call.path, call.query) == ("POST", "/cases", {"from": "relance"})
    assert call.body == {"order_id": "é1", "total": 12.5}
    assert call.headers["idempotency-key"] == KEY
    assert call.headers["host"] == server.base_url.removeprefix("http://")


async def test_a_get_asks_by_its_query(server: WebhookServer) -> None:
    await reached(server).ask(webhook("GET"), KEY, {"order_id": "o 1", "n": 2, "none": None})
    (call,) = server.calls
    assert (call.method, call.body) == ("GET", None)
    assert {"order_id": "o 1", "n": "2"}.items() <= call.query.items()
    assert "none" not in call.query


async def test_what_is_no_json_is_no_answer_to_read(server: WebhookServer) -> None:
    server.script.append(Scripted(body=b"done"))
    assert await reached(server).ask(webhook(), KEY, {}) is None


@pytest.mark.parametrize(("answer", "final", "after"), [
    (Scripted(500), False, None),
    (Scripted(429, headers={"Retry-After": "7"}), False, 7.0),
    (Scripted(503, headers={
        "Date": "Mon, 15 Feb 2027 08:00:00 GMT", "Retry-After": "Mon, 15 Feb 2027 08:01:00 GMT",
    }), False, 60.0),
    (Scripted(400), True, None),
    (Scripted(302, headers={"Location": "http://127.0.0.1:1/elsewhere"}), True, None),
    (Scripted(body=b"x" * 1_000_001), True, None),
])  # fmt: skip
async def test_what_may_be_asked_again(
    answer: Scripted, *, final: bool, after: float | None, server: WebhookServer
) -> None:
    """A redirect is not followed, and too long an answer is not read."""
    server.script.append(answer)
    with pytest.raises(NotAnswered) as failure:
        await reached(server).ask(webhook(), KEY, {"secret": "s3"})
    assert (failure.value.final, failure.value.after) == (final, after)
    assert len(server.calls) == 1


async def test_who_answers_too_late_did_not_answer(server: WebhookServer) -> None:
    server.script.append(Scripted(slow=True))
    with pytest.raises(NotAnswered, match="no answer within 1 seconds") as failure:
        await reached(server).ask(webhook(timeout_seconds=1), KEY, {})
    assert not failure.value.final


async def test_nobody_listens() -> None:
    """The address and its secret are not in what is said, nor in what it hangs on."""
    nobody = Webhooks({"CASES_URL": "http://127.0.0.1:1/?token=s3cret"}, allow_private=True)
    with pytest.raises(NotAnswered, match="not reached") as failure:
        await nobody.ask(webhook(), KEY, {})
    assert "s3cret" not in f"{failure.value}{failure.value.__context__!r}"
    assert "s3cret" not in repr(nobody)


@pytest.mark.parametrize("address", [
    "http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://[::1]:{port}/", "http://10.0.0.1/",
    "http://169.254.169.254/latest/meta-data", "http://[::ffff:127.0.0.1]:{port}/", "http://0.0.0.0:{port}/",
    "http://0x7f000001:{port}/", "http://2130706433:{port}/",
])  # fmt: skip
async def test_it_never_leads_into_our_own_network(address: str, server: WebhookServer) -> None:
    """However the address is written, unless that is allowed."""
    port = server.base_url.rpartition(":")[2]
    with pytest.raises(NotAnswered, match=r"private|not reached"):
        await Webhooks({"CASES_URL": address.format(port=port)}).ask(webhook(), KEY, {})
    assert server.requests == []


@pytest.mark.parametrize("address", [
    "10.1.2.3",
    "172.16.0.1", "192.168.1.1", "127.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:10.0.0.1", "64:ff9b::a00:1",
    "2002:a00:1::", "2001:db8::1",
])  # fmt: skip
def test_private_addresses(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "64:ff9b::808:808"])
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address", ["ftp://example.com/", "file:///etc/passwd", "example.com", "", "http://"]
)
async def test_an_address_that_is_none(address: str) -> None:
    """It is said by the name of its variable."""
    with pytest.raises(NotAnswered, match="CASES_URL is not"):
        await Webhooks({"CASES_URL": address}).ask(webhook(), KEY, {})
