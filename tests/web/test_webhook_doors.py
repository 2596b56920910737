"""Every webhook refuses what every webhook must, and no request makes a public door fail."""

import re
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from requests import Request

from tests.web.conftest import PUBLIC_URL
from tests.web.doors import DESCRIPTION, DOORS
from tests.web.messages import agree, put_message
from web.app import PUBLIC

SCHEMA = schemathesis.openapi.from_dict(DESCRIPTION)
FUZZ = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
SIGNATURE = re.compile("ignature|Hmac")
TABLES = ("suppressions", "consents", "delivery_reports", "events", "wakes", "identities")


@pytest.fixture(params=list(DOORS))
def door(request):
    return DOORS[request.param]


async def kept(rows):
    """How much of everything that a webhook may write there is, and the states of messages."""
    counts = [(await rows(f"select count(*) as n from {table}"))[0]["n"] for table in TABLES]
    return counts, [row["state"] for row in await rows("select state from messages order by id")]


@pytest.fixture
async def uid(services):
    """A message to Zoé, who agreed to all."""
    await agree(services, "c_zoe", ("newsletter", "email"), ("newsletter", "sms"))
    await put_message(services, channel="sms", message="welcome_reminder", state="reserved")
    return await put_message(services)


def test_every_webhook_is_held_to_these_cases():
    """A new one needs its genuine call in `doors`."""
    assert {route.path for route in PUBLIC if route.path.startswith("/webhooks/")} == set(DOORS)
    described = {(path, verb) for path, verbs in DESCRIPTION["paths"].items() for verb in verbs}
    acting = {(route.path, "post") for route in PUBLIC if route.methods == "POST"}
    assert described == acting


async def test_a_genuine_call_acts(client, door, uid, rows, sendgrid_key):
    """Or each case below would hold for the wrong reason."""
    before, body = await kept(rows), door.body(uid)
    answer = await client.post(door.url, content=body, headers=door.headers(body, sendgrid_key))
    assert answer.is_success, answer.text
    assert await kept(rows) != before


async def test_a_replayed_call_acts_once(client, door, uid, rows, sendgrid_key):
    body = door.body(uid)
    headers = door.headers(body, sendgrid_key)
    assert (await client.post(door.url, content=body, headers=headers)).is_success
    after = await kept(rows)
    for _ in range(3):
        assert (await client.post(door.url, content=body, headers=headers)).is_success
    assert await kept(rows) == after


def spoilt(door, genuine, key):
    """Calls that are not the provider's: body and headers by what is wrong with them."""
    headers = dict(door.headers(genuine, key))
    bare = {name: value for name, value in headers.items() if not SIGNATURE.search(name)}
    if door.path == "/webhooks/smtp/bounce":
        forged = genuine.replace(b"bounces+", b"bounces+a")
        yield from (("forged", forged, headers), ("unsigned", genuine.replace(b"bounces+", b""), headers))
    else:
        made_up = {name: "AAAA" for name in headers if name not in bare and "imestamp" not in name}
        yield from (("forged", genuine, headers | made_up), ("unsigned", genuine, bare))
    yield from (("cut", genuine[:20], headers), ("empty", b"", headers), ("noise", b"\x00\xff" * 50, headers))


async def test_what_is_not_the_providers_changes_nothing(client, door, uid, rows, sendgrid_key):
    """A 403 with a remedy, nothing written, and not a word of the person in the answer."""
    before = await kept(rows)
    for what, body, headers in spoilt(door, door.body(uid), sendgrid_key):
        answer = await client.post(door.url, content=body, headers=headers)
        assert answer.status_code == 403, (what, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        assert "nothing was changed" in answer.json()["detail"]
        assert "zoe@" not in answer.text
    assert await kept(rows) == before


async def test_only_a_post_of_a_bounded_size_is_a_report(client):
    """At most 4 MB."""
    for door in DOORS.values():
        for method in ("GET", "PUT", "DELETE", "PATCH"):
            assert (await client.request(method, door.url)).status_code == 405
        assert (await client.post(door.url, content=b"x" * (4 * 1024 * 1024 + 1))).status_code == 413


def sent(case: Any) -> tuple[str, bytes, dict[str, str]]:
    """A request of Schemathesis as its bytes: path with its query, body, headers."""
    call = case.as_transport_kwargs(base_url=PUBLIC_URL)
    request = Request(
        **{name: call.get(name) for name in ("method", "url", "params", "data", "json", "files")}
    )
    ready = request.prepare()
    body = ready.body or b""
    kind = {name: value for name, value in ready.headers.items() if name == "Content-Type"}
    return ready.path_url, body if isinstance(body, bytes) else str(body).encode("utf-8", "replace"), kind


@pytest.mark.parametrize("path", list(DESCRIPTION["paths"]))
@FUZZ
@given(data=st.data())
async def test_no_request_makes_a_public_door_fail(client, path, data):
    """Unsigned: a refusal, a page, never a failure."""
    where, body, headers = sent(data.draw(SCHEMA[path]["POST"].as_strategy()))
    answer = await client.post(where, content=body, headers=headers)
    assert answer.status_code < 500, answer.text
    assert answer.status_code in {400, 403, 404, 405, 413, 422}


@pytest.mark.parametrize("path", list(DOORS))
@FUZZ
@given(data=st.data())
async def test_no_signed_report_makes_a_webhook_fail(client, sendgrid_key, path, data):
    """Whatever a provider may come to say."""
    _, body, kind = sent(data.draw(SCHEMA[path]["POST"].as_strategy()))
    headers = {**kind, **DOORS[path].headers(body, sendgrid_key)}
    answer = await client.post(DOORS[path].url, content=body, headers=headers)
    assert answer.status_code < 500, answer.text


@pytest.mark.parametrize("purpose", ["unsubscribe", "preferences", "confirm"])
@FUZZ
@given(data=st.data())
async def test_no_form_makes_a_page_of_somebody_fail(client, services, purpose, data):
    """With a token that we signed, and any body; only the preference page asks for a form of its own."""
    links = services.links
    url = {
        "unsubscribe": lambda: links.unsubscribe("c_zoe", "newsletter", "email", "m"),
        "preferences": lambda: links.preferences("c_zoe"),
        "confirm": lambda: links.confirm("c_zoe", "newsletter"),
    }[purpose]()
    path = "/" + url.removeprefix(PUBLIC_URL).split("/")[1] + "/{token}"
    _, body, headers = sent(data.draw(SCHEMA[path]["POST"].as_strategy()))
    answer = await client.post(url.removeprefix(PUBLIC_URL), content=body, headers=headers)
    assert answer.status_code < 500, answer.text
    if purpose == "unsubscribe":
        assert answer.status_code == 200


@given(st.text(max_size=60))
@FUZZ
async def test_no_token_that_we_did_not_sign_leads_anywhere(client, token):
    """Links, pixels, pages: no redirect and no failure (CWE-601)."""
    for door in "cuopk":
        answer = await client.get(f"/{door}/{quote(token, safe='')}")
        assert answer.status_code < 500
        assert "location" not in answer.headers


async def test_a_tracked_link_altered_by_a_character_leads_nowhere(client, services):
    """Each character in turn, the address that it holds among them."""
    url = services.links.click("m", "https://maison-verte.example/a").removeprefix(PUBLIC_URL)
    assert (await client.get(url)).headers["location"] == "https://maison-verte.example/a"
    start = url.rindex("/") + 1
    for place in range(start, len(url) - 1):
        other = "A" if url[place] != "A" else "B"
        answer = await client.get(url[:place] + other + url[place + 1 :])
        assert answer.status_code == 404
        assert "location" not in answer.headers
